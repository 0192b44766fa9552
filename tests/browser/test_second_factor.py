"""A second factor in a browser: an authenticator application, and codes on paper."""

from __future__ import annotations

import subprocess
import sys
import time

import pyotp
import pytest

from arware.demo.people import PEOPLE
from tests.browser.steps import fill_in_login, fresh_page, log_in_at_home, text_of
from tests.demo.running import Demo

#: She has no second factor before, and none after.
PERSON = PEOPLE[-1]


def begin_login(page, demo):
    """Log in from the sample's home page, as far as the password goes."""
    page.goto(demo.url + "/")
    page.get_by_role("link", name="Log in").click()
    fill_in_login(page, PERSON)
    page.get_by_role("heading", name="Enter a code").wait_for()


def answer(page, label, code):
    """Type a code, and send it."""
    page.get_by_label(label).fill(code)
    page.get_by_role("button", name="Continue").click()


def is_home(page):
    """Wait until the sample says hello."""
    page.get_by_role("heading", name=f"Hello, {PERSON.name}").wait_for()


def switch_on(page, demo):
    """Switch one-time passwords on; return what the application shows from now on."""
    log_in_at_home(page, demo, PERSON)
    page.goto(f"{demo.realm_url}/profile")
    page.get_by_role("link", name="Switch on one-time passwords").click()
    assert page.get_by_role("img", name="QR code").locator("svg").is_visible()
    totp = pyotp.TOTP(page.locator("code").inner_text().replace(" ", ""))
    page.get_by_label("Code that the application shows").fill(totp.now())
    page.get_by_role("button", name="Switch on").click()
    page.get_by_text("One-time passwords are on.").wait_for()
    return totp


@pytest.mark.parametrize("demo", ["wsgi"], indirect=True)
def test_codes_from_the_application_and_from_paper_log_in(demo, browser):
    """From switching them on to switching them off, as somebody tries it out."""
    with fresh_page(browser) as page:
        totp = switch_on(page, demo)
        page.get_by_role("link", name="Make recovery codes").click()
        page.get_by_role("button", name="Make codes").click()
        codes = page.locator("pre").inner_text().split()

    with fresh_page(browser) as page:
        begin_login(page, demo)
        # The code of now switched them on; that of the next half minute is good.
        answer(page, "Code that your", totp.at(time.time(), counter_offset=1))
        is_home(page)

    with fresh_page(browser) as page:
        begin_login(page, demo)
        page.get_by_role("link", name="Use a recovery code").click()
        answer(page, "Recovery code", codes[0])
        is_home(page)
        page.goto(f"{demo.realm_url}/profile")
        page.get_by_text("You have 9 recovery codes left.").wait_for()
        page.get_by_role("link", name="Switch off one-time passwords").click()
        page.get_by_role("button", name="Switch off").click()
        page.get_by_text("One-time passwords are off.").wait_for()

    with fresh_page(browser) as page:
        log_in_at_home(page, demo, PERSON)


def test_an_operator_helps_who_has_lost_the_application(browser, tmp_path):
    """By a command, after which the password logs in again."""
    database = f"sqlite:///{tmp_path / 'demo.sqlite'}"
    demo = Demo("--db", database).wait_until_ready()
    try:
        with fresh_page(browser) as page:
            switch_on(page, demo)
            command = [sys.executable, "-m", "arware", "realm", "user", "remove-totp"]
            command += [PERSON.email, "--database", database]
            done = subprocess.run(
                command, capture_output=True, text=True, check=True, cwd=tmp_path
            )
            assert "One-time passwords are off" in done.stdout
        with fresh_page(browser) as page:
            log_in_at_home(page, demo, PERSON)
            page.goto(f"{demo.realm_url}/dev/mailbox")
            assert "We have switched off one-time passwords" in text_of(page)
    finally:
        demo.finish()
