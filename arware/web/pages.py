"""The few small pages that arware shows itself: quiet, no script, text escaped."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from html import escape
from typing import Any

from .response import Headers, Response
from .text import shown

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
p,ol{margin:0 0 1rem;overflow-wrap:anywhere}
ol{padding-left:1.5rem}
.soft{color:var(--soft);font-size:.9375rem;margin:1.25rem 0 0}
.act{display:block;width:100%;border:0;border-radius:.5rem;padding:.75rem 1rem;
background:var(--act);color:var(--on);font:inherit;font-weight:600;text-align:center;
text-decoration:none;cursor:pointer}
a{color:var(--act)}
:focus-visible{outline:3px solid var(--act);outline-offset:2px}
"""

_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

#: Nothing may be loaded and nobody may frame it; ``form-action`` is left open because
#: browsers apply it to the redirects that follow, and those lead to LoginRocket.
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_TEXT = "text/plain; charset=utf-8"
_TO_START = "Go to the start page"


def _response(
    status: int, media_type: str, body: bytes, headers: Headers = ()
) -> Response:
    """Return *body* as an answer that nobody keeps."""
    fixed = (
        ("Content-Type", media_type),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("Vary", "Cookie, Authorization"),
    )
    return Response(status, (*fixed, *headers), body)


def page(
    title: str,
    body: str,
    status: int = 200,
    headers: Headers = (),
    referrer: str = "no-referrer",
    heading: str | None = None,
) -> Response:
    """Return the page *title* with *body*, and *heading*, which are HTML already."""
    text = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{heading or escape(title)}</h1>{body}</main></body></html>\n"
    )
    own = (
        ("X-Frame-Options", "DENY"),
        ("Content-Security-Policy", _POLICY),
        ("Referrer-Policy", referrer),
    )
    data = text.encode("utf-8", "replace")
    return _response(status, "text/html; charset=utf-8", data, (*own, *headers))


def json_response(
    status: int, value: dict[str, Any], headers: Headers = ()
) -> Response:
    """Return *value* as a JSON answer that nobody keeps."""
    data = json.dumps(value).encode("ascii") + b"\n"
    return _response(status, "application/json", data, headers)


def redirect(
    status: int, location: str, headers: Headers = (), *, logs_out: bool = False
) -> Response:
    """Return a redirect that nobody keeps and that sends no Referer along."""
    own = (("Location", location), ("Referrer-Policy", "no-referrer"), *headers)
    return replace(_response(status, _TEXT, b"", own), logs_out=logs_out)


def _button(url: str | None, text: str, *, new_tab: bool = False) -> str:
    """Return what leads to *url*, nothing for ``None``."""
    target = ' target="_blank"' if new_tab else ""
    return f'<a class="act" href="{escape(url)}"{target}>{text}</a>' if url else ""


def _link(url: str | None, text: str) -> str:
    """Return what leads to *url* in a quieter way, nothing for ``None``."""
    return f'<p class="soft"><a href="{escape(url)}">{text}</a></p>' if url else ""


def _name(text: str) -> str:
    """Return *text*, which a stranger may have chosen, as HTML that stays by itself."""
    return f"<bdi>{escape(shown(text))}</bdi>"


def confirm(
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
    now, no = "", "No, do not log me in"
    if instead_of is not None:
        old = _name(instead_of)
        now = (
            f"<p>You are logged in as {old}. If you continue, {old} is logged out.</p>"
        )
        no = f"No, stay logged in as {old}"
    return page(
        f"Continue as {shown(who)}?",
        "<p>You followed a link that logs you in to this account. Continue only if the "
        f"account is yours.</p>{now}{_button(go_on, f'Continue as {_name(who)}')}"
        f"{_link(decline, no)}",
        headers=headers,
        heading=f"Continue as {_name(who)}?",
    )


def cookie_not_kept(again: str, headers: Headers = ()) -> Response:
    """Tell that the browser does not keep our cookies, instead of going in circles."""
    return page(
        "Your browser did not keep our cookie",
        "<p>You logged in, but this site could not remember it: the cookie that it set "
        "did not come back.</p><p>Allow cookies for this site, then try again.</p>"
        f"{_button(again, 'Try again')}"
        '<p class="soft">For the owner of this site: check that people reach it by the '
        "scheme and host of <code>public_url</code>, and that no proxy removes "
        "cookies. Secure cookies need https.</p>",
        status=400,
        headers=headers,
    )


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


def login_failed(
    reason: str, detail: str, again: str | None, headers: Headers = ()
) -> Response:
    """
    Tell why the login that just arrived does not count, instead of looping.

    *detail* is for the owner of the site, and may be empty.
    """
    cause = _CAUSES.get(reason, "The login was refused")
    is_outage = reason in _OUTAGES
    extra: Headers = (("Retry-After", "30"),) if is_outage else ()
    told = f": {escape(detail)}" if detail else ""
    return page(
        "We could not log you in",
        f"<p>{escape(cause)}.</p><p>Try again in a moment. If it keeps happening, tell "
        f"the owner of this site.</p>{_button(again, 'Log in again')}"
        f'<p class="soft">Reason: <code>{escape(reason)}</code>{told}</p>',
        status=503 if is_outage else 401,
        headers=(*extra, *headers),
    )


def login_needed(start: str | None, headers: Headers = ()) -> Response:
    """Tell that a login is needed where there is no login page to go to."""
    return page(
        "You need to log in",
        f"<p>This page is for people who are logged in.</p>{_button(start, _TO_START)}",
        status=401,
        headers=headers,
    )


def login_over(login: str | None, headers: Headers = ()) -> Response:
    """Tell that a form came after its login was over; *login* is where to log in."""
    return page(
        "You are not logged in any more",
        "<p>What you sent was not saved, but your browser still has it.</p><ol>"
        "<li>Log in: this opens a new tab.</li><li>Come back to this tab.</li>"
        "<li>Reload this page, and let your browser send the form again.</li></ol>"
        f"{_button(login, 'Log in', new_tab=True)}",
        status=401,
        headers=headers,
    )


def login_locked(headers: Headers = ()) -> Response:
    """Tell that the login page lies behind a login, so that nobody gets to it."""
    return page(
        "Nobody can log in here",
        "<p>The login page itself requires a login.</p><p>For the owner of this site: "
        "add the path of the login page to <code>exempt</code>.</p>",
        status=401,
        headers=headers,
    )


def forbidden(
    who: str | None, start: str | None, switch: str | None, headers: Headers = ()
) -> Response:
    """
    Tell that *who* may not do this.

    *start* is the application's first page, *switch* where somebody else can log in.
    """
    logged_in = "" if who is None else f"<p>You are logged in as {_name(who)}.</p>"
    return page(
        "You cannot open this page",
        f"<p>Your account does not have the permission that it needs.</p>{logged_in}"
        f"{_button(start, _TO_START)}{_link(switch, 'Switch account')}",
        status=403,
        headers=headers,
    )


def ask_logout(path: str, start: str | None) -> Response:
    """
    Ask before logging out at *path*, since nobody asked for it on a page of ours.

    *start* is the application's first page.
    """
    return page(
        "Log out?",
        "<p>A link from another site brought you here.</p>"
        f'<form method="post" action="{escape(path)}">'
        '<button class="act">Log out</button></form>'
        f"{_link(start, 'Stay logged in')}",
        # With no-referrer the form's Origin would be null, which is no mark of ours.
        referrer="same-origin",
    )


def come_again() -> Response:
    """Answer what is fetched ahead: nothing happens before the person really comes."""
    return _response(503, _TEXT, b"")
