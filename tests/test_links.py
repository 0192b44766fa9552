"""Links to LoginRocket, as the visitor of one request needs them."""

from __future__ import annotations

from typing import Any

import pytest

from arware.auth import Auth, Reason
from arware.core.verdict import Verdict
from arware.links import Links
from arware.resources.claims import Identity

from .making import LOGINROCKET, NOW, ORIGIN, Asked, claims, flow_of

BACK = "https%3A%2F%2Fapp.example%2Fback"


def auth_of(flow: Any = None, request: Any = None, **changes: Any) -> Auth:
    """Return the auth object of somebody who is logged in."""
    identity = Identity.from_claims(claims(**changes), "a token")
    return Auth(flow or flow_of(), request or Asked(), NOW, Verdict(identity, None))


def nobody(flow: Any = None, request: Any = None) -> Auth:
    """Return the auth object of nobody."""
    return Auth(flow or flow_of(), request or Asked(), NOW, None, Reason.NO_CREDENTIAL)


@pytest.mark.parametrize(
    ("page", "options", "path"),
    [
        ("login_url", {}, "login"),
        ("login_url", {"redirect_uri": "/back"}, f"login?redirect_uri={BACK}"),
        ("login_url", {"redirect_uri": "https://other.example/"},
         "login?redirect_uri=https%3A%2F%2Fother.example%2F"),
        ("login_url", {"prompt": "login", "a": None}, "login?a&prompt=login"),
        ("signup_url", {"redirect_uri": "/back", "invitation": "x"},
         f"signup?invitation=x&redirect_uri={BACK}"),
        ("profile_url", {"redirect_uri": "/back"}, f"profile?redirect_uri={BACK}"),
        ("profile_url", {}, "profile"),
        ("accounts_url", {}, "accounts?force"),
        ("accounts_url", {"force": False}, "accounts"),
        ("accounts_url", {"redirect_uri": "/back"},
         f"accounts?force&redirect_uri={BACK}"),
        ("account_url", {}, "accounts?force"),
        ("account_url", {"redirect_uri": "/back", "force": False},
         f"accounts?redirect_uri={BACK}"),
        ("account_url", {"id": "org_1"}, "accounts/org_1"),
        ("account_url", {"id": "../x y", "redirect_uri": "/back", "a": 1},
         f"accounts/..%2Fx%20y?a=1&redirect_uri={BACK}"),
        ("logout_url", {}, "logout"),
        ("logout_url", {"redirect_uri": "/back"}, f"logout?redirect_uri={BACK}"),
    ],
)  # fmt: skip
def test_s80_links_of_nobody(page: str, options: Any, path: str) -> None:
    """A path is completed with our origin; further parameters go along."""
    links = nobody(flow_of(login_path=None), Asked(host="evil/x")).links
    if "redirect_uri" in options:
        links = nobody(flow_of(login_path=None)).links

    assert getattr(links, page)(**options) == LOGINROCKET + path


def test_s79_the_base_s_path_and_query_are_kept() -> None:
    """Every link keeps them."""
    links = nobody(
        flow_of(loginrocket_url="https://x.example/a/?b=c", login_path=None)
    ).links

    assert links.login_url("https://y.example/") == (
        "https://x.example/a/login?b=c&redirect_uri=https%3A%2F%2Fy.example%2F"
    )
    assert links.account_url("org_1") == "https://x.example/a/accounts/org_1?b=c"


def test_s81_accounts_are_forced_unless_one_says_no() -> None:
    """A bare ``force``, also for whoever belongs to an org."""
    links = auth_of().links

    assert links.accounts_url() == f"{LOGINROCKET}accounts?force"
    assert links.accounts_url(force=False) == f"{LOGINROCKET}accounts"


def test_s82_the_account_is_that_of_the_current_org() -> None:
    """Another may be named; without any org it is the chooser."""
    assert auth_of().links.account_url() == f"{LOGINROCKET}accounts/org_acme"
    assert auth_of().links.account_url("org_2") == f"{LOGINROCKET}accounts/org_2"
    assert auth_of(org=None).links.account_url() == f"{LOGINROCKET}accounts?force"


