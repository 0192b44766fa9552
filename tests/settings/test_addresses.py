"""How URLs, origins and paths are read."""

from __future__ import annotations

import pytest

from arware.settings.addresses import (
    is_loopback,
    read_loginrocket_url,
)
from arware.settings.values import InvalidValue

LOGINROCKET_PAGES = ("login", "signup", "logout", "connect/jwks")


@pytest.mark.parametrize("page", LOGINROCKET_PAGES)
@pytest.mark.parametrize("base", ["https://x.loginrocket.com/", "http://localhost/a/"])
@pytest.mark.parametrize("end", ["", "/", "?redirect_uri=x"])
def test_f30_a_page_of_loginrocket_is_not_its_address(page, base, end) -> None:
    """What is copied from the browser is told, with what to give instead."""
    with pytest.raises(InvalidValue) as caught:
        read_loginrocket_url(f"{base}{page}{end}")

    assert f"it ends in /{page}," in caught.value.problem
    assert caught.value.fix == f"Give what stands before that: {base}"


@pytest.mark.parametrize("path", ["", "/", "/auth", "/auth/", "/logins", "/login/a"])
def test_a_path_of_loginrocket_is_a_prefix(path: str) -> None:
    """It is kept as it is."""
    url = f"https://login.example{path}"
    assert read_loginrocket_url(url) == url


@pytest.mark.parametrize(
    ("host", "answer"),
    [
        ("localhost", True),
        ("LOCALHOST", True),
        ("a.localhost", True),
        ("127.0.0.1", True),
        ("127.255.1.2", True),
        ("::1", True),
        ("127.0.0", False),
        ("localhost.example", False),
        ("10.0.0.1", False),
        ("::2", False),
        ("", False),
        (None, False),
    ],
)
def test_loopback_is_this_very_machine(host: str | None, answer: bool) -> None:
    """Names that only look like it are somebody else's."""
    assert is_loopback(host) is answer
