"""How long a login lasts in a browser, who ends it, and who has to prove it again."""

from __future__ import annotations

import pytest

from tests.adapters.hosts import HOSTS
from tests.browser.realm_site import PASSWORD, log_in, serving
from tests.browser.steps import TIMEOUT, fresh_page


@pytest.fixture(scope="module", params=[host for host in HOSTS if host.name == "wsgi"])
def site(request, browser, tmp_path_factory):
    """An application with its realm."""
    with serving(request.param, tmp_path_factory.mktemp("logins")) as site:
        yield site


def reopen(browser, context):
    """Close a browser and open it again: what has no end of its own is forgotten."""
    state = context.storage_state()
    context.close()
    state["cookies"] = [one for one in state["cookies"] if one["expires"] != -1]
    again = browser.new_context(storage_state=state)
    again.set_default_timeout(TIMEOUT)
    return again


@pytest.mark.parametrize("remembered", [True, False])
def test_ak_f17_who_is_remembered_survives_the_browser(
    site, browser, context, remembered
):
    """At the application and at the realm; anybody else is logged out of both."""
    email, page = site.add_person(), context.new_page()
    page.goto(f"{site.url}/auth/login?redirect_uri=/page")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Remember me").set_checked(remembered)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_url("**/page")

    again = reopen(browser, context)
    try:
        page = again.new_page()
        assert site.who(page) == (email if remembered else None)
        page.goto(f"{site.url}/auth/profile")
        title = "Your profile" if remembered else "Log in"
        page.get_by_role("heading", name=title, exact=True).wait_for()
    finally:
        again.close()


def test_ak_f19_a_login_that_is_ended_is_over_at_once(site, browser, page):
    """The application knows it with the next request of the other browser."""
    email = site.add_person()
    with fresh_page(browser) as lost:
        log_in(site, lost, email)
        lost.wait_for_url("**/page")
        log_in(site, page, email)
        page.wait_for_url("**/page")
        page.goto(f"{site.url}/auth/profile")
        page.get_by_role("link", name="Where you are logged in").click()
        page.get_by_role("button", name="End", exact=True).click()
        page.get_by_text("That login has ended.").wait_for()

        assert site.who(lost) is None
        assert site.who(page) == email


def test_ak_f21_an_application_asks_for_a_fresh_proof(site, page):
    """Once it is older than the application wants, and then not again."""
    email = site.add_person()
    log_in(site, page, email)
    page.wait_for_url("**/page")
    site.clock.forward(301)
    page.goto(f"{site.url}/login?max_age=300&redirect_uri=/page?danger")
    page.get_by_role("heading", name="Confirm that it is you").wait_for()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/page?danger")
    page.goto(f"{site.url}/login?max_age=300&redirect_uri=/page?again")
    page.wait_for_url("**/page?again")

    assert site.who(page) == email
