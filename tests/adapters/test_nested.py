"""An adapter below an adapter takes over, or replaces what stood."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from arware.testing import Browser, MemoryRealm

from .conftest import ORIGIN, Clock, Site, logins
from .hosts import ASGI_HOSTS, HOST, WSGI_HOSTS, Host

PAIRS = [
    *(("wsgi", host) for host in WSGI_HOSTS),
    *(("asgi", host) for host in ASGI_HOSTS),
]


def middleware(interface: str) -> Any:
    """Return the middleware of an interface."""
    from arware import asgi, wsgi

    return wsgi.Middleware if interface == "wsgi" else asgi.Middleware


@pytest.fixture(params=PAIRS, ids=lambda pair: str(pair[1]))
def nested(
    request: pytest.FixtureRequest, realm: MemoryRealm, clock: Clock
) -> Callable[..., Site]:
    """Return a maker of sites with a further adapter around each host's own."""
    interface, host = request.param

    def make(outer: dict[str, Any] | None = None, **inner: Any) -> Site:
        settings = realm.settings(clock=clock)
        app = host.build(**settings | inner)
        app = middleware(interface)(app, **settings | (outer or {}))
        return Site(app, host, realm, clock)

    return make


def test_t57_the_same_adapter_twice_is_one(nested: Callable[..., Site]) -> None:
    """One callback, one cookie, one set of headers, one auth."""
    site = nested()
    browser = site.browser()
    callback = site.callback(browser, "alice", "/page")
    page = browser.get("/page")

    assert callback.status == 303
    assert len(callback.all("Set-Cookie")) == 2
    assert page.json()["user"] == "usr_alice"
    assert page.json()["same"]
    assert page.header("Cache-Control") == "private, no-cache"
    assert ",".join(page.all("Vary")).lower().count("cookie") == 1


def test_t57_the_same_adapter_twice_logs_in_and_out(
    nested: Callable[..., Site],
) -> None:
    """A refusal below both is answered once, and a logout happens."""
    site = nested()
    browser = site.browser()
    answer = browser.get("/private")

    assert site.is_login(answer)
    assert len(answer.all("Set-Cookie")) == 1
    assert browser.come_back(answer, site.token(), referer=None).status == 303
    assert browser.get("/private").status == 200

    answer = browser.get("/logout-by-app")

    assert answer.json() == {"user": None, "again": None}
    assert logins(browser) == {}
    assert browser.get("/").json()["user"] is None


def test_t57_a_bad_cookie_is_cleared_once(nested: Callable[..., Site]) -> None:
    """By one of the two, with one header."""
    site = nested()
    headers = {"Cookie": "__Host-authrocket=bad"}
    answer = site.browser().get("/", headers=headers)

    assert len(answer.all("Set-Cookie")) == 1
    assert answer.json()["reason"] == "bad_cookie"


def test_the_inner_adapter_still_requires_a_login(nested: Callable[..., Site]) -> None:
    """Its own ``require_login`` and ``exempt`` hold below the outer's auth."""
    site = nested(require_login=True, exempt=("/public",))
    browser = site.browser()

    assert site.is_login(browser.get("/page"))
    assert browser.get("/public").json()["user"] is None
    assert site.member("alice").get("/page").json()["user"] == "usr_alice"


def test_the_outer_adapter_requires_a_login_too(nested: Callable[..., Site]) -> None:
    """Whatever the inner one exempts."""
    site = nested({"require_login": True})

    assert site.is_login(site.browser().get("/page"))
    assert site.member("alice").get("/page").json()["user"] == "usr_alice"


def test_the_inner_adapter_ignores_its_paths(nested: Callable[..., Site]) -> None:
    """Its keys are None there, though the outer one knows who it is."""
    site = nested(ignore=("/static",))
    browser = site.member("alice")

    assert browser.get("/static/file").json()["user"] is None
    assert browser.get("/page").json()["user"] == "usr_alice"


