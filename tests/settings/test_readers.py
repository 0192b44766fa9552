"""How each value is read: from text, as a file holds it, and from Python."""

from __future__ import annotations

from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any

import pytest

from arware.settings.addresses import (
    read_flag_or_paths,
    read_origin,
    read_origins,
    read_path,
    read_paths,
    read_url,
)
from arware.settings.secret import read_secrets
from arware.settings.values import (
    InvalidValue,
    read_as_is,
    read_file,
    read_flag,
    read_function,
    read_headers,
    read_leeway,
    read_realm,
    read_seconds,
    read_seconds_or_never,
    read_text,
)

from .samples import SECRET, MountedRealm

SAMPLE_REALM = MountedRealm()


async def _draw_later(page: Any, values: Any) -> str:
    """Be what cannot be waited for while a response starts."""
    return ""


GOOD_ADDRESSES: list[tuple[Any, Any, Any]] = [
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
NO_HTTP = "it is not an http or https URL with a host"
NO_PATH = "it is not a path of this application"
BAD_ADDRESSES: list[tuple[Any, Any, Any]] = [
    (read_url, 7, "it is int, not text"),
    (read_url, "https://a b/", CHARACTERS),
    (read_url, "https://a/\x7f", CHARACTERS),
    (read_url, "https://é.example/", CHARACTERS),
    (read_url, "https://a\\b/", CHARACTERS),
    (read_url, "https://a/<b>", CHARACTERS),
    (read_url, 'https://a/"', CHARACTERS),
    (read_url, "https://[::1/", NO_HTTP),
    (read_url, "https://a:b/", NO_HTTP),
    (read_url, "https://a:99999/", NO_HTTP),
    (read_url, "https://a:/b", "its port is empty or begins with 0"),
    (read_origin, "https://a.example:", "its port is empty or begins with 0"),
    (read_origin, "https://[::1]:0443", "its port is empty or begins with 0"),
    (read_origins, "https://b https://a:", "its port is empty or begins with 0"),
    (read_url, "a.example", NO_HTTP),
    (read_url, "//a.example/", NO_HTTP),
    (read_url, "ftp://a.example/", NO_HTTP),
    (read_url, "file:///etc/passwd", NO_HTTP),
    (read_url, "https://", NO_HTTP),
    (read_url, "https:///path", NO_HTTP),
    (read_url, "https://-a.example/", NO_HTTP),
    (read_url, "https://a,b/", NO_HTTP),
    (read_url, "https://a%20b/", NO_HTTP),
    (read_url, "https://a@b.example/", "it holds a user name or a password"),
    (read_url, "https://a:b@c.example/", "it holds a user name or a password"),
    (read_url, "https://a.example/#b", "it has a fragment (#...)"),
    (read_url, "http://a.example/",
     "it is http, so anyone on the network could read and change it"),
    (read_url, "HTTP://127.0.0.1.example/",
     "it is http, so anyone on the network could read and change it"),
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
    *((read_paths, ["/a", path], f"{path!r} is not the beginning of a path")
      for path in ("//a", "/a//b", "/a/../b", "/a/.", "/a?b", "/a#b", "/a/*", "/a\\b",
                   "/a%2f/b", "/%2e%2e/a", "/%00", "/%ff")),
    (read_flag_or_paths, "/admin/*", "'/admin/*' is not the beginning of a path"),
    (read_origins, "app.example", NO_HTTP),
    (read_origins, ["https://a.example", "*"], NO_HTTP),
    (read_origins, "https://a.example/b", "it has a path or a query"),
    (read_flag_or_paths, "maybe", "'maybe' does not begin with a slash"),
    (read_flag_or_paths, 7, "it is not a list of texts"),
]  # fmt: skip

GOOD_VALUES: list[tuple[Any, Any, Any]] = [
    (read_text, None, None),
    (read_text, "  x ", "x"),
    (read_text, "  ", None),
    (read_flag, None, False),
    (read_flag, True, True),
    (read_flag, False, False),
    *((read_flag, text, True) for text in ("true", "YES", " on ", "y", "T", "1", 1)),
    *((read_flag, text, False) for text in ("false", "No", "off", "n", "f", "0", 0)),
    (read_flag, "", False),
    (read_seconds, None, None),
    (read_seconds, " ", None),
    (read_seconds, "300", 300.0),
    (read_seconds, 0.5, 0.5),
    (read_seconds, 9e9, 9e9),
    (read_realm, " ", None),
    (read_realm, SAMPLE_REALM, SAMPLE_REALM),
    (read_function, " ", None),
    (read_function, len, len),
    (read_function, " myapp.views:draw ", "myapp.views:draw"),
    (read_function, "myapp.views.draw", "myapp.views.draw"),
    (read_headers, None, {}),
    (read_headers, "", {}),
    (read_headers, "accept-language: fr\n\n X-A : b: c", {
        "accept-language": "fr", "X-A": "b: c"}),
    (read_headers, {"X_a": "\t~ "}, {"X_a": "\t~ "}),
    (read_as_is, {"backend": "x"}, {"backend": "x"}),
    (read_seconds, timedelta(minutes=5), 300.0),
    (read_seconds_or_never, None, None),
    (read_seconds_or_never, " ", None),
    *((read_seconds_or_never, value, 0.0)
      for value in (0, 0.0, False, "0", " Off ", "false", timedelta(0))),
    *((read_seconds_or_never, value, 30.0)
      for value in (30, "30", timedelta(seconds=30))),
    *((read_leeway, value, 5.0) for value in (None, "", 5, "5")),
    (read_leeway, 0, 0.0),
    (read_leeway, False, 0.0),
    (read_leeway, "120", 120.0),
    (read_leeway, timedelta(seconds=9), 9.0),
    (read_file, None, None),
    (read_file, " /etc/ca.pem ", "/etc/ca.pem"),
    (read_file, PurePosixPath("/etc/ca"), "/etc/ca"),
]  # fmt: skip

SECONDS = "it is not a number of seconds"
LEEWAY = "it is over 120 seconds, so expired tokens would count for long"
BAD_VALUES: list[tuple[Any, Any, Any]] = [
    (read_text, 7, "it is int, not text"),
    (read_text, b"x", "it is bytes, not text"),
    (read_text, "a\udc80", "it holds bytes that are not UTF-8"),
    (read_flag, "maybe", "it is neither true nor false"),
    (read_flag, 2, "it is neither true nor false"),
    (read_flag, [], "it is neither true nor false"),
    (read_flag, 1.0, "it is neither true nor false"),
    *((read_seconds, value, SECONDS) for value in (0, -1, "x", True, 1e10, "nan")),
    (read_seconds, float("inf"), SECONDS),
    (read_realm, "sqlite:///users.db", "it is str, which is no realm"),
    (read_realm, True, "it is bool, which is no realm"),
    (read_function, "draw", "'draw' is no name of a function"),
    (read_function, "my app:draw", "'my app:draw' is no name of a function"),
    (read_function, 7, "it is int, which cannot be called"),
    (read_function, _draw_later, "it is a coroutine function"),
    (read_headers, "a: b\naccept-language fr", "a line of it has no colon"),
    (read_seconds, 10**400, "it is not a number of seconds"),
    (read_headers, 7, "it is not a mapping of texts"),
    (read_headers, {"a": 7}, "it is not a mapping of texts"),
    (read_headers, {7: "a"}, "it is not a mapping of texts"),
    (read_headers, {"a b": "c"}, "'a b' cannot be a header"),
    (read_headers, {"": "c"}, "'' cannot be a header"),
    (read_headers, {"a": "b\r\nc: d"}, "'a' cannot be a header"),
    (read_headers, {"a": "é"}, "'a' cannot be a header"),
    (read_headers, {"a": "\x7f"}, "'a' cannot be a header"),
    (read_headers, "no colon here", "a line of it has no colon"),
    *((read_seconds_or_never, value, SECONDS) for value in (-1, True, "soon", "true")),
    *((read_leeway, value, LEEWAY) for value in (121, "121", 1e9, timedelta(hours=1))),
    (read_leeway, -1, SECONDS),
    (read_file, 7, "it is int, not text"),
    (read_seconds, timedelta(0), SECONDS),
]  # fmt: skip

GOOD_SECRETS: list[tuple[Any, Any, Any]] = [
    (read_secrets, None, ()),
    (read_secrets, "", ()),
    (read_secrets, f" {SECRET} ", (SECRET,)),
    (read_secrets, f"{'e' * 32}, {'b' * 40},", ("e" * 32, "b" * 40)),
    (read_secrets, ["e" * 32, "b, c" + "d" * 32], ("e" * 32, "b, c" + "d" * 32)),
    (read_secrets, "é" * 16, ("é" * 16,)),
]  # fmt: skip

BAD_SECRETS: list[tuple[Any, Any, Any]] = [
    (read_secrets, ["x" * 32, "\udc80" * 40], "it holds bytes that are not UTF-8"),
    (read_secrets, 7, "it is not text"),
    (read_secrets, [b"x" * 32], "it is not text"),
    (read_secrets, "x" * 31, "it is shorter than 32 bytes"),
    (read_secrets, f"{'x' * 32},{'y' * 31}", "number 2 of it is shorter than 32 bytes"),
    (read_secrets, ["x", "y" * 32], "number 1 of it is shorter than 32 bytes"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("read", "value", "expected"), [*GOOD_ADDRESSES, *GOOD_VALUES, *GOOD_SECRETS]
)
def test_a_value_in_form_is_normalised(read: Any, value: Any, expected: Any) -> None:
    """Text from a file and values from Python come to the same."""
    assert read(value) == expected
    assert type(read(value)) is type(expected)


@pytest.mark.parametrize(
    ("read", "value", "problem"), [*BAD_ADDRESSES, *BAD_VALUES, *BAD_SECRETS]
)
def test_a_value_out_of_form_says_what_is_wrong(read, value, problem) -> None:
    """Each fault has its own problem and a fix, in whole sentences."""
    with pytest.raises(InvalidValue) as caught:
        read(value)

    assert (caught.value.problem, str(caught.value)) == (problem, problem)
    assert caught.value.fix[0].isupper()
