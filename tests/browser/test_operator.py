"""An operator, and people who are invited, in a browser."""

from __future__ import annotations

import json

import pytest

from arware.local import operators, people
from tests.adapters.hosts import HOST
from tests.browser.realm_site import (
    PASSWORD,
    enrol,
    give_code,
    log_in,
    log_out,
    open_link,
    serving,
)

CODE = "Code that your authenticator application shows"


@pytest.fixture(scope="module")
def site(browser, tmp_path_factory):
    """An application with its realm."""
    with serving(HOST["wsgi"], tmp_path_factory.mktemp("operator")) as site:
        yield site


def make_operator(site, email):
    """Do what the command does."""
    caller = site.realm.operator()
    with site.realm.writing(caller) as db:
        user = people.find_locked(db, email)
        operators.add(site.realm, db, user, caller)


def seen(site, page):
    """Return what the application sees of who is there."""
    page.goto(f"{site.url}/page")
    return json.loads(page.locator("body").inner_text())


def test_an_operator_uses_somebodys_account_and_stops(site, page):
    """With a second factor, by a search, and back to where it began."""
    ops, ada = site.add_person(), site.add_person()
    make_operator(site, ops)
    log_in(site, page, ops)
    page.wait_for_url(f"{site.url}/page")
    codes = enrol(site, page)
    log_out(site, page)
    site.clock.forward(30)
    log_in(site, page, ops)
    give_code(page, CODE, codes.at(site.clock()))
    page.wait_for_url(f"{site.url}/page")

    page.goto(f"{site.url}/auth/profile")
    page.get_by_role("link", name="Operator's pages").click()
    page.get_by_label("Name, address or id").fill(ada)
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name=ada).click()
    page.get_by_role("button", name="Use their account").click()
    page.wait_for_load_state()
    told = seen(site, page)
    assert told["email"] == ada
    assert told["impersonator"].startswith("usr_")

    page.goto(f"{site.url}/auth/profile")
    banner = page.get_by_label("Somebody else's account")
    assert ada in banner.inner_text()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="Not in somebody else's account").wait_for()
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Use their account").wait_for()
    assert seen(site, page)["impersonator"] is None


def test_somebody_is_invited_to_an_organization(site, page):
    """By the page of the organization; the link in the message makes an account."""
    email = site.new_address()
    log_in(site, page, site.add_person())
    page.wait_for_url(f"{site.url}/page")
    page.goto(f"{site.url}/auth/accounts?force=1")
    org = page.locator("button.choice").first.get_attribute("value")
    page.goto(f"{site.url}/auth/account/{org}")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("button", name="Invite").click()
    page.get_by_text("The invitation is on its way.").wait_for()
    log_out(site, page)

    open_link(site, page, email, "/invitation")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.wait_for_load_state()
    assert seen(site, page)["email"] == email
    assert seen(site, page)["org"] == org
