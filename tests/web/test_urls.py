"""URLs: origins, queries, links to LoginRocket, paths against prefixes."""

from __future__ import annotations

import pytest

from arware.settings import addresses
from arware.web import paths, urls

BASE = "https://x.loginrocket.com/"


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://App.Example/x?y#z", "https://app.example"),
        ("HTTPS://app.example:443/", "https://app.example"),
        ("http://app.example:80", "http://app.example"),
        ("http://app.example:443/", "http://app.example:443"),
        ("https://app.example:80/", "https://app.example:80"),
        ("https://app.example:8443/", "https://app.example:8443"),
        ("https://user:pass@app.example/", "https://app.example"),
        ("https://[::1]:8000/", "https://[::1]:8000"),
        ("https://app.example./", "https://app.example."),
        ("https://a/", "https://a"),
        ("https://app.example:65535/", "https://app.example:65535"),
        ("https://app.example:1/", "https://app.example:1"),
        ("https://app.example:65536/", None),
        ("https://app.example:0/", None),
        ("https://app.example:123456/", None),
        ("https://[::1/", None),
        ("ftp://app.example/", None),
        ("//app.example/", None),
        ("/path", None),
        ("null", None),
        ("", None),
        (None, None),
    ],
)
def test_an_origin_has_one_spelling(url, origin) -> None:
    """Default ports go, letters are small; what has no http origin has none."""
    assert addresses.origin_of(url) == origin


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "a b",
        "evil.com/x",
        "evil.com#",
        "evil.com?x",
        "a@b",
        "-a.com",
        "a.com-",
        "a.com:",
        "a.com:x",
        "a,b",
        "a\r\nb",
        "a.com\n",
        "é.com",
        "[::1",
        "[:::]",
        "[1.2.3.4]",
        "a" * 255,
    ],
)
def test_a_host_that_breaks_the_grammar_makes_no_origin(host) -> None:
    """What a client writes into Host gets into a URL only if it is one (T42)."""
    assert addresses.make_origin("https", host) is None


@pytest.mark.parametrize("scheme", ["", "ftp", "HTTPS", "ws"])
def test_only_http_schemes_make_an_origin(scheme: str) -> None:
    """Schemes are compared as adapters tell them."""
    assert addresses.make_origin(scheme, "a.com") is None


def test_the_longest_host_makes_an_origin() -> None:
    """254 characters are allowed."""
    assert addresses.make_origin("https", "a" * 254) == "https://" + "a" * 254


@pytest.mark.parametrize(
    ("origin", "is_loopback"),
    [
        ("http://localhost:8000", True),
        ("http://127.0.0.1", True),
        ("http://[::1]:80", True),
        ("http://app.localhost", True),
        ("http://app.example", False),
        ("http://127.0.0.1.example", False),
        (None, False),
    ],
)
def test_loopback_origins_are_known(origin, is_loopback: bool) -> None:
    """Names below localhost count, names that only begin like it do not."""
    assert urls.host_is_loopback(origin) is is_loopback


# --- Queries -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("token=a", ["a"]),
        ("x=1&token=a&token=b+c%21", ["a", "b c!"]),
        ("%74oken=a", ["a"]),
        ("token", [""]),
        ("token=a=b", ["a=b"]),
        ("tokens=a&xtoken=b;token=c", []),
        ("", []),
    ],
)
def test_values_of_a_parameter_are_decoded(query: str, values: list[str]) -> None:
    """The name may be encoded too; semicolons separate nothing."""
    assert urls.query_values(query, "token") == values


