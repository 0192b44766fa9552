"""The few small pages that arware shows itself: quiet, no script, text escaped."""

from __future__ import annotations

import base64
import hashlib
import json
from html import escape
from typing import Any

from .response import Kind, Response

_STYLE = """
:root{color-scheme:light dark;--ink:#23231f;--soft:#63605a;--page:#f4f2ee;
--card:#fffefb;--line:#dedad1;--act:#2f5d50;--on:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#eceae4;--soft:#a9a79e;--page:#161715;
--card:#1f211e;--line:#353833;--act:#8cc5b0;--on:#10231c}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.25rem;
background:var(--page);color:var(--ink);font:1.0625rem/1.55 system-ui,sans-serif}
main{width:100%;max-width:27rem;background:var(--card);border:1px solid var(--line);
border-radius:.75rem;padding:2rem 1.75rem}
h1{font-size:1.375rem;line-height:1.3;margin:0 0 .75rem;overflow-wrap:anywhere}
p{margin:0 0 1rem;overflow-wrap:anywhere}
.soft{color:var(--soft);font-size:.9375rem;margin:1.25rem 0 0}
.act{display:block;width:100%;border:0;border-radius:.5rem;padding:.75rem 1rem;
background:var(--act);color:var(--on);font:inherit;font-weight:600;text-align:center;
text-decoration:none;cursor:pointer}
a{color:var(--act)}
:focus-visible{outline:3px solid var(--act);outline-offset:2px}
"""

_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_VARY = ("Vary", "Cookie, Authorization")

#: Nothing may be loaded and nobody may frame it; ``form-action`` is left open because
#: browsers apply it to the redirects that follow, and those lead to LoginRocket.
_PAGE_HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    _VARY,
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Content-Security-Policy", _POLICY),
)

Headers = tuple[tuple[str, str], ...]


def page(
    title: str,
    body: str,
    status: int = 200,
    headers: Headers = (),
    referrer: str = "no-referrer",
) -> Response:
    """Return the page *title* with *body*, which is HTML already."""
    text = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>\n"
    )
    data = text.encode("utf-8", "replace")
    own = (("Referrer-Policy", referrer), ("Content-Length", str(len(data))))
    return Response(status, (*_PAGE_HEADERS, *own, *headers), data)


def json_response(
    status: int, value: dict[str, Any], headers: Headers = (), kind: Kind = Kind.NOTICE
) -> Response:
    """Return *value* as a JSON answer that nobody keeps."""
    data = json.dumps(value).encode("ascii") + b"\n"
    fixed = (
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(data))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        _VARY,
    )
    return Response(status, (*fixed, *headers), data, kind)


def redirect(
    status: int, location: str, headers: Headers = (), kind: Kind = Kind.NOTICE
) -> Response:
    """Return a redirect that nobody keeps and that sends no Referer along."""
    fixed = (
        ("Location", location),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", "0"),
        ("Cache-Control", "no-store"),
        ("Referrer-Policy", "no-referrer"),
        _VARY,
    )
    return Response(status, (*fixed, *headers), b"", kind)


def _button(url: str, text: str) -> str:
    return f'<a class="act" href="{escape(url)}">{escape(text)}</a>'


def _link(url: str, text: str, before: str = "") -> str:
    link = f'<a href="{escape(url)}">{escape(text)}</a>'
    return f'<p class="soft">{before}{link}</p>'


def _to_start(start: str | None) -> str:
    """Return the button that leads to *start*, nothing for ``None``."""
    return "" if start is None else _button(start, "Go to the start page")


def confirm(
    who: str,
    go_on: str,
    leave: str,
    headers: Headers = (),
    instead_of: str | None = None,
) -> Response:
    """
    Ask whether the visitor wants to be logged in as *who*.

    *instead_of* is who is logged in just now.
    """
    now, no = "", "No, do not log me in"
    if instead_of is not None:
        old = escape(instead_of)
        now = f"<p>You are logged in as {old}. Going on logs {old} out.</p>"
        no = f"No, stay logged in as {instead_of}"
    return page(
        f"Continue as {who}?",
        "<p>A link brought you here that logs you in to this account. Go on only if "
        f"the account is yours.</p>{now}{_button(go_on, f'Continue as {who}')}"
        f"{_link(leave, no)}",
        headers=headers,
    )