@pytest.mark.parametrize(
    ("options", "query"),
    [
        ({}, "session=kss_1"),
        ({"redirect_uri": "/back"}, f"redirect_uri={BACK}&session=kss_1"),
        ({"session": "kss_2"}, "session=kss_2"),
    ],
)
def test_s83_logout_names_the_session(options: Any, query: str) -> None:
    """Unless the caller names another."""
    links = auth_of(sid="kss_1").links

    assert links.logout_url(**options) == f"{LOGINROCKET}logout?{query}"
    assert auth_of(sid=None).links.logout_url() == f"{LOGINROCKET}logout"


@pytest.mark.parametrize(
    "page",
    ["login_url", "signup_url", "logout_url", "profile_url", "account_url",
     "accounts_url"],
)  # fmt: skip
def test_s84_without_a_loginrocket_url_there_are_no_links(page: str) -> None:
    """The error names the setting."""
    links = nobody(flow_of(loginrocket_url=None, jwt_key="x" * 40)).links
    with pytest.raises(LookupError, match="loginrocket_url is not set, so there are n"):
        getattr(links, page)()


@pytest.mark.parametrize(
    ("request_", "public_url", "origin"),
    [
        (Asked(), None, "https://app.example"),
        (Asked(scheme="http", host="App.Example:80"), None, "http://app.example"),
        (Asked(host="evil/x"), None, None),
        (Asked(host="evil/x"), "https://public.example", "https://public.example"),
        (Asked(), "https://public.example", "https://public.example"),
    ],
)
def test_our_origin_is_the_public_one_or_the_request_s(
    request_: Asked, public_url: str | None, origin: str | None
) -> None:
    """A Host header that breaks the grammar is never put into a URL (T42)."""
    links = nobody(flow_of(public_url=public_url), request_).links

    assert links.origin == origin
    assert links.complete("/a?b") == (None if origin is None else f"{origin}/a?b")
    assert links.complete("https://x.example/") == "https://x.example/"
    assert links.complete(None) is None


def test_without_an_origin_there_is_no_way_back() -> None:
    """The link leads to LoginRocket's default."""
    request = Asked(host="evil/x")
    links = nobody(flow_of(login_path=None), request).links

    assert links.login_url("/back") == f"{LOGINROCKET}login"
    assert links.here() is None
    assert nobody(request=request).links.login_url("/back") == (
        "/login?redirect_uri=%2Fback"
    )


@pytest.mark.parametrize(
    ("path", "mount", "expected"),
    [
        ("/logout", "", "/logout"),
        ("/bye", "/a", "/a/bye"),
        ("/bye", "/é", "/%C3%A9/bye"),
        (None, "/a", None),
    ],
)
def test_the_logout_path_includes_the_mount(path, mount, expected) -> None:
    """It is for links inside the application's own pages."""
    request = Asked(mount=mount)
    links = nobody(flow_of(logout_path=path, login_path=path and f"{path}2"), request)

    assert links.links.logout_path == expected
    assert links.links.login_path == (expected and f"{expected}2")


@pytest.mark.parametrize(
    ("request_", "url"),
    [
        (Asked("/café", "a=b&token=x&c"), "https://app.example/caf%C3%A9?a=b&c"),
        (Asked("/", "token=x&account=y&session=z&ar_state=w"), "https://app.example/"),
        (Asked("", ""), "https://app.example/"),
        (Asked("/b", 'q="é"', mount="/a"), "https://app.example/a/b?q=%22%E9%22"),
    ],
)
def test_here_is_this_request_without_what_a_callback_adds(request_, url) -> None:
    """Every other byte of the query is kept, as far as a URL may hold it."""
    assert nobody(request=request_).links.here() == url


