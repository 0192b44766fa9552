"""How a feature joins: directives of the Configurator, and what they add up to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pyramid.exceptions import ConfigurationError
from pyramid.security import NO_PERMISSION_REQUIRED

from arware.kit.forgetting import Forget, Kept
from arware.kit.operator import Action
from arware.settings.faults import Fault

from .refusals import OF_THE_KIT, Reason

T = TypeVar("T")

#: Where :class:`Joined` stands in Pyramid's registry.
JOINED = "realm.joined"
#: Of views that only our own scan finds: an application's leaves them alone.
CATEGORY = "realm"


class FeatureSettings(Protocol):
    """The settings of all features, asked for by their class."""

    def __getitem__(self, kind: type[T]) -> T:
        """Return those of one feature."""
        ...


if TYPE_CHECKING:
    from .forms import Field

Minutes = Callable[[Any], int]
Values = Callable[[Any], "Mapping[str, Any] | None"]
Trust = Callable[[Any, Any, Any, Any], bool]
WayIn = Callable[[Any, Any, Any], bool]
Leaving = Callable[[Any, Iterable[str]], set[str]]
Load = Callable[[Any, Any], "Mapping[str, Any] | None"]


class Phase(IntEnum):
    """Where a login step stands. Neighbours need not know each other's names."""

    STATE = 10  # may this user log in at all?
    FACTOR = 20  # a second proof
    CONSENT = 30  # terms, a password that must be changed


@dataclass(frozen=True, slots=True)
class Step:
    """
    A step between the proof and the session; *route* is its page.

    *needed* is asked with the realm, the transaction, the user and the pending login.
    """

    name: str
    phase: Phase
    route: str
    needed: Callable[[Any, Any, Any, Any], bool]


@dataclass(frozen=True, slots=True)
class Piece:
    """A template in a slot of a page, and what returns the values it is drawn with."""

    template: str
    order: int
    load: Load | None
    values: Values | None


@dataclass(frozen=True, slots=True)
class Handler:
    """What is called for events of *event* and of its subclasses."""

    event: type[Any]
    function: Callable[[Any], None]
    after_commit: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """A permission, asked with request and visitor; *route* is the way to it."""

    allows: Callable[[Any, Any], bool]
    route: str


@dataclass(frozen=True, slots=True)
class Job:
    """What is done every so many seconds, with the realm and the time."""

    function: Callable[[Any, int], None]
    every: int

    @property
    def name(self) -> str:
        """What it is called: ``mail.deliver`` for that function of that module."""
        module = self.function.__module__.rpartition(".")[2]
        return f"{module}.{self.function.__name__}"


@dataclass(frozen=True, slots=True)
class Added:
    """
    A field that a feature adds to a form of the core's or another feature's.

    *field* is asked with the request, since realms differ; ``None`` is for no field.
    """

    field: Callable[[Any], Field[Any] | None]
    write: Callable[..., None]


@dataclass(frozen=True, slots=True)
class Scopes:
    """
    Where users may act.

    *find* gets the transaction and ids of users, and returns, by the user's id, what
    each may choose from. *beside* adds to a query of sessions what it takes to know the
    selected one, and *read* returns that, or ``None``, from what was added to a row.
    *are_own* tells by the settings whether each person has one that is theirs alone.
    """

    find: Callable[..., Any]
    beside: Callable[[Any], Any]
    read: Callable[..., Any]
    are_own: Callable[[Any], bool]


@dataclass(slots=True)
class Joined:
    """What the features added. Pages, JSON, the command and the API see the same."""

    settings: list[type[Any]] = field(default_factory=list)
    token_kinds: dict[str, Minutes] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    ways_in: dict[str, WayIn] = field(default_factory=dict)
    slots: dict[str, list[Piece]] = field(default_factory=dict)
    handlers: list[Handler] = field(default_factory=list)
    rules: dict[str, Rule] = field(default_factory=dict)
    checks: list[Callable[[Any], Iterable[Fault]]] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    commands: dict[str, Callable[..., Any]] = field(default_factory=dict)
    actions: dict[str, Action] = field(default_factory=dict)
    reasons: dict[str, Reason] = field(default_factory=dict)
    templates: dict[str, Path] = field(default_factory=dict)
    fields: dict[str, dict[str, Added]] = field(default_factory=dict)
    carried: dict[str, Callable[[Any], str | None]] = field(default_factory=dict)
    facts: dict[str, Callable[[Any], str | None]] = field(default_factory=dict)
    detours: list[Callable[[Any, Any], Any]] = field(default_factory=list)
    way_out: Callable[[Any, Any], Any] | None = None
    scopes: Scopes | None = None
    trust: Trust | None = None
    leaving: Leaving | None = None

    def steps_in(self, phase: Phase) -> Iterator[Step]:
        """Yield the steps of a *phase*, in their order."""
        return (step for step in self.steps if step.phase is phase)


def joined(registry: Any) -> Joined:
    """Return what was added to an application."""
    found: Joined = registry[JOINED]
    return found


def _act(
    config: Any, kind: str, name: Any, register: Callable[[Joined], None], **told: Any
) -> None:
    """Register as an action: conflicts are found, and introspection tells of it."""
    shown = config.introspectable(f"realm {kind}s", name, str(name), f"realm {kind}")
    shown.update(told)
    config.action(
        (f"realm {kind}", name),
        lambda: register(joined(config.registry)),
        introspectables=(shown,),
    )


def _add_feature_settings(config: Any, kind: type[Any]) -> None:
    _act(config, "setting", kind.__name__, lambda on: on.settings.append(kind))


