"""One-time passwords in a browser: switched on, asked for, switched off."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from sqlalchemy import update

from ...models import User
from ...realm import Realm
from ..conftest import Make, with_ada
from ..support import (
    APPLICATION,
    OTHER_PASSWORD,
    PASSWORD,
    Browser,
    Clock,
    needs,
    submit,
)
from .people import Application, begin, confirm, switch_on


def shown_secret(page: Any) -> str:
    """Return the secret that a page shows as text."""
    return str(page.html.find("code").text).replace(" ", "")


def texts(page: Any) -> str:
    """Return what a person reads on a page."""
    return " ".join(page.html.find("main").text.split())


def test_t75_somebody_switches_them_on_and_logs_in_with_a_code(
    realm: Realm, browser: Browser, clock: Clock
) -> None:
    """From the profile, by a picture or by typing, and back to the application."""
    confirm(realm)
    browser.log_in()
    page = browser.get("/profile").click("Switch on one-time passwords")
    assert page.html.find("svg") is not None
    application = Application(shown_secret(page))
    page = submit(page, code=application.code(clock.now)).follow()
    assert "One-time passwords are on." in texts(page)

    browser.app.reset()
    clock.forward(seconds=30)
    asked = browser.log_in()
    assert asked.location.endswith("/login/totp")
    assert not browser.is_logged_in
    done = submit(asked.follow(), code=application.code(clock.now))
    assert done.location.startswith(APPLICATION)
    assert browser.is_logged_in


def test_t75_after_a_wrong_code_the_picture_is_the_same(
    realm: Realm, browser: Browser, clock: Clock
) -> None:
    """Else the one that was scanned would be good for nothing."""
    confirm(realm)
    browser.log_in()
    page = browser.get("/profile/totp")
    secret = shown_secret(page)
    page = submit(page, code="1", status=422)

    assert "This code is wrong" in texts(page)
    assert page.html.find("input", {"name": "code"})["aria-invalid"] == "true"
    assert shown_secret(page) == secret
    code = Application(secret).code(clock.now)
    submit(page, code=code)
    assert "are on" in texts(browser.get("/profile/totp"))


def test_t75_the_secret_is_shown_once(
    realm: Realm, browser: Browser, clock: Clock
) -> None:
    """Who opens the page anew gets another; once they are on, it tells none."""
    confirm(realm)
    browser.log_in()
    first, page = browser.get("/profile/totp"), browser.get("/profile/totp")
    assert shown_secret(first) != shown_secret(page)
    for _ in range(2):
        submit(page, code=Application(shown_secret(page)).code(clock.now), status="*")

    page = browser.get("/profile/totp")
    assert "They are on." in texts(page)
    assert page.html.find("svg") is None


def test_t75_an_unconfirmed_address_is_told_so(browser: Browser) -> None:
    """On the profile, and where the page was asked for by its address."""
    browser.log_in()

    assert "Confirm your e-mail address first" in texts(browser.get("/profile"))
    assert "Confirm your e-mail address first" in browser.get("/profile/totp", 403)


def test_t75_a_wrong_code_opens_no_session(
    realm: Realm, browser: Browser, clock: Clock
) -> None:
    """The page says so at the field, and how long to wait after five of them."""
    application = switch_on(realm)
    page = browser.log_in().follow()
    for _ in range(5):
        page = submit(page, code="000000", status=422)
        assert "This code is wrong" in texts(page)
    clock.forward(seconds=30)
    page = submit(page, code=application.code(clock.now), status=429)

    assert page.headers["Retry-After"] == "900"
    assert not browser.is_logged_in


def test_t75_without_a_login_that_waits_there_is_nothing_to_answer(
    realm: Realm, browser: Browser, clock: Clock
) -> None:
    """The page leads to the login; a form that was kept too long says what to do."""
    assert browser.get("/login/totp", 303).location.endswith("/login")

    application = switch_on(realm)
    page = browser.log_in().follow()
    clock.forward(minutes=15)
    page = submit(page, code=application.code(clock.now), status=403)
    assert "That took too long. Log in again." in page
    assert not page.forms
    assert page.click("Log in again").request.path == "/login"


@needs("password")
def test_t75_a_fresh_proof_that_took_too_long_begins_anew(
    realm: Realm, browser: Browser, clock: Clock
) -> None:
    """No code can be right any more; the way leads to what needed the proof."""
    application = switch_on(realm)
    clock.forward(seconds=30)
    submit(browser.log_in().follow(), code=application.code(clock.now))
    clock.forward(minutes=16)
    page = browser.get("/profile/totp", 303).follow()
    page = submit(page, password=PASSWORD).follow()
    clock.forward(minutes=15)
    page = submit(page, code=application.code(clock.now), status=403)

    assert not page.forms
    again = page.click("Log in again")
    assert again.request.path_qs == "/proof?then=%2Fprofile%2Ftotp"


def test_t75_changes_need_a_fresh_proof(
    realm: Realm, browser: Browser, clock: Clock
) -> None:
    """Who finds an open browser cannot change what protects the account."""
    application = switch_on(realm)
    clock.forward(seconds=30)
    submit(browser.log_in().follow(), code=application.code(clock.now))
    page = browser.get("/profile/totp")
    clock.forward(minutes=16)

    assert "/proof" in browser.get("/profile/totp", 303).location
    assert "/proof" in submit(page).location
    assert begin(realm).step.name == "totp"


def test_t75_somebody_switches_them_off(
    realm: Realm, browser: Browser, clock: Clock
) -> None:
    """After that the password is enough again."""
    application = switch_on(realm)
    clock.forward(seconds=30)
    page = browser.log_in().follow()
    submit(page, code=application.code(clock.now))
    page = browser.get("/profile").click("Switch off one-time passwords")
    assert "One-time passwords are off." in texts(submit(page).follow())

    browser.app.reset()
    assert browser.log_in().location.startswith(APPLICATION)


def test_t75_no_secret_and_no_code_is_logged(
    realm: Realm, browser: Browser, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither when it works nor when it does not (RQ-K10)."""
    caplog.set_level(logging.DEBUG)
    confirm(realm)
    browser.log_in()
    page = browser.get("/profile/totp")
    application = Application(shown_secret(page))
    codes = [application.code(clock.now, steps) for steps in (9, 0, 1)]
    page = submit(page, code=codes[0], status=422)
    submit(page, code=codes[1])
    browser.app.reset()
    clock.forward(seconds=30)
    submit(browser.log_in().follow(), code=codes[2])

    assert "factor changed" in caplog.text
    for secret in (application.secret, *codes):
        assert secret not in caplog.text


