"""Pages that the application draws: what it is given, and what becomes of its HTML."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any, get_args

import pytest

from arware.settings import PageName, PageValues
from arware.web.pages import Pages
from tests.making import headers_of, realm
from tests.web.test_pages import EVIL, EXTRA


def all_pages(pages: Pages) -> dict[str, Any]:
    """Return each page, by its name."""
    return {
        "confirm": pages.confirm("a@b", "/on", "/off", EXTRA, "c@d"),
        "cookie_not_kept": pages.cookie_not_kept("/again", EXTRA),
        "login_failed": pages.login_failed("expired", "3 s ago", "/again", EXTRA),
        "login_needed": pages.login_needed("/", EXTRA),
        "login_over": pages.login_over("/login", EXTRA),
        "login_locked": pages.login_locked(EXTRA),
        "forbidden": pages.forbidden("a@b", "/", "/login", EXTRA),
        "logged_in": pages.logged_in("a@b", "/on", "/login", EXTRA),
        "ask_logout": pages.ask_logout("/logout", "/"),
    }


def as_text(page: PageName, values: PageValues) -> str:
    """Draw a page as its name and its title."""
    return f"{page}: {values['title']}"


def drawn_values(name: str, app_name: str | None = None) -> PageValues:
    """Return what is given for drawing the page *name*."""
    seen: dict[str, PageValues] = {}

    def keep(page: PageName, values: PageValues) -> str:
        seen[page] = values
        return ""

    all_pages(Pages(app_name, keep))
    return seen[name]


def test_every_name_is_that_of_a_page() -> None:
    """The names that are promised are those that come."""
    assert set(get_args(PageName)) == set(all_pages(Pages()))


@pytest.mark.parametrize("name", get_args(PageName))
def test_the_application_draws_each_page(name: str) -> None:
    """Status and headers stay; the policy allows what it loads, and no frame."""
    ours, theirs = all_pages(Pages())[name], all_pages(Pages("Acme", as_text))[name]
    kept, given = headers_of(ours), headers_of(theirs)

    assert theirs.body.decode().startswith(f"{name}: ")
    assert theirs.status == ours.status
    assert given.pop("content-security-policy") == "frame-ancestors 'none'"
    assert given.pop("content-length") == str(len(theirs.body))
    del kept["content-security-policy"], kept["content-length"]
    assert given == kept
    assert given["x-frame-options"] == "DENY"
    assert given["cache-control"] == "no-store"


@pytest.mark.parametrize("name", get_args(PageName))
def test_all_pages_have_the_same_values(name: str) -> None:
    """So that one template draws them all."""
    values = drawn_values(name, "Acme")

    assert values.keys() == PageValues.__annotations__.keys()
    assert values["app_name"] == "Acme"
    assert values["status"] == all_pages(Pages())[name].status


def test_the_values_tell_where_the_page_leads() -> None:
    """The question before a logout is a form, the way to another login a new tab."""
    logout, over = drawn_values("ask_logout"), drawn_values("login_over")
    refused = drawn_values("forbidden")

    assert logout["action"] == {
        "text": "Log out",
        "url": "/logout",
        "method": "post",
        "new_tab": False,
    }
    assert over["action"] is not None
    assert over["action"]["new_tab"]
    assert refused["other"] is not None
    assert refused["other"]["text"] == "Switch account"
    assert refused["account"] == "a@b"
    assert drawn_values("login_failed")["reason"] == "expired"


def test_names_of_strangers_stay_by_themselves_in_plain_text() -> None:
    """Each is shown whole, between Unicode's isolates."""
    values = drawn_values("confirm")
    seen: list[PageValues] = []
    pages = Pages(render=lambda page, values: seen.append(values) or "")
    pages.confirm("a\u2069\u202eb", "/on", "/off")

    assert values["title"] == "Continue as \u2068a@b\u2069?"
    assert seen[0]["title"] == "Continue as \u2068a[U+2069][U+202E]b\u2069?"
    assert seen[0]["account"] == "a[U+2069][U+202E]b"


def raise_error(page: Any, values: Any) -> str:
    """Fail as a template does."""
    raise LookupError("no such template")


async def draw_later(page: Any, values: Any) -> str:
    """Draw where nobody waits for it."""
    await asyncio.sleep(0)
    return "late"


@pytest.mark.parametrize(
    ("render", "told"),
    [
        (raise_error, "render failed, so the page forbidden is drawn without it"),
        (lambda page, values: None, "render returned NoneType for the page forbidden"),
        (lambda page, values: b"<p>", "render returned bytes for the page forbidden"),
        (draw_later, "render returned coroutine for the page forbidden"),
    ],
)
def test_a_page_that_cannot_be_drawn_is_ours(
    render: Any, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    """With our own policy, and one line in the log."""
    response = Pages(None, render).forbidden("a@b", "/", "/login")

    assert response == Pages().forbidden("a@b", "/", "/login")
    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert told in record.getMessage()


def alter(page: Any, values: Any) -> str:
    """Change all that was given."""
    values["texts"].clear()
    values["action"]["url"] = "//evil.example"
    values.clear()
    values["status"] = 200
    return "drawn"


def alter_and_fail(page: Any, values: Any) -> str:
    """Change all that was given, and draw nothing."""
    alter(page, values)
    raise LookupError("no such template")


def test_a_function_that_alters_its_values_changes_no_status() -> None:
    """What it is given is its own."""
    response = Pages(None, alter).forbidden("a@b", "/", "/login")

    assert (response.status, response.body) == (403, b"drawn")


def test_a_function_that_alters_its_values_and_fails_leaves_our_page() -> None:
    """Whole, as if it had not been asked."""
    response = Pages(None, alter_and_fail).forbidden("a@b", "/", "/login")

    assert response == Pages().forbidden("a@b", "/", "/login")


def test_the_log_of_a_failure_holds_no_login(caplog: pytest.LogCaptureFixture) -> None:
    """Not even where the function tells what it was given, or fails at that."""

    def tell(page: Any, values: Any) -> str:
        try:
            raise LookupError(values["action"]["url"])
        except LookupError as error:
            raise ValueError(f"no template for {values}") from error

    login = f"/on?token={realm().token('alice')}&ar_state=secret"
    Pages(None, tell).confirm("a@b", login, "/off")
    told = logging.Formatter().format(caplog.records[0])

    assert "raise ValueError" in told
    assert "/on?token=***&ar_state=***" in told
    assert not any(word in told for word in ("eyJ", "secret"))


def test_half_a_pair_in_what_is_drawn_becomes_a_question_mark() -> None:
    """It cannot be sent."""
    pages = Pages(render=lambda page, values: "\ud800")

    assert pages.login_locked().body == b"?"


@pytest.mark.parametrize("name", get_args(PageName))
def test_our_own_pages_carry_the_name_of_the_application(name: str) -> None:
    """Above the heading and in the title, escaped."""
    text = all_pages(Pages(EVIL))[name].body.decode()
    [title] = re.findall("<title>(.*?)</title>", text)

    assert title.endswith(
        " - &lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;&quot;&amp;"
    )
    assert '<p class="app"><bdi>&lt;script&gt;' in text
    assert "<script" not in text
    assert 'class="app"' not in all_pages(Pages())[name].body.decode()