def test_another_cookie_name_is_another_adapter(nested: Callable[..., Site]) -> None:
    """It knows its own logins and replaces the outer one's keys."""
    site = nested({"cookie_name": "outer", "logout_path": None})
    browser = site.member("alice")

    assert list(logins(browser)) == ["__Host-outer"]
    assert browser.get("/").json()["user"] is None

    # The outer adapter takes every callback, so this login is made beside it.
    alone = Site(
        site.host.build(**site.realm.settings(clock=site.clock)),
        site.host,
        site.realm,
        site.clock,
    )
    browser.cookies |= alone.member("bob").cookies

    assert browser.get("/").json()["user"] == "usr_bob"

    browser.get("/logout-by-app")

    assert list(logins(browser)) == ["__Host-outer"]


def test_another_realm_is_another_adapter(
    nested: Callable[..., Site], clock: Clock
) -> None:
    """Tokens of the outer realm are nobody's inside (T16)."""
    stranger = MemoryRealm(clock=clock, private_key=None, kid="jky_stranger")
    site = nested(
        {
            "loginrocket_url": stranger.url,
            "jwt_key": stranger.public_key,
            "cookie_name": "outer",
            "login_path": None,
        }
    )
    browser = Browser(site.app, ORIGIN, clock=clock)
    answer = browser.arrive("/page", stranger.token("mallory"), site=None)

    assert answer.status == 303
    assert browser.get("/").json()["user"] is None

    answer = site.callback(browser, "bob", "/page")

    assert answer.status == 303
    assert browser.get("/").json()["user"] == "usr_bob"

    headers = {"Authorization": f"Bearer {site.token('carol')}"}

    assert browser.fetch("/", headers=headers).json()["user"] == "usr_carol"


def test_a_wsgi_adapter_around_two_applications(
    realm: MemoryRealm, clock: Clock
) -> None:
    """Side by side below one adapter, Pyramid and Bottle share the login."""
    settings = realm.settings(clock=clock)
    pyramid, bottle = (HOST[name].build(**settings) for name in ("pyramid", "bottle"))

    def application(environ: dict[str, Any], start_response: Any) -> Any:
        prefix = environ["PATH_INFO"][:2]
        environ["SCRIPT_NAME"] += prefix
        environ["PATH_INFO"] = environ["PATH_INFO"][2:] or "/"
        return (pyramid if prefix == "/p" else bottle)(environ, start_response)

    app = middleware("wsgi")(application, **settings)
    site = Site(app, Host("two", "wsgi", lambda **_: app), realm, clock)
    browser = site.member("alice")

    assert browser.get("/p/page").json()["user"] == "usr_alice"
    assert browser.get("/b/page").json()["user"] == "usr_alice"
    for path in ("/p/private", "/b/private"):
        answer = site.browser().get(path)
        (uri,) = parse_qs(urlsplit(answer.location).query)["redirect_uri"]

        assert site.is_login(answer)
        assert uri.startswith(f"{ORIGIN}{path}?ar_state=")


def test_a_callback_is_left_to_the_adapter_that_asked_for_it(
    nested: Callable[..., Site],
) -> None:
    """Did the outer one take it, the inner one would send the visitor off for ever."""
    site = nested({"cookie_name": "outer"}, cookie_name="inner", require_login=True)
    browser = site.browser()
    answer = browser.get("/page")

    assert site.is_login(answer)
    assert browser.come_back(answer, site.token()).status == 303
    assert list(logins(browser)) == ["__Host-inner"]
    assert browser.get("/page").json()["user"] == "usr_alice"


@pytest.mark.parametrize("host", WSGI_HOSTS, ids=str)
def test_a_request_that_is_tried_again_is_no_nested_one(
    host: Host, realm: MemoryRealm, clock: Clock
) -> None:
    """The second attempt finds the first one's auth object in its environ."""
    app = host.build(**realm.settings(clock=clock))

    def twice(environ: Any, start_response: Any) -> Any:
        if environ["PATH_INFO"] == "/page":
            body = app(environ, lambda *_: lambda _: None)
            list(body)
            getattr(body, "close", bool)()
        return app(environ, start_response)

    site = Site(twice, host, realm, clock)
    page = site.member("alice").get("/page")

    assert page.json()["user"] == "usr_alice"
    assert page.header("Cache-Control") == "private, no-cache"
    assert "Cookie" in page.header("Vary")