@pytest.mark.parametrize(
    ("query", "rest"),
    [
        ("token=t", ""),
        ("a=%7e&token=t&b=%7E", "a=%7e&b=%7E"),
        ("to%6ben=t&a", "a"),
        ("a=1&&b", "a=1&&b"),
        ("account=1&session=2&ar_state=3&tokens=4", "tokens=4"),
        ("a=token=1", "a=token=1"),
    ],
)
def test_what_is_not_taken_out_keeps_every_byte(query: str, rest: str) -> None:
    """Order, case of escapes and empty pieces of the rest stay."""
    assert urls.without_parameters(query, urls.CALLBACK_PARAMETERS) == rest


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/a", "/a?s=1%2F~-._"),
        ("/a?", "/a?s=1%2F~-._"),
        ("/a?b=c", "/a?b=c&s=1%2F~-._"),
        ("/a?b&", "/a?b&s=1%2F~-._"),
        ("/a#f", "/a?s=1%2F~-._#f"),
        ("/a?b#f?g", "/a?b&s=1%2F~-._#f?g"),
    ],
)
def test_a_parameter_is_added_as_the_last(url: str, expected: str) -> None:
    """Before the fragment, behind the query, fully encoded."""
    assert urls.with_parameter(url, "s", "1/~-._") == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/a", "/a?ar_state=s"),
        ("/a?", "/a?ar_state=s"),
        ("https://h/a?b=%7e&c#d", "https://h/a?b=%7e&c&ar_state=s#d"),
        ("/a?token=x&b&%74oken=y&ar_state=z", "/a?b&ar_state=s"),
        ("/a?token=x&account=y&session=z#token=x", "/a?ar_state=s#token=x"),
    ],
)
def test_t35_a_bound_url_brings_no_token_along(url: str, expected: str) -> None:
    """Whoever planted one there would have it believed for the state's sake."""
    assert urls.with_state(url, "s") == expected


def test_names_of_parameters_may_hold_a_plus() -> None:
    """Which stands for a space, as in values."""
    assert urls.query_values("a+b=1&a%20b=2&a b=3", "a b") == ["1", "2", "3"]
    assert urls.without_parameters("a+b=1&c", ["a b"]) == "c"


# --- Links -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "page", "parameters", "url"),
    [
        (BASE, "login", {}, f"{BASE}login"),
        (BASE.rstrip("/"), "/login", {}, f"{BASE}login"),
        (f"{BASE}a/b/?z=1&y", "login", {"c": "d"}, f"{BASE}a/b/login?c=d&y&z=1"),
        (f"{BASE}?c=old&c=older&x=%20", "login", {"c": "new"},
         f"{BASE}login?c=new&x=%20"),
        (f"{BASE}?x=1&x=2", "login", {}, f"{BASE}login?x=1&x=2"),
        (f"{BASE}?x=", "login", {}, f"{BASE}login?x="),
        (BASE, "login", {"b": True, "a": 1, "c": None}, f"{BASE}login?a=1&b=true&c"),
        (BASE, "login", {"l": ["1", None], "t": (False,)},
         f"{BASE}login?l=1&l&t=false"),
        (BASE, "login", {"l": []}, f"{BASE}login"),
        (BASE, "connect/jwks", {}, f"{BASE}connect/jwks"),
    ],
)  # fmt: skip
def test_s79_links_keep_and_merge_the_query(base, page, parameters, url) -> None:
    """The page goes below the base's path; its query is kept, merged and sorted."""
    assert urls.loginrocket_link(base, page, parameters) == url


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        ("https://m.a/?a=b&c d", "https%3A%2F%2Fm.a%2F%3Fa%3Db%26c%20d"),
        ("-._~aZ09", "-._~aZ09"),
        ("é+*'()!", "%C3%A9%2B%2A%27%28%29%21"),
        ("\ud800", "%ED%A0%80"),
    ],
)
def test_s80_redirect_uri_is_fully_encoded(value: str, encoded: str) -> None:
    """Only the unreserved characters of RFC 3986 stay as they are."""
    url = urls.loginrocket_link(BASE, "login", {"redirect_uri": value})

    assert url == f"{BASE}login?redirect_uri={encoded}"
    assert urls.encode(value) == encoded


# --- Paths -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["//", "/a//b", "/a\\b", "/a\x00", "/a/../b", "/a/..", "/./a", "/a/.", "/..",
     "/a\udcff", "/b\ufffd", "a", "*", "http://x/"],
)  # fmt: skip
def test_paths_that_frameworks_read_in_two_ways_are_irregular(path: str) -> None:
    """Such a path never earns an exception (T43)."""
    assert paths.is_irregular(path)


@pytest.mark.parametrize(
    "path", ["", "/", "/a", "/a/", "/a..b/.c/..d", "/é", "/a;b", "/a b", "/.../x"]
)
def test_plain_paths_are_regular(path: str) -> None:
    """Dots inside a segment are nothing special."""
    assert not paths.is_irregular(path)


