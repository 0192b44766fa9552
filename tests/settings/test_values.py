"""How the value of a setting is read, one kind after the other."""

from __future__ import annotations

from typing import Any

import pytest

from arware.settings.values import READERS, InvalidValue, check_jwt_key, is_loopback

from ..making import OTHER_SECRET, SECRET, realm

GOOD: list[tuple[str, Any, Any]] = [
    ("text", None, None),
    ("text", "  x ", "x"),
    ("text", "  ", None),
    ("secret", " s ", "s"),
    ("url", None, None),
    ("url", " https://a.example/b?c=d ", "https://a.example/b?c=d"),
    ("url", "HTTPS://a.example:8443", "HTTPS://a.example:8443"),
    ("url", "http://localhost:8001/", "http://localhost:8001/"),
    ("url", "http://127.1.2.3/", "http://127.1.2.3/"),
    ("url", "http://[::1]:80/", "http://[::1]:80/"),
    ("url", "http://realm.localhost/", "http://realm.localhost/"),
    ("url", "https://[2001:db8::1]/", "https://[2001:db8::1]/"),
    ("url", "https://a-b_c.example./", "https://a-b_c.example./"),
    ("origin", None, None),
    ("origin", "  ", None),
    ("origin", "HTTP://App.Example:8000/", "http://app.example:8000"),
    ("origin", "https://app.example", "https://app.example"),
    ("secrets", None, ()),
    ("secrets", "", ()),
    ("secrets", f" {SECRET} ", (SECRET,)),
    ("secrets", f"{'e' * 32}, {'b' * 40},", ("e" * 32, "b" * 40)),
    ("secrets", ["e" * 32, "b, c" + "d" * 32], ("e" * 32, "b, c" + "d" * 32)),
    ("secrets", "é" * 16, ("é" * 16,)),
    ("path", None, None),
    ("path", "", None),
    ("path", " /logout ", "/logout"),
    ("path", "/a/b;c=d", "/a/b;c=d"),
    ("path", "/", "/"),
    ("path", "/a//b", "/a//b"),
    ("flag", None, False),
    ("flag", True, True),
    ("flag", False, False),
    *(("flag", text, True) for text in ("true", "YES", " on ", "y", "T", "1", 1)),
    *(("flag", text, False) for text in ("false", "No", "off", "n", "f", "0", "", 0)),
    ("paths", " /a\n /b  /c ", ("/a", "/b", "/c")),
    ("paths", ["/a b", "/c"], ("/a b", "/c")),
    ("paths", ("/a",), ("/a",)),
    ("paths", None, ()),
    ("paths", "/a /b", ("/a", "/b")),
    ("paths", "/ /a/ /caf%C3%A9 /a...", ("/", "/a/", "/caf%C3%A9", "/a...")),
    ("origins", None, ()),
    ("origins", "https://A.example/ http://b:81", ("https://a.example", "http://b:81")),
    ("origin", "https://a.example:443", "https://a.example"),
    ("origin", "http://a.example:80/", "http://a.example"),
    ("origin", "http://a.example:443", "http://a.example:443"),
    ("flag or paths", None, False),
    ("flag or paths", True, True),
    ("flag or paths", "true", True),
    ("flag or paths", " Off", False),
    ("flag or paths", "", False),
    ("flag or paths", "/a /b", ("/a", "/b")),
    ("flag or paths", ["/a"], ("/a",)),
    ("flag or paths", [], False),
    ("seconds", None, None),
    ("seconds", " ", None),
    ("seconds", "300", 300.0),
    ("seconds", 0.5, 0.5),
    ("seconds", 9e9, 9e9),
    ("headers", None, {}),
    ("headers", "", {}),
    ("headers", "accept-language: fr\n\n X-A : b: c", {
        "accept-language": "fr", "X-A": "b: c"}),
    ("headers", {"X_a": "\t~ "}, {"X_a": "\t~ "}),
    ("cache", {"backend": "x"}, {"backend": "x"}),
    ("object", READERS, READERS),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "value", "expected"), GOOD)
