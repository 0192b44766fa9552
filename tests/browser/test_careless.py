"""What protects the visitors of an application that is careless (F3, F4, F18)."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from arware.demo.people import ADA, GRACE
from tests.browser.careless import careless_site
from tests.browser.steps import (
    fresh_page,
    log_in,
    log_in_at_home,
    login_cookies,
    text_of,
    token_of,
)


@pytest.fixture(scope="module", params=[True, False], ids=["one origin", "two"])
def site(request, browser, tmp_path_factory):
    """The application, with its realm at the same origin or at another."""
    folder = tmp_path_factory.mktemp("careless")
    with careless_site(folder, shared_origin=request.param) as site:
        yield site


@pytest.fixture(scope="module")
def callback(browser, site):
    """An address of the application's with the attacker's own valid token: Grace's."""
    return f"{site.url}/?token={token_of(browser, site, GRACE)}"


def who_is_there(context, site):
    """Return what the application says in another tab."""
    with context.new_page() as tab:
        tab.goto(site.url + "/")
        return text_of(tab)


def through_the_realm(site, callback):
    """Return the realm's logout, which leads back to the application's redirect."""
    back = quote(site.redirect(quote(callback, safe="")), safe="")
    return f"{site.realm_url}/logout?redirect_uri={back}"


def ways(site, stranger, callback):
    """Return addresses that lead to the callback, each by a chain of redirects."""
    return [
        callback,
        stranger.address("redirect", callback),
        site.redirect(quote(callback, safe="")),
        stranger.address("redirect", site.redirect(quote(callback, safe=""))),
        through_the_realm(site, callback),
    ]


@pytest.mark.parametrize("way", range(5))
def test_f3_a_strangers_link_logs_nobody_in(
    site, context, page, stranger, callback, way
):
    """However it leads to the callback, the visitor is asked and stays anonymous."""
    page.goto(stranger.address("link", ways(site, stranger, callback)[way]))
    page.get_by_text("Win a prize").click()
    page.wait_for_url(lambda url: url.startswith(site.url))

    assert login_cookies(context, site) == {}
    assert "Nobody is logged in" in who_is_there(context, site)


@pytest.mark.parametrize("way", range(5))
@pytest.mark.parametrize("kind", ["image", "frame"])
def test_f3_nor_does_what_a_strangers_page_embeds(
    site, context, page, stranger, callback, way, kind
):
    """Images and frames are no callbacks, wherever they lead."""
    target = ways(site, stranger, callback)[way]
    page.goto(stranger.address(kind, target), wait_until="networkidle")

    assert login_cookies(context, site) == {}
    assert "Nobody is logged in" in who_is_there(context, site)


@pytest.mark.parametrize("way", range(5))
def test_f3_nor_does_an_image_in_a_page_of_our_own(
    site, context, page, stranger, callback, way
):
    """The browser marks it as coming from the application's own origin."""
    source = quote(ways(site, stranger, callback)[way], safe="")
    page.goto(f"{site.url}/image?of={source}", wait_until="networkidle")

    assert login_cookies(context, site) == {}
    assert "Nobody is logged in" in who_is_there(context, site)


def test_f3_who_is_logged_in_stays_so(site, context, page, stranger, callback):
    """Nobody becomes somebody else by the way through the realm's logout."""
    log_in_at_home(page, site, ADA)
    before = login_cookies(context, site)
    page.goto(stranger.address("link", through_the_realm(site, callback)))
    page.get_by_text("Win a prize").click()
    page.wait_for_url(lambda url: not url.startswith(stranger.origin))

    assert before == login_cookies(context, site)
    assert f"Hello, {ADA.name}" in who_is_there(context, site)


@pytest.mark.parametrize("by_redirect", [False, True])
def test_f4_an_image_in_a_page_of_our_own_logs_nobody_out(
    site, context, page, by_redirect
):
    """``<img src="/logout">`` is no document that a person opens."""
    log_in_at_home(page, site, ADA)
    source = "/logout"
    if by_redirect:
        source = quote(site.redirect("/logout"), safe="")
    page.goto(f"{site.url}/image?of={source}", wait_until="networkidle")

    assert f"Hello, {ADA.name}" in who_is_there(context, site)


SPECULATE = """href => {
    const rules = document.createElement("script");
    rules.type = "speculationrules";
    const rule = [{source: "list", urls: [href], eagerness: "immediate"}];
    rules.textContent = JSON.stringify({prefetch: rule, prerender: rule});
    document.head.append(rules);
    const link = document.createElement("link");
    link.rel = "prefetch";
    link.href = href;
    document.head.append(link);
}"""


def test_f4_a_link_that_is_fetched_ahead_logs_nobody_out(site, context, page):
    """Whether the page or the browser thinks that a click will follow."""
    log_in_at_home(page, site, ADA)
    seen = []
    context.on("request", lambda request: seen.append(request.url))
    page.evaluate(SPECULATE, "/logout")
    page.get_by_role("link", name="Log out").hover()
    page.wait_for_load_state("networkidle")
    page.wait_for_function("performance.getEntriesByName(location.origin + '/logout')")

    assert f"Hello, {ADA.name}" in who_is_there(context, site)
    page.get_by_role("link", name="Log out").click()
    page.get_by_text("Nobody is logged in").wait_for()


def test_f18_a_form_survives_a_logout_in_another_tab(site, context, page):
    """Its sender is told, logs in in a new tab, and sends it again."""
    log_in_at_home(page, site, ADA)
    page.goto(site.url + "/form")
    page.locator("input[name=text]").fill("a long letter")
    with context.new_page() as other:
        other.goto(site.url + "/")
        other.get_by_role("link", name="Log out").click()
        other.get_by_text("Nobody is logged in").wait_for()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="You are not logged in any more").wait_for()
    with context.expect_page() as opened:
        page.get_by_role("link", name="Log in").click()
    log_in(opened.value, ADA)
    opened.value.get_by_role("heading", name=f"Hello, {ADA.name}").wait_for()
    page.reload()

    page.get_by_role("heading", name="Saved: a long letter").wait_for()


def test_f3_the_question_is_the_way_in(site, browser, stranger, callback):
    """Whoever agrees is logged in, so the attacks above would have worked."""
    with fresh_page(browser) as page:
        page.goto(stranger.address("link", callback))
        page.get_by_text("Win a prize").click()
        page.get_by_role("link", name=f"Continue as {GRACE.email}").click()
        page.get_by_role("heading", name=f"Hello, {GRACE.name}").wait_for()
