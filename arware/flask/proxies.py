"""Who is there, as Flask's views and templates read it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from flask import has_request_context, request
from werkzeug.local import LocalProxy

from arware.exchange import KEY

if TYPE_CHECKING:
    from arware.auth import Auth
    from arware.resources.membership import Membership
    from arware.resources.org import Org
    from arware.resources.session import Session
    from arware.resources.user import User


def _reader(key: str) -> Callable[[], Any]:
    """Return what reads *key*, ``None`` where there is no request: a job's e-mail."""
    return lambda: request.environ.get(key) if has_request_context() else None


def _auth() -> Auth:
    auth: Auth | None = request.environ.get(KEY)
    if auth is None:
        raise RuntimeError(
            "This request did not pass arware.flask.AuthRocket. Write AuthRocket(app) "
            "where the application is made. In tests, use app.test_client(): "
            "app.test_request_context() calls no middleware."
        )
    return auth


class _AuthProxy(LocalProxy[Any]):
    """The auth object, true where somebody is logged in."""

    __slots__ = ()

    def __bool__(self) -> bool:
        # Flask's own proxies are false, too, where there is no request.
        auth = request.environ.get(KEY) if has_request_context() else None
        return auth is not None and auth.user is not None


#: The :class:`~arware.User` who is logged in. Like the other proxies it is false where
#: nobody is, and never ``None`` itself.
current_user = cast("User", LocalProxy(_reader("authrocket.user")))

#: The current :class:`~arware.Org`.
current_org = cast("Org", LocalProxy(_reader("authrocket.org")))

#: The current :class:`~arware.Membership`.
current_membership = cast("Membership", LocalProxy(_reader("authrocket.membership")))

#: The current :class:`~arware.Session`.
current_session = cast("Session", LocalProxy(_reader("authrocket.session")))

#: The :class:`~arware.Auth` of this request. It is there for everybody, and false where
#: nobody is logged in.
current_auth = cast("Auth", _AuthProxy(_auth))

#: What templates get of it, also in macros that are imported without context.
PROXIES: dict[str, Any] = {
    "current_user": current_user,
    "current_org": current_org,
    "current_membership": current_membership,
    "current_session": current_session,
    "current_auth": current_auth,
}


def _link(method: str) -> Callable[..., str]:
    def link(*args: Any, **parameters: Any) -> str:
        url: str = getattr(_auth().links, method)(*args, **parameters)
        return url

    return link


#: The link helpers, under the names of the Ruby gem.
LINK_HELPERS: dict[str, Any] = {
    "ar_login_url": _link("login_url"),
    "ar_signup_url": _link("signup_url"),
    "ar_profile_url": _link("profile_url"),
    "ar_account_url": _link("account_url"),
    "ar_accounts_url": _link("accounts_url"),
    "ar_logout_url": _link("application_logout_url"),
}