def test_a_value_in_form_is_normalised(kind: str, value: Any, expected: Any) -> None:
    """Text from a file and values from Python come to the same."""
    assert READERS[kind](value) == expected
    assert type(READERS[kind](value)) is type(expected)


CHARACTERS = "it holds characters that no URL may hold"
NO_HTTP = "it is not an http URL with a host"
NO_PATH = "it is not a path of this application"
SECONDS = "it is not a number of seconds"
#: Long enough, and in every list that is fed to password crackers.
KNOWN = "change_this_super_secret_random_string"
BAD: list[tuple[str, Any, str]] = [
    ("text", 7, "it is int, not text"),
    ("text", b"x", "it is bytes, not text"),
    ("text", "a\udc80", "it holds bytes that are not UTF-8"),
    ("secret", "\udc80" * 40, "it holds bytes that are not UTF-8"),
    ("secrets", ["x" * 32, "\udc80" * 40], "it holds bytes that are not UTF-8"),
    ("url", 7, "it is int, not text"),
    ("url", "https://a b/", CHARACTERS),
    ("url", "https://a/\x7f", CHARACTERS),
    ("url", "https://é.example/", CHARACTERS),
    ("url", "https://a\\b/", CHARACTERS),
    ("url", "https://a/<b>", CHARACTERS),
    ("url", 'https://a/"', CHARACTERS),
    ("url", "https://[::1/", "it is not a URL"),
    ("url", "https://a:b/", "it is not a URL"),
    ("url", "https://a:99999/", "it is not a URL"),
    ("url", "a.example", NO_HTTP),
    ("url", "//a.example/", NO_HTTP),
    ("url", "ftp://a.example/", NO_HTTP),
    ("url", "file:///etc/passwd", NO_HTTP),
    ("url", "https://", NO_HTTP),
    ("url", "https:///path", NO_HTTP),
    ("url", "https://-a.example/", "its host is not one"),
    ("url", "https://a,b/", "its host is not one"),
    ("url", "https://a%20b/", "its host is not one"),
    ("url", "https://a@b.example/", "it holds a user name or a password"),
    ("url", "https://a:b@c.example/", "it holds a user name or a password"),
    ("url", "https://a.example/#b", "it has a fragment (#...)"),
    ("url", "http://a.example/",
     "it is http, so anybody on the way could read and change it"),
    ("url", "HTTP://127.0.0.1.example/",
     "it is http, so anybody on the way could read and change it"),
    ("origin", "https://a.example/b", "it has a path or a query"),
    ("origin", "https://a.example?b", "it has a path or a query"),
    ("origin", "app.example", NO_HTTP),
    ("origin", 7, "it is int, not text"),
    ("secrets", 7, "it is not text"),
    ("secrets", [b"x" * 32], "it is not text"),
    ("secrets", "x" * 31, "it is shorter than 32 bytes"),
    ("secrets", f"{'x' * 32},{'y' * 31}", "number 2 of it is shorter than 32 bytes"),
    ("secrets", ["x", "y" * 32], "number 1 of it is shorter than 32 bytes"),
    ("path", "logout", NO_PATH),
    ("path", "//evil.example", NO_PATH),
    ("path", "/a?b", NO_PATH),
    ("path", "/a#b", NO_PATH),
    ("path", "/a\\b", NO_PATH),
    ("path", "/a b", NO_PATH),
    ("path", "/é", NO_PATH),
    ("path", "https://a/", NO_PATH),
    ("flag", "maybe", "it is neither true nor false"),
    ("flag", 2, "it is neither true nor false"),
    ("flag", [], "it is neither true nor false"),
    ("flag", 1.0, "it is neither true nor false"),
    ("paths", 7, "it is not a list of texts"),
    ("paths", ["/a", 7], "it is not a list of texts"),
    ("paths", "a", "'a' does not begin with a slash"),
    ("paths", ["/a", ""], "'' does not begin with a slash"),
    *(("paths", ["/a", path], f"{path!r} is the beginning of no path")
      for path in ("//a", "/a//b", "/a/../b", "/a/.", "/a?b", "/a#b", "/a/*", "/a\\b",
                   "/a%2f/b", "/%2e%2e/a", "/%00", "/%ff")),
    ("flag or paths", "/admin/*", "'/admin/*' is the beginning of no path"),
    ("origins", "app.example", NO_HTTP),
    ("origins", ["https://a.example", "*"], NO_HTTP),
    ("origins", "https://a.example/b", "it has a path or a query"),
    ("flag or paths", "maybe", "'maybe' does not begin with a slash"),
    ("flag or paths", 7, "it is not a list of texts"),
    *(("seconds", value, SECONDS) for value in (0, -1, "x", True, [], 1e10, "nan")),
    ("seconds", float("inf"), SECONDS),
    ("headers", "a: b\naccept-language fr", "a line of it has no colon"),
    ("seconds", 10**400, "it is not a number of seconds"),
    ("headers", 7, "it is not a mapping of texts"),
    ("headers", {"a": 7}, "it is not a mapping of texts"),
    ("headers", {7: "a"}, "it is not a mapping of texts"),
    ("headers", {"a b": "c"}, "'a b' cannot be a header"),
    ("headers", {"": "c"}, "'' cannot be a header"),
    ("headers", {"a": "b\r\nc: d"}, "'a' cannot be a header"),
    ("headers", {"a": "é"}, "'a' cannot be a header"),
    ("headers", {"a": "\x7f"}, "'a' cannot be a header"),
    ("headers", "no colon here", "a line of it has no colon"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "value", "problem"), BAD)
