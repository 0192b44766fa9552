"""The pages of our own: what they say of a person is what a person can check."""

from __future__ import annotations

from typing import Any

import pytest

from arware.testing._calls import Response

from .conftest import Site, SiteMaker

EVIL = "https://evil.example/"

#: An address that a browser would show as ``alice@example.com``, and others like it.
DISGUISES = [
    "alice@example.com\u202emoc.live@",
    "al\u200bice@example.com",
    "alice@example\u2066.com",
    "alice\u00ad@example.com",
    "\u200falice@example.com",
    "alice@example.com\U000e0041",
]


def assert_shows(answer: Response, address: str) -> None:
    """Check that *answer* shows *address* by itself, and all that is hidden in it."""
    written = "".join(c if c.isascii() else f"[U+{ord(c):04X}]" for c in address)

    assert f"<bdi>{written}</bdi>" in answer.text
    for character in address:
        assert character.isascii() or character not in answer.text


@pytest.mark.parametrize("address", DISGUISES)
def test_f10_the_question_shows_an_address_as_it_is(site: Site, address: str) -> None:
    """Also that of who is logged in, and in the title."""
    member = site.member("alice", email=address)
    question = member.arrive("/page", site.token("bob", email=address), referer=EVIL)

    assert "Continue as" in question.text
    assert question.text.count("<bdi>") >= 3
    assert_shows(question, address)


@pytest.mark.parametrize("address", DISGUISES)
@pytest.mark.parametrize("path", ["/forbidden", "/login-required"])
def test_f10_so_does_the_page_of_who_may_not(
    site: Site, path: str, address: str
) -> None:
    """It says who is logged in."""
    page = site.member("alice", email=address).get(path)

    assert page.status == 403
    assert_shows(page, address)


@pytest.mark.parametrize("claim", ["email", "name", "username", "first_name"])
def test_f10_no_claim_brings_hidden_characters(site: Site, claim: str) -> None:
    """Whatever names the person."""
    claims = {"email": None, "name": None, claim: "al\u202eice"}
    member = site.member("alice", **claims)
    question = member.arrive("/", site.token("bob", **claims), referer=EVIL)

    for answer in (question, member.get("/forbidden")):
        assert "\u202e" not in answer.text
        assert "<bdi>" in answer.text


# --- Theirs to look at ---------------------------------------------------------------


def drawn(page: Any, values: Any) -> str:
    """Draw a page as a template would."""
    return f"<h1>{page} for {values['app_name']}</h1>"


def test_the_application_draws_the_pages(adapter: SiteMaker) -> None:
    """The question and the refusal, which nobody can frame."""
    site = adapter(app_name="Acme", render=drawn)
    question = site.browser().arrive("/page", site.token("bob"), referer=EVIL)
    refused = site.member("alice").get("/forbidden")

    assert question.text == "<h1>confirm for Acme</h1>"
    assert refused.text == "<h1>forbidden for Acme</h1>"
    for answer in (question, refused):
        assert answer.header("Content-Security-Policy") == "frame-ancestors 'none'"
        assert answer.header("Cache-Control") == "no-store"


def test_an_application_that_cannot_draw_gets_our_pages(
    adapter: SiteMaker, caplog: pytest.LogCaptureFixture
) -> None:
    """With its name; the log says what went wrong, and the status stays."""
    site = adapter(app_name="Acme", render=lambda page, values: 1 / 0)
    refused = site.member("alice").get("/forbidden")

    assert refused.status == 403
    assert "<bdi>Acme</bdi>" in refused.text
    assert "render failed, so the page forbidden is drawn without it" in caplog.text
