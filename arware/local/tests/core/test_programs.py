"""That the pages answer programs, too: JSON in, 204 or the reasons out (AK-H01-H03)."""

from __future__ import annotations

from typing import Any

import pytest

from ..support import ADA, PASSWORD, URL, Browser

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
    assert failed.json["errors"][0].startswith("The e-mail address or the password")
    assert set(empty.json["reasons"]) <= {"", "email", "password"}


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
