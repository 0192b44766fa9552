"""
Callbacks: a person comes back from the login pages with ``?token=``.

A token alone proves who somebody is, not that this browser asked for it; so besides
the token, what brought the browser here is looked at (ASVS 10.1.2).
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from arware.errors import KeysUnavailable, TokenError, TokenTooLarge
from arware.settings.addresses import origin_of
from arware.web import pages
from arware.web.response import Response, set_cookies
from arware.web.urls import (
    CALLBACK_PARAMETERS,
    host_is_loopback,
    local_location,
    query_values,
    with_parameter,
    without_parameters,
)

from .effects import Steps
from .verdict import CallbackError, Verdict
from .verifier import fault_of_foreign

if TYPE_CHECKING:
    from arware.settings import Settings
    from arware.web.browser import Browser
    from arware.web.request import Request

    from .credentials import Credentials
    from .responder import Responder
    from .state import States

log = logging.getLogger("arware")


class Callback:
    """Verify callbacks and answer them."""

    def __init__(
        self,
        settings: Settings,
        credentials: Credentials,
        states: States,
        responder: Responder,
    ) -> None:
        self._credentials = credentials
        self._states = states
        self._responder = responder
        self._within = settings.within
        self._policy = settings.unsolicited_login
        self._loginrocket = origin_of(settings.loginrocket_url)

    def process(
        self, browser: Browser, now: float
    ) -> Steps[Response | CallbackError | None]:
        """
        Answer the callback that brought *browser* here, or tell why it does not count.

        ``None`` if it is none of ours: the token in the query is the application's, or
        another adapter, below this one, sent the browser for it.
        """
        request = browser.request
        values = query_values(request.query, "token")
        if len(values) != 1:
            return None
        state = _state_of(request)
        if not self._credentials.verifier.is_ours(values[0]):
            return self._fault_of_foreign(browser, state, values[0], now)
        is_foreign = state is not None and self._states.is_of_another_adapter(state)
        if is_foreign or not request.is_document():
            return None
        if request.is_speculative():
            return pages.come_again()
        try:
            verdict = yield from self._credentials.new_login(
                values[0], now, self._within
            )
        except (TokenError, KeysUnavailable) as error:
            if isinstance(error, TokenTooLarge):
                log.error("a login cannot be kept: %s", error)  # noqa: TRY400 - no fault of code
            log.debug("a callback does not count: %s", error.reason)
            return error
        return (yield from self._answer(browser, state, verdict, now))

    def _fault_of_foreign(
        self, browser: Browser, state: str | None, token: str, now: float
    ) -> CallbackError | None:
        """
        Tell why *token*, not ours, does not count, if we sent the browser for it.

        It is the application's all the same. But where a login is required the person
        would be sent for another one like it, again and again: the issuer of the
        settings is not the realm's, say.
        """
        if state is None or not self._states.is_begun_by(browser, state, now):
            return None
        return fault_of_foreign(token)

    # --- Did this browser ask for it? ----------------------------------------------

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

        It did if it began the state, if it is a script that no page can send anywhere,
        or if the login is for who is there already. That a request comes from
        LoginRocket proves nothing: its logout page leads where a stranger's link says.
        """
        if state is not None and self._states.is_begun_by(browser, state, now):
            return True
        if _is_same_person(verdict, standing):
            return True
        return not self._keeps_no_cookies(browser, state) and self._is_script(browser)

    def _keeps_no_cookies(self, browser: Browser, state: str | None) -> bool:
        """Tell whether *browser* was sent for a login, and has forgotten who it is."""
        return state is not None and not self._states.has_id(browser)

    def _is_script(self, browser: Browser) -> bool:
        """Tell whether no page can have sent it: a browser would say where it is."""
        if not (browser.options.secure or host_is_loopback(browser.origin)):
            return False  # browsers send no Sec-Fetch-* over plain http
        if browser.request.tells_fetch():
            return False
        referer = browser.request.header("referer")
        sender = origin_of(referer)
        # Two unknown origins are not the same one.
        is_ours = sender is not None and sender in (self._loginrocket, browser.origin)
        return referer is None or is_ours

    # --- The answer ----------------------------------------------------------------

    def _answer(
        self, browser: Browser, state: str | None, verdict: Verdict, now: float
    ) -> Steps[Response | None]:
        name = browser.options.name
        found = yield from self._credentials.cookies(browser.cookies, name, now)
        standing = found.verdict
        if self._is_solicited(browser, state, verdict, standing, now):
            return self._accept(browser, verdict, standing, now)
        if self._keeps_no_cookies(browser, state):
            if self._policy != "confirm" or self._states.is_confirmed(state or ""):
                # It names nobody, so nobody may be logged in from there: a stranger may
                # have made up the state.
                return self._responder.pages.cookie_not_kept(_clean(browser.request))
        elif self._policy == "refuse":
            return None
        elif self._policy == "allow":
            return self._accept(browser, verdict, standing, now)
        return self._confirm(browser, verdict, standing, now)

    def _accept(
        self, browser: Browser, verdict: Verdict, standing: Verdict | None, now: float
    ) -> Response:
        cookies = self._responder.keep_login(browser, verdict, now)
        response = pages.redirect(303, _clean(browser.request), cookies)
        former = None if standing is None else standing.identity.owner
        return replace(response, logs_in=verdict.identity.owner, replaces=former)

    def _confirm(
        self, browser: Browser, verdict: Verdict, standing: Verdict | None, now: float
    ) -> Response:
        """Ask; the button is this very callback, with a state of its own."""
        state, cookie = self._states.start(browser, now, confirmed=True)
        request = browser.request
        query = without_parameters(request.query, ("ar_state",))
        here = local_location(request.full_path, query)
        return self._responder.pages.confirm(
            verdict.identity.shown_name,
            with_parameter(here, "ar_state", state),
            _clean(request),
            set_cookies(cookie),
            None if standing is None else standing.identity.shown_name,
        )


def _is_same_person(verdict: Verdict, standing: Verdict | None) -> bool:
    """Tell whether *verdict* is for who is logged in, nobody acting for another."""
    return (
        standing is not None
        and standing.identity.sub == verdict.identity.sub
        and standing.identity.impersonator is None
        and verdict.identity.impersonator is None
    )


def _state_of(request: Request) -> str | None:
    states = query_values(request.query, "ar_state")
    return states[0] if len(states) == 1 else None


def _clean(request: Request) -> str:
    """Return the Location of the callback's own URL, without what it added."""
    query = without_parameters(request.query, CALLBACK_PARAMETERS)
    return local_location(request.full_path, query)
