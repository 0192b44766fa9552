"""An attacker with a valid token of her own cannot log a visitor in with it."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from arware.demo.people import ADA, GRACE
from tests.browser.steps import fresh_page, login_cookies, text_of, token_of


@pytest.fixture(scope="package")
def attackers_link(browser, demo):
    """A link to the sample with a valid token of the attacker's: Grace's."""
    return f"{demo.url}/?token={token_of(browser, demo, GRACE)}"


def typed(page, demo, stranger, link):
    """The victim pastes the link, or opens it from a mail program."""
    page.goto(link)


def by_redirect(page, demo, stranger, link):
    """The victim opens an address of the stranger's, which redirects."""
    page.goto(stranger.address("redirect", link))


def by_link(page, demo, stranger, link):
    """The victim clicks a link on the stranger's page."""
    page.goto(stranger.address("link", link))
    page.get_by_text("Win a prize").click()


def without_referrer(page, demo, stranger, link):
    """The victim clicks a link that hides where it stands."""
    page.goto(stranger.address("noreferrer", link))
    page.get_by_text("Win a prize").click()


def from_our_own_page(page, demo, stranger, link):
    """The victim clicks a link that somebody left in the sample's own page."""
    page.goto(demo.url + "/")
    plant(page, link)


def from_our_own_page_by_redirect(page, demo, stranger, link):
    """The same, by way of the stranger's site."""
    page.goto(demo.url + "/")
    plant(page, stranger.address("redirect", link))


def plant(page, address):
    """Put a link to *address* into the page and click it."""
    page.evaluate(
        """address => {
            const link = document.createElement("a");
            link.href = address;
            link.textContent = "Win a prize";
            document.body.append(link);
        }""",
        address,
    )
    page.get_by_text("Win a prize").click()


WAYS = [
    typed,
    by_redirect,
    by_link,
    without_referrer,
    from_our_own_page,
    from_our_own_page_by_redirect,
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_strangers_link_asks_and_does_not_log_in(
    demo, context, page, stranger, attackers_link, way
):
    """The visitor is asked, stays nobody, and is logged in by the button alone."""
    way(page, demo, stranger, attackers_link)
    page.get_by_role("heading", name=f"Continue as {GRACE.email}?").wait_for()

    assert login_cookies(context, demo) == {}
    with context.new_page() as other:
        other.goto(demo.url + "/")
        assert "Nobody is logged in" in text_of(other)
    page.get_by_role("link", name=f"Continue as {GRACE.email}").click()
    page.get_by_role("heading", name=f"Hello, {GRACE.name}").wait_for()
    assert f"{demo.url}/" == page.url


def test_a_strangers_link_changes_nothing_for_somebody_else(
    demo, page_of_ada, stranger, attackers_link
):
    """Who is logged in as Ada stays Ada, and can say no."""
    page, context = page_of_ada, page_of_ada.context
    before = login_cookies(context, demo)
    by_link(page, demo, stranger, attackers_link)
    page.get_by_role("heading", name=f"Continue as {GRACE.email}?").wait_for()
    page.get_by_role("link", name=f"No, stay logged in as {ADA.email}").click()
    page.get_by_role("heading", name=f"Hello, {ADA.name}").wait_for()

    assert before == login_cookies(context, demo)


def test_the_button_works_only_in_the_browser_that_was_asked(
    demo, browser, page, stranger, attackers_link
):
    """The address behind the button is bound to the browser, so it is no way round."""
    page.goto(attackers_link)
    button = page.get_by_role("link", name=f"Continue as {GRACE.email}")
    address = page.evaluate("link => link.href", button.element_handle())
    with fresh_page(browser) as victim:
        victim.goto(stranger.address("link", address))
        victim.get_by_text("Win a prize").click()
        victim.get_by_role("heading", name="Your browser did not keep").wait_for()

        assert login_cookies(victim.context, demo) == {}


def test_passing_through_the_realm_does_not_log_in(
    demo, context, page, stranger, attackers_link
):
    """The realm is no springboard: what it sends back has lost the stranger's token."""
    through = f"{demo.realm_url}/logout?redirect_uri={quote(attackers_link, safe='')}"
    by_link(page, demo, stranger, through)
    page.get_by_text("Nobody is logged in").wait_for()

    assert f"{demo.url}/" == page.url
    assert login_cookies(context, demo) == {}


def test_a_strangers_site_cannot_log_a_visitor_out(demo, page_of_ada, stranger):
    """A link to the logout from elsewhere asks first."""
    page = page_of_ada
    page.goto(stranger.address("link", demo.url + "/logout"))
    page.get_by_text("Win a prize").click()
    page.get_by_role("heading", name="Log out?").wait_for()
    page.goto(demo.url + "/")

    assert ADA.email == page.locator("#email").inner_text()


def test_nobody_can_frame_a_page_of_ours(demo, page, stranger, attackers_link):
    """The pages that ask forbid to be shown inside another page."""
    answer = page.goto(attackers_link)

    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
