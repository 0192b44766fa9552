"""``redirect_uri``: back to the application, and to nobody else."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from ..support import Browser, need


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example", "javascript:alert(1)"]
)
@pytest.mark.parametrize("path", ["/login", "/profile", "/logout"])
def test_nobody_is_sent_elsewhere(browser: Browser, path: str, wanted: str) -> None:
    """A page that would lead to a stranger says so; it logs out anyway (RQ-C6)."""
    need("account")
    browser.log_in()
    page = browser.get(f"{path}?redirect_uri={quote(wanted, safe='')}", 400)

    assert "This link cannot be used" in page.text
