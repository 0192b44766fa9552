"""
The flow of a request: who is it, may they pass, and what does the response need?

It decides and does nothing else. ``process_request`` gives the decision, or, where
something has to be asked first, the steps to it: they yield effects that a driver has
handled. ``process_response`` runs while the response starts and never needs anything.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Protocol

from arware.auth import Auth, Reason
from arware.errors import KeysUnavailable
from arware.settings.addresses import origin_of
from arware.web import pages
from arware.web.browser import Browsers
from arware.web.cookies import CookieSigner, LoginCookie, holds_login
from arware.web.paths import Paths
from arware.web.response import Additions, Response
from arware.web.urls import local_location, query_values

from .callback import Callback
from .credentials import FAILURES, Credentials
from .effects import Steps
from .responder import Responder
from .state import States
from .verdict import VerdictCache

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from arware.api.calls import Context
    from arware.settings import Settings
    from arware.web.request import Request

    from .standing import RevocationsAtHand
    from .verdict import CallbackError, KeysAtHand, Verdict

log = logging.getLogger("arware")


class Driver(Protocol):
    """What the core has done for it: it reads and asks nothing itself."""

    def log_in(self, steps: Steps[Verdict]) -> Verdict:
        """Run the *steps* of a login, with the keys at hand."""
        ...

    async def finish(self, outcome: Any) -> Any:
        """Run steps of any kind, without blocking an event loop."""
        ...

    def find_zone(self, name: str) -> ZoneInfo | None:
        """Return the time zone *name*, ``None`` if there is none."""
        ...


_NOTHING = Additions()
_VARY = Additions((("Vary", "Cookie, Authorization"),))
_PRIVATE = Additions((*_VARY.headers, ("Cache-Control", "private, no-cache")))


class Flow:
    """
    Decide for all requests of one adapter.

    *driver* runs the steps of logins. With *by_view* the adapter asks
    :meth:`login_required` itself, once it knows the view, since views have a say there.
    *context* is where the calls of the auth objects' objects go; *mounted* answers the
    requests below the path of ``local_realm``.
    """

    def __init__(
        self,
        settings: Settings,
        keys: KeysAtHand,
        revocations: RevocationsAtHand,
        driver: Driver,
        *,
        by_view: bool = False,
        context: Context | None = None,
        mounted: object = None,
    ) -> None:
        self.settings = settings
        self.context = context
        self._mounted = mounted
        self.paths = Paths(settings)
        self.driver = driver
        self._by_view = by_view
        self.remote_user = settings.remote_user
        self.browsers = Browsers(settings)
        self._options = self.browsers.options
        purpose = f"login.v1.{settings.cookie_name}"
        cookie = LoginCookie(CookieSigner(settings.cookie_secret, purpose))
        states = States(settings)
        self._verdicts = VerdictCache(keys, revocations.known)
        self._credentials = Credentials(
            settings, keys, revocations, cookie, self._verdicts
        )
        self._responder = Responder(
            settings, self.browsers, states, cookie, self._credentials
        )
        self._callback = Callback(settings, self._credentials, states, self._responder)
        self._origins = {origin_of(origin) for origin in settings.allowed_origins}
        #: What makes two flows do the same, so that an inner adapter takes over the
        #: auth object of an outer one.
        self.kind: tuple[object, ...] = (
            settings.loginrocket_url,
            settings.jwt_key,
            settings.cookie_name,
            settings.cookie_secret,
            settings.realm,
            settings.issuer,
            id(settings.local_realm),
        )

    # --- The request ---------------------------------------------------------------

    def process_request(
        self, request: Request, now: float, outer: object = None
    ) -> Auth | Response | Steps[Auth | Response]:
        """
        Decide about *request*: a response of ours, or an auth object to go on with.

        At once if nothing has to be asked, as of nearly every request; else the steps
        that lead there are returned. *outer* is what stands under ``authrocket.auth``;
        an auth object of the same cookie and keys is taken over.
        """
        paths, query = self.paths, request.query
        if (
            outer is None
            and request.plain
            and request.path not in paths.own
            and not (paths.ignore_any and paths.ignores(request))
            and not (paths.realm and paths.is_of_realm(request))
            and not (query and ("token" in query or "%" in query))
        ):
            # Here a known cookie ends; `_identify` is for what is declined.
            header = request.cookie
            login = self._options[request.secure].only_login(header) if header else ""
            if login:
                verdict = self._verdicts.recall(login, now)
                if verdict is not None:
                    return Auth(self, request, now, verdict)
            elif login is not None and not paths.require_any:
                return Auth(self, request, now, None, Reason.NO_CREDENTIAL)
        return self._process(request, now, outer)

    def process_websocket(
        self, request: Request, now: float, outer: object = None
    ) -> Steps[Auth | None]:
        """Decide about a websocket's handshake; ``None`` refuses it."""
        if self.paths.ignores(request):
            return self._anonymous(request, now, ignored=True)
        auth = self._outer(outer)
        if auth is None:
            trusted = self._trusts_origin(request)
            auth = yield from self._identify(request, now, trusts_cookies=trusted)
        # A handshake sets no cookie.
        auth.response_started = True
        if auth.user is None and self.paths.need_login(request):
            return None
        return auth

    def _process(
        self, request: Request, now: float, outer: object
    ) -> Steps[Auth | Response]:
        paths, path, method = self.paths, request.path, request.method
        if self._mounted is not None and paths.is_of_realm(request):
            return (yield from self._at_realm(request, now, outer))
        if paths.ignores(request):
            return self._anonymous(request, now, ignored=True)
        if not request.plain and request.is_preflight():
            preflight = self._anonymous(request, now)
            return self._unless_required(preflight, request)
        if path == paths.logout and method in ("GET", "POST"):
            return (yield from self._logout(request, now))
        if path == paths.login and method in ("GET", "HEAD"):
            return (yield from self._start_login(request, now))
        auth = self._outer(outer)
        if auth is None:
            answered = yield from self._process_callback(request, now)
            if isinstance(answered, Response):
                return answered
            auth = yield from self._identify(request, now)
            if answered is not None:
                auth.callback_failed(answered)
        return self._unless_required(auth, request)

    def _unless_required(self, auth: Auth, request: Request) -> Auth | Response:
        """Return *auth*, or the response to who must log in first, by the path."""
        if self._by_view:
            return auth
        return self.login_required(auth, request) or auth

    def _at_realm(self, request: Request, now: float, outer: object) -> Steps[Auth]:
        """Let the realm answer, whose pages need no login and take no callback."""
        auth = self._outer(outer)
        if auth is None:
            auth = yield from self._identify(request, now)
        auth.mounted = self._mounted
        return auth

    def login_required(
        self, auth: Auth, request: Request, option: bool | None = None
    ) -> Response | None:
        """
        Return the response to who must log in first, by *option* or the path.

        A preflight passes where the path decides, for code of the application's to
        answer; but no more of the response than the headers of CORS reaches anybody. A
        view of its own *option* is not called for it.
        """
        if auth.mounted is not None or auth.user is not None:
            return None
        if not self.paths.need_login(request, option):
            return None
        if auth.passes_preflight() and not option:
            return None
        return self._responder.login_required(auth, request)

    def _anonymous(
        self, request: Request, now: float, *, ignored: bool = False
    ) -> Auth:
        auth = Auth(self, request, now, None, Reason.NO_CREDENTIAL)
        auth.ignored = ignored
        return auth

    def _outer(self, outer: object) -> Auth | None:
        """Return *outer* if it is an auth object that we would have made."""
        if not isinstance(outer, Auth) or outer.ignored or not outer.belongs_to(self):
            return None
        # An earlier attempt at the same request may have left it there.
        return outer if outer.is_under_way() else None

    def _process_callback(
        self, request: Request, now: float
    ) -> Steps[Response | CallbackError | None]:
        if request.method != "GET":
            return None
        try:
            return (yield from self._callback.process(self.browsers.of(request), now))
        except Exception:
            # A fault of ours must neither stop the site nor let anybody in.
            log.exception("a callback could not be verified")
            return KeysUnavailable("the login could not be verified")

    def _identify(
        self, request: Request, now: float, *, trusts_cookies: bool = True
    ) -> Steps[Auth]:
        """Find out who is there; whatever fails means nobody, with a reason."""
        reason, hopeless = Reason.NO_CREDENTIAL, False
        try:
            if request.authorizations:
                verdict = yield from self._credentials.bearer(
                    request.authorizations, request.client, now
                )
                if verdict is not None:
                    return Auth(self, request, now, verdict)
            browser = self.browsers.of(request)
            name = browser.options.name
            if holds_login(browser.cookies, name) and not trusts_cookies:
                reason = Reason.FOREIGN_ORIGIN
            elif holds_login(browser.cookies, name):
                found = yield from self._credentials.cookies(browser.cookies, name, now)
                if found.verdict is not None:
                    return Auth(self, request, now, found.verdict)
                reason, hopeless = found.reason, found.hopeless
        except FAILURES as failure:
            reason = Reason(failure.reason)
        except Exception:
            # A fault of ours must neither stop the site nor let anybody in.
            log.exception("a credential could not be verified")
            reason = Reason.MALFORMED
        if reason is not Reason.NO_CREDENTIAL:
            log.debug("nobody is logged in: %s", reason)
        auth = Auth(self, request, now, None, reason)
        auth.clear_cookies = auth.unusual = hopeless
        return auth

    def _trusts_origin(self, request: Request) -> bool:
        """Tell whether a websocket's Origin is our own host or an allowed one."""
        origin = origin_of(request.header("origin"))
        if origin is None:
            return False
        # Who serves https behind a proxy may not know it, so the Origin's own scheme is
        # believed, but a page of plain http is never one of a site on https.
        scheme = "https" if request.scheme == "https" else origin.partition(":")[0]
        own = self.browsers.origin(request, scheme)
        return origin == own or origin in self._origins

    # --- Logging in and out --------------------------------------------------------

    def _start_login(self, request: Request, now: float) -> Steps[Response]:
        if request.is_speculative():
            return pages.come_again()
        # Frameworks say by `next` which page somebody may not see. Who is logged in
        # would come back from there, and be sent here again.
        if any(query_values(request.query, "next")):
            return self._responder.start_login(
                (yield from self._identify(request, now))
            )
        return self._responder.start_login(self._anonymous(request, now))

    def _logout(self, request: Request, now: float) -> Steps[Response]:
        """Log out for a document of our own pages, or a POST of ours; else ask."""
        if request.is_speculative():
            return pages.come_again()
        browser = self.browsers.of(request)
        is_asked_for = request.method == "POST" or request.is_document()
        if browser.comes_from_elsewhere() or not is_asked_for:
            path = local_location(request.full_path, "")
            return self._responder.pages.ask_logout(path, request.start)
        auth = yield from self._identify(request, now)
        auth.logout()
        return self._responder.logged_out(auth)

    def verify_login(self, token: str, now: float) -> Verdict:
        """Verify *token* with the keys at hand; see :meth:`arware.Auth.login`."""
        return self.driver.log_in(self._credentials.new_login(token, now))

    async def averify_login(self, token: str, now: float) -> Verdict:
        """Verify *token*, fetching its key if need be."""
        verdict: Verdict = await self.driver.finish(
            self._credentials.new_login(token, now)
        )
        return verdict

    def zone(self, name: str) -> ZoneInfo | None:
        """Return the time zone *name*, ``None`` if there is none."""
        return self.driver.find_zone(name)

    def revoke_logins(self, request: Request) -> None:
        """Revoke at once the logins whose cookies came with *request*."""
        self._credentials.revoke_logins(self.browsers.of(request))

    def ended(self, *, sid: str | None = None, user_id: str | None = None) -> None:
        """Ask anew, at their next request, for all logins of a session or a user."""
        self._verdicts.ended(sid=sid, user_id=user_id)

    # --- The response --------------------------------------------------------------

    def process_response(
        self, auth: Auth, status: int, vary: str | None, cache_control: str | None
    ) -> Response | Additions:
        """
        Decide what a response with *status* needs, or return ours to take its place.

        *vary* and *cache_control* are the application's, ``None`` if absent.
        """
        if not auth.unusual:
            if auth.ignored:
                return _NOTHING
            if vary is None:
                is_private = auth.user is not None and cache_control is None
                return _PRIVATE if is_private else _VARY
        replacement = self._responder.replacement(auth, status)
        if replacement is not None:
            return replacement
        return self._responder.additions(auth, vary, cache_control)

    def refused(self, auth: Auth) -> Response:
        """Return the response to the refusal that *auth* has noted."""
        return self._responder.refused(auth)
