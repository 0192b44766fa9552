"""Passkeys in Chromium, with an authenticator that DevTools make up."""

from __future__ import annotations

import pytest

from tests.adapters.hosts import HOST
from tests.browser.realm_site import (
    PASSWORD,
    arrives,
    follow,
    language_of,
    languages_of_mail,
    log_in,
    log_out,
    open_link,
    press,
    serving,
)
from tests.browser.steps import LANGUAGES

#: In a laptop: it finds its passkeys by itself, and its owner has just been verified.
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
#: For browsers that have no list of passkeys in the field for the name.
NO_LIST = "PublicKeyCredential.isConditionalMediationAvailable = async () => false"


@pytest.fixture(scope="module")
def site(browser, tmp_path_factory):
    """An application with its realm."""
    with serving(HOST["wsgi"], tmp_path_factory.mktemp("passkeys")) as site:
        site.clock.forward(-3600)  # A test lets it run, and it must not be ahead.
        yield site


@pytest.fixture
def device(context, page):
    """The DevTools of the page, with an authenticator."""
    tools = context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return tools


def use(page):
    """Press the button that asks the browser for a passkey, once a script shows it."""
    page.locator("form[data-passkey] button[data-shown]").click()


def add(site, page, name):
    """Add a passkey on the profile."""
    page.goto(f"{site.url}/auth/profile")
    follow(page, "/profile/passkeys")
    page.locator("input[name=name]").fill(name)
    use(page)
    page.get_by_role("status").wait_for()


def open_login(site, page):
    """Open the login page, on the way to the application."""
    page.goto(f"{site.url}/auth/login?redirect_uri=/page")


@pytest.mark.usefixtures("device")
@pytest.mark.parametrize("language", LANGUAGES)
def test_signing_up_and_logging_in_without_a_password(site, page, language):
    """A mailed link, a passkey; it logs in from the list and by the button."""
    email = site.new_address()
    page.goto(f"{site.url}/auth/signup?redirect_uri=/page")
    follow(page, "/signup/passkey")
    page.locator("input[name=email]").fill(email)
    press(page)
    page.get_by_role("status").get_by_text(email).wait_for()
    open_link(site, page, email, "/signup/passkey/new")
    use(page)
    page.wait_for_url(f"{site.url}/")
    assert site.who(page) == email
    assert languages_of_mail(site, email) == {language}
    log_out(site, page)

    open_login(site, page)  # The browser fills in the passkey, as it is to at once.
    arrives(site, page, email, language)
    log_out(site, page)

    page.add_init_script(NO_LIST)
    open_login(site, page)
    use(page)
    arrives(site, page, email, language)

    page.goto(f"{site.url}/auth/profile/passkeys")
    press(page, "/passkeys/remove")
    page.get_by_role("alert").and_(page.locator(":visible")).wait_for()
    assert language_of(page) == language


def test_a_passkey_beside_a_password(site, page, device):
    """A second factor and a fresh proof, until it is removed."""
    email = site.add_person()
    page.add_init_script(NO_LIST)
    log_in(site, page, email)
    page.wait_for_url(f"{site.url}/page")
    add(site, page, "My laptop")
    log_out(site, page)

    log_in(site, page, email)
    page.wait_for_url("**/login/passkey*")
    assert site.who(page) is None
    page.go_back()
    use(page)
    page.wait_for_url(f"{site.url}/page")
    assert site.who(page) == email

    site.clock.forward(16 * 60)
    page.goto(f"{site.url}/auth/profile/passkeys")
    page.wait_for_url("**/proof?*")
    use(page)
    page.get_by_role("heading", name="My laptop").wait_for()
    press(page, "/passkeys/remove")
    page.get_by_role("status").wait_for()
    log_out(site, page)

    log_in(site, page, email, PASSWORD)
    page.wait_for_url(f"{site.url}/page")
    assert site.who(page) == email


def test_a_passkey_that_nobody_shows_is_no_way_in(site, page, device):
    """The page says so, and the password is there as before."""
    page.add_init_script(NO_LIST)
    open_login(site, page)
    use(page)
    page.get_by_text("No passkey was used.").wait_for()
    email = site.add_person()
    log_in(site, page, email)
    page.wait_for_url(f"{site.url}/page")


def test_without_a_script_nothing_is_offered_that_does_not_work(site, browser):
    """The login has its form, and pages that need a passkey say what that takes."""
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        email = site.add_person()
        log_in(site, page, email)
        page.wait_for_url(f"{site.url}/page")
        page.goto(f"{site.url}/auth/profile/passkeys")
        page.get_by_text("Passkeys need a browser that knows them").wait_for()
        assert not page.get_by_role("button", name="Add a passkey").is_visible()
    finally:
        context.close()
