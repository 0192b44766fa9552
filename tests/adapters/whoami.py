"""
The little application that every host builds in its own framework.

What its routes answer is decided here, once, over a :class:`Seen`: what the host's
users would read of a request. A host only routes, and translates an :class:`Answer`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from arware.errors import (
    Forbidden,
    KeysUnavailable,
    LoginRequired,
    ResponseStarted,
    TokenError,
)

#: Where everybody may ask who they are.
WHOAMI_PATHS = (
    "/",
    "/café",
    "/page",
    "/a/b",
    "/members",
    "/members/page",
    "/public",
    "/static/file",
)

#: The other routes, each with its own function in :data:`ROUTES`.
STREAMED = (b"one ", b"two ", b"three")


@dataclass(frozen=True)
class Seen:
    """What a host's users read: keys, auth object, and the request's own parts."""

    auth: Any
    session: Any
    current_session: Any
    user: Any
    membership: Any
    org: Any
    remote_user: str | None
    path: str
    #: What every spelling of the header ``Remote-User`` says, and the variable.
    remote_users: list[str] = field(default_factory=list)
    method: str = "GET"
    query: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    #: Reads the user once more, after the auth object has changed.
    again: Callable[[], Any] = lambda: None


@dataclass(frozen=True)
class Answer:
    """What the application answers."""

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def all_headers(self) -> list[tuple[str, str]]:
        """The headers, with a Content-Type wherever there may be one."""
        if self.status == 204:
            return list(self.headers)
        names = {name for name, _ in self.headers}
        usual = [("Content-Type", "text/plain")] if "Content-Type" not in names else []
        return [*usual, *self.headers]


def as_json(value: object, status: int = 200) -> Answer:
    """Answer with JSON."""
    body = json.dumps(value).encode()
    return Answer(body, status, (("Content-Type", "application/json"),))


def whoami(seen: Seen) -> Answer:
    """Say who is there, as the application sees it."""
    user, org, membership = seen.user, seen.org, seen.membership
    return as_json(
        {
            "user": user.id if user is not None else None,
            "email": user.email if user is not None else None,
            "org": org.id if org is not None else None,
            "membership": membership.id if membership is not None else None,
            "permissions": membership.permissions if membership is not None else [],
            "session": seen.session.id if seen.session is not None else None,
            "same": seen.session is seen.current_session is seen.auth.session,
            "auth_user": seen.auth.user.id if seen.auth.user is not None else None,
            "impersonator": seen.auth.impersonator,
            "reason": str(seen.auth.reason) if seen.auth.reason else None,
            "remote_user": seen.remote_user,
            "remote_users": seen.remote_users,
            "path": seen.path,
            "method": seen.method,
            "body": seen.body.decode("latin-1"),
        }
    )


def private(seen: Seen) -> Answer:
    """Refuse nobody in particular: whoever is not logged in."""
    if seen.user is None:
        raise LoginRequired
    return whoami(seen)


def private_elsewhere(seen: Seen) -> Answer:
    """Refuse, and send the visitor to another page after the login."""
    if seen.user is None:
        raise LoginRequired("/page?from=elsewhere")
    return whoami(seen)


def login_required(seen: Seen) -> Answer:
    """Ask everybody to log in, also who has."""
    raise LoginRequired


def forbidden(seen: Seen) -> Answer:
    """Refuse everybody."""
    raise Forbidden


def require_permission(seen: Seen) -> Answer:
    """Let the auth object decide."""
    seen.auth.require(permission="docs:write", org=seen.query.get("org"))
    return whoami(seen)


def caught(seen: Seen) -> Answer:
    """Change one's mind: a refusal that the application deals with itself."""
    try:
        raise LoginRequired
    except LoginRequired:
        return Answer(b"never mind")


def caught_then_crash(seen: Seen) -> Answer:
    """Deal with a refusal, and fail afterwards."""
    try:
        raise Forbidden
    except Forbidden:
        pass
    return as_json(1 / 0)


def broken_while_catching(seen: Seen) -> Answer:
    """Fail at something else while one deals with a refusal."""
    try:
        raise Forbidden
    except Forbidden:
        return as_json(1 / 0)


def refused_by_another(seen: Seen) -> Answer:
    """Wrap a refusal in an error of one's own."""
    try:
        raise Forbidden
    except Forbidden as refusal:
        raise RuntimeError("wrapped") from refusal


def refused_in_a_group(seen: Seen) -> Answer:
    """Refuse as a task group does."""
    raise ExceptionGroup("tasks", [Forbidden(), ExceptionGroup("t", [Forbidden()])])


def refused_beside_a_crash(seen: Seen) -> Answer:
    """Refuse in one task and fail in another."""
    raise ExceptionGroup("tasks", [ZeroDivisionError(), Forbidden()])


def refused_in_a_circle(seen: Seen) -> Answer:
    """Fail with causes that run in a circle."""
    error = ZeroDivisionError()
    error.__cause__ = ExceptionGroup("tasks", [error])
    raise error


def leave_whole(seen: Seen) -> Answer:
    """Log out, the application's own session included."""
    seen.auth.logout()
    headers = (
        ("Set-Cookie", "session=; Max-Age=0; Path=/"),
        ("Access-Control-Allow-Origin", "https://other.example"),
        ("Access-Control-Allow-Credentials", "true"),
        ("Vary", "Origin"),
        ("X-Other", "of the answer that is replaced"),
    )
    return Answer(b"good-bye", 200, headers)


