"""The few small pages: what they say, what is escaped, how they are kept safe."""

from __future__ import annotations

import base64
import hashlib
import json
import re

import pytest

from arware.auth import Reason
from arware.web import pages
from arware.web.pages import Pages
from arware.web.response import Response
from tests.making import headers_of, texts_of

EVIL = "<script>alert('x')</script>\"&"
OWN = Pages()
EXTRA = (("Set-Cookie", "a=b"), ("Set-Cookie", "c=d"))
#: What an answer without a body says.
EMPTY = (
    ("Content-Type", "text/plain; charset=utf-8"),
    ("Content-Length", "0"),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Vary", "Cookie, Authorization"),
)

PAGES = {
    "confirm": OWN.confirm(EVIL, f"/on?{EVIL}", f"/off?{EVIL}", EXTRA, EVIL),
    "cookie_not_kept": OWN.cookie_not_kept(f"/again?{EVIL}", EXTRA),
    "login_failed": OWN.login_failed(EVIL, EVIL, f"/again?{EVIL}", EXTRA),
    "login_over": OWN.login_over(f"/login?{EVIL}", EXTRA),
    "login_locked": OWN.login_locked(EXTRA),
    "login_needed": OWN.login_needed(f"/{EVIL}", EXTRA),
    "forbidden": OWN.forbidden(EVIL, f"/{EVIL}", f"/login?{EVIL}", EXTRA),
    "ask_logout": OWN.ask_logout(f"/logout?{EVIL}", f"/{EVIL}"),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_escaped_unframeable_and_kept_by_nobody(name: str) -> None:
    """No script can run in it, no cache holds it, no Referer leaves it (T37)."""
    response = PAGES[name]
    text = response.body.decode()
    headers = headers_of(response)
    # The form of one of them ends here and has to tell where it comes from.
    referrer = "same-origin" if name == "ask_logout" else "no-referrer"
    [style] = re.findall("<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()

    assert "<script" not in text
    assert '"&' not in text.replace('"&amp;', "")
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["content-length"] == str(len(response.body))
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == referrer
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["vary"] == "Cookie, Authorization"
    assert headers["content-security-policy"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    assert texts_of(response.headers, "Set-Cookie") == (
        [] if name == "ask_logout" else ["a=b", "c=d"]
    )
    assert text.startswith('<!doctype html>\n<html lang="en">')
    assert not response.logs_out


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("confirm", 200),
        ("cookie_not_kept", 400),
        ("login_failed", 401),
        ("login_needed", 401),
        ("login_over", 401),
        ("login_locked", 401),
        ("forbidden", 403),
        ("ask_logout", 200),
    ],
)
def test_each_page_has_its_status(name: str, status: int) -> None:
    """What asks a person is no error, what stops one is."""
    assert PAGES[name].status == status


@pytest.mark.parametrize(
    ("response", "parts"),
    [
        (OWN.confirm("alice@example.com", "/on", "/off"),
         ["<title>Continue as alice@example.com?</title>", 'href="/on"', 'href="/off"',
          "<h1>Continue as <bdi>alice@example.com</bdi>?</h1>"]),
        (OWN.cookie_not_kept("/again"),
         ["Your browser did not keep our cookie", 'href="/again"', "public_url"]),
        (OWN.confirm("alice@example.com", "/on", "/off", (), "b@example.com"),
         [("You are logged in as <bdi>b@example.com</bdi>. If you continue, "
          "<bdi>b@example.com</bdi> is logged out."),
          'href="/off">No, stay logged in as <bdi>b@example.com</bdi></a>']),
        (OWN.login_over("/login"),
         ["You are not logged in any more",
          'href="/login" target="_blank">Log in</a>']),
        (OWN.login_failed("malformed", "9,000 characters", "/again"),
         ["Reason: malformed: 9,000 characters"]),
        (OWN.login_needed("/x/"),
         ["You need to log in", 'href="/x/">Go to the start page</a>']),
        (OWN.forbidden("a@example.com", "/", "/login?prompt=login"),
         ["You cannot open this page", 'href="/">Go to the start page</a>',
          "You are logged in as <bdi>a@example.com</bdi>",
          'href="/login?prompt=login">Switch account</a>']),
        (OWN.forbidden("a@example.com", None, "/login"),
         ['<a class="act" href="/login">Switch account</a>']),
        (OWN.forbidden(None, "/", "/login"),
         ["You are not logged in.", '<p class="soft"><a href="/login">Log in</a></p>']),
        (OWN.ask_logout("/logout", "/x/"),
         ["Log out?", 'method="post" action="/logout"',
          'href="/x/">Stay logged in</a>']),
    ],
)  # fmt: skip
def test_each_page_says_what_it_is_about(response: Response, parts: list[str]) -> None:
    """Title, cause and the way on."""
    for part in parts:
        assert part in response.body.decode()


@pytest.mark.parametrize(
    "response",
    [
        OWN.login_needed(None),
        OWN.login_locked(),
        OWN.forbidden(None, None, None),
        OWN.login_over(None),
        OWN.ask_logout("/logout", None),
    ],
)
def test_a_way_on_that_is_not_known_is_not_offered(response: Response) -> None:
    """No link leads to the page that it stands on, or nowhere."""
    assert b"<a " not in response.body


def test_who_is_logged_in_is_told_only_of_somebody_who_is() -> None:
    """A question to nobody names one person."""
    text = OWN.confirm("alice@example.com", "/on", "/off").body.decode()

    assert "You are logged in" not in text
    assert "No, do not log me in" in text


def test_text_that_cannot_be_encoded_stops_no_page() -> None:
    """A lone surrogate becomes a question mark."""
    assert b"Continue as <bdi>" in OWN.confirm("\ud800", "/", "/").body


TOKEN_REASONS = [
    Reason.EXPIRED,
    Reason.NOT_YET_VALID,
    Reason.BAD_SIGNATURE,
    Reason.MALFORMED,
    Reason.WRONG_ISSUER,
    Reason.WRONG_REALM,
    Reason.UNKNOWN_KEY,
    Reason.KEYS_UNAVAILABLE,
    Reason.REVOKED,
    Reason.ENDED,
    Reason.OUTAGE,
]


@pytest.mark.parametrize("reason", TOKEN_REASONS)
def test_a_failed_login_names_cause_and_mend(reason: Reason) -> None:
    """Each reason has a cause of its own, and the word for the owner."""
    response = OWN.login_failed(reason, "", "/again")
    text = response.body.decode()
    causes = {
        re.search("<p>(.*?)</p>", OWN.login_failed(r, "", None).body.decode())[1]
        for r in TOKEN_REASONS
    }

    assert len(causes) == len(TOKEN_REASONS)
    assert "The login was refused" not in text
    assert f"Reason: {reason}<" in text
    assert 'href="/again"' in text


def test_an_unknown_reason_is_a_refusal_without_a_button() -> None:
    """Where there is no login page there is nothing to press."""
    text = OWN.login_failed("odd", "", None).body.decode()

    assert "<p>The login was refused.</p>" in text
    assert "Log in again" not in text


def test_an_outage_asks_to_come_again() -> None:
    """503 with Retry-After, as machines understand it."""
    for reason in ("keys_unavailable", "outage"):
        down = OWN.login_failed(reason, "", "/again", EXTRA)

        assert down.status == 503
        assert headers_of(down)["retry-after"] == "30"
    assert "retry-after" not in headers_of(OWN.login_failed("expired", "", None))


def test_a_json_answer_is_kept_by_nobody() -> None:
    """Plain ASCII, whatever the value holds."""
    response = pages.json_response(403, {"error": "é"}, EXTRA)

    assert response.status == 403
    assert json.loads(response.body) == {"error": "é"}
    assert response.body.isascii()
    assert response.headers == (
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(response.body))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("Vary", "Cookie, Authorization"),
        *EXTRA,
    )


def test_a_redirect_is_kept_by_nobody_and_tells_nobody() -> None:
    """It has a type and no body, so that no server adds to it."""
    response = pages.redirect(303, "/clean", EXTRA, logs_out=True)

    assert response == Response(
        303,
        (
            *EMPTY,
            ("Location", "/clean"),
            ("Referrer-Policy", "no-referrer"),
            *EXTRA,
        ),
        b"",
        logs_out=True,
    )
    assert not pages.redirect(302, "/").logs_out


def test_a_prefetch_is_asked_to_come_again() -> None:
    """Nothing is set and nothing is kept."""
    assert pages.come_again() == Response(503, EMPTY)
