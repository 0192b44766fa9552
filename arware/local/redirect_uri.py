"""``redirect_uri``: where an application wants its people back."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from arware.kit.urls import allowed, covers, loggable, parse
from arware.kit.web import Reason, Refused

from .texts import _

if TYPE_CHECKING:
    from .request import RealmRequest

log = logging.getLogger("arware.local")

NOT_A_WEB_ADDRESS = Reason(
    "redirect_uri_invalid",
    _("The address that this link would return to is not a web address."),
    400,
    _("This link cannot be used"),
)
FOREIGN_ADDRESS = Reason(
    "redirect_uri_refused",
    _(
        "It leads back to ${origin}, which this realm does not know. If that is your "
        "application, add this to the realm's settings: "
        'login_urls=["${origin}/"]'
    ),
    400,
    _("This link cannot be used"),
)


def wanted(request: RealmRequest) -> str | None:
    """
    Return the ``redirect_uri``, ``None`` if none was given or it is not allowed.

    Nor where it is a page of a realm that an application has mounted: that is not one
    to go back to.
    """
    url = _allowed(request)
    address = parse(url)
    is_mounted = bool(request.realm.settings.base_path)
    if is_mounted and address and covers(request.realm_address, address):
        return None
    return url


def check(request: RealmRequest) -> None:
    """Raise :class:`.Refused` if a ``redirect_uri`` was given that is not allowed."""
    given = request.query.get("redirect_uri")
    if not given or _allowed(request):
        return
    # Else nobody would know why people do not come back.
    log.warning(
        "redirect_uri is not at or below one of login_urls: %s ip=%s",
        loggable(given),
        request.ip,
    )
    address = parse(given)
    if address is None:
        raise Refused(NOT_A_WEB_ADDRESS)
    # Nothing but the origin: the rest could be a text that a stranger wrote.
    raise Refused(FOREIGN_ADDRESS, origin=address.origin)


def _allowed(request: RealmRequest) -> str | None:
    settings = request.realm.settings
    return allowed(
        request.query.get("redirect_uri"),
        settings.login_urls,
        base=request.default_login_url,
        loopback=settings.url.is_loopback,
    )
