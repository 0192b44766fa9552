"""The steps on the way to a new password."""

from __future__ import annotations

from typing import Any

from ...features.reset import flow
from ...realm import Realm
from ..mailbox import last_link
from ..support import ADA, OTHER_PASSWORD, Browser, caller_at, submit

NEW = OTHER_PASSWORD
EVE = "eve@example.com"


def ask(browser: Browser, name: str = ADA, status: Any = 303) -> Any:
    """Ask for a link."""
    return submit(browser.get("/password/reset"), email=name, status=status)


def open_link(browser: Browser, link: str) -> Any:
    """Open the link of a mail, and return the page behind it."""
    return browser.get(link, status=303).follow()


def choose(page: Any, password: str = NEW, status: Any = 303) -> Any:
    """Choose a new password."""
    return submit(page, password=password, status=status)


def asked(realm: Realm, name: str = ADA) -> str:
    """Ask without a browser; return the token."""
    flow.ask(realm, caller_at(realm.now), name)
    return last_link(realm).partition("token=")[2].replace("%3A", ":")