def test_a_value_out_of_form_says_what_is_wrong(kind, value, problem) -> None:
    """Each fault has its own problem and a fix, in whole sentences."""
    with pytest.raises(InvalidValue) as caught:
        READERS[kind](value)

    assert (caught.value.problem, str(caught.value)) == (problem, problem)
    assert caught.value.fix[0].isupper()


@pytest.mark.parametrize("kind", ["secrets", "secret", "text"])
def test_no_message_holds_a_secret(kind: str) -> None:
    """What cannot be read is not repeated either."""
    for value in (["hunter2"], 7 if kind == "secrets" else b"hunter2"):
        with pytest.raises(InvalidValue) as caught:
            READERS[kind](value)

        assert "hunter2" not in f"{caught.value} {caught.value.fix}"


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        OTHER_SECRET,
        "x" * 32,
        "jsk_" + "x" * 22,
        "x" * 256,
        "x" * 257,
        realm().public_key,
        "é" * 16,
    ],
)
def test_a_jwt_key_may_be_a_good_secret_or_a_long_key(text: str) -> None:
    """A long one is judged when it is parsed; 32 bytes are enough for a secret."""
    check_jwt_key(text)


CUT = "it begins as a PEM key but is too short to be a whole RSA key"
PUBLIC = "it is a public key where an HS256 secret would stand"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----", CUT),
        ("-----BEGIN PUBLIC KEY-----", CUT),
        (' "-----BEGIN RSA PUBLIC KEY-----\\nMIIB', CUT),
        ("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7", PUBLIC),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB", PUBLIC),
        ("ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTIt", PUBLIC),
        ("ssh-dss AAAAB3NzaC1kc3MAAACBAI", PUBLIC),
        ('{"kty": "RSA", "n": "x", "e": "AQAB"}', PUBLIC),
        ('{"keys" : [{}], "padding-of-this": "xx"}', PUBLIC),
        ("x" * 31, "it is shorter than 32 bytes, so it can be guessed"),
        ("jsk_" + "x" * 21, "it is shorter than 26 bytes, so it can be guessed"),
        ("", "it is shorter than 32 bytes, so it can be guessed"),
        (KNOWN, "it stands in public lists of secrets, so it can be guessed"),
    ],
)
def test_a_jwt_key_that_anybody_knows_or_guesses_is_refused(text, problem) -> None:
    """A public key as a secret would let everybody sign (T02, T03)."""
    with pytest.raises(InvalidValue) as caught:
        check_jwt_key(text)

    assert caught.value.problem == problem
    assert caught.value.fix


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
