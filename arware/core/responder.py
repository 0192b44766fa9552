"""What responses need on their way out, and the responses of ours."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from arware.auth import Auth, Change, Reason
from arware.errors import LoginRequired, TokenExpired, TokenNotYetValid, TokenTooLarge
from arware.web import pages
from arware.web.response import (
    Additions,
    Headers,
    Response,
    merge_vary,
    plain_response,
    set_cookies,
)
from arware.web.urls import query_values, with_state

if TYPE_CHECKING:
    from arware.settings import Settings
    from arware.web.browser import Browser, Browsers
    from arware.web.cookies import LoginCookie
    from arware.web.request import Request

    from .credentials import Credentials
    from .state import States
    from .verdict import CallbackError, Verdict

#: What a link to the start of a login says that is not meant for the login page.
_OURS = frozenset(("redirect_uri", "next", "signup", "token", "session", "ar_state"))

#: What a preflight is told, whatever the application adds to it.
_PREFLIGHT = Response(204, (("Vary", "Cookie, Authorization"),), b"")

#: Reasons for which a login that was just made does not arrive.
_COOKIE_LOST = (Reason.NO_CREDENTIAL, Reason.BAD_COOKIE)


class Responder:
    """Decide what responses need, and make ours, for all requests of one adapter."""

    def __init__(
        self,
        settings: Settings,
        browsers: Browsers,
        states: States,
        cookie: LoginCookie,
        credentials: Credentials,
    ) -> None:
        self.pages = pages.Pages(settings.app_name, settings.render)
        self._loginrocket_url = settings.loginrocket_url
        self._post_logout_path = settings.post_logout_path
        self._browsers = browsers
        self._states = states
        self._cookie = cookie
        self._credentials = credentials

    # --- The application's response ------------------------------------------------

    def additions(
        self, auth: Auth, vary: str | None, cache_control: str | None
    ) -> Additions:
        """Return what the application's response needs, its headers considered."""
        cookies = self._cookies(auth)
        headers = [("Vary", merge_vary(vary)), *cookies]
        replaced = {"vary"}
        if cookies:
            replaced.add("cache-control")
            headers.append(("Cache-Control", "no-store"))
        elif auth.user is not None and cache_control is None:
            headers.append(("Cache-Control", "private, no-cache"))
        return Additions(tuple(headers), frozenset(replaced))

    def replacement(self, auth: Auth, status: int) -> Response | None:
        """
        Return our response to a refusal that became a 5xx, or to a full logout.

        Of the response to a preflight that needed a login nothing is left but headers.
        """
        if status >= 500 and auth.refusal is not None:
            return self.refused(auth)
        if status < 500 and auth.change is Change.LOGOUT:
            return self.logged_out(auth)
        if auth.is_blind_preflight:
            return _PREFLIGHT if status < 400 else plain_response(status, "text/plain")
        return None

    def keep_login(self, browser: Browser, verdict: Verdict, now: float) -> Headers:
        """Keep the login; those whose cookies it replaces are over (ASVS 7.2.4)."""
        login = (verdict.login_id or "", verdict.identity.token)
        identity = verdict.identity
        seconds = None if identity.ends_with_browser else verdict.expires_at - now
        texts = self._cookie.write(login, seconds, browser.cookies, browser.options)
        self._credentials.revoke_logins(browser)
        return set_cookies(*texts, self._states.renew(browser, now))

    def _cookies(self, auth: Auth, *browser_id: str) -> Headers:
        """
        Return the cookies that keep or clear the login, as it has changed.

        *browser_id* is the text that a state goes with, if one was made.
        """
        if auth.change is None and not auth.clear_cookies:
            return set_cookies(*browser_id)
        browser = self._browsers.of(auth.request)
        if auth.change is Change.LOGIN and auth.verdict is not None:
            return self.keep_login(browser, auth.verdict, auth.now)
        if auth.change is not None and not browser_id:
            browser_id = (self._states.renew(browser),)
        texts = self._cookie.clear(browser.cookies, browser.options)
        return set_cookies(*texts, *browser_id)

    # --- Ours ----------------------------------------------------------------------

    def refused(self, auth: Auth) -> Response:
        """Return the response to the refusal that *auth* has noted."""
        refusal = auth.refusal
        if refusal is not None:
            # Its frames hold the auth object, which holds it: only the garbage
            # collector would let go of the request.
            refusal.__traceback__ = None
        if isinstance(refusal, LoginRequired) and auth.user is None:
            return self.login_required(auth, auth.request, refusal.redirect_uri)
        return self._forbidden(auth, getattr(refusal, "redirect_uri", None))

    def _forbidden(self, auth: Auth, target: str | None) -> Response:
        request, cookies = auth.request, self._cookies(auth)
        if not request.accepts_page():
            return pages.json_response(403, {"error": "forbidden"}, cookies)
        who = login = None
        if auth.verdict is not None:
            who = auth.verdict.identity.shown_name
        if self._loginrocket_url is not None and not auth.ignored:
            again = {} if who is None else {"prompt": "login"}
            login = auth.links.login_url(target, **again)
        if who is not None and target is not None:
            return self.pages.logged_in(who, auth.links.local(target), login, cookies)
        return self.pages.forbidden(who, request.start, login, cookies)

    def login_required(
        self, auth: Auth, request: Request, redirect_uri: str | None = None
    ) -> Response:
        """
        Send a browser to the login page; tell anything else that it must log in.

        *request* is the present one, which in a nested adapter is not the one of
        *auth*. A preflight brings no credential, so an empty response is enough, for
        what adds the headers of CORS.
        """
        if request.is_preflight():
            return _PREFLIGHT
        if request.is_navigation():
            return self._to_login(auth, request, redirect_uri)
        cookies = self._cookies(auth)
        login = None
        if self._loginrocket_url is not None:
            login = auth.links.login_url(request.root)
        if request.is_form():
            return self.pages.login_over(login, cookies)
        value = {"error": "login_required", "login_url": login}
        headers = (("WWW-Authenticate", "Bearer"), *cookies)
        return pages.json_response(401, value, headers)

    def _to_login(
        self, auth: Auth, request: Request, redirect_uri: str | None
    ) -> Response:
        links = auth.links
        if self._loginrocket_url is None or auth.ignored:
            # An ignored path takes no callback: going there and back would not end.
            return self.pages.login_needed(request.start, self._cookies(auth))
        here = links.here(request)
        if here is not None and _page(here) == _page(
            links.loginrocket("login", None, {})
        ):
            return self.pages.login_locked(self._cookies(auth))
        # LoginRocket may keep handing out a session that was ended behind its back.
        error = auth.callback_error
        reason = None if error is None else error.reason
        fresh = {"prompt": "login"} if reason in (Reason.ENDED, Reason.REVOKED) else {}
        browser = self._browsers.of(auth.request)
        if auth.change is not None:
            # Its id is not to be kept: the state goes with another.
            browser = replace(browser, cookies={})
        back = links.complete(redirect_uri) or here
        url, *browser_id = self._login_url(auth, browser, "login", back, fresh)
        headers = self._cookies(auth, *browser_id)
        if error is not None:
            return self.pages.login_failed(
                error.reason, _detail(error, auth.now), url, headers
            )
        just_now = self._states.was_logged_in_just_now(browser, auth.now)
        if just_now and auth.reason in _COOKIE_LOST:
            return self.pages.cookie_not_kept(url, headers)
        return pages.redirect(302, url, headers)

    def start_login(self, auth: Auth) -> Response:
        """
        Lead to the login page, or the sign-up, as the link of this request says.

        Who is logged in may lack what the page that leads here asks for, or may just
        have come by an old link; to go back at once could go round for ever.
        """
        request, links = auth.request, auth.links
        names = ("redirect_uri", "next")
        several = (query_values(request.query, name) for name in names)
        asked = [text for texts in several for text in texts if text]
        target = links.local(asked[0]) if len(asked) == 1 else None
        if auth.user is not None:
            return self._forbidden(auth, target or request.root)
        back = links.complete(target or request.root)
        signs_up = query_values(request.query, "signup") not in ([], [""], ["0"])
        pairs = parse_qsl(request.query, keep_blank_values=True, max_num_fields=None)
        further = {name: value for name, value in pairs if name not in _OURS}
        browser = self._browsers.of(request)
        page = "signup" if signs_up else "login"
        url, *browser_id = self._login_url(auth, browser, page, back, further)
        return pages.redirect(302, url, set_cookies(*browser_id))

    def _login_url(
        self,
        auth: Auth,
        browser: Browser,
        page: str,
        back: str | None,
        parameters: dict[str, Any],
    ) -> tuple[str, ...]:
        """
        Return LoginRocket's URL whose way *back* is bound to *browser*.

        If there is one, the Set-Cookie text that it takes follows.
        """
        if back is None:
            return (auth.links.loginrocket(page, None, parameters),)
        state, cookie = self._states.start(browser, auth.now)
        back = with_state(back, state)
        return auth.links.loginrocket(page, back, parameters), cookie

    def logged_out(self, auth: Auth) -> Response:
        """Lead to LoginRocket's logout, which leads back to ``post_logout_path``."""
        path, sid = self._post_logout_path, auth.left_session
        url = path or "/"
        if self._loginrocket_url is not None:
            session = {} if sid is None else {"session": sid}
            url = auth.links.logout_url(path, **session)
        return pages.redirect(302, url, self._cookies(auth), logs_out=True)


def _page(url: str) -> str:
    return url.partition("?")[0]


def _detail(error: CallbackError, now: float) -> str:
    """Return what the owner of the site should know of *error*."""
    match error:
        case TokenTooLarge():
            return error.problem
        case TokenNotYetValid():
            return f"the clocks differ by {_seconds(error.valid_from - now)}"
        case TokenExpired():
            return f"it was over {_seconds(now - error.expired_at)} ago"
    return ""


def _seconds(number: float) -> str:
    return "1 second" if round(number) == 1 else f"{number:.0f} seconds"
