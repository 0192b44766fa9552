"""The few pages that arware shows itself: what each says, and where it leads."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Literal

from arware.settings import PageLink, PageName, PageValues, Render

from .drawing import draw, isolated
from .response import Headers, Response, plain_response
from .text import shown

_TEXT = "text/plain; charset=utf-8"
_TO_START = "Go to the start page"

#: Cause and fix, for each reason for which a callback can fail.
_CAUSES = {
    "expired": "The login is too old, or this server's clock is fast",
    "not_yet_valid": "The login is dated in the future: this server's clock is slow",
    "bad_signature": "The login was not signed with this site's key",
    "malformed": "The login did not arrive in one piece",
    "wrong_issuer": "The login was issued by another service than this site's",
    "wrong_realm": "The login belongs to another realm than this site's",
    "unknown_key": "The login was signed with a key that this site does not know yet",
    "keys_unavailable": "This site cannot get the keys that it checks logins with",
    "revoked": "You logged out of this login",
    "ended": "The login has ended",
    "outage": "This site cannot find out whether the login still stands",
}

#: Reasons that pass by themselves.
_OUTAGES = ("keys_unavailable", "outage")


class Pages:
    """
    The pages of one adapter.

    *app_name* is what they call the application, *render* draws them in its place.
    """

    def __init__(
        self, app_name: str | None = None, render: Render | None = None
    ) -> None:
        self._app_name = None if app_name is None else shown(app_name)
        self._render = render

    def confirm(
        self,
        who: str,
        go_on: str,
        decline: str,
        headers: Headers = (),
        instead_of: str | None = None,
    ) -> Response:
        """
        Ask whether the person wants to be logged in as *who*.

        *instead_of* is who is logged in just now.
        """
        ask = (
            "You followed a link that logs you in to this account. Continue only if "
            "the account is yours."
        )
        texts = [ask]
        no = "No, do not log me in"
        if instead_of is not None:
            old = isolated(instead_of)
            texts.append(
                f"You are logged in as {old}. If you continue, {old} is logged out."
            )
            no = f"No, stay logged in as {old}"
        yes = f"Continue as {isolated(who)}"
        values = self._values(
            f"{yes}?", texts, _link(go_on, yes), other=_link(decline, no), account=who
        )
        return self._page("confirm", values, headers)

    def cookie_not_kept(self, again: str, headers: Headers = ()) -> Response:
        """Tell that the browser keeps none of our cookies, instead of looping."""
        values = self._values(
            "Your browser did not keep our cookie",
            [
                "You logged in, but the cookie of this site did not come back.",
                "Allow cookies for this site, then try again.",
            ],
            _link(again, "Try again"),
            status=400,
            note="For the owner of this site: check that people reach it by the scheme "
            "and host of public_url, and that no proxy removes cookies. Secure cookies "
            "need https.",
        )
        return self._page("cookie_not_kept", values, headers)

    def login_failed(
        self, reason: str, detail: str, again: str | None, headers: Headers = ()
    ) -> Response:
        """
        Tell why the login that just arrived does not count, instead of looping.

        *detail* is for the owner of the site, and may be empty.
        """
        cause = _CAUSES.get(reason, "The login was refused")
        is_outage = reason in _OUTAGES
        extra: Headers = (("Retry-After", "30"),) if is_outage else ()
        values = self._values(
            "We could not log you in",
            [
                f"{cause}.",
                "Try again in a moment. If it keeps happening, tell the site's owner.",
            ],
            _link(again, "Log in again"),
            status=503 if is_outage else 401,
            note=f"Reason: {reason}" + (f": {detail}" if detail else ""),
            reason=reason,
        )
        return self._page("login_failed", values, (*extra, *headers))

    def login_needed(self, start: str | None, headers: Headers = ()) -> Response:
        """Tell that a login is needed where there is no login page to go to."""
        values = self._values(
            "You need to log in",
            ["This page is for people who are logged in."],
            _link(start, _TO_START),
            status=401,
        )
        return self._page("login_needed", values, headers)

    def login_over(self, login: str | None, headers: Headers = ()) -> Response:
        """Tell that a form came after its login was over; *login* leads to another."""
        values = self._values(
            "You are not logged in any more",
            ["What you sent was not saved, but your browser still has it."],
            _link(login, "Log in", new_tab=True),
            status=401,
            steps=[
                "Log in: this opens a new tab.",
                "Come back to this tab.",
                "Reload this page, and let your browser send the form again.",
            ],
        )
        return self._page("login_over", values, headers)

    def login_locked(self, headers: Headers = ()) -> Response:
        """Tell that the login page lies behind a login, so that nobody gets to it."""
        values = self._values(
            "Nobody can log in here",
            ["The login page itself requires a login."],
            status=401,
            note="For the owner of this site: add the login page's path to exempt.",
        )
        return self._page("login_locked", values, headers)

    def forbidden(
        self,
        who: str | None,
        start: str | None,
        login: str | None,
        headers: Headers = (),
    ) -> Response:
        """
        Tell that *who*, or somebody who is not logged in, may not do this.

        *start* is the application's first page, *login* where somebody (else) can log
        in.
        """
        if who is None:
            texts = [
                "You do not have the permission that it needs.",
                "You are not logged in.",
            ]
            switch = _link(login, "Log in")
        else:
            texts = [
                "Your account does not have the permission that it needs.",
                f"You are logged in as {isolated(who)}.",
            ]
            switch = _link(login, "Switch account")
        to_start = _link(start, _TO_START)
        values = self._values(
            "You cannot open this page",
            texts,
            to_start or switch,
            status=403,
            other=switch if to_start else None,
            account=who,
        )
        return self._page("forbidden", values, headers)

    def ask_logout(self, path: str, start: str | None) -> Response:
        """
        Ask before logging out at *path*, since nobody asked for it on a page of ours.

        *start* is the application's first page.
        """
        values = self._values(
            "Log out?",
            ["A link from another site brought you here."],
            _link(path, "Log out", method="post"),
            other=_link(start, "Stay logged in"),
        )
        # With no-referrer the form's Origin would be null, which is no mark of ours.
        return self._page("ask_logout", values, (), "same-origin")

    def _values(
        self,
        title: str,
        texts: list[str],
        action: PageLink | None = None,
        *,
        status: int = 200,
        steps: list[str] | None = None,
        other: PageLink | None = None,
        note: str | None = None,
        account: str | None = None,
        reason: str | None = None,
    ) -> PageValues:
        return {
            "app_name": self._app_name,
            "status": status,
            "title": title,
            "texts": texts,
            "steps": steps or [],
            "action": action,
            "other": other,
            "note": note,
            "account": None if account is None else shown(account),
            "reason": reason,
        }

    def _page(
        self,
        name: PageName,
        values: PageValues,
        headers: Headers,
        referrer: str = "no-referrer",
    ) -> Response:
        return draw(self._render, name, values, headers, referrer)


def _link(
    url: str | None,
    text: str,
    *,
    method: Literal["get", "post"] = "get",
    new_tab: bool = False,
) -> PageLink | None:
    """Return what leads to *url*; ``None`` if that is not known."""
    if not url:
        return None
    return {"text": text, "url": url, "method": method, "new_tab": new_tab}


# --- No pages ----------------------------------------------------------------------


def json_response(
    status: int, value: dict[str, Any], headers: Headers = ()
) -> Response:
    """Return *value* as a JSON answer that nobody keeps."""
    data = json.dumps(value).encode("ascii") + b"\n"
    return plain_response(status, "application/json", data, headers)


def redirect(
    status: int, location: str, headers: Headers = (), *, logs_out: bool = False
) -> Response:
    """Return a redirect that nobody keeps and that sends no Referer along."""
    own = (("Location", location), ("Referrer-Policy", "no-referrer"), *headers)
    return replace(plain_response(status, _TEXT, b"", own), logs_out=logs_out)


def come_again() -> Response:
    """Answer what is fetched ahead: nothing happens before the person really comes."""
    return plain_response(503, _TEXT, b"")
