"""Journeys of people through a realm that an application has mounted."""

from __future__ import annotations

import pytest

from arware.cli import main
from tests.adapters.hosts import HOSTS
from tests.browser.realm_site import (
    PASSWORD,
    enrol,
    give_code,
    log_in,
    log_out,
    make_recovery_codes,
    open_link,
    serving,
)

OTHER_PASSWORD = "plenty of blue mango"
ADAPTERS = ("wsgi", "asgi", "flask", "django", "pyramid", "bottle", "fastapi")
APP_CODE = "Code that your authenticator application shows"


@pytest.fixture(
    scope="module", params=[host for host in HOSTS if host.name in ADAPTERS], ids=str
)
def site(request, browser, tmp_path_factory):
    """An application with its realm, behind each adapter in turn."""
    with serving(request.param, tmp_path_factory.mktemp("journeys")) as site:
        yield site


def test_signing_up_and_confirming(site, page):
    """Who signs up is there at once, and confirms by the link in the message."""
    email = site.new_address()
    page.goto(f"{site.url}/auth/signup?redirect_uri=/page")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    assert site.who(page) == email

    page.goto(f"{site.url}/auth/profile")
    page.get_by_role("heading", name="Confirm your e-mail address").wait_for()
    open_link(site, page, email, "/email/confirm")
    page.get_by_role("button", name="Confirm the address").click()
    page.goto(f"{site.url}/auth/profile")
    page.get_by_role("link", name="Switch on one-time passwords").wait_for()
    assert not page.get_by_role("heading", name="Confirm your e-mail").count()


def test_a_forgotten_password(site, page):
    """A mailed link leads to a new password, which logs in; the old one does not."""
    email = site.add_person()
    page.goto(f"{site.url}/auth/login?redirect_uri=/page")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("button", name="Send the link").click()
    page.get_by_role("heading", name="Check your e-mail").wait_for()
    page.get_by_role("link", name="Messages are shown here").click()
    open_link(site, page, email, "/password/change")
    page.get_by_label("New password", exact=True).fill(OTHER_PASSWORD)
    page.get_by_role("button", name="Change password").click()
    page.wait_for_load_state()

    log_in(site, page, email)
    page.get_by_role("alert").wait_for()
    log_in(site, page, email, OTHER_PASSWORD)
    page.wait_for_url(f"{site.url}/page")
    assert site.who(page) == email


def test_another_address(site, page):
    """The new address counts once its link was opened, and the old one is told."""
    email, new = site.add_person(), site.new_address()
    log_in(site, page, email)
    page.wait_for_url(f"{site.url}/page")
    page.goto(f"{site.url}/auth/profile")
    form = page.locator("form").filter(has_text="Change e-mail address")
    form.get_by_label("E-mail address").fill(new)
    form.get_by_label("Current password").fill(PASSWORD)
    form.get_by_role("button", name="Change e-mail address").click()
    assert site.who(page) == email

    open_link(site, page, new, "/email/change")
    page.get_by_role("button", name="Change the address").click()
    page.wait_for_load_state()
    page.goto(f"{site.url}/auth/dev/mailbox")
    assert page.locator("section.mail").filter(has_text=f"To {email}").count()
    log_out(site, page)
    log_in(site, page, new)
    page.wait_for_url(f"{site.url}/page")
    assert site.who(page) == new


def test_a_second_factor(site, page):
    """A login needs a code then, and none works twice; a recovery code stands in."""
    email = site.add_person()
    log_in(site, page, email)
    page.wait_for_url(f"{site.url}/page")
    codes = enrol(site, page)
    spare = make_recovery_codes(site, page)
    log_out(site, page)

    site.clock.forward(60)
    code = codes.at(site.clock())
    log_in(site, page, email)
    page.get_by_role("heading", name="Enter a code").wait_for()
    assert site.who(page) is None
    page.go_back()
    give_code(page, APP_CODE, code)
    page.wait_for_url(f"{site.url}/page")
    assert site.who(page) == email
    log_out(site, page)

    log_in(site, page, email)
    give_code(page, APP_CODE, code)
    page.get_by_role("alert").wait_for()
    page.get_by_role("link", name="Use a recovery code").click()
    give_code(page, "Recovery code", spare[0])
    page.wait_for_url(f"{site.url}/page")
    assert site.who(page) == email


def test_a_lost_second_factor(site, page):
    """An operator takes it away, the person is told, and the password is enough."""
    email = site.add_person()
    log_in(site, page, email)
    page.wait_for_url(f"{site.url}/page")
    enrol(site, page)
    log_out(site, page)
    database = site.realm.settings.database.render_as_string(hide_password=False)
    options = ["--database", database, "--url", f"{site.url}/auth"]
    assert main(["realm", "user", "remove-totp", email, *options]) == 0

    page.goto(f"{site.url}/auth/dev/mailbox")
    assert page.locator("section.mail").filter(has_text=f"To {email}").count() > 1
    log_in(site, page, email)
    page.wait_for_url(f"{site.url}/page")
    assert site.who(page) == email
