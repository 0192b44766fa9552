"""
The exchange: what every adapter does with a request that the application answers.

It publishes the auth object where the application looks, hears of refusals and of
logins while the application works, and sees to the headers of the response, or puts
ours in its place. An adapter derives its own where its framework has more places to
look at.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from .auth import KEY, Auth
from .errors import Refusal
from .framework_session import session_may_fail
from .web.response import Response

if TYPE_CHECKING:
    from .auth import Permissions
    from .bridge.pages import MountedRealm
    from .core.flow import Flow
    from .resources.org import Org
    from .web.request import Request

__all__ = ["KEY", "Exchange", "check_view", "close_body", "refusal_in", "require"]


class Exchange:
    """
    One request on its way through an adapter; *keys* is its environ or its scope.

    *send* is the server's own way to answer. A *nested* exchange is below another
    adapter of the same login, which sees to the response.
    """

    #: How the interface spells names and what is added: here as WSGI does.
    VARY: Any = "vary"
    CACHE_CONTROL: Any = "cache-control"
    RAW = False

    def __init__(
        self,
        flow: Flow,
        auth: Auth,
        keys: dict[str, Any],
        send: Any = None,
        nested: bool = False,
    ) -> None:
        self.flow = flow
        self.auth = auth
        self.keys = keys
        self.send = send
        #: Whether another adapter sees to the response.
        self.nested = nested
        #: Whether the response has started.
        self.started = False
        #: Whether the response that is about to start is ours, given to the framework.
        self.answered = False
        #: What takes the place of the application's response, if anything does.
        self.response: Response | None = None

    def publish(self) -> None:
        """Set the contract's keys, now or anew."""
        keys, auth = self.keys, self.auth
        keys[KEY] = auth
        keys["authrocket.session"] = keys["authrocket.current_session"] = auth.session
        keys["authrocket.user"] = user = auth.user
        keys["authrocket.membership"] = auth.membership
        keys["authrocket.org"] = auth.org
        if self.flow.remote_user:
            self.publish_remote_user(None if user is None else user.id)

    def publish_remote_user(self, user_id: str | None) -> None:
        """Tell the framework's own authentication, and let no client do so."""
        for name in ("REMOTE_USER", "HTTP_REMOTE_USER"):
            self.keys.pop(name, None)
        if user_id is not None:
            self.keys["REMOTE_USER"] = user_id

    def target(self, app: Any) -> Any:
        """Return what answers the request: *app*, or the realm in this process."""
        mounted = self.auth.mounted
        return app if mounted is None else self.realm_pages(mounted)

    def realm_pages(self, mounted: MountedRealm) -> Any:
        """Return the pages of *mounted* as this interface calls an application."""
        return mounted.wsgi_app

    # --- While the application works -----------------------------------------------

    def note(self, refusal: Refusal) -> None:
        """Have the auth object remember *refusal*."""
        self.auth.note(refusal)

    def observers(self) -> list[Exchange]:
        """Return who hears of it: those above that share the auth object hear, too."""
        return [self, *(Refusal.observer.get() or ())] if self.nested else [self]

    def changed(self, auth: Auth) -> None:
        """Publish *auth* anew: somebody logged in or out."""
        if auth is self.auth:
            self.publish()
            with session_may_fail():
                self.follow(auth.owner, auth.left_owner)

    def follow(self, owner: str | None, former: str | None) -> None:
        """
        Have the framework's own session, if it has one, be that of *owner*.

        It was the *former* owner's. ``None`` is somebody without a login.
        """

    def mark_session(self) -> None:
        """
        Have the framework's own session say whose it is, if it has been used.

        An integration derives it where there is one, and calls it where a response
        starts; here it is called for what is refused.
        """

    def login_required(
        self, request: Request, option: bool | None = None
    ) -> Response | None:
        """Return the response to who must log in first, by *option* or the path."""
        required = self.flow.login_required(self.auth, request, option)
        self.answered = required is not None
        return required

    def refused(self, refusal: Refusal) -> Response:
        """Return the response to *refusal*, which the application let through."""
        self.mark_session()
        self.auth.note(refusal)
        self.answered = self.started = self.auth.response_started = True
        self.response = self.flow.refused(self.auth)
        return self.response

    # --- When the response starts --------------------------------------------------

    def process_response(
        self,
        status: int,
        headers: list[tuple[Any, Any]],
        error: BaseException | None = None,
    ) -> Response | list[tuple[Any, Any]]:
        """
        Return all headers of the response, or the one that takes its place.

        *error* is what it tells of, where the framework says; else the exception that
        is being handled.
        """
        auth = self.auth
        self.started = auth.response_started = True
        if self.nested or self.answered:
            return headers
        vary = cache_control = None
        for name, value in headers:
            size = len(name)
            if size == 4 and name.lower() == self.VARY:
                vary = _text(value) if vary is None else f"{vary}, {_text(value)}"
            elif size == 13 and name.lower() == self.CACHE_CONTROL:
                cache_control = _text(value)
        if status >= 500 and auth.refusal is not None:
            self._forget_if_caught(error or sys.exc_info()[1])
        outcome = self.flow.process_response(auth, status, vary, cache_control)
        if isinstance(outcome, Response):
            self.response = outcome.beside(_kept(headers))
            return self.response
        added: tuple[tuple[Any, Any], ...]
        replaced: frozenset[Any]
        added, replaced = outcome.headers, outcome.replaced
        if self.RAW:
            added, replaced = outcome.raw
        if replaced:
            headers = [item for item in headers if item[0].lower() not in replaced]
        return [*headers, *added]

    def _forget_if_caught(self, error: BaseException | None) -> None:
        """Forget the refusal if the response tells of another *error* that followed."""
        refusal = self.auth.refusal
        # Whoever calls us may be handling an error of its own: that was there before.
        if refusal is None or error is None or error is refusal.__context__:
            return
        if refusal_in(error) is None:
            self.auth.refusal = None


