"""How URLs, origins and paths are read."""

from __future__ import annotations

from typing import Any

import pytest

from arware.settings.addresses import (
    is_loopback,
    read_flag_or_paths,
    read_loginrocket_url,
    read_origin,
    read_origins,
    read_path,
    read_paths,
    read_url,
)
from arware.settings.values import InvalidValue

from .samples import assert_normalised, assert_refused

GOOD: list[tuple[Any, Any, Any]] = [
    (read_url, None, None),
    (read_url, " https://a.example/b?c=d ", "https://a.example/b?c=d"),
    (read_url, "HTTPS://a.example:8443", "HTTPS://a.example:8443"),
    (read_url, "http://localhost:8001/", "http://localhost:8001/"),
    (read_url, "http://127.1.2.3/", "http://127.1.2.3/"),
    (read_url, "http://[::1]:80/", "http://[::1]:80/"),
    (read_url, "http://realm.localhost/", "http://realm.localhost/"),
    (read_url, "https://[2001:db8::1]/", "https://[2001:db8::1]/"),
    (read_url, "https://a-b_c.example./", "https://a-b_c.example./"),
    (read_origin, None, None),
    (read_origin, "  ", None),
    (read_origin, "HTTP://App.Example:8000/", "http://app.example:8000"),
    (read_origin, "https://app.example", "https://app.example"),
    (read_path, None, None),
    (read_path, "", None),
    (read_path, " /logout ", "/logout"),
    (read_path, "/a/b;c=d", "/a/b;c=d"),
    (read_path, "/", "/"),
    (read_path, "/a//b", "/a//b"),
    (read_paths, " /a\n /b  /c ", ("/a", "/b", "/c")),
    (read_paths, ["/a b", "/c"], ("/a b", "/c")),
    (read_paths, ("/a",), ("/a",)),
    (read_paths, None, ()),
    (read_paths, "/a /b", ("/a", "/b")),
    (read_paths, "/ /a/ /caf%C3%A9 /a...", ("/", "/a/", "/caf%C3%A9", "/a...")),
    (read_origins, None, ()),
    (read_origins, "https://A.example/ http://b:81", ("https://a.example", "http://b:81")),
    (read_origin, "https://a.example:443", "https://a.example"),
    (read_origin, "http://a.example:80/", "http://a.example"),
    (read_origin, "http://a.example:443", "http://a.example:443"),
    (read_flag_or_paths, None, False),
    (read_flag_or_paths, True, True),
    (read_flag_or_paths, "true", True),
    (read_flag_or_paths, " Off", False),
    (read_flag_or_paths, "", False),
    (read_flag_or_paths, "/a /b", ("/a", "/b")),
    (read_flag_or_paths, ["/a"], ("/a",)),
    (read_flag_or_paths, [], False),
]  # fmt: skip

CHARACTERS = "it holds characters that no URL may hold"
NO_HTTP = "it is not an http URL with a host"
NO_PATH = "it is not a path of this application"
BAD: list[tuple[Any, Any, Any]] = [
    (read_url, 7, "it is int, not text"),
    (read_url, "https://a b/", CHARACTERS),
    (read_url, "https://a/\x7f", CHARACTERS),
    (read_url, "https://é.example/", CHARACTERS),
    (read_url, "https://a\\b/", CHARACTERS),
    (read_url, "https://a/<b>", CHARACTERS),
    (read_url, 'https://a/"', CHARACTERS),
    (read_url, "https://[::1/", "it is not a URL"),
    (read_url, "https://a:b/", "it is not a URL"),
    (read_url, "https://a:99999/", "it is not a URL"),
    (read_url, "a.example", NO_HTTP),
    (read_url, "//a.example/", NO_HTTP),
    (read_url, "ftp://a.example/", NO_HTTP),
    (read_url, "file:///etc/passwd", NO_HTTP),
    (read_url, "https://", NO_HTTP),
    (read_url, "https:///path", NO_HTTP),
    (read_url, "https://-a.example/", "its host is not one"),
    (read_url, "https://a,b/", "its host is not one"),
    (read_url, "https://a%20b/", "its host is not one"),
    (read_url, "https://a@b.example/", "it holds a user name or a password"),
    (read_url, "https://a:b@c.example/", "it holds a user name or a password"),
    (read_url, "https://a.example/#b", "it has a fragment (#...)"),
    (read_url, "http://a.example/",
     "it is http, so anybody on the way could read and change it"),
    (read_url, "HTTP://127.0.0.1.example/",
     "it is http, so anybody on the way could read and change it"),
    (read_origin, "https://a.example/b", "it has a path or a query"),
    (read_origin, "https://a.example?b", "it has a path or a query"),
    (read_origin, "app.example", NO_HTTP),
    (read_origin, 7, "it is int, not text"),
    (read_path, "logout", NO_PATH),
    (read_path, "//evil.example", NO_PATH),
    (read_path, "/a?b", NO_PATH),
    (read_path, "/a#b", NO_PATH),
    (read_path, "/a\\b", NO_PATH),
    (read_path, "/a b", NO_PATH),
    (read_path, "/é", NO_PATH),
    (read_path, "https://a/", NO_PATH),
    (read_paths, 7, "it is not a list of texts"),
    (read_paths, ["/a", 7], "it is not a list of texts"),
    (read_paths, "a", "'a' does not begin with a slash"),
    (read_paths, ["/a", ""], "'' does not begin with a slash"),
    *((read_paths, ["/a", path], f"{path!r} is the beginning of no path")
      for path in ("//a", "/a//b", "/a/../b", "/a/.", "/a?b", "/a#b", "/a/*", "/a\\b",
                   "/a%2f/b", "/%2e%2e/a", "/%00", "/%ff")),
    (read_flag_or_paths, "/admin/*", "'/admin/*' is the beginning of no path"),
    (read_origins, "app.example", NO_HTTP),
    (read_origins, ["https://a.example", "*"], NO_HTTP),
    (read_origins, "https://a.example/b", "it has a path or a query"),
    (read_flag_or_paths, "maybe", "'maybe' does not begin with a slash"),
    (read_flag_or_paths, 7, "it is not a list of texts"),
]  # fmt: skip


@pytest.mark.parametrize(("read", "value", "expected"), GOOD)
def test_a_value_in_form_is_normalised(read: Any, value: Any, expected: Any) -> None:
    """Text from a file and values from Python come to the same."""
    assert_normalised(read, value, expected)


@pytest.mark.parametrize(("read", "value", "problem"), BAD)
def test_a_value_out_of_form_says_what_is_wrong(read, value, problem) -> None:
    """Each fault has its own problem and a fix, in whole sentences."""
    assert_refused(read, value, problem)


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