def spoil(seen: Seen) -> Answer:
    """Change in place what was given; no other request may ever see it."""
    seen.membership.permissions.append("spoilt")
    seen.user.custom["plan"].append("spoilt")
    return as_json(
        {"permissions": seen.membership.permissions, "custom": seen.user.custom}
    )


def crash(seen: Seen) -> Answer:
    """Fail, as applications do."""
    raise RuntimeError("a bug of the application's own")


def login_by_app(seen: Seen) -> Answer:
    """Log in with a token that came by another way, keys at hand."""
    try:
        seen.auth.login(seen.query["with"])
    except (TokenError, KeysUnavailable) as error:
        return as_json({"refused": str(error.reason)}, error.status_hint)
    return after_login(seen)


def after_login(seen: Seen) -> Answer:
    """Say who the auth object is now."""
    return as_json(
        {
            "user": seen.auth.user.id,
            "session": seen.auth.session.id,
            "again": seen.again().id,
        }
    )


def logout_by_app(seen: Seen) -> Answer:
    """Log out without leaving the application."""
    seen.auth.logout(local=True)
    return as_json({"user": seen.auth.user, "again": seen.again()})


def logout_fully(seen: Seen) -> Answer:
    """Log out of LoginRocket, too."""
    seen.auth.logout()
    return as_json({"user": seen.auth.user.id if seen.auth.user else None})


def links(seen: Seen) -> Answer:
    """Show the links that a page would."""
    made = seen.auth.links
    return as_json(
        {
            "login": made.login_url(),
            "login_back": made.login_url(redirect_uri="/page?x=1"),
            "signup": made.signup_url(),
            "logout": made.logout_url(),
            "profile": made.profile_url(),
            "account": made.account_url(),
            "account_id": made.account_url("org_other"),
            "accounts": made.accounts_url(),
            "accounts_unforced": made.accounts_url(force=False),
            "login_path": made.login_path,
            "logout_path": made.logout_path,
        }
    )


def cacheable(seen: Seen) -> Answer:
    """Answer with caching headers of one's own."""
    headers = (
        ("Cache-Control", "public, max-age=60"),
        ("Vary", "Accept-Encoding, cookie"),
    )
    return Answer(b"cacheable", 200, headers)


ROUTES: dict[str, Callable[[Seen], Answer]] = {
    **dict.fromkeys(WHOAMI_PATHS, whoami),
    "/private": private,
    "/private-elsewhere": private_elsewhere,
    "/forbidden": forbidden,
    "/require-permission": require_permission,
    "/caught": caught,
    "/caught-then-crash": caught_then_crash,
    "/refused-by-another": refused_by_another,
    "/refused-in-a-group": refused_in_a_group,
    "/refused-beside-a-crash": refused_beside_a_crash,
    "/refused-in-a-circle": refused_in_a_circle,
    "/login-required": login_required,
    "/broken-while-catching": broken_while_catching,
    "/leave-whole": leave_whole,
    "/spoil": spoil,
    "/crash": crash,
    "/login-by-app": login_by_app,
    "/logout-by-app": logout_by_app,
    "/logout-fully": logout_fully,
    "/links": links,
    "/cacheable": cacheable,
    "/own401": lambda _: Answer(b"own 401", 401, (("WWW-Authenticate", "Basic"),)),
    "/own403": lambda _: Answer(b"own 403", 403),
    "/own500": lambda _: Answer(b"own 500", 500),
    "/own302": lambda _: Answer(b"", 302, (("Location", "/page"),)),
    "/own-cookie": lambda _: Answer(b"ok", 200, (("Set-Cookie", "mine=1; Path=/"),)),
    "/empty": lambda _: Answer(b"", 204),
}


def streamed(auth: Any, token: str | None) -> Iterator[bytes]:
    """Yield the body of ``/stream``, whose end is a login with *token* if it is one."""
    yield from STREAMED
    if token is not None:
        try:
            auth.login(token)
        except ResponseStarted as error:
            yield type(error).__name__.encode()


def remote_users_in(keys: Any) -> list[str]:
    """Return who an environ or a scope says is there, in any spelling."""
    if "headers" in keys:
        headers = keys["headers"]
        pairs = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in headers]
    else:
        pairs = [(name.removeprefix("HTTP_"), keys[name]) for name in keys]
    spelt = ((name.lower().replace("-", "_"), value) for name, value in pairs)
    return [value for name, value in spelt if name == "remote_user"]


def seen_in(keys: Any, **parts: Any) -> Seen:
    """Read what the adapters put in an environ or a scope."""
    return Seen(
        auth=keys["authrocket.auth"],
        session=keys["authrocket.session"],
        current_session=keys["authrocket.current_session"],
        user=keys["authrocket.user"],
        membership=keys["authrocket.membership"],
        org=keys["authrocket.org"],
        again=lambda: keys["authrocket.user"],
        remote_users=remote_users_in(keys),
        **parts,
    )


def respond(seen: Seen) -> Answer:
    """Answer as the route of *seen* does, for hosts that route by hand."""
    route = ROUTES.get(seen.path)
    return route(seen) if route is not None else Answer(b"no such page", 404)