@pytest.mark.parametrize(
    ("path", "below"),
    [
        ("/static", True),
        ("/static/", True),
        ("/static/x", True),
        ("/a/b/c", True),
        ("/a/b", True),
        ("/static.css", False),
        ("/statics", False),
        ("/a", False),
        ("/x/static", False),
        ("/Static", False),
    ],
)
def test_prefixes_are_compared_by_whole_segments(path: str, below: bool) -> None:
    """A prefix ends where a segment ends, with or without a slash of its own."""
    prefixes = paths.compile_prefixes(["/static", "/a/b/"])

    assert prefixes == ("/static", "/a/b")
    assert paths.is_below(path, prefixes) is below


def test_a_prefix_may_be_encoded_as_in_a_url() -> None:
    """Else it would match nothing, and a path that it should protect lay open."""
    assert paths.is_below("/café/x y", paths.compile_prefixes(["/caf%C3%A9/x%20y"]))
    assert paths.is_below("/café", paths.compile_prefixes(["/café"]))


def test_the_root_as_prefix_covers_all() -> None:
    """A single slash means every path; no prefix means none."""
    assert paths.is_below("/x", paths.compile_prefixes(["/"]))
    assert not paths.is_below("/x", ())


@pytest.mark.parametrize(
    ("path", "raw", "expected"),
    [
        ("/café", "/caf%C3%A9", "/caf%C3%A9"),
        ("/café", "/caf%c3%a9", "/caf%c3%a9"),
        ("/a/b", "/a%2Fb", "/a%2Fb"),
        ("/a/b", "/a%2Fc", "/a/b"),
        ("/a/b", None, "/a/b"),
        ("/a b", "/a b", "/a%20b"),
        ("/a b", None, "/a%20b"),
        ("/é", "/é", "/%C3%A9"),
        ("/\udcff", None, "/%FF"),
        ("/\udcff", "/%FF", "/%FF"),
        ("/\ud800", None, "/%ED%A0%80"),
        ("/\ud800\udcff", "/%FF", "/%ED%A0%80%ED%B3%BF"),
        ("/a\"<>`^{}", "/a\"<>`^{}", "/a%22%3C%3E%60%5E%7B%7D"),
        ("/-._~!$&'()*+,;=:@", None, "/-._~!$&'()*+,;=:@"),
        ("/-._~!$&'()*+,;=:@[]|", "/-._~!$&'()*+,;=:@[]|", "/-._~!$&'()*+,;=:@[]|"),
        ("/?", "/%3F", "/%3F"),
        ("/a%", None, "/a%25"),
        ("/a\ufffd", "/a%ff", "/a%ff"),
        ("/a\ufffd", "/a%FF%FF", "/a%EF%BF%BD"),
    ],
)  # fmt: skip
def test_a_path_is_written_as_the_browser_wrote_it(path, raw, expected) -> None:
    """The raw form counts only if it decodes to the path and is plain ASCII."""
    assert urls.encoded_path(path, raw) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("a=%7e&b", "a=%7e&b"),
        ("a=é", "a=%E9"),
        ("a=é".encode().decode("latin-1"), "a=%C3%A9"),
        ("a=\u20ac", "a=%E2%82%AC"),
        ("a=b c", "a=b%20c"),
        ("a=\"<>\\#", "a=%22%3C%3E%5C%23"),
        ("a=\r\n", "a=%0D%0A"),
        ("a=!'()*;/?:@$,[]~\x7f", "a=!'()*;/?:@$,[]~%7F"),
        ("\ud800", "%ED%A0%80"),
    ],
)  # fmt: skip
def test_a_query_is_cleaned_of_what_no_header_may_hold(query, expected) -> None:
    """Nothing else changes; each byte, which servers spell in latin-1, stays (T41)."""
    assert urls.clean_query(query) == expected


@pytest.mark.parametrize(
    ("path", "query", "location"),
    [
        ("/a", "", "/a"),
        ("/a", "b=c", "/a?b=c"),
        ("", "", "/"),
        ("", "b", "/?b"),
        ("//evil.example/", "", "/evil.example/"),
        ("///evil", "", "/evil"),
        ("/\\evil", "", "/%5Cevil"),
        ("/a", "b=é", "/a?b=%E9"),
    ],
)
def test_a_location_of_ours_stays_with_us(path, query, location) -> None:
    """It begins with exactly one slash and holds no backslash (T40)."""
    assert urls.local_location(path, query) == location
