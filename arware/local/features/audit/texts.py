"""What happened, in words."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from ...events import Event
from ...texts import _

#: By the types of events, AuthRocket's where it has one. Others have a notice.
TEXTS = {
    "user.created": _("The account was created."),
    "user.updated": _("The account was changed by those who look after this site."),
    "user.profile.updated": _("Your profile was changed."),
    "user.login.succeeded": _("Logged in."),
    "user.login.initiated": _("A login went on to a second step."),
    "user.login.failed": _("A login failed."),
    "user.password.resetting": _("A link to choose a new password was asked for."),
    "user.email.verifying": _("A link to confirm an e-mail address was asked for."),
    "user.email.verified": _("An e-mail address was confirmed."),
    "session.deleted": _("A login was ended."),
    "org.created": _("An organization was made."),
    "org.updated": _("An organization was given another name."),
    "membership.created": _("You were put into an organization."),
    "api_token.deleted": _("An API token was ended."),
}


def text_of(name: str) -> str:
    """Return what an event of the type *name* is called, still to be translated."""
    return TEXTS.get(name) or _told().get(name) or name


@lru_cache(1)
def _told() -> dict[str, str]:
    """Return what features tell by mail of their own events."""
    return {
        kind.type: kind.notice
        for kind in _kinds(Event)
        if "type" in vars(kind) and kind.notice
    }


def _kinds(kind: type[Event]) -> Iterator[type[Event]]:
    for below in kind.__subclasses__():
        yield below
        yield from _kinds(below)
