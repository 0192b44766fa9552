"""Ways into an account and out of it, in each language, as a person goes them."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager

import pytest

from arware.local import people
from arware.local.features.suspension import flow as suspension
from tests.adapters.hosts import HOSTS
from tests.browser.realm_site import PASSWORD, serving
from tests.browser.steps import TIMEOUT, text_of

LANGUAGES = ("en", "es", "ja")
SETTINGS = {"magic_link.enabled": True, "lockout.failures": 5}


@pytest.fixture(scope="module")
def site(browser, tmp_path_factory):
    """An application with its realm."""
    host = next(host for host in HOSTS if host.name == "wsgi")
    with serving(host, tmp_path_factory.mktemp("ways"), **SETTINGS) as site:
        yield site


@pytest.fixture(params=LANGUAGES)
def language(request):
    """Each language in turn."""
    return request.param


@pytest.fixture
def page(browser, language):
    """A tab of somebody who speaks the language."""
    with tab(browser, language) as page:
        yield page


@contextmanager
def tab(browser, language):
    """A tab in a profile of its own."""
    context = browser.new_context(locale=language)
    context.set_default_timeout(TIMEOUT)
    try:
        yield context.new_page()
    finally:
        context.close()


def press(page, number=0):
    """Press the button of a form; names would be other ones in each language."""
    page.locator("main form").nth(number).get_by_role("button").last.click()


def log_in(site, page, email, password=PASSWORD):
    """Log in at the realm's form, as far as the password goes."""
    page.goto(f"{site.url}/auth/login?redirect_uri=/page")
    page.locator("input[name=email]").fill(email)
    page.locator("input[name=password]").fill(password)
    press(page)


def ask_for_mail(site, page, email, path):
    """Follow the way from the login page to a mail, and ask for it."""
    page.locator(f'a[href*="{path}"]').click()
    page.locator("input[name=email]").fill(email)
    press(page)
    page.locator('a[href*="/dev/mailbox"]').wait_for()


def mail_to(site, page, email):
    """Return the newest message to somebody, as the mailbox shows it."""
    page.goto(f"{site.url}/auth/dev/mailbox")
    return page.locator("section.mail").filter(has_text=email).first


def arrives(site, page, email, language):
    """Wait until the application knows who is there."""
    page.wait_for_url("**/page")
    assert site.who(page) == email
    page.goto(f"{site.url}/auth/profile")
    assert page.locator("html").get_attribute("lang") == language


def test_a_login_by_a_mailed_code(site, page, language):
    """In the browser that asked for it."""
    email = site.add_person()
    page.goto(f"{site.url}/auth/login?redirect_uri=/page")
    ask_for_mail(site, page, email, "/login/mail")
    mailbox = page.context.new_page()
    code = re.search(r"\b\d{4} \d{4}\b", mail_to(site, mailbox, email).inner_text())[0]
    page.locator("input[name=code]").fill(code)
    press(page)

    arrives(site, page, email, language)


def test_a_login_by_a_mailed_link(site, page, language, browser):
    """In another browser, once its button is pressed; the first is left as it is."""
    email = site.add_person()
    page.goto(f"{site.url}/auth/login?redirect_uri=/page")
    ask_for_mail(site, page, email, "/login/mail")
    with tab(browser, language) as other:
        link = mail_to(site, other, email).locator('a[href*="/login/mail/link"]')
        link.click()
        other.locator("main form").wait_for()
        assert "token" not in other.url
        press(other)
        arrives(site, other, email, language)

    assert site.who(page) is None


def test_a_lock_and_its_end_by_mail(site, page, language):
    """The right password is refused like a wrong one, until the link is used."""
    email = site.add_person()
    for _ in range(5):
        log_in(site, page, email, "wrong")
        page.get_by_role("alert").wait_for()
    site.clock.forward(60)
    log_in(site, page, email)
    page.get_by_role("alert").wait_for()
    assert site.who(page.context.new_page()) is None
    ask_for_mail(site, page, email, "/login/unlock")
    mail_to(site, page, email).locator('a[href*="/login/unlock/link"]').click()
    press(page)
    page.get_by_role("status").wait_for()
    log_in(site, page, email)

    arrives(site, page, email, language)


def test_a_suspension_bites_in_an_open_browser(site, page, language):
    """At once, in the application too; and nobody logs in again."""
    email = site.add_person()
    log_in(site, page, email)
    arrives(site, page, email, language)
    realm = site.realm
    with realm.writing() as db:
        user = people.find_locked(db, email)
        suspension.suspend(realm, db, user, realm.operator(), "Spam", 7)

    assert site.who(page) is None
    log_in(site, page, email)
    page.get_by_role("alert").wait_for()
    assert "Spam" in mail_to(site, page, email).inner_text()


def test_closing_an_account_and_coming_back(site, page, language):
    """With a copy of what is kept first; who logs in is asked, and keeps it."""
    email = site.add_person()
    log_in(site, page, email)
    arrives(site, page, email, language)
    page.locator('a[href*="/profile/close"]').click()
    with page.expect_download() as download:
        press(page, 0)
    copied = json.loads(download.value.path().read_text("utf-8"))
    assert copied["user"][0]["email"] == email
    press(page, 1)
    page.get_by_role("status").wait_for()
    assert site.who(page) is None

    log_in(site, page, email)
    page.wait_for_url("**/login/keep*")
    assert site.who(page) is None
    page.goto(f"{site.url}/auth/login/keep?redirect_uri=/page")
    assert "2" in text_of(page)  # the day on which it will be deleted
    press(page)
    arrives(site, page, email, language)
