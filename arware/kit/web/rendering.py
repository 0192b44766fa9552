"""
Templates: looked for in the team's folder, then at the features', then at the core's.

``reset/ask.jinja2`` is the feature's, ``layout.jinja2`` the core's; ``!`` in front
names the one that is shipped, so that a team's can extend it. Texts are translated by
``_("...")``, into the language of the request, or whatever :func:`in_language` says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    select_autoescape,
)
from markupsafe import Markup
from pyramid.i18n import make_localizer
from pyramid.interfaces import ITranslationDirectories

from arware.web.text import shown

from .csrf import FIELD, make_token
from .joining import Piece, joined
from .request import WebRequest

#: Of all texts. A constant: an ejected package has another name, its catalogue not.
DOMAIN = "realm"

#: Where the environment stands in the registry.
ENVIRONMENT = "realm.templates"

_localizer: ContextVar[Any] = ContextVar("localizer")


def isolated(text: str) -> Markup:
    """
    Return *text*, which somebody chose, for a page: nothing in it is hidden or can
    change how the text around it reads.
    """
    return Markup("<bdi>{}</bdi>").format(shown(text))


def utc(seconds: int) -> str:
    """Return a time as people of all languages read it: ``2026-11-30 05:06 UTC``."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def moment(seconds: int) -> Markup:
    """Return what :func:`utc` returns, as an element that programs understand, too."""
    text = utc(seconds)
    machine = text.replace(" UTC", "Z")
    return Markup('<time datetime="{}">{}</time>').format(machine, text)


@lru_cache(4096)
def _translated(localizer: Any, text: str) -> str:
    found: str = localizer.translate(text, domain=DOMAIN)
    return found


def translate(text: str, localizer: Any) -> str:
    """Return *text* in the language of *localizer*, with its parameters."""
    if getattr(text, "mapping", None):
        found: str = localizer.translate(text, domain=DOMAIN)
        return found
    return _translated(localizer, text)


def say(text: str) -> str:
    """Return *text*, which was marked elsewhere, in the language of what is drawn."""
    return translate(text, _localizer.get())


def _gettext(text: str) -> str:
    return _translated(_localizer.get(), text)


def _ngettext(one: str, many: str, number: int) -> str:
    found: str = _localizer.get().pluralize(one, many, number, domain=DOMAIN)
    return found


@contextmanager
def in_language(localizer: Any) -> Iterator[None]:
    """Draw in the language of *localizer*."""
    token = _localizer.set(localizer)
    try:
        yield
    finally:
        _localizer.reset(token)


