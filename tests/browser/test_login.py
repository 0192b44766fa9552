"""A person at a browser: signing up, logging in, switching, logging out."""

from __future__ import annotations

import re
import time
from urllib.parse import quote

import pytest

from arware.demo.people import ADA, GRACE
from tests.browser.steps import (
    choose,
    fill_in_login,
    log_in,
    log_in_at_home,
    login_cookies,
    text_of,
)


def test_a_stranger_is_welcomed_and_offered_a_login(demo, page):
    """The home page needs no login and says that nobody is there."""
    page.goto(demo.url + "/")

    assert "Nobody is logged in (no_credential)" in text_of(page)
    assert page.get_by_role("link", name="Sign up").is_visible()


def test_signing_up_ends_in_the_sample_as_the_new_user(demo, page):
    """Who signs up at the realm comes back to the application and is known there."""
    email = f"new-{time.time_ns()}@example.com"
    page.goto(demo.url + "/")
    page.get_by_role("link", name="Sign up").click()
    sign_up(page, email, "a-password-of-five-words")

    page.locator("#email").wait_for()
    assert f"{demo.url}/" == page.url
    assert email == page.locator("#email").inner_text()


def sign_up(page, email, password):
    """Fill in the realm's form for new users and send it."""
    page.get_by_label("First name").fill("New")
    page.get_by_label("Last name").fill("Comer")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Create account").click()


def test_a_wrong_password_logs_nobody_in(demo, context, page):
    """The realm says so, keeps the e-mail address, and the sample stays closed."""
    page.goto(demo.url + "/private")
    fill_in_login(page, ADA, password="not-the-password-at-all")

    page.get_by_role("alert").wait_for()
    assert page.url.startswith(demo.realm_url + "/login")
    assert login_cookies(context, demo) == {}


def test_a_protected_page_comes_back_with_its_very_query(demo, page):
    """After the login the browser stands where it wanted to go, byte for byte."""
    wanted = f"{demo.url}/private?colour=gr%C3%BCn&next=%2F%3Fa%3D1&empty=&colour=b+c"
    page.goto(wanted)
    assert page.url.startswith(demo.realm_url + "/login")
    log_in(page, ADA)

    page.locator("#query").wait_for()
    assert wanted == page.url
    assert wanted.partition("?")[2] == page.locator("#query").inner_text()


def test_the_part_of_a_page_comes_back_after_the_form(demo, page):
    """No server sees a fragment; the browser carries it through the login's form."""
    wanted = f"{demo.url}/private?colour=green#part-2"
    page.goto(wanted)
    log_in(page, GRACE)

    page.locator("#query").wait_for()
    assert wanted == page.url


def test_a_login_begun_at_the_realm_asks_and_leads_to_the_page(demo, page):
    """A fragment goes around the token, which is gone from the address in the end."""
    wanted = f"{demo.url}/private?colour=green"
    address = quote(f"{wanted}#part-2", safe="")
    page.goto(f"{demo.realm_url}/login?redirect_uri={address}")
    log_in(page, ADA)
    question = page.get_by_role("link", name=f"Continue as {ADA.email}")
    question.wait_for()
    assert page.url.endswith("#part-2")
    question.click()

    page.locator("#query").wait_for()
    assert wanted == page.url


def test_who_may_not_see_a_page_gets_to_it_by_another_login(demo, page):
    """The way on leads to the login, and from there back to the very page."""
    page.goto(demo.url + "/reports?year=1843")
    fill_in_login(page, ADA)
    choose(page, ADA.memberships[1])
    page.get_by_role("heading", name="You cannot open this page").wait_for()
    page.get_by_role("link", name="Switch account").click()
    fill_in_login(page, ADA)
    choose(page, ADA.memberships[0])

    page.get_by_role("heading", name="Reports").wait_for()
    assert f"{demo.url}/reports?year=1843" == page.url


def test_the_other_name_of_this_machine_works_too(demo, page):
    """Who types the address, another site than the realm's, is served as well."""
    wanted = f"{demo.url}/private?at=address".replace("localhost", "127.0.0.1")
    page.goto(wanted)
    log_in(page, GRACE)

    page.locator("#query").wait_for()
    assert wanted == page.url


def test_switching_the_organization_changes_permissions(demo, page):
    """The same user in another organization may do other things, at once."""
    log_in_at_home(page, demo, ADA)
    first, second = ADA.memberships
    assert first.org == page.locator("#org").inner_text()
    page.goto(demo.url + "/reports")
    page.get_by_role("heading", name=f"Reports of {first.org}").wait_for()

    page.goto(demo.url + "/")
    page.get_by_role("link", name="Switch organization").click()
    choose(page, second)
    page.get_by_text(second.permissions[0]).wait_for()

    assert second.org == page.locator("#org").inner_text()
    assert first.permissions[0] not in page.locator("#permissions").inner_text()
    answer = page.goto(demo.url + "/reports")
    assert answer.status == 403


