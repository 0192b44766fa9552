"""What people do in the demonstration, in words."""

from __future__ import annotations

import re
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

from arware.demo.command import COOKIE_NAME

#: Those that the realm's pages and mails are in.
LANGUAGES = ("en", "es", "ja")
#: How long a page may take to show what it should, in milliseconds.
TIMEOUT = 60_000


def fill_in_login(page, person, password=None):
    """Fill in the realm's login form, which the page has to show, and send it."""
    page.get_by_label("E-mail address").fill(person.email)
    page.get_by_label("Password", exact=True).fill(password or person.password)
    page.get_by_role("button", name="Log in", exact=True).click()


def log_in(page, person):
    """Log in at the realm's form; who is in several organizations takes the first."""
    fill_in_login(page, person)
    if len(person.memberships) > 1:
        choose(page, person.memberships[0])


def choose(page, membership):
    """Choose an organization where the realm asks for one."""
    page.get_by_role("button", name=membership.org).click()


def log_in_at_home(page, demo, person):
    """Log in from the sample's home page and end there."""
    page.goto(demo.url + "/")
    page.get_by_role("link", name="Log in").click()
    log_in(page, person)
    page.get_by_role("heading", name=f"Hello, {person.name}").wait_for()


def login_cookies(context, demo):
    """Return the cookies that hold a login at the sample, by name."""
    return {
        cookie["name"]: cookie
        for cookie in context.cookies(demo.url)
        if re.fullmatch(rf"{COOKIE_NAME}(\.\d+)?", cookie["name"])
    }


def text_of(page):
    """Return all that the page shows."""
    return page.locator("body").inner_text()


@contextmanager
def fresh_page(browser, language="en"):
    """A tab in a profile of its own, for as long as the block runs."""
    context = browser.new_context(locale=language)
    context.set_default_timeout(TIMEOUT)
    try:
        yield context.new_page()
    finally:
        context.close()


def token_of(browser, demo, person):
    """Return a valid token of *person*, as the realm hands it to that very person."""
    with fresh_page(browser) as page:
        seen = []
        page.on("request", lambda request: seen.append(request.url))
        log_in_at_home(page, demo, person)
    queries = [parse_qs(urlsplit(url).query) for url in seen]
    return next(query["token"][0] for query in queries if "token" in query)