def make_environment(
    core: Path, features: Mapping[str, Path], team: Path | None = None
) -> Environment:
    """Return what draws the templates in *core*, in *features* and in *team*."""
    folders: dict[str, BaseLoader] = {
        name: FileSystemLoader(folder) for name, folder in features.items()
    }
    shipped = ChoiceLoader([PrefixLoader(folders), FileSystemLoader(core)])
    teams = [FileSystemLoader(team)] if team is not None else []
    environment = Environment(
        loader=ChoiceLoader([*teams, shipped, PrefixLoader({"": shipped}, "!")]),
        # Mails as text are templates that end in .txt.
        autoescape=select_autoescape(["jinja2"], default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=team is not None,
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        _gettext, _ngettext, newstyle=True
    )
    environment.globals["say"] = say
    filters = {"shown": shown, "isolated": isolated, "utc": utc, "moment": moment}
    environment.filters |= filters
    return environment


class Renderer:
    """Pyramid's factory of renderers, for the templates of one environment."""

    def __init__(
        self,
        registry: Any,
        environment: Environment,
        values: Callable[[Any], Mapping[str, Any]],
        static: Mapping[str, str],
    ) -> None:
        self._registry = registry
        self._environment = environment
        self._values = values
        self._static = static

    def __call__(self, info: Any) -> Callable[[Mapping[str, Any], Any], str]:
        """Return what draws one template, for a view that names it."""
        name = info.name

        def draw(values: Mapping[str, Any], system: Any) -> str:
            return self.page(system["request"], name, values)

        return draw

    def page(self, request: WebRequest, name: str, values: Mapping[str, Any]) -> str:
        """Return a drawn page."""
        shared = self._shared(request)
        shared["slot"] = lambda slot, **more: self._slot(
            request, slot, shared, {**values, **more}
        )
        template = self._environment.get_template(name)
        with in_language(request.localizer):
            return template.render(shared, **values)

    def _shared(self, request: WebRequest) -> dict[str, Any]:
        """Return what every template can use."""
        prefix, static = request.prefix, self._static

        def csrf(scope: str | None = None) -> Markup:
            token = make_token(request, scope or request.csrf_scope)
            return Markup('<input type="hidden" name="{}" value="{}">').format(
                FIELD, token
            )

        return {
            "request": request,
            "link": request.link,
            "has_route": request.has_route,
            "csrf": csrf,
            "static": lambda name: prefix + static[name],
            **self._values(request),
        }

    def _slot(
        self,
        request: WebRequest,
        slot: str,
        shared: dict[str, Any],
        values: Mapping[str, Any],
    ) -> list[Markup]:
        """Return what the features added to a place of the page, drawn."""
        pieces = joined(self._registry).slots.get(slot, ())
        drawn = []
        for piece, own in _loaded(request, pieces):
            template = self._environment.get_template(piece.template)
            text = template.render(shared, **{**values, **own})
            drawn.append(Markup(text))  # noqa: S704  A template, which escapes.
        return drawn

    def text(self, name: str | Sequence[str], locale: str, /, **values: Any) -> str:
        """
        Return a template that no request asks for, in a language: a mail.

        Of several names the first counts of which there is a template.
        """
        folders = self._registry.queryUtility(ITranslationDirectories, default=[])
        with in_language(_localizer_of(locale, tuple(folders))):
            names: list[Any] = [name] if isinstance(name, str) else [*name]
            return self._environment.select_template(names).render(values)


@lru_cache(64)
def _localizer_of(locale: str, folders: tuple[str, ...]) -> Any:
    return make_localizer(locale, folders)


def _loaded(request: WebRequest, pieces: Any) -> list[tuple[Piece, Mapping[str, Any]]]:
    """Return the pieces with their values. All loads share one transaction."""
    if not any(piece.load for piece in pieces):
        return [(piece, {}) for piece in pieces]
    with request.realm.reading() as db:
        found = [
            (piece, piece.load(request, db) if piece.load else {}) for piece in pieces
        ]
    return [(piece, own) for piece, own in found if own is not None]


def negotiate(request: WebRequest) -> str:
    """
    Choose the language: the person's, else the browser's, else the first we have.

    Pyramid's own asks for a parameter, and so reads the whole body.
    """
    known = request.locales
    if len(known) == 1:
        return known[0]
    own = request.preferred_locale
    if own in known:
        return own
    found: str = request.accept_language.lookup(known, default=known[0])
    return found


def _set_rendering(
    config: Any,
    core: Path,
    *,
    values: Callable[[Any], Mapping[str, Any]],
    team: Path | None = None,
    static: Mapping[str, str] | None = None,
) -> None:
    """Draw templates; *values* are those that every page has, made of the request."""

    def register() -> None:
        registry = config.registry
        made = make_environment(core, joined(registry).templates, team)
        registry[ENVIRONMENT] = Renderer(registry, made, values, static or {})

    def factory(info: Any) -> Any:
        return config.registry[ENVIRONMENT](info)

    config.add_renderer(".jinja2", factory)
    # After the features have added their folders.
    config.action("realm rendering", register, order=1_000)


def includeme(config: Any) -> None:
    """Add the directive and the choice of the language."""
    config.add_directive("set_rendering", _set_rendering)
    config.set_locale_negotiator(negotiate)
