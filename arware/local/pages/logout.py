"""
``/logout``.

The protocol ends a session by a GET. Where the request does not show that it was
meant by the person at the browser, a page with a button asks: so for images, frames
and scripts, whatever page they are in. What is fetched ahead changes nothing.

Whoever names a session may end it, also in a browser that has none: a login that was
made through the API leaves no cookie there, nor does one from before the browser was
closed (AuthRocket: a full logout is a visit to ``/logout?session=kss_...``). The id
has 128 random bits and is known to applications alone, by the tokens they verified. So
it stands in no log: see :class:`arware.logs.TokenFilter`.
"""

from __future__ import annotations

from typing import Any

from arware.kit.web import view_config, view_defaults

from .. import sessions
from ..redirects import redirect, refuse_prefetch
from ..request import RealmRequest, View
from ..texts import _


# Who logs out is logged out, wherever the application wanted them to go then.
@view_defaults(
    route_name="logout", renderer="logout.jinja2", csrf="browser", any_redirect=True
)
class Logout(View):
    """The page that asks, or does it at once."""

    @view_config(request_method="GET")
    def show(self) -> Any:
        """Log out if the request proves itself, or ask."""
        request = self.request
        refuse_prefetch(request)
        visitor = request.visitor
        named = request.query.get("session", "")
        if request.is_document() and _is_meant(request, visitor, named):
            return _log_out(request, named if visitor is None else visitor.session.id)
        request.check_wanted()
        who = request.adapter_auth if visitor is None else visitor
        return {"user": None if who is None else who.user}

    @view_config(request_method="POST", also_impersonated=True)
    def submit(self) -> Any:
        """Log out."""
        return _log_out(self.request, self.request.session_key)


def _is_meant(
    request: RealmRequest, visitor: sessions.Visitor | None, named: str
) -> bool:
    """
    Tell whether the person at the browser wants this, or has nothing to lose.

    An application names the session; it may be one that a later login replaced, and
    only tokens of the same person tell its id. Without a session the browser must say
    that the request began here, or was typed.
    """
    if request.environ.get("HTTP_SEC_FETCH_SITE") in ("same-origin", "none"):
        return True
    if visitor is None:
        return _adapter_session(request) in ("", named)
    return named == visitor.session.id or (
        named != "" and sessions.belongs_to(request.realm, named, visitor.user.id)
    )


def _adapter_session(request: RealmRequest) -> str:
    """Return the id of the login at the adapter in front of us, ``""`` for none."""
    auth = request.adapter_auth
    session = None if auth is None else auth.session
    return "" if session is None else str(session.id)


def _log_out(request: RealmRequest, session_id: str) -> Any:
    if request.method != "HEAD":  # which asks where it leads, and changes nothing
        _end(request, session_id)
    request.check_wanted()
    if request.wanted_url:
        return redirect(request.wanted_url)
    if request.method != "HEAD":
        request.flash(_("You have been logged out."))
    return redirect(request.url_to("login"))


def _end(request: RealmRequest, session_id: str) -> None:
    if session_id:
        with request.realm.writing(request.caller) as db:
            sessions.end(request.realm, db, session_id, request.caller)
    auth = request.adapter_auth
    if auth is not None:
        auth.logout(local=True)
    request.drop("")
