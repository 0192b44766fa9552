"""AK-X05: what Authkit's examples say of its sessions controller, one by one."""

from __future__ import annotations

from typing import Any

import pytest

from ...realm import Realm
from ..support import ADA, APPLICATION, PASSWORD, URL, Browser, need, needs, submit

pytestmark = needs("password")

HERE = {"Origin": URL}


def log_in(browser: Browser, email: str, password: str, status: int = 303) -> Any:
    """Log in through the form."""
    page = browser.get("/login?prompt=login")
    return submit(page, status=status, email=email, password=password)


def send(browser: Browser, status: int, **fields: Any) -> Any:
    """Log in as a program does."""
    return browser.app.post_json("/login", fields, headers=HERE, status=status)


def lasts(browser: Browser) -> bool:
    """Tell whether the cookie outlives the browser."""
    (kept,) = (one for one in browser.app.cookiejar if one.name == "arrealm")
    return kept.expires is not None


def test_ak_x05_1_there_is_a_page(browser: Browser) -> None:
    """With a form for name and password (AK-R04)."""
    assert {"email", "password"} <= browser.get("/login").form.fields.keys()


def test_ak_x05_2_who_is_logged_in_is_sent_on(browser: Browser) -> None:
    """Instead of being shown it."""
    browser.log_in()

    assert browser.get("/login", 303).location.startswith(APPLICATION)


def test_ak_x05_3_nobody_unknown_is_let_in(browser: Browser) -> None:
    """Whatever the password is."""
    log_in(browser, "nobody@example.com", PASSWORD, 422)

    assert not browser.is_logged_in


def test_ak_x05_4_nobody_is_let_in_by_a_wrong_password(browser: Browser) -> None:
    """Whoever they say they are."""
    log_in(browser, ADA, "wrong", 422)

    assert not browser.is_logged_in


def test_ak_x05_5_who_is_known_is_logged_in(browser: Browser) -> None:
    """By the right password (AK-R05)."""
    log_in(browser, ADA, PASSWORD)

    assert browser.is_logged_in


def test_ak_x05_6_and_led_to_the_application(browser: Browser) -> None:
    """By a redirect."""
    assert log_in(browser, ADA, PASSWORD).location.startswith(APPLICATION)


@pytest.mark.parametrize(("number", "remember"), [(7, True), (8, False)])
def test_ak_x05_7_and_8_who_wants_it_is_remembered(
    browser: Browser, number: int, remember: bool
) -> None:
    """And nobody else."""
    need("remember")
    page = browser.get("/login")
    submit(page, email=ADA, password=PASSWORD, remember=remember)

    assert lasts(browser) is remember, number


def test_ak_x05_9_a_program_is_logged_in(browser: Browser) -> None:
    """And gets an empty 204 (AK-H01)."""
    answer = send(browser, 204, email=ADA, password=PASSWORD)

    assert answer.body == b""
    assert browser.is_logged_in


@pytest.mark.parametrize(("number", "remember"), [(10, True), (11, False)])
def test_ak_x05_10_and_11_a_program_is_remembered_if_it_wants(
    browser: Browser, number: int, remember: bool
) -> None:
    """As people are."""
    need("remember")
    send(browser, 204, email=ADA, password=PASSWORD, remember=remember)

    assert lasts(browser) is remember, number


def test_ak_x05_12_a_wrong_password_is_told(browser: Browser) -> None:
    """On the form, which is drawn again."""
    answer = log_in(browser, ADA, "wrong", 422)

    assert answer.html.find(role="alert") is not None
    assert answer.form["email"].value == ADA


def test_ak_x05_13_and_told_to_a_program(browser: Browser) -> None:
    """By 422, a list of sentences and a stable word (AK-H02)."""
    answer = send(browser, 422, email=ADA, password="wrong")

    assert answer.json["status"] == "error"
    assert len(answer.json["errors"]) == 1
    assert answer.json["reasons"] == {"": ["login_failed"]}


def test_ak_x05_14_who_logs_out_is_led_away(realm: Realm, browser: Browser) -> None:
    """By POST, since a GET must not change anything (AK-B01, AK-R06)."""
    browser.log_in()
    page = browser.get("/logout", **{"Sec-Fetch-Site": "cross-site"})
    assert browser.is_logged_in
    answer = submit(page)

    assert answer.location.endswith("/login")
    assert not browser.is_logged_in


def test_ak_x05_15_a_program_logs_out(browser: Browser) -> None:
    """And gets an empty 204."""
    browser.log_in()
    answer = browser.app.post_json("/logout", {}, headers=HERE, status=204)

    assert answer.body == b""
    assert not browser.is_logged_in
