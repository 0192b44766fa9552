"""How long a login lasts in a browser, who ends it, and who has to prove it again."""

from __future__ import annotations

import pytest

from tests.adapters.hosts import HOST
from tests.browser.realm_site import (
    PASSWORD,
    arrives,
    follow,
    language_of,
    log_in,
    press,
    serving,
)
from tests.browser.steps import LANGUAGES, TIMEOUT, fresh_page


@pytest.fixture(scope="module")
def site(browser, tmp_path_factory):
    """An application with its realm."""
    with serving(HOST["wsgi"], tmp_path_factory.mktemp("logins")) as site:
        site.clock.forward(-1800)  # A test lets it run, and it must not be ahead.
        yield site


@pytest.fixture(params=LANGUAGES)
def language(request):
    """Each language in turn."""
    return request.param


def reopen(browser, context, language):
    """Close a browser and open it again: what has no end of its own is forgotten."""
    state = context.storage_state()
    context.close()
    state["cookies"] = [one for one in state["cookies"] if one["expires"] != -1]
    again = browser.new_context(storage_state=state, locale=language)
    again.set_default_timeout(TIMEOUT)
    return again


@pytest.mark.parametrize(
    ("language", "remembered"),
    [*((one, True) for one in LANGUAGES), ("en", False)],
    indirect=["language"],
)
def test_ak_f17_who_is_remembered_survives_the_browser(
    site, browser, context, language, remembered
):
    """At the application and at the realm; anybody else is logged out of both."""
    email, page = site.add_person(), context.new_page()
    page.goto(f"{site.url}/auth/login?redirect_uri=/page")
    page.locator("input[name=email]").fill(email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=remember]").set_checked(remembered)
    press(page)
    page.wait_for_url(f"{site.url}/page")

    again = reopen(browser, context, language)
    try:
        page = again.new_page()
        assert site.who(page) == (email if remembered else None)
        page.goto(f"{site.url}/auth/profile")
        assert page.url.endswith("/profile") is remembered
        assert language_of(page) == language
    finally:
        again.close()


def test_ak_f19_a_login_that_is_ended_is_over_at_once(site, browser, page, language):
    """The application knows it with the next request of the other browser."""
    email = site.add_person()
    with fresh_page(browser) as lost:
        log_in(site, lost, email)
        lost.wait_for_url(f"{site.url}/page")
        log_in(site, page, email)
        arrives(site, page, email, language)
        follow(page, "/sessions")
        press(page)
        page.get_by_role("status").wait_for()

        assert language_of(page) == language
        assert site.who(lost) is None
        assert site.who(page) == email


def test_ak_f21_an_application_asks_for_a_fresh_proof(site, page, language):
    """Once it is older than the application wants, and then not again."""
    email = site.add_person()
    log_in(site, page, email)
    page.wait_for_url(f"{site.url}/page")
    site.clock.forward(301)
    page.goto(f"{site.url}/login?max_age=300&redirect_uri=/page?danger")
    page.wait_for_url("**/proof?*")
    assert language_of(page) == language
    page.locator("input[name=password]").fill(PASSWORD)
    press(page)
    page.wait_for_url("**/page?danger")
    page.goto(f"{site.url}/login?max_age=300&redirect_uri=/page?again")
    page.wait_for_url("**/page?again")

    assert site.who(page) == email
