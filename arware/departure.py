"""
Departures: what an answer needs on its way out, and the answers of ours.

They are asked while the application's answer starts, so nothing here needs anything.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from . import notices
from .browser import Browsers, LoginCookie, set_cookies
from .errors import CookieTooLarge, LoginRequired, Reason
from .replies import Additions, Kind, Reply
from .request import Request
from .urls import with_state
from .visit import Visit

if TYPE_CHECKING:
    from collections.abc import Callable

    from .settings import Settings
    from .states import States

log = logging.getLogger("arware")

_VARY = "Cookie, Authorization"
_NOTHING = Additions()
_VARY_ONLY = Additions((("Vary", _VARY),))
_PRIVATE = Additions((("Vary", _VARY), ("Cache-Control", "private, no-cache")))


class Departure:
    """Decide what answers need, for all requests of one door."""

    def __init__(
        self,
        settings: Settings,
        browsers: Browsers,
        states: States,
        cookie: LoginCookie,
        end_login: Callable[[Visit], None],
    ) -> None:
        self._loginrocket_url = settings.loginrocket_url
        self._post_logout_path = settings.post_logout_path
        self._browsers = browsers
        self._states = states
        self._cookie = cookie
        self._end_login = end_login

    def leave(
        self, visit: Visit, status: int, vary: str | None, cache_control: str | None
    ) -> Reply | Additions:
        """
        Decide what an answer with *status* needs: additions, or our reply instead.

        *vary* and *cache_control* are the application's, ``None`` if absent.
        """
        if not visit.touched and not visit.cookies_bad and vary is None:
            if visit.ignored:
                return _NOTHING
            if visit.user is None or cache_control is not None:
                return _VARY_ONLY
            return _PRIVATE
        if visit.ignored and not visit.touched:
            return _NOTHING
        try:
            return self._replace(visit, status) or self._add(visit, vary, cache_control)
        except CookieTooLarge as error:
            log.error("a login cannot be kept: %s", error)  # noqa: TRY400 - no fault of code
            return notices.cookie_too_large(str(error))

    def _replace(self, visit: Visit, status: int) -> Reply | None:
        """Return our answer to a refusal that became a 5xx, or to a full logout."""
        if status >= 500 and visit.noted is not None:
            return self.refuse(visit)
        if status < 500 and visit.wish == "logout":
            return self.logged_out(visit, visit.left_session)
        return None

    def refuse(self, visit: Visit) -> Reply:
        """Return the answer to the refusal that *visit* has noted."""
        refusal = visit.noted
        if refusal is not None:
            # Its frames hold the visit, which holds it: only the garbage collector
            # would let go of the request.
            refusal.__traceback__ = None
        if isinstance(refusal, LoginRequired):
            return self.ask_login(visit, visit.request, refusal.redirect_uri)
        headers = set_cookies(self._pending_cookies(visit))
        request = visit.request
        if request.is_navigation():
            accounts = None
            if visit.user is not None and self._loginrocket_url is not None:
                accounts = visit.links.accounts_url(visit.links.here(request))
            return notices.forbidden(request.start, accounts, headers)
        return notices.json_reply(403, {"error": "forbidden"}, headers)

    def _pending_cookies(self, visit: Visit) -> tuple[str, ...]:
        cookies = visit.state_cookies
        if visit.wish is None and not visit.cookies_bad:
            return cookies
        browser = self._browsers.of(visit.request)
        if visit.wish == "login" and visit.verdict is not None:
            written = self._cookie.write(
                visit.verdict, browser.found, browser.crumbs, visit.now
            )
            # The login whose cookie is replaced is over (ASVS 7.2.4).
            self._end_login(visit)
            return cookies + written
        return cookies + self._cookie.clear(browser.found, browser.crumbs)

    def _add(
        self, visit: Visit, vary: str | None, cache_control: str | None
    ) -> Additions:
        cookies = set_cookies(self._pending_cookies(visit))
        headers = [("Vary", _merge_vary(vary)), *cookies]
        replaced = {"vary"}
        if cookies:
            replaced.add("cache-control")
            headers.append(("Cache-Control", "no-store"))
        elif visit.user is not None and cache_control is None:
            headers.append(("Cache-Control", "private, no-cache"))
        return Additions(tuple(headers), frozenset(replaced))

    # --- Replies -------------------------------------------------------------------

    def ask_login(
        self, visit: Visit, request: Request, redirect_uri: str | None = None
    ) -> Reply:
        """Send a browser to the login page; tell anything else that it must log in."""
        if not request.is_navigation():
            url = None if self._loginrocket_url is None else visit.links.login_url()
            return notices.json_reply(
                401,
                {"error": "login_required", "login_url": url},
                (
                    ("WWW-Authenticate", "Bearer"),
                    *set_cookies(self._pending_cookies(visit)),
                ),
                Kind.LOGIN,
            )
        if self._loginrocket_url is None or visit.ignored:
            # An ignored path takes no landing: going there and back would not end.
            cookies = set_cookies(self._pending_cookies(visit))
            return notices.login_needed(request.start, cookies)
        here = visit.links.here(request)
        if here is not None and _page(here) == _page(visit.links.login_url()):
            return notices.login_locked(set_cookies(self._pending_cookies(visit)))
        back = visit.links.complete(redirect_uri) or here
        if back is not None:
            back = with_state(back, self.mint_state(visit))
        # LoginRocket may keep handing out a session that was ended behind its back.
        ended = visit.landing_error is Reason.ENDED
        extra: dict[str, Any] = {"prompt": "login"} if ended else {}
        url = visit.links.login_url(back, **extra)
        headers = set_cookies(self._pending_cookies(visit))
        # An outer door that shares the visit adds none.
        visit.state_cookies, visit.state = (), None
        if visit.landing_error is not None:
            return notices.login_failed(visit.landing_error, url, headers)
        return notices.redirect(302, url, headers, Kind.LOGIN)

    def logged_out(self, visit: Visit, sid: str | None) -> Reply:
        """Lead to LoginRocket's logout, which leads back to ``post_logout_path``."""
        browser = self._browsers.of(visit.request)
        cookies = set_cookies(self._cookie.clear(browser.found, browser.crumbs))
        path = self._post_logout_path
        if self._loginrocket_url is None:
            return notices.redirect(302, path or "/", cookies, Kind.LOGOUT)
        session = {} if sid is None else {"session": sid}
        url = visit.links.logout_url(path, **session)
        return notices.redirect(302, url, cookies, Kind.LOGOUT)

    def mint_state(self, visit: Visit) -> str:
        """Return a fresh state, which the answer will give to the browser."""
        if visit.state is not None:
            return visit.state
        browser = self._browsers.of(visit.request)
        minted = self._states.mint(browser.found, browser.crumbs, visit.now)
        visit.state_cookies += minted.cookies
        visit.state = minted.state
        visit.touched = True
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