def refusal_in(
    error: BaseException | None, seen: frozenset[int] = frozenset()
) -> Refusal | None:
    """
    Return the refusal that *error* is or was raised because of.

    A group counts if it holds nothing else: no error hides behind a refusal. Causes may
    run in a circle; what was *seen* already is not followed.
    """
    while error is not None and id(error) not in seen:
        if isinstance(error, Refusal):
            return error
        seen |= {id(error)}
        if isinstance(error, BaseExceptionGroup):
            found = [refusal_in(one, seen) for one in error.exceptions]
            return found[0] if all(found) else None
        error = error.__cause__
    return None


def require(
    auth: Auth,
    *,
    permission: Permissions = (),
    org: Org | str | None = None,
    parameters: Mapping[str, Any],
) -> None:
    """
    Require of *auth* what a view's decorator says.

    *org* may be the name of one of the URL's *parameters*. Where that is empty the view
    would act on no org, so nobody is let in by what they may do in the current one.
    """
    if isinstance(org, str) and org in parameters:
        org = parameters[org] or ""
    auth.require(permission=permission, org=org)


def check_view(view: object) -> None:
    """Raise that *view* is none: other libraries' decorators take a permission so."""
    if not callable(view):
        raise TypeError(
            "login_required stands on a view. Conditions have names: "
            f"@login_required(permission={view!r})"
        )


def close_body(body: object) -> None:
    """Close the *body* of a response, if it wants that (PEP 3333)."""
    close = getattr(body, "close", None)
    if close is not None:
        close()


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def _kept(headers: Iterable[tuple[Any, Any]]) -> list[tuple[str, str]]:
    """
    Return those *headers* of a response that hold for the one in its place.

    Without the first a script of another origin could not read why it was refused;
    the second may end the application's own session.
    """
    pairs = [(_text(name), _text(value)) for name, value in headers]
    kept = ("access-control-", "set-cookie", "vary")
    return [pair for pair in pairs if pair[0].lower().startswith(kept)]
