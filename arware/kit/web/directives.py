"""Pyramid's Configurator as features see it: with what :mod:`.joining` adds to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from arware.kit.forgetting import Forget
    from arware.kit.operator import Action
    from arware.settings.faults import Fault

    from .forms import Field
    from .joining import (
        FeatureSettings,
        Leaving,
        Load,
        Phase,
        Scopes,
        Trust,
        Values,
        WayIn,
    )
    from .refusals import Reason


class Config(Protocol):
    """Pyramid's Configurator with our directives, as an ``includeme`` sees it."""

    @property
    def registry(self) -> Any:
        """Pyramid's registry."""
        ...

    def include(self, includeme: Any, /) -> None:
        """Call another ``includeme``."""
        ...

    def add_route(self, name: str, pattern: str) -> None:
        """Add the address of a page."""
        ...

    def add_view(self, view: Any = None, **options: Any) -> None:
        """Add a view that no decorator declares."""
        ...

    def scan_views(self) -> None:
        """Add what :func:`.views.view_config` declares in the module ``views``."""
        ...

    def add_feature_settings(self, kind: type[Any]) -> None:
        """
        Add a frozen dataclass of typed fields with defaults.

        A class ``Reset`` is read from ``realm.reset.*``, and asked for as
        ``realm.settings[Reset]``.
        """
        ...

    def add_check(self, check: Callable[[Any], Iterable[Fault]]) -> None:
        """
        Have each realm checked when it is opened.

        *check* is asked with the realm's settings, and yields what is wrong.
        """
        ...

    def add_token_kind(
        self, kind: str, minutes: Callable[[FeatureSettings], int]
    ) -> None:
        """Add a kind of one-time token, which lasts as long as *minutes* says."""
        ...

    def add_login_step(
        self,
        name: str,
        *,
        phase: Phase,
        route: str,
        needed: Callable[[Any, Any, Any, Any], bool],
    ) -> None:
        """Add a step of the login; within a phase they come as the features do."""
        ...

    def add_way_in(self, name: str, has: WayIn) -> None:
        """
        Add what a login can begin with, so that nobody gives up the last one.

        *has*, asked with the realm, a transaction and the user, tells who has it.
        """
        ...

    def add_to_page(
        self,
        slot: str,
        template: str,
        *,
        order: int = 100,
        load: Load | None = None,
        values: Values | None = None,
    ) -> None:
        """
        Add a template to a slot of a page: ``login.below``, ``account.section``.

        It is drawn with the values of the page and its own. *load* returns those that
        are in the database: it is called with the request and a transaction that all
        loads of the page share. *values*, in its place, needs the request alone.
        Where either returns ``None`` the template is not drawn.
        """
        ...

    def add_field(
        self,
        form: str,
        name: str,
        field: Callable[[Any], Field[Any] | None],
        *,
        write: Callable[..., None] = lambda *_: None,
    ) -> None:
        """
        Add a field to the forms that are open to it: whose ``open_to`` is *form*.

        *field* is asked with the request, and always returns the same objects; its page
        draws what is in its slot for fields. *write* is called in the transaction of
        the flow: with the realm, the transaction, the user, the caller and the value.
        A field in place of one that the form has itself needs none.
        """
        ...

    def add_carried(self, name: str, value: Callable[[Any], str | None]) -> None:
        """
        Add a parameter that links carry on from page to page.

        *value* is asked with the request that the page answers.
        """
        ...

    def add_fact(self, name: str, read: Callable[[Any], str | None]) -> None:
        """
        Tell flows something of the request that only its feature understands.

        What *read* returns for the request, unless ``None``, is in the caller's
        ``facts``: there handlers of events find it, too.
        """
        ...

    def add_subscriber(self, subscriber: Callable[[Any], None], event: Any) -> None:
        """Call *subscriber* for each of Pyramid's events of the kind *event*."""
        ...

    def add_detour(self, detour: Callable[[Any, Any], Any]) -> None:
        """
        Ask *detour* before somebody leaves for the application.

        It gets the request and the visitor; what it returns, unless ``None``, is the
        answer in place of the way out.
        """
        ...

    def set_way_out(self, answer: Callable[[Any, Any], Any]) -> None:
        """
        Say how somebody who is logged in gets to the application.

        *answer* gets the request and the visitor, and returns the answer.
        """
        ...

    def set_scopes(self, scopes: Scopes) -> None:
        """Say where users may act."""
        ...

    def set_trust(self, is_trusted: Trust) -> None:
        """
        Say in which browsers a login takes no step of the phase ``FACTOR``.

        *is_trusted* is asked with the realm, the transaction, the caller and the user,
        once there was a first proof; not at a fresh proof.
        """
        ...

    def set_leaving(self, leaving: Leaving) -> None:
        """
        Say whose accounts will be deleted.

        *leaving* is asked with the transaction and ids of users, and returns theirs.
        """
        ...

    def on(
        self,
        event: type[Any],
        handler: Callable[[Any], None],
        *,
        after_commit: bool = False,
    ) -> None:
        """Call *handler* in the transaction that records *event*, or after it."""
        ...

    def add_permission_rule(
        self, name: str, rule: Callable[[Any, Any], bool], *, route: str
    ) -> None:
        """Add a permission; who lacks it is sent to *route*, and from there back."""
        ...

    def add_job(self, function: Callable[[Any, int], None], *, every: int) -> None:
        """Do something every so many seconds."""
        ...

    def add_kept(
        self, what: str, forget: Forget, *, seconds: Callable[[Any], int]
    ) -> None:
        """
        Say what is kept for how many seconds, and how it is forgotten then.

        *what* is for people, in English. *seconds* is asked with the settings; 0 is for
        what says itself when it is over.
        """
        ...

    def add_operator_command(self, name: str, command: Callable[..., Any]) -> None:
        """
        Add the subcommand *name* of ``arware realm``.

        *command* gets its parser of :mod:`argparse`, to which it adds what it takes;
        its docstring is the help. It returns a function that gets the realm and the
        arguments, and returns what to print, if anything. That function raises
        :class:`ValueError` with a sentence for the person at the terminal.
        """
        ...

    def add_operator_action(self, name: str, action: Action) -> None:
        """Add what an operator may do to a user, by a page or by a command."""
        ...

    def add_reasons(self, *reasons: Reason) -> None:
        """Say the texts of the kit's reasons."""
        ...

    def add_templates(self, name: str, folder: Path) -> None:
        """Find the templates ``name/...`` in *folder*."""
        ...
