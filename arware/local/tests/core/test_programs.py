"""That the pages answer programs, too: JSON in, 204 or the reasons out (AK-H01-H03)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from arware.kit.web.joining import Phase, Step

from ...app import joined
from ...realm import Realm
from ..conftest import with_ada
from ..support import ADA, PASSWORD, URL, Browser, settings, sqlite_url

HERE = {"Origin": URL}


def post(browser: Browser, path: str, status: int, **fields: Any) -> Any:
    """Send *fields* as JSON, as a page of ours would."""
    return browser.app.post_json(path, fields, headers=HERE, status=status)


def test_a_program_logs_in_and_out(browser: Browser) -> None:
    """Each is done with an answer that is empty, but for the cookie."""
    entered = post(browser, "/login", 204, email=ADA, password=PASSWORD)
    inside = browser.is_logged_in
    gone = post(browser, "/logout", 204)

    assert inside
    assert entered.body == gone.body == b""
    assert "Location" not in entered.headers
    assert not browser.is_logged_in


def test_a_program_is_told_what_is_wrong(browser: Browser) -> None:
    """In a person's words, and in words that stay."""
    failed = post(browser, "/login", 422, email=ADA, password="wrong")
    empty = post(browser, "/login", 422)

    assert failed.json["status"] == "error"
    assert failed.json["reasons"] == {"": ["login_failed"]}
    assert failed.json["errors"][0].startswith("The login name or the password")
    assert set(empty.json["reasons"]) <= {"", "email", "password"}


class Stepped(Realm):
    """A realm whose logins need a code."""

    joined = replace(
        joined(), steps=[Step("code", Phase.FACTOR, "code", lambda *_: True)]
    )


def test_a_program_is_told_which_step_is_missing(tmp_path: Path) -> None:
    """It is not logged in, and has the cookie to go on with."""
    with Stepped(settings(sqlite_url(tmp_path)), migrate=True) as realm:
        browser = Browser(with_ada(realm))
        answer = post(browser, "/login", 403, email=ADA, password=PASSWORD)

    assert answer.json["reasons"] == {"": ["step_required"]}
    assert answer.json["step"] == "code"
    assert list(browser.cookies) == ["arrealm_pending"]


@pytest.mark.parametrize("path", ["/profile", "/proof"])
def test_a_program_is_told_that_it_must_log_in(browser: Browser, path: str) -> None:
    """It is not sent to a page for people."""
    accept = {"Accept": "application/json"}
    answer = browser.get(path, 403, **accept)

    assert answer.json["reasons"] == {"": ["login_required"]}


def test_a_program_without_cookies_needs_no_origin(browser: Browser) -> None:
    """With one it does: the browser could have been told to send it."""
    fields = {"email": ADA, "password": PASSWORD}

    browser.app.post_json("/login", fields, status=204)
    browser.app.post_json("/logout", {}, status=403)

    assert browser.is_logged_in
