"""
The flow: who is it, may they pass, and what does the answer need?

It decides and does nothing else. ``enter`` and ``identify`` are steps: they yield needs
that a driver answers; a visitor who was seen before causes none. ``leave`` runs while
the answer starts and never needs anything.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from ..auth import Auth, Verdict
from ..errors import KeysUnavailable, Reason
from ..web import pages as pages
from ..web.cookies import Codec, only_value, read_cookies
from ..web.paths import Paths
from ..web.request import Request
from ..web.response import Additions, Kind, Response
from ..web.urls import local_location, make_origin, origin_of
from .browser import Browsers, LoginCookie, new_login_id
from .callback import Callback
from .credentials import FAILURES, VERDICTS, Credentials, KeysAtHand, RevocationsAtHand
from .effects import (
    Effect,
    NeedApiToken,
    NeedKeys,
    NeedRevocation,
    NeedRevoke,
    NeedSession,
    SessionState,
    Steps,
)
from .response import Departure
from .state import States

if TYPE_CHECKING:
    from ..api.calls import Context
    from ..resources.session import Session
    from ..settings import Settings

__all__ = [
    "Additions",
    "Steps",
    "Flow",
    "Kind",
    "Effect",
    "NeedApiToken",
    "NeedKeys",
    "NeedRevocation",
    "NeedRevoke",
    "NeedSession",
    "Response",
    "Request",
    "SessionState",
    "Auth",
]

log = logging.getLogger("arware")


class Flow:
    """
    Decide for all requests of one adapter.

    *adrive* runs a steps without blocking an event loop; it is given by the authenticator, since
    the flow itself does not know how needs are answered. With *by_view* the adapter asks
    :meth:`needs_login` itself, once it knows the view, since views have a say there.
    *context* is where the calls of the auths' objects go.
    """

    def __init__(
        self,
        settings: Settings,
        keys: KeysAtHand,
        revocations: RevocationsAtHand,
        adrive: Callable[[Steps[Verdict]], Awaitable[Verdict]],
        *,
        by_view: bool = False,
        verdicts: int = VERDICTS,
        context: Context | None = None,
    ) -> None:
        self.context = context
        self.loginrocket_url = settings.loginrocket_url
        self.logout_path = settings.logout_path
        self.public_url = settings.public_url
        self.local_realm = settings.local_realm
        self._adrive = adrive
        self._by_view = by_view
        self._revocations = revocations
        name, secrets = settings.cookie_name, settings.cookie_secret
        states = States(Codec(secrets, f"state.v1.{name}"))
        self._cookie = LoginCookie(Codec(secrets, f"login.v1.{name}"))
        self._paths = Paths(settings)
        self._browsers = Browsers(settings)
        self._cookie_names = self._browsers.names
        self._credentials = Credentials(settings, keys, revocations, verdicts)
        self.session_ended = self._credentials.session_ended
        self._callback = Callback(settings, self._credentials, states, self._cookie)
        self._departure = Departure(
            settings, self._browsers, states, self._cookie, self.end_login
        )
        # The adapters ask these of the flow; they are what they are.
        self.guards = self._paths.guards
        self.needs_login = self._paths.needs_login
        self.ask_login = self._departure.ask_login
        self.refuse = self._departure.refuse
        self.mint_state = self._departure.mint_state
        self.leave = self._departure.leave
        self._origins = {origin_of(origin) for origin in settings.allowed_origins}
        #: What makes two adapters the same adapter, so that the inner takes over an auth object.
        self.likeness: tuple[object, ...] = (
            settings.loginrocket_url,
            settings.jwt_key,
            settings.cookie_name,
            settings.cookie_secret,
            settings.realm,
            settings.issuer,
            id(settings.local_realm),
        )

    # --- Coming in -----------------------------------------------------------------

    def glance(self, request: Request, now: float, outer: object) -> Auth | None:
        """
        Return the auth object if it can be told at first sight, as of nearly every request.

        ``None`` leaves it to :meth:`enter`, which comes to the same by a longer way.
        """
        paths, path = self._paths, request.path
        if (
            outer is not None
            or not request.plain
            or path == paths.logout
            or (paths.ignores_any and paths.ignores(path))
        ):
            return None
        query = request.query
        if query and ("token" in query or "%" in query):
            return None
        header = request.cookie
        if header:
            name = self._cookie_names[request.secure]
            text = only_value(header, name)
            if text is not None:
                verdict = self._credentials.recall(text, now)
                return None if verdict is None else Auth(self, request, now, verdict)
            if name in header:
                return None
        if paths.guards:
            return None
        return Auth(self, request, now, None, Reason.NO_CREDENTIAL)

    def enter(
        self, request: Request, now: float, outer: object = None
    ) -> Steps[Auth | Response]:
        """
        Decide about *request*: a response of ours, or an auth object to go on with.

        *outer* is what stands under ``authrocket.auth``; an auth object of the same cookie
        and keys is taken over.
        """
        if self._paths.ignores(request.path):
            return self._anonymous(request, now)
        if not request.plain and request.is_preflight():
            return Auth(self, request, now, None, Reason.NO_CREDENTIAL)
        method = request.method
        if request.path == self._paths.logout and method in ("GET", "POST"):
            return (yield from self._enter_logout(request, now))
        auth = self._take_over(outer)
        if auth is None:
            query = request.query
            if query and method == "GET" and ("token" in query or "%" in query):
                landed = yield from self._land(request, now)
                if isinstance(landed, Response):
                    return landed
                auth = yield from self.identify(request, now)
                if landed is not None:
                    auth.callback_failed(landed)
            else:
                auth = yield from self.identify(request, now)
        if auth.user is None and not self._by_view and self.needs_login(request):
            return self.ask_login(auth, request)
        return auth

    def enter_websocket(
        self, request: Request, now: float, outer: object = None
    ) -> Steps[Auth | None]:
        """Decide about a websocket's handshake; ``None`` refuses it."""
        if self._paths.ignores(request.path):
            return self._anonymous(request, now)
        auth = self._take_over(outer)
        if auth is None:
            trusted = self._trusts_origin(request)
            auth = yield from self.identify(request, now, cookies=trusted)
        if auth.user is None and self.needs_login(request):
            return None
        return auth

    def identify(
        self, request: Request, now: float, *, cookies: bool = True
    ) -> Steps[Auth]:
        """Find out who is there; whatever fails means nobody, with a reason."""
        header = request.cookie if cookies else None
        hopeless = False
        reason = Reason.NO_CREDENTIAL
        try:
            if request.authorizations:
                verdict = yield from self._credentials.bearer(
                    request.authorizations, now
                )
                if verdict is not None:
                    return Auth(self, request, now, verdict)
            name = self._browsers.options(request).name
            found = read_cookies(header, name) if header else {}
            if any(not kept.startswith(f"{name}.s.") for kept in found):
                standing = yield from self._credentials.cookies(
                    found, name, self._cookie.codec, now
                )
                if standing.verdict is not None:
                    return Auth(self, request, now, standing.verdict)
                reason, hopeless = standing.reason, standing.hopeless
        except FAILURES as failure:
            reason = Reason(failure.reason)
        except Exception:
            # A fault of ours must neither stop the site nor let anybody in.
            log.exception("a credential could not be judged")
            reason = Reason.MALFORMED
        if reason is not Reason.NO_CREDENTIAL:
            log.debug("nobody is logged in: %s", reason)
        auth = Auth(self, request, now, None, reason)
        auth.cookies_bad = hopeless
        return auth

    def _anonymous(self, request: Request, now: float) -> Auth:
        auth = Auth(self, request, now, None, Reason.NO_CREDENTIAL)
        auth.ignored = True
        return auth

    def _take_over(self, outer: object) -> Auth | None:
        if isinstance(outer, Auth) and not outer.ignored and outer.is_of(self.likeness):
            return outer
        return None

    def _land(self, request: Request, now: float) -> Steps[Response | Reason | None]:
        token = self._callback.token_of(request)
        browser = self._browsers.of(request)
        if token is None:
            return self._callback.refusal_of_foreign(browser, now)
        try:
            return (yield from self._callback.enter(browser, token, now))
        except Exception:
            # A fault of ours must neither stop the site nor let anybody in.
            log.exception("a callback could not be judged")
            return Reason.MALFORMED

    def _trusts_origin(self, request: Request) -> bool:
        """Tell whether a websocket's Origin is our own host or an allowed one."""
        origin = origin_of(request.header("origin"))
        if origin is None:
            return False
        # Who serves https behind a proxy may not know it, so the Origin's own scheme is
        # believed, but a page of plain http is never one of a site on https.
        scheme = "https" if request.scheme == "https" else origin.partition(":")[0]
        own = self.public_url or make_origin(scheme, request.host)
        return origin == own or origin in self._origins

    # --- Logging in and out --------------------------------------------------------

    def _enter_logout(self, request: Request, now: float) -> Steps[Response]:
        browser = self._browsers.of(request)
        if browser.asks_ahead():
            return pages.come_again()
        if browser.from_elsewhere():
            path = local_location(request.full_path, "")
            return pages.ask_logout(path, request.start)
        auth = yield from self.identify(request, now)
        for login_id, until in self._logins(request):
            yield NeedRevoke(login_id, until, now)
        return self._departure.logged_out(
            auth, auth.session.id if auth.session else None
        )

    def _logins(self, request: Request) -> list[tuple[str, float]]:
        """Return the logins in the cookies, also where a Bearer token is who counts."""
        browser = self._browsers.of(request)
        name, codec = browser.options.name, self._cookie.codec
        return list(self._credentials.logins(browser.found, name, codec))

    def login_steps(self, token: str, now: float) -> Steps[Verdict]:
        """Credentials *token* for a login of its own."""
        verdict = yield from self._credentials.token(token, now)
        verdict.login_id = new_login_id()
        return verdict

    def login(self, auth: Auth, token: str) -> Session:
        """Log in with the keys at hand; see :meth:`Auth.login`."""
        steps = self.login_steps(token, auth.now)
        try:
            next(steps)
        except StopIteration as done:
            return auth.become(done.value, "login")
        steps.close()
        raise KeysUnavailable("the token's key is not at hand; use alogin")

    async def alogin(self, auth: Auth, token: str) -> Session:
        """Log in, fetching the key if need be; see :meth:`Auth.alogin`."""
        verdict = await self._adrive(self.login_steps(token, auth.now))
        return auth.become(verdict, "login")

    def end_login(self, auth: Auth) -> None:
        """Revoke at once the logins whose cookies came with the auth object's request."""
        for login_id, until in self._logins(auth.request):
            self._revocations.revoke(login_id, until)