@pytest.mark.parametrize(
    ("path", "query", "here"),
    [
        ("/" + "a" * 7990, "b=1", "/" + "a" * 7990 + "?b=1"),
        ("/" + "a" * 7999, "b=1", "/" + "a" * 7999),
        ("/a", "b" * 7999, "/a"),
        ("/a", "b" * 8001, "/a"),
        ("/a", "é" * 2700, "/a"),
        ("/" + "é" * 2700, "b=1", "/"),
        ("/" + "a" * 8001, "b=1", "/"),
    ],
)
def test_t47_the_way_back_is_not_longer_than_servers_take(path, query, here) -> None:
    """Else nobody would come back, and encoding it would take long."""
    assert nobody(request=Asked(path, query)).links.here() == f"{ORIGIN}{here}"


def test_a_nested_adapter_asks_with_its_own_request() -> None:
    """Its mount may be another than the outer adapter's."""
    links: Links = nobody(request=Asked("/")).links

    assert links.here(Asked("/b", mount="/a")) == "https://app.example/a/b"


# --- Where a login starts ----------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "options", "query"),
    [
        (Asked("/a", "b=c"), {}, "redirect_uri=%2Fa%3Fb%3Dc"),
        (Asked("/b", mount="/a"), {}, "redirect_uri=%2Fa%2Fb"),
        (Asked("/a", "token=x"), {}, "redirect_uri=%2F"),
        (Asked("/a", method="POST"), {}, "redirect_uri=%2F"),
        (Asked("/logout"), {}, "redirect_uri=%2F"),
        (Asked("/login", "redirect_uri=x"), {}, "redirect_uri=%2F"),
        (Asked(), {"redirect_uri": "/d?e=f#g"}, "redirect_uri=%2Fd%3Fe%3Df%23g"),
        (Asked(), {"redirect_uri": "/é x"}, "redirect_uri=%2F%25C3%25A9%2520x"),
        (Asked(), {"redirect_uri": f"{ORIGIN}/d"}, "redirect_uri=%2Fd"),
        (Asked(), {"redirect_uri": ORIGIN}, "redirect_uri=%2F"),
        (Asked(), {"redirect_uri": "//evil/x"}, "redirect_uri=%2Fevil%2Fx"),
        (Asked(), {"prompt": "login"}, "prompt=login&redirect_uri=%2F"),
    ],
)  # fmt: skip
def test_f29_a_login_starts_at_our_own_path(request_, options, query) -> None:
    """It comes back to the present page, and pages with a link stay cacheable."""
    auth = nobody(request=request_)
    mount = request_.mount

    assert auth.links.login_url(**options) == f"{ORIGIN}{mount}/login?{query}"
    assert auth.links.signup_url(**options) == f"{ORIGIN}{mount}/login?{query}&signup=1"
    assert not auth.unusual


@pytest.mark.parametrize(
    "uri",
    ["https://other.example/x", "http://app.example/x", "https://app.example.evil/",
     "https://app.example@evil/", "javascript:alert(1)", "/logout", "/login?x",
     "/" + "a" * 8001],
)  # fmt: skip
def test_f29_what_is_not_ours_is_the_login_page_s_to_verify(uri: str) -> None:
    """The link leads there directly, and is bound to no browser."""
    url = nobody().links.login_url(uri)

    assert url.startswith(f"{LOGINROCKET}login?redirect_uri=")
    assert nobody().links.local(uri) is None


def test_a_login_leads_to_no_logout_below_the_mount() -> None:
    """However it is spelled there, also in the settings."""
    flow = flow_of(logout_path="/l%6fgout")
    links = nobody(flow, Asked(mount="/é")).links
    ways = ["/é/logout", "/%C3%A9/x/../logout", "/é/../é/logout", "/é/log%6Fut#x"]

    assert [links.local(uri) for uri in ways] == [None] * 4


def test_f29_the_application_s_logout_ends_both() -> None:
    """Without such a path it is LoginRocket's."""
    request = Asked(mount="/a")
    without = auth_of(flow_of(logout_path=None), sid="kss_1").links

    assert nobody(request=request).links.application_logout_url() == (
        f"{ORIGIN}/a/logout"
    )
    assert without.application_logout_url() == f"{LOGINROCKET}logout?session=kss_1"
