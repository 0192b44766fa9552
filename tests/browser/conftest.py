"""One browser for all, one demonstration per adapter, one clean context per test."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path

import pytest

from arware.demo.people import ADA
from tests.browser.steps import TIMEOUT, fresh_page, log_in_at_home
from tests.browser.stranger import stranger_site
from tests.demo.running import Demo

CHROMIUM = "/usr/bin/chromium"
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
ADAPTERS = ("wsgi", "asgi", "pyramid", "bottle")


def missing() -> str | None:
    """Return what the browser tests lack on this machine, if anything."""
    try:
        import playwright.sync_api  # noqa: F401 - only to see whether it is there
    except ModuleNotFoundError:
        return "playwright is not installed"
    return None if Path(CHROMIUM).exists() else f"there is no {CHROMIUM}"


@contextmanager
def running_browser():
    """Run Chromium while the block runs."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=list(SWITCHES)
        )
        yield browser
        browser.close()


# Playwright leaves an event loop running in this thread, so the browser must not
# outlive this package: other tests start loops of their own.
@pytest.fixture(scope="package")
def browser():
    """Chromium, or a skip; a failure where services are required."""
    if reason := missing():
        if os.environ.get("ARWARE_REQUIRE_SERVICES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with running_browser() as browser:
        yield browser


@pytest.fixture(scope="package", params=ADAPTERS)
def demo(request, browser):
    """The demonstration behind each adapter in turn."""
    demo = Demo("--adapter", request.param)
    try:
        yield demo.wait_until_ready()
    finally:
        demo.finish()


@pytest.fixture(scope="package")
def stranger():
    """A site of somebody else."""
    with stranger_site() as site:
        yield site


@pytest.fixture
def language():
    """What the browser asks for; modules with journeys in all languages say which."""
    return "en"


@pytest.fixture
def context(browser, language):
    """A browser profile that nobody used before."""
    context = browser.new_context(locale=language)
    context.set_default_timeout(TIMEOUT)
    yield context
    context.close()


@pytest.fixture
def page(context):
    """A tab in the fresh profile."""
    return context.new_page()


@pytest.fixture(scope="package")
def login_of_ada(browser, demo):
    """What a browser remembers after Ada's login; made once per adapter."""
    with fresh_page(browser) as page:
        log_in_at_home(page, demo, ADA)
        return page.context.storage_state()


@pytest.fixture
def page_of_ada(browser, login_of_ada):
    """A tab in a fresh profile in which Ada is logged in. Do not log out in it."""
    context = browser.new_context(storage_state=login_of_ada)
    context.set_default_timeout(TIMEOUT)
    yield context.new_page()
    context.close()
