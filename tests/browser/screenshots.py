"""
Pictures of every page of the demonstration, to be looked at.

``python -m tests.browser.screenshots DIR`` starts the demonstration and writes one PNG
for each page, screen (desktop, phone) and colour scheme (light, dark).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from arware.demo.people import ADA, GRACE
from tests.browser.conftest import missing, running_browser
from tests.browser.steps import fill_in_login, log_in_at_home, token_of
from tests.demo.running import Demo

SCREENS = {"desktop": (1280, 800), "phone": (390, 844)}
SCHEMES = ("light", "dark")


def anonymous_pages(demo, token):
    """Return the addresses that a stranger sees, by name."""
    return {
        "realm-login": f"{demo.realm_url}/login",
        "realm-signup": f"{demo.realm_url}/signup",
        "realm-reset": f"{demo.realm_url}/password/reset",
        "sample-anonymous": f"{demo.url}/",
        "sample-confirm": f"{demo.url}/?token={token}",
        "realm-missing": f"{demo.realm_url}/nowhere",
    }


def known_pages(demo, token):
    """Return the addresses that somebody who is logged in sees, by name."""
    return {
        "sample-home": f"{demo.url}/",
        "sample-private": f"{demo.url}/private?colour=green&size=10",
        "sample-reports": f"{demo.url}/reports",
        "realm-accounts": f"{demo.realm_url}/accounts?force",
        "realm-profile": f"{demo.realm_url}/profile",
        "realm-totp": f"{demo.realm_url}/profile/totp",
        "realm-activity": f"{demo.realm_url}/activity",
        "realm-mailbox": f"{demo.realm_url}/dev/mailbox",
        "sample-missing": f"{demo.url}/nowhere",
        "realm-missing-known": f"{demo.realm_url}/nowhere",
        "sample-confirm-known": f"{demo.url}/?token={token}",
    }


def take(browser, demo, folder, screen, scheme, token):
    """Write the pictures of one screen and one colour scheme."""
    width, height = SCREENS[screen]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme
    )
    page = context.new_page()

    def picture(name, address):
        page.goto(address)
        page.screenshot(path=folder / f"{name}-{screen}-{scheme}.png")

    for name, address in anonymous_pages(demo, token).items():
        picture(name, address)
    log_in_wrongly(page, demo)
    page.screenshot(path=folder / f"realm-wrong-password-{screen}-{scheme}.png")
    log_in_at_home(page, demo, ADA)
    for name, address in known_pages(demo, token).items():
        picture(name, address)
    picture("realm-logged-out", f"{demo.realm_url}/logout")
    context.clear_cookies()
    log_in_at_home(page, demo, GRACE)
    picture("sample-forbidden", f"{demo.url}/reports")
    leave_by_a_strangers_link(page, demo)
    page.screenshot(path=folder / f"sample-log-out-{screen}-{scheme}.png")
    context.close()


def leave_by_a_strangers_link(page, demo):
    """Come to the question that another site's link to the logout leads to."""
    page.goto("data:text/html,<p>Elsewhere</p>")
    page.evaluate("address => { location.href = address }", f"{demo.url}/logout")
    page.get_by_role("heading", name="Log out?").wait_for()


def log_in_wrongly(page, demo):
    """Show the login form with its complaint."""
    page.goto(f"{demo.realm_url}/login")
    fill_in_login(page, ADA, password="not the password at all")
    page.get_by_role("alert").wait_for()


def main(argv=None):
    """Take all pictures; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("folder", type=Path, metavar="DIR")
    folder = parser.parse_args(argv).folder
    folder.mkdir(parents=True, exist_ok=True)
    if reason := missing():
        sys.stderr.write(f"{reason}\n")
        return 1
    demo = Demo()
    try:
        demo.wait_until_ready()
        with running_browser() as browser:
            token = token_of(browser, demo, GRACE)
            for screen in SCREENS:
                for scheme in SCHEMES:
                    take(browser, demo, folder, screen, scheme, token)
    finally:
        demo.finish()
    return 0


if __name__ == "__main__":
    sys.exit(main())
