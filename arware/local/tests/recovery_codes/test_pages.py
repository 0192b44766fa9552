"""Recovery codes in a browser."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ...features import FEATURES
from ...realm import Realm
from ..support import APPLICATION, PASSWORD, URL, Browser, Clock, needs, submit

if "totp" not in FEATURES:
    pytest.skip("there is no factor to lose", allow_module_level=True)

from ..totp.people import Application, switch_on


@pytest.fixture
def application(realm: Realm, clock: Clock) -> Application:
    """Return Ada's authenticator application, which has a new code by now."""
    application = switch_on(realm)
    clock.forward(seconds=30)
    return application


def log_in(browser: Browser, application: Application, clock: Clock) -> None:
    """Log in with the password and a code."""
    submit(browser.log_in().follow(), code=application.code(clock.now))


def shown_codes(page: Any) -> list[str]:
    """Return the codes that a page shows."""
    return str(page.html.find("pre").text).split()


def texts(page: Any) -> str:
    """Return what a person reads on a page."""
    return " ".join(page.html.find("main").text.split())


def test_t75_somebody_makes_codes_and_logs_in_with_one(
    browser: Browser, application: Application, clock: Clock
) -> None:
    """The profile counts them; the step of the login leads to where one is typed."""
    log_in(browser, application, clock)
    page = browser.get("/profile")
    assert "You have no recovery codes." in texts(page)
    codes = shown_codes(submit(page.click("Make recovery codes"), status=200))
    assert len(codes) == 10
    page = browser.get("/profile")
    assert "You have 10 recovery codes left." in texts(page)
    assert not re.search("|".join(codes), page.text)

    browser.app.reset()
    page = browser.log_in().follow().click("Use a recovery code")
    done = submit(page, code=codes[4])
    assert done.location.startswith(APPLICATION)
    assert "You have 9 recovery codes left." in texts(browser.get("/profile"))


def test_t75_who_has_few_left_is_warned(
    browser: Browser, application: Application, clock: Clock
) -> None:
    """From three on; new ones end it."""
    log_in(browser, application, clock)
    codes = shown_codes(submit(browser.get("/profile/recovery-codes"), status=200))
    for code in codes[:7]:
        browser.app.reset()
        submit(browser.log_in().follow().click("recovery code"), code=code)
    page = browser.get("/profile")
    assert "You have 3 recovery codes left. Make new ones." in texts(page)
    page = page.click("Make new recovery codes")
    assert "Your current codes will stop working." in texts(page)
    submit(page, status=200)
    assert "Make new ones." not in texts(browser.get("/profile"))


def test_t75_a_wrong_code_is_told_at_its_field(
    browser: Browser, application: Application
) -> None:
    """And logs nobody in."""
    page = browser.log_in().follow().click("Use a recovery code")
    page = submit(page, code="0a1b-2c3d-4e5v-6g7h", status=422)

    assert "This is not one of your recovery codes" in texts(page)
    assert page.html.find("input", {"name": "code"})["aria-invalid"] == "true"
    assert not browser.is_logged_in


def test_t75_without_a_factor_there_is_no_section(browser: Browser) -> None:
    """And the page says why none can be made."""
    browser.log_in()

    assert "Recovery codes" not in texts(browser.get("/profile"))
    page = submit(browser.get("/profile/recovery-codes"), status=403)
    assert "Set one up first" in page


def test_t75_without_a_login_that_waits_there_is_nothing_to_answer(
    browser: Browser,
) -> None:
    """The page leads to the login."""
    assert browser.get("/login/recovery", 303).location.endswith("/login")


def test_t75_codes_are_made_after_a_fresh_proof(
    browser: Browser, application: Application, clock: Clock
) -> None:
    """Who finds an open browser cannot take a set along."""
    log_in(browser, application, clock)
    clock.forward(minutes=16)

    assert "/proof" in browser.get("/profile/recovery-codes", 303).location


def test_a_program_gets_codes_as_json(
    browser: Browser, application: Application, clock: Clock
) -> None:
    """Not as a page (AK-H01)."""
    log_in(browser, application, clock)
    made = browser.app.post_json(
        "/profile/recovery-codes", {}, headers={"Origin": URL}, status=200
    )

    assert len(made.json["codes"]) == 10


@needs("password")
def test_t75_a_code_is_good_for_a_fresh_proof_and_once(
    browser: Browser, application: Application, clock: Clock
) -> None:
    """In place of the other factor, as at the login."""
    log_in(browser, application, clock)
    code = shown_codes(submit(browser.get("/profile/recovery-codes"), status=200))[0]
    answers = []
    for _ in range(2):
        clock.forward(minutes=16)
        page = browser.get("/profile/totp", 303).follow()
        page = submit(page, password=PASSWORD).follow().click("Use a recovery code")
        answers.append(submit(page, code=code, status="*"))

    assert answers[0].location.endswith("/profile/totp")
    assert "not one of your recovery codes" in texts(answers[1])
    assert "/proof" in browser.get("/profile/totp", 303).location