def cookie_not_kept(again: str, headers: Headers = ()) -> Response:
    """Tell that the browser does not keep our cookies, instead of going in circles."""
    return page(
        "Your browser did not keep our cookie",
        "<p>You are logged in at the login page, but this site could not remember it: "
        "the cookie it set did not come back.</p><p>Allow cookies for this site, then "
        f"try again.</p>{_button(again, 'Try again')}"
        '<p class="soft">For the owner of this site: check that it is reached by the '
        "scheme and host of <code>public_url</code>. Secure cookies need https.</p>",
        status=400,
        headers=headers,
    )


def cookie_too_large(detail: str, headers: Headers = ()) -> Response:
    """Tell that a login does not fit into cookies."""
    return page(
        "This login is too large to keep",
        f'<p>We could not log you in. This is not your fault.</p><p class="soft">For '
        f"the owner of this site: {escape(detail)}.</p>",
        status=500,
        headers=headers,
    )


#: Cause and fix, for each reason for which a callback can fail.
_CAUSES = {
    "expired": "The login is too old, or this server's clock is fast",
    "not_yet_valid": "The login is dated in the future: this server's clock is slow",
    "bad_signature": "The login was not signed with this site's key",
    "malformed": "The login did not arrive in one piece",
    "wrong_issuer": "The login was issued by somebody else",
    "wrong_realm": "The login belongs to another realm than this site's",
    "unknown_key": "The login was signed with a key that this site does not know (yet)",
    "keys_unavailable": "The keys that logins are checked with cannot be had just now",
    "ended": "The login was ended already",
    "outage": "Nobody can tell just now whether the login still stands",
}

#: Reasons that pass by themselves.
_PASSING = ("keys_unavailable", "outage")


def login_failed(reason: str, again: str | None, headers: Headers = ()) -> Response:
    """Tell why the login that just arrived does not count, instead of looping."""
    cause = _CAUSES.get(reason, "The login was refused")
    button = _button(again, "Log in again") if again else ""
    unavailable = reason in _PASSING
    extra: Headers = (("Retry-After", "30"),) if unavailable else ()
    return page(
        "We could not log you in",
        f"<p>{escape(cause)}.</p><p>Try again in a moment. If it keeps happening, tell "
        f'the owner of this site.</p>{button}<p class="soft">Reason: '
        f"<code>{escape(reason)}</code></p>",
        status=503 if unavailable else 401,
        headers=(*extra, *headers),
    )


def login_needed(start: str | None, headers: Headers = ()) -> Response:
    """Tell that a login is needed where there is no login page to go to."""
    return page(
        "You need to log in",
        f"<p>This page is for people who are logged in.</p>{_to_start(start)}",
        status=401,
        headers=headers,
    )


def login_locked(headers: Headers = ()) -> Response:
    """Tell that the login page lies behind a login, so that nobody gets to it."""
    return page(
        "Nobody can log in here",
        "<p>The login page itself asks for a login. In the settings of this "
        "application its path belongs into <code>exempt</code>.</p>",
        status=401,
        headers=headers,
    )


def forbidden(
    start: str | None, accounts: str | None, headers: Headers = ()
) -> Response:
    """
    Tell that this user may not do this.

    *start* is the application's first page, *accounts* where the user can choose
    another account.
    """
    other = "Perhaps another account of yours does. "
    switch = "" if accounts is None else _link(accounts, "Switch account", other)
    return page(
        "You may not open this page",
        "<p>Your account does not have the permission it needs.</p>"
        f"{_to_start(start)}{switch}",
        status=403,
        headers=headers,
    )


def ask_logout(path: str, start: str | None, headers: Headers = ()) -> Response:
    """
    Ask before logging out at *path*, since another site sent the visitor here.

    *start* is the application's first page.
    """
    stay = "" if start is None else _link(start, "Stay logged in")
    return page(
        "Log out?",
        "<p>Another site sent you here. Log out only if you want to.</p>"
        f'<form method="post" action="{escape(path)}">'
        f'<button class="act">Log out</button></form>{stay}',
        headers=headers,
        # With no-referrer the form's Origin would be null, which is no mark of ours.
        referrer="same-origin",
    )


def come_again(headers: Headers = ()) -> Response:
    """Answer a prefetch: nothing happens before the visitor really comes."""
    fixed = (
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", "0"),
        ("Cache-Control", "no-store"),
        _VARY,
    )
    return Response(503, (*fixed, *headers))