def test_a_copied_cookie_is_worth_nothing_after_a_change(
    realm: Realm, browser: Browser, clock: Clock
) -> None:
    """What a session may do is another thing then (ASVS 5.0 7.2.4)."""
    confirm(realm)
    browser.log_in()
    first = Browser.holding(realm, arrealm=browser.cookies["arrealm"])
    page = browser.get("/profile/totp")
    submit(page, code=Application(shown_secret(page)).code(clock.now))
    second = Browser.holding(realm, arrealm=browser.cookies["arrealm"])
    submit(browser.get("/profile/totp"))

    assert first.get("/profile", 303)
    assert second.get("/profile", 303)
    assert browser.get("/profile")


def test_t75_the_password_alone_is_no_fresh_proof(
    realm: Realm, browser: Browser, clock: Clock
) -> None:
    """Else it would switch them off, in a browser that somebody has left open."""
    application = log_in_and_wait(realm, browser, clock)
    page = browser.get("/profile/totp", 303).follow()
    asked = submit(page, password=PASSWORD)
    assert asked.location.endswith("/login/totp?then=%2Fprofile%2Ftotp")
    assert "/proof" in browser.get("/profile/totp", 303).location
    step = asked.follow()
    used = application.code(clock.now)
    back = submit(step, code=used)
    assert back.location.endswith("/profile/totp")
    assert "They are on." in texts(back.follow())

    clock.forward(minutes=16)
    again = submit(browser.get("/proof"), password=PASSWORD).follow()
    assert "This code is wrong" in texts(submit(again, code=used, status=422))


@needs("password", "account", "email_change")
@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/profile/password", {"new_password": OTHER_PASSWORD}),
        ("/profile/email", {"email": "eve@example.com"}),
    ],
)
def test_t75_the_password_alone_takes_no_account_over(
    realm: Realm, browser: Browser, clock: Clock, path: str, fields: dict[str, str]
) -> None:
    """Forms that ask for it ask for a fresh proof, too, where there is a factor."""
    application = log_in_and_wait(realm, browser, clock)
    fields = {"current_password": PASSWORD, **fields}
    refused = browser.send(path, **fields)
    assert refused.location.endswith("/proof?then=%2Fprofile")
    step = submit(refused.follow(), password=PASSWORD).follow()
    page = submit(step, code=application.code(clock.now)).follow()
    assert texts(page).startswith("Your profile")

    assert browser.send(path, **fields).location.endswith("/profile")


@needs("password", "account")
def test_t75_a_new_password_is_no_fresh_proof(
    realm: Realm, browser: Browser, clock: Clock
) -> None:
    """It is one of two, and was given before."""
    browser.log_in()
    clock.forward(minutes=10)
    fields = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
    browser.send("/profile/password", **fields)
    clock.forward(minutes=5)

    assert "/proof" in browser.get("/profile/totp", 303).location


def test_t75_who_has_no_password_gives_a_code(
    realm: Realm, browser: Browser, clock: Clock
) -> None:
    """Where a browser was logged in otherwise."""
    application = log_in_and_wait(realm, browser, clock)
    with realm.writing() as db:
        db.execute(update(User).values(password_hash=None))
    page = browser.get("/proof?then=%2Fprofile%2Ftotp")
    assert "password" not in page.form.fields
    back = submit(submit(page).follow(), code=application.code(clock.now))

    assert back.location.endswith("/profile/totp")
    assert "They are on." in texts(back.follow())


def log_in_and_wait(realm: Realm, browser: Browser, clock: Clock) -> Application:
    """Log in with a code, and let the proof get old."""
    application = switch_on(realm)
    clock.forward(seconds=30)
    submit(browser.log_in().follow(), code=application.code(clock.now))
    clock.forward(minutes=16)
    return application


@needs("password")
def test_t75_a_secret_whose_key_is_gone_is_no_riddle(
    make: Make, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """The page and the log say what is missing, and no try at other factors is lost."""
    old, new = "o" * 40, "n" * 40
    application = switch_on(with_ada(make(secret=old)))
    clock.forward(seconds=30)
    browser = Browser(make(secret=new))
    page = browser.log_in().follow()
    code = application.code(clock.now)
    for _ in range(6):
        gone = submit(page, code=code, status=503)

    assert "This site lacks a setting that your account needs." in texts(gone)
    assert "put it back, behind the others" in caplog.text
    assert "Traceback" not in caplog.text
    browser = Browser(make(secret=[new, old]))
    page = browser.log_in().follow()
    assert submit(page, code=code).location.startswith(APPLICATION)
