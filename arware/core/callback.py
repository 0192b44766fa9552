"""
Callbacks: a person comes back from LoginRocket with ``?token=``.

A token alone proves who somebody is, not that this browser asked for it; so besides
the token, where the browser came from is judged (ASVS 10.1.2).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ..auth import Verdict
from ..errors import CookieTooLarge, KeysUnavailable, Reason, TokenError
from ..web import pages as pages
from ..web.request import Request
from ..web.response import Kind, Response
from ..web.urls import (
    CALLBACK_PARAMETERS,
    host_is_loopback,
    local_location,
    origin_of,
    query_values,
    with_parameter,
    without_parameters,
)
from .browser import Browser, LoginCookie, new_login_id, set_cookies
from .credentials import Ended
from .effects import NeedRevoke, Steps
from .state import CONFIRMED, States

if TYPE_CHECKING:
    from ..settings import Settings
    from .credentials import Credentials

log = logging.getLogger("arware")


class Callback:
    """Credentials callbacks and answer them."""

    def __init__(
        self,
        settings: Settings,
        credentials: Credentials,
        states: States,
        cookie: LoginCookie,
    ) -> None:
        self._credentials = credentials
        self._states = states
        self._cookie = cookie
        self._within = settings.within
        self._policy = settings.unsolicited_login
        self._loginrocket = origin_of(settings.loginrocket_url)

    def token_of(self, request: Request) -> str | None:
        """Return the one AuthRocket token in the query, ``None`` if there is none."""
        values = query_values(request.query, "token")
        if len(values) == 1 and self._credentials.is_ours(values[0]):
            return values[0]
        return None

    def refusal_of_foreign(self, browser: Browser, now: float) -> Reason | None:
        """
        Tell why a token that is not ours does not count, if we sent the browser for it.

        It is the application's all the same. But where a login is required the visitor
        would be sent for another one like it, again and again: the issuer of the
        settings is not the realm's, say.
        """
        values = query_values(browser.request.query, "token")
        state = self._state_of(browser)
        if len(values) != 1 or state is None:
            return None
        if not self._states.holds(browser.found, browser.options, state, now):
            return None
        return self._credentials.fault_of_foreign(values[0])

    def enter(
        self, browser: Browser, token: str, now: float
    ) -> Steps[Response | Reason | None]:
        """
        Answer the callback of *token*, or tell why it does not count.

        ``None`` if another adapter, below this one, sent the browser for it.
        """
        state = self._state_of(browser)
        if state is not None and browser.is_of_another_adapter(state):
            return None
        if browser.asks_ahead():
            return pages.come_again()
        try:
            verdict = yield from self._credentials.token(token, now, self._within)
            # Were it kept and then refused, the visitor would go round in circles.
            yield from self._credentials.check_standing(verdict, now)
        except (TokenError, KeysUnavailable, Ended) as failure:
            log.debug("a callback does not count: %s", failure.reason)
            return Reason(failure.reason)
        if verdict.expires_at < now + 1:
            # It counts for some seconds more, but no browser keeps such a cookie.
            return Reason.EXPIRED
        verdict.login_id = new_login_id()
        standing = yield from self._credentials.cookies(
            browser.found, browser.options.name, self._cookie.codec, now
        )
        if self._is_solicited(browser, state, verdict, standing.verdict, now):
            return (yield from self._accept(browser, state, verdict, now))
        return (
            yield from self._unsolicited(browser, state, verdict, standing.verdict, now)
        )

    @staticmethod
    def _state_of(browser: Browser) -> str | None:
        states = query_values(browser.request.query, "ar_state")
        return states[0] if len(states) == 1 else None

    def _is_solicited(
        self,
        browser: Browser,
        state: str | None,
        verdict: Verdict,
        standing: Verdict | None,
        now: float,
    ) -> bool:
        """
        Tell whether this browser asked for the login.

        It did if it holds the state, if it comes from LoginRocket, if it is a script
        that no page can send anywhere, or if the login is for who is there already.
        """
        if state is not None:
            if self._states.holds(browser.found, browser.options, state, now):
                return True
            if not browser.found:
                return False  # this browser seems to keep no cookies: no loops
        if standing is not None and standing.identity.sub == verdict.identity.sub:
            return True
        return self._came_from_loginrocket(browser) or self._is_script(browser)

    def _came_from_loginrocket(self, browser: Browser) -> bool:
        site = (browser.request.header("sec-fetch-site") or "").strip().lower()
        referer = origin_of(browser.request.header("referer"))
        return (
            site in ("cross-site", "same-site")
            and referer is not None
            and referer == self._loginrocket
        )

    def _is_script(self, browser: Browser) -> bool:
        if not (browser.options.secure or host_is_loopback(browser.origin)):
            return False  # browsers send no Sec-Fetch-* over plain http
        header = browser.request.header
        for name in ("site", "mode", "dest", "user"):
            if header(f"sec-fetch-{name}") is not None:
                return False
        referer = header("referer")
        sender = origin_of(referer)
        # Two unknown origins are not the same one.
        known = sender is not None and sender in (self._loginrocket, browser.origin)
        return referer is None or known

    def _accept(
        self, browser: Browser, state: str | None, verdict: Verdict, now: float
    ) -> Steps[Response]:
        """Keep the login; the one whose cookie it replaces is over (ASVS 7.2.4)."""
        request, found, options = browser.request, browser.found, browser.options
        forget = () if state is None else self._states.clear(found, options, state)
        try:
            cookies = self._cookie.write(verdict, found, options, now)
        except CookieTooLarge as error:
            log.error("a login cannot be kept: %s", error)  # noqa: TRY400 - no fault of code
            return pages.cookie_too_large(str(error), set_cookies(forget))
        for login_id, until in self._credentials.logins(
            found, options.name, self._cookie.codec
        ):
            yield NeedRevoke(login_id, until, now)
        return pages.redirect(
            303, clean_location(request), set_cookies(cookies + forget), Kind.CALLBACK
        )

    def _unsolicited(
        self,
        browser: Browser,
        state: str | None,
        verdict: Verdict,
        standing: Verdict | None,
        now: float,
    ) -> Steps[Response | Reason]:
        cookieless = state is not None and not browser.found
        if self._policy == "refuse":
            return Reason.NO_CREDENTIAL
        if self._policy == "allow" and not cookieless:
            return (yield from self._accept(browser, state, verdict, now))
        minted = self._states.mint(browser.found, browser.options, now, CONFIRMED)
        request = browser.request
        query = without_parameters(request.query, ("ar_state",))
        again = with_parameter(
            local_location(request.full_path, query), "ar_state", minted.state
        )
        headers = set_cookies(minted.cookies)
        if cookieless and state is not None and state.startswith(CONFIRMED):
            return pages.cookie_not_kept(again, headers)
        before = None if standing is None else _called(standing)
        leave = clean_location(request)
        return pages.confirm(_called(verdict), again, leave, headers, before)


def _called(verdict: Verdict) -> str:
    """
    Return what people know somebody by.

    Anybody may call themselves what they like, so a name does not stand alone.
    """
    identity = verdict.identity
    if identity.email:
        return identity.email
    return f"{identity.name} ({identity.sub})" if identity.name else identity.sub


def clean_location(request: Request) -> str:
    """Return the Location of the callback's own URL, without what the callback added."""
    query = without_parameters(request.query, CALLBACK_PARAMETERS)
    return local_location(request.full_path, query)