def _add_check(config: Any, check: Any) -> None:
    _act(config, "check", check, lambda on: on.checks.append(check))


def _add_token_kind(config: Any, kind: str, minutes: Minutes) -> None:
    _act(config, "token kind", kind, lambda on: on.token_kinds.update({kind: minutes}))


def _add_login_step(
    config: Any, name: str, *, phase: Phase, route: str, needed: Any
) -> None:
    def register(on: Joined) -> None:
        on.steps.append(Step(name, phase, route, needed))
        on.steps.sort(key=lambda step: step.phase)

    _act(config, "login step", name, register, phase=phase, route=route)


def _add_way_in(config: Any, name: str, has: WayIn) -> None:
    _act(config, "way in", name, lambda on: on.ways_in.update({name: has}))


def _add_to_page(
    config: Any,
    slot: str,
    template: str,
    *,
    order: int = 100,
    load: Load | None = None,
    values: Values | None = None,
) -> None:
    def register(on: Joined) -> None:
        pieces = on.slots.setdefault(slot, [])
        pieces.append(Piece(template, order, load, values))
        pieces.sort(key=lambda piece: piece.order)

    _act(config, "piece", (slot, template), register, order=order)


def _on(
    config: Any, event: type[Any], handler: Any, *, after_commit: bool = False
) -> None:
    def register(on: Joined) -> None:
        on.handlers.append(Handler(event, handler, after_commit))

    _act(config, "handler", (event, handler), register, after_commit=after_commit)


def _add_permission_rule(config: Any, name: str, rule: Any, *, route: str) -> None:
    made = {name: Rule(rule, route)}
    _act(config, "permission", name, lambda on: on.rules.update(made), route=route)


def _add_job(config: Any, function: Any, *, every: int) -> None:
    _act(config, "job", function, lambda on: on.jobs.append(Job(function, every)))


def _add_kept(config: Any, what: str, forget: Forget, *, seconds: Any) -> None:
    _act(config, "memory", what, lambda on: on.kept.append(Kept(what, forget, seconds)))


def _add_operator_command(config: Any, name: str, command: Any) -> None:
    _act(config, "command", name, lambda on: on.commands.update({name: command}))


def _add_operator_action(config: Any, name: str, action: Action) -> None:
    _act(config, "operator action", name, lambda on: on.actions.update({name: action}))


def _add_reasons(config: Any, *reasons: Reason) -> None:
    for reason in reasons:
        _act(config, "reason", reason.word, _reason_adder(reason))


def _reason_adder(reason: Reason) -> Callable[[Joined], None]:
    return lambda on: on.reasons.update({reason.word: reason})


def _add_templates(config: Any, name: str, folder: Path) -> None:
    _act(config, "template", name, lambda on: on.templates.update({name: folder}))


def _add_field(
    config: Any, form: str, name: str, field: Any, *, write: Any = lambda *_: None
) -> None:
    def register(on: Joined) -> None:
        on.fields.setdefault(form, {})[name] = Added(field, write)

    _act(config, "field", (form, name), register)


def _add_carried(config: Any, name: str, value: Any) -> None:
    _act(config, "parameter", name, lambda on: on.carried.update({name: value}))


def _add_fact(config: Any, name: str, read: Any) -> None:
    _act(config, "fact", name, lambda on: on.facts.update({name: read}))


def _add_detour(config: Any, detour: Any) -> None:
    _act(config, "detour", detour, lambda on: on.detours.append(detour))


def _set_way_out(config: Any, answer: Any) -> None:
    _act(config, "way out", None, lambda on: setattr(on, "way_out", answer))


def _set_scopes(config: Any, scopes: Any) -> None:
    _act(config, "scope", None, lambda on: setattr(on, "scopes", scopes))


def _set_trust(config: Any, is_trusted: Any) -> None:
    _act(config, "trust", None, lambda on: setattr(on, "trust", is_trusted))


def _set_leaving(config: Any, leaving: Any) -> None:
    _act(config, "leaving", None, lambda on: setattr(on, "leaving", leaving))


def _scan_views(config: Any) -> None:
    config.scan(f"{config.package.__name__}.views", categories=(CATEGORY,))


def _check(config: Any) -> None:
    """Refuse to start where a rule or a text is missing."""
    found = joined(config.registry)
    lacking = [r.word for r in OF_THE_KIT if r.word not in found.reasons]
    if lacking:
        raise ConfigurationError(f"reasons without a text: {', '.join(lacking)}")
    for item in config.introspector.get_category("permissions") or ():
        permission = item["introspectable"]["value"]
        if permission not in found.rules and permission != NO_PERMISSION_REQUIRED:
            raise ConfigurationError(f"nobody knows the permission {permission!r}")


def includeme(config: Any) -> None:
    """Add the directives."""
    config.registry[JOINED] = Joined()
    for directive in (
        _add_feature_settings,
        _add_check,
        _add_token_kind,
        _add_login_step,
        _add_way_in,
        _add_to_page,
        _on,
        _add_permission_rule,
        _add_job,
        _add_kept,
        _add_operator_command,
        _add_operator_action,
        _add_reasons,
        _add_templates,
        _add_field,
        _add_carried,
        _add_fact,
        _add_detour,
        _set_way_out,
        _set_scopes,
        _set_trust,
        _set_leaving,
        _scan_views,
    ):
        # Their callers' lines are what a conflict shows.
        name = directive.__name__.removeprefix("_")
        config.add_directive(name, directive, action_wrap=True)
    config.action("realm check", lambda: _check(config), order=10_000)
