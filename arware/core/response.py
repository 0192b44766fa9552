"""
Departures: what an answer needs on its way out, and the answers of ours.

They are asked while the application's answer starts, so nothing here needs anything.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from ..auth import Auth
from ..errors import CookieTooLarge, LoginRequired, Reason
from ..web import pages as pages
from ..web.request import Request
from ..web.response import Additions, Kind, Response
from ..web.urls import with_state
from .browser import Browsers, LoginCookie, set_cookies

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..settings import Settings
    from .state import States

log = logging.getLogger("arware")

_VARY = "Cookie, Authorization"
_NOTHING = Additions()
_VARY_ONLY = Additions((("Vary", _VARY),))
_PRIVATE = Additions((("Vary", _VARY), ("Cache-Control", "private, no-cache")))


class Departure:
    """Decide what answers effect, for all requests of one adapter."""

    def __init__(
        self,
        settings: Settings,
        browsers: Browsers,
        states: States,
        cookie: LoginCookie,
        end_login: Callable[[Auth], None],
    ) -> None:
        self._loginrocket_url = settings.loginrocket_url
        self._post_logout_path = settings.post_logout_path
        self._browsers = browsers
        self._states = states
        self._cookie = cookie
        self._end_login = end_login

    def leave(
        self, auth: Auth, status: int, vary: str | None, cache_control: str | None
    ) -> Response | Additions:
        """
        Decide what an answer with *status* needs: additions, or our response instead.

        *vary* and *cache_control* are the application's, ``None`` if absent.
        """
        if not auth.touched and not auth.cookies_bad and vary is None:
            if auth.ignored:
                return _NOTHING
            if auth.user is None or cache_control is not None:
                return _VARY_ONLY
            return _PRIVATE
        if auth.ignored and not auth.touched:
            return _NOTHING
        try:
            return self._replace(auth, status) or self._add(auth, vary, cache_control)
        except CookieTooLarge as error:
            log.error("a login cannot be kept: %s", error)  # noqa: TRY400 - no fault of code
            return pages.cookie_too_large(str(error))

    def _replace(self, auth: Auth, status: int) -> Response | None:
        """Return our answer to a refusal that became a 5xx, or to a full logout."""
        if status >= 500 and auth.noted is not None:
            return self.refuse(auth)
        if status < 500 and auth.wish == "logout":
            return self.logged_out(auth, auth.left_session)
        return None

    def refuse(self, auth: Auth) -> Response:
        """Return the answer to the refusal that *auth* has noted."""
        refusal = auth.noted
        if refusal is not None:
            # Its frames hold the auth object, which holds it: only the garbage collector
            # would let go of the request.
            refusal.__traceback__ = None
        if isinstance(refusal, LoginRequired):
            return self.ask_login(auth, auth.request, refusal.redirect_uri)
        headers = set_cookies(self._pending_cookies(auth))
        request = auth.request
        if request.is_navigation():
            accounts = None
            if auth.user is not None and self._loginrocket_url is not None:
                accounts = auth.links.accounts_url(auth.links.here(request))
            return pages.forbidden(request.start, accounts, headers)
        return pages.json_response(403, {"error": "forbidden"}, headers)

    def _pending_cookies(self, auth: Auth) -> tuple[str, ...]:
        cookies = auth.state_cookies
        if auth.wish is None and not auth.cookies_bad:
            return cookies
        browser = self._browsers.of(auth.request)
        if auth.wish == "login" and auth.verdict is not None:
            written = self._cookie.write(
                auth.verdict, browser.found, browser.options, auth.now
            )
            # The login whose cookie is replaced is over (ASVS 7.2.4).
            self._end_login(auth)
            return cookies + written
        return cookies + self._cookie.clear(browser.found, browser.options)

    def _add(
        self, auth: Auth, vary: str | None, cache_control: str | None
    ) -> Additions:
        cookies = set_cookies(self._pending_cookies(auth))
        headers = [("Vary", _merge_vary(vary)), *cookies]
        replaced = {"vary"}
        if cookies:
            replaced.add("cache-control")
            headers.append(("Cache-Control", "no-store"))
        elif auth.user is not None and cache_control is None:
            headers.append(("Cache-Control", "private, no-cache"))
        return Additions(tuple(headers), frozenset(replaced))

    # --- Responses -------------------------------------------------------------------

    def ask_login(
        self, auth: Auth, request: Request, redirect_uri: str | None = None
    ) -> Response:
        """Send a browser to the login page; tell anything else that it must log in."""
        if not request.is_navigation():
            url = None if self._loginrocket_url is None else auth.links.login_url()
            return pages.json_response(
                401,
                {"error": "login_required", "login_url": url},
                (
                    ("WWW-Authenticate", "Bearer"),
                    *set_cookies(self._pending_cookies(auth)),
                ),
                Kind.LOGIN,
            )
        if self._loginrocket_url is None or auth.ignored:
            # An ignored path takes no callback: going there and back would not end.
            cookies = set_cookies(self._pending_cookies(auth))
            return pages.login_needed(request.start, cookies)
        here = auth.links.here(request)
        if here is not None and _page(here) == _page(auth.links.login_url()):
            return pages.login_locked(set_cookies(self._pending_cookies(auth)))
        back = auth.links.complete(redirect_uri) or here
        if back is not None:
            back = with_state(back, self.mint_state(auth))
        # LoginRocket may keep handing out a session that was ended behind its back.
        ended = auth.callback_error is Reason.ENDED
        extra: dict[str, Any] = {"prompt": "login"} if ended else {}
        url = auth.links.login_url(back, **extra)
        headers = set_cookies(self._pending_cookies(auth))
        # An outer adapter that shares the auth object adds none.
        auth.state_cookies, auth.state = (), None
        if auth.callback_error is not None:
            return pages.login_failed(auth.callback_error, url, headers)
        return pages.redirect(302, url, headers, Kind.LOGIN)

    def logged_out(self, auth: Auth, sid: str | None) -> Response:
        """Lead to LoginRocket's logout, which leads back to ``post_logout_path``."""
        browser = self._browsers.of(auth.request)
        cookies = set_cookies(self._cookie.clear(browser.found, browser.options))
        path = self._post_logout_path
        if self._loginrocket_url is None:
            return pages.redirect(302, path or "/", cookies, Kind.LOGOUT)
        session = {} if sid is None else {"session": sid}
        url = auth.links.logout_url(path, **session)
        return pages.redirect(302, url, cookies, Kind.LOGOUT)

    def mint_state(self, auth: Auth) -> str:
        """Return a fresh state, which the answer will give to the browser."""
        if auth.state is not None:
            return auth.state
        browser = self._browsers.of(auth.request)
        minted = self._states.mint(browser.found, browser.options, auth.now)
        auth.state_cookies += minted.cookies
        auth.state = minted.state
        auth.touched = True
        return minted.state


def _page(url: str) -> str:
    return url.partition("?")[0]


def _merge_vary(vary: str | None) -> str:
    present = [part.strip() for part in (vary or "").split(",") if part.strip()]
    if "*" in present:
        return "*"
    known = {part.lower() for part in present}
    wanted = [part for part in ("Cookie", "Authorization") if part.lower() not in known]
    return ", ".join(present + wanted)
