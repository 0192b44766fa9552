"""Ways into an account and out of it, in each language, as a person goes them."""

from __future__ import annotations

import json
import re

import pytest

from arware.local import people
from arware.local.features.suspension import flow as suspension
from tests.adapters.hosts import HOST
from tests.browser.realm_site import (
    arrives,
    follow,
    language_of,
    languages_of_mail,
    log_in,
    mail_to,
    open_link,
    press,
    serving,
)
from tests.browser.steps import LANGUAGES, fresh_page, text_of

#: The least wrong passwords that a realm may lock after.
FAILURES = 5
SETTINGS = {"magic_link.enabled": True, "lockout.failures": FAILURES}


@pytest.fixture(scope="module")
def site(browser, tmp_path_factory):
    """An application with its realm."""
    with serving(HOST["wsgi"], tmp_path_factory.mktemp("ways"), **SETTINGS) as site:
        yield site


@pytest.fixture(params=LANGUAGES)
def language(request):
    """Each language in turn."""
    return request.param


def ask_for_mail(page, email, path):
    """Follow the way from the login page to a mail, and ask for it."""
    follow(page, path)
    page.locator("input[name=email]").fill(email)
    press(page)
    page.locator('a[href*="/dev/mailbox"]').wait_for()


def test_a_login_by_a_mailed_code(site, page, language):
    """In the browser that asked for it."""
    email = site.add_person()
    page.goto(f"{site.url}/auth/login?redirect_uri=/page")
    ask_for_mail(page, email, "/login/mail")
    mailbox = page.context.new_page()
    code = re.search(r"\b\d{4} \d{4}\b", mail_to(site, mailbox, email).inner_text())[0]
    page.locator("input[name=code]").fill(code)
    press(page)

    arrives(site, page, email, language)


def test_a_login_by_a_mailed_link(site, page, language, browser):
    """In another browser, once its button is pressed; the first is left as it is."""
    email = site.add_person()
    page.goto(f"{site.url}/auth/login?redirect_uri=/page")
    ask_for_mail(page, email, "/login/mail")
    with fresh_page(browser, language) as other:
        open_link(site, other, email, "/login/mail/link")
        other.locator("main form").wait_for()
        assert "token" not in other.url
        press(other)
        arrives(site, other, email, language)

    assert languages_of_mail(site, email) == {language}
    assert site.who(page) is None


def test_a_lock_and_its_end_by_mail(site, page, language):
    """The right password is refused like a wrong one, until the link is used."""
    email = site.add_person(language)
    log_in(site, page, email, "wrong")
    page.get_by_role("alert").wait_for()
    wrong = {"email": email, "password": "wrong"}
    for _ in range(FAILURES - 1):  # as the same page's script would
        page.request.post(
            f"{site.url}/auth/login", data=wrong, headers={"Origin": site.url}
        )
    site.clock.forward(60)
    log_in(site, page, email)
    page.get_by_role("alert").wait_for()
    assert site.who(page.context.new_page()) is None
    ask_for_mail(page, email, "/login/unlock")
    open_link(site, page, email, "/login/unlock/link")
    press(page)
    page.get_by_role("status").wait_for()
    log_in(site, page, email)

    arrives(site, page, email, language)
    assert languages_of_mail(site, email) == {language}


def test_a_suspension_bites_in_an_open_browser(site, page, language):
    """At once, in the application too; and nobody logs in again."""
    email = site.add_person(language)
    log_in(site, page, email)
    arrives(site, page, email, language)
    realm = site.realm
    with realm.writing() as db:
        user = people.find_locked(db, email)
        suspension.suspend(realm, db, user, realm.operator(), "Spam", 7)

    assert site.who(page) is None
    log_in(site, page, email)
    page.get_by_role("alert").wait_for()
    assert language_of(page) == language
    assert "Spam" in mail_to(site, page, email).inner_text()
    assert languages_of_mail(site, email) == {language}


def test_closing_an_account_and_coming_back(site, page, language):
    """With a copy of what is kept first; who logs in is asked, and keeps it."""
    email = site.add_person(language)
    log_in(site, page, email)
    arrives(site, page, email, language)
    follow(page, "/profile/close")
    with page.expect_download() as download:
        press(page)
    copied = json.loads(download.value.path().read_text("utf-8"))
    assert copied["user"][0]["email"] == email
    press(page, "/profile/close")
    page.get_by_role("status").wait_for()
    assert site.who(page) is None

    log_in(site, page, email)
    page.wait_for_url("**/login/keep*")
    assert site.who(page) is None
    page.goto(f"{site.url}/auth/login/keep?redirect_uri=/page")
    assert "2" in text_of(page)  # the day on which it will be deleted
    press(page)
    arrives(site, page, email, language)
    assert languages_of_mail(site, email) == {language}