def test_somebody_without_the_permission_is_refused(demo, page):
    """The page of reports is closed to Grace, and nothing of it shows."""
    log_in_at_home(page, demo, GRACE)
    answer = page.goto(demo.url + "/reports")

    assert answer.status == 403
    assert "Visitors" not in text_of(page)


def test_logging_out_ends_the_login_at_both(demo, context, page):
    """After the logout neither the sample nor the realm knows the browser."""
    log_in_at_home(page, demo, ADA)
    page.get_by_role("button", name="Log out").click()
    page.get_by_text("Nobody is logged in").wait_for()

    assert f"{demo.url}/" == page.url
    assert login_cookies(context, demo) == {}
    page.goto(demo.url + "/private")
    assert page.url.startswith(demo.realm_url + "/login")
    assert page.get_by_label("Password", exact=True).is_visible()


def test_the_cookie_of_a_login_that_was_ended_is_worth_nothing(demo, context, page):
    """A copy of the cookie, put back after the logout, logs nobody in."""
    log_in_at_home(page, demo, ADA)
    copies = list(login_cookies(context, demo).values())
    page.get_by_role("button", name="Log out").click()
    page.get_by_text("Nobody is logged in").wait_for()
    context.add_cookies(copies)
    page.goto(demo.url + "/")

    assert "Nobody is logged in (revoked)" in text_of(page)


@pytest.mark.parametrize("path", ["/private?secret=plans", "/reports", "/"])
def test_the_back_button_shows_nothing_private_after_the_logout(demo, page, path):
    """Private pages are not kept, so going back asks the server, which refuses."""
    log_in_at_home(page, demo, ADA)
    page.goto(demo.url + path)
    assert ADA.name in text_of(page)
    page.get_by_role("button", name="Log out").click()
    page.get_by_text("Nobody is logged in").wait_for()

    for _ in range(3):
        page.go_back()
        assert ADA.name not in text_of(page)
        assert "plans" not in text_of(page)
        assert "Visitors" not in text_of(page)


def test_two_tabs_can_log_in_at_once(demo, context):
    """Two login forms that were open at the same time both lead back to their page."""
    tabs = [context.new_page() for _ in range(2)]
    for number, tab in enumerate(tabs):
        tab.goto(f"{demo.url}/private?tab={number}")
    for number, tab in enumerate(tabs):
        log_in(tab, ADA)
        tab.locator("#query").wait_for()

        assert f"{demo.url}/private?tab={number}" == tab.url


def test_the_cookies_have_the_attributes_they_should(demo, page_of_ada):
    """Scripts and strangers' forms cannot use them, and they end with the browser."""
    context = page_of_ada.context
    login = login_cookies(context, demo)["sample"]

    assert login["httpOnly"]
    assert login["sameSite"] == "Lax"
    assert login["path"] == "/"
    assert login["domain"] == "localhost"
    assert not login["secure"]  # plain http, on loopback
    assert login["expires"] == -1  # "Remember me" was not ticked
    for cookie in context.cookies([demo.url, demo.realm_url]):
        assert cookie["httpOnly"], cookie["name"]
        assert cookie["sameSite"] == "Lax", cookie["name"]


def test_realm_and_sample_do_not_share_cookie_names(demo, page_of_ada):
    """Cookies do not separate ports, so each side has names of its own."""
    cookies = page_of_ada.context.cookies()
    names = {cookie["name"].partition(".")[0] for cookie in cookies}

    assert "sample" in names
    assert len(names) >= 2


def test_one_cookie_binds_all_logins_under_way(demo, context, page):
    """They come back to this browser alone, within a day."""
    for path in ("/private?a", "/private?b", "/reports"):
        page.goto(demo.url + path)
    states = [c for c in context.cookies() if c["name"].startswith("sample.s")]

    assert [state["name"] for state in states] == ["sample.s"]
    assert states[0]["httpOnly"]
    assert states[0]["sameSite"] == "Lax"
    assert 0 < states[0]["expires"] - time.time() < 86_460


def test_a_script_without_a_login_is_told_in_json(demo, page):
    """What is no navigation gets a 401 and the login's address, not a redirect."""
    page.goto(demo.url + "/")
    answer = page.evaluate(
        "fetch('/api/me').then(async a => [a.status, await a.json()])"
    )

    status, body = answer
    assert status == 401
    assert body["error"] == "login_required"
    assert body["login_url"].startswith(demo.url + "/login?")
    page.goto(body["login_url"])
    assert page.url.startswith(demo.realm_url + "/login?")


def test_somebody_known_to_the_realm_needs_no_form(demo, page_of_ada):
    """With a login at the realm, a protected page opens without a question."""
    page = page_of_ada
    page.context.clear_cookies(name=re.compile(r"^sample"))
    page.goto(demo.url + "/private?again=1")

    assert f"{demo.url}/private?again=1" == page.url
    assert page.locator("#query").inner_text() == "again=1"
