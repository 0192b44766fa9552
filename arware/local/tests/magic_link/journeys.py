"""The steps of a login by mail."""

from __future__ import annotations

import re
from typing import Any

from ...realm import Realm
from ..conftest import Make, with_ada
from ..mailbox import letters
from ..support import ADA, Browser, submit

CODE_PATH = "/login/mail/code"


def realm_with_mail(make: Make, database: str | None = None, **settings: Any) -> Realm:
    """Return a realm in which Ada lives, and people log in by mail."""
    return with_ada(make(database, **{"magic_link.enabled": True, **settings}))


def ask(browser: Browser, name: str = ADA, status: Any = 303, query: str = "") -> Any:
    """Ask for a mail; return the answer."""
    return submit(browser.get(f"/login/mail{query}"), email=name, status=status)


def code_in_mail(realm: Realm, to: str = ADA) -> str:
    """Return the code in the newest mail to somebody."""
    found = re.search(r"^\d{4} \d{4}$", letters(realm, to)[0].text, re.MULTILINE)
    assert found is not None
    return found[0]


def enter(browser: Browser, code: str, status: Any = 303, query: str = "") -> Any:
    """Enter a code."""
    return submit(browser.get(f"{CODE_PATH}{query}"), code=code, status=status)


def open_link(browser: Browser, link: str) -> Any:
    """Open the link of a mail, and return the page behind it."""
    return browser.get(link, status=303).follow()


def wrong(code: str) -> str:
    """Return another code."""
    return f"{(int(code.replace(' ', '')) + 1) % 10**8:08}"
