"""Websockets: who is there, from which page, and who is turned away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from arware.asgi import Middleware
from arware.errors import Forbidden, LoginRequired
from arware.testing import Browser
from arware.testing._calls import Call, call_websocket

from .conftest import Clock, Site, SiteMaker
from .hosts import HOST, Host

HOSTS = [HOST["asgi"], HOST["starlette"], HOST["fastapi"]]
ORIGINS = ["https://app.example", "http://localhost:8000"]


@pytest.fixture(params=HOSTS, ids=str)
def adapter(request: pytest.FixtureRequest, make_site: SiteMaker) -> SiteMaker:
    """Return a maker of sites, for the hosts that know websockets."""
    return lambda **keywords: make_site(request.param, **keywords)


@pytest.fixture
def site(adapter: SiteMaker) -> Site:
    """Return a site with the settings that everybody has."""
    return adapter()


def said(messages: list[Any]) -> str | None:
    """Return what the application said, ``None`` if it was not asked."""
    texts = [message["text"] for message in messages if message.get("text")]
    return texts[0] if texts else None


@pytest.mark.parametrize("origin", ORIGINS)
def test_t56_a_page_of_ours_may_use_the_cookie(site: Site, origin: str) -> None:
    """The user of the cookie is the user of the websocket."""
    browser = site.member("alice", origin)

    assert said(browser.websocket("/ws")) == "usr_alice"
    assert said(site.browser(origin).websocket("/ws")) == "nobody"


STRANGERS = [
    "null",
    None,
    "https://evil.example",
    "https://sub.app.example",
    "https://app.example.evil.example",
    "https://xapp.example",
    "http://app.example",
    "https://app.example:8443",
    "https://app.example@evil.example",
    "app.example",
    "file://",
    "https://",
    "https://[",
    "*",
    "https://evil.example https://app.example",
]


@pytest.mark.parametrize("origin", STRANGERS)
def test_t56_another_page_may_not(site: Site, origin: str | None) -> None:
    """The cookie counts only if Origin is our own host."""
    browser = site.member("alice")

    assert said(browser.websocket("/ws", origin=origin)) == "nobody"


def test_f23_a_cookie_that_does_not_count_there_has_its_own_reason(
    make_site: SiteMaker, caplog: pytest.LogCaptureFixture
) -> None:
    """``foreign_origin``, and a debug line, not the silence of no credential."""
    reasons: list[str] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        reasons.append(scope["authrocket.auth"].reason)
        await send({"type": "websocket.close", "code": 1000})

    host = Host("asgi", "asgi", lambda **adapter: Middleware(application, **adapter))
    site = make_site(host)
    # Its application speaks no http, but callbacks are the adapter's own answers.
    browser = site.member("alice")
    with caplog.at_level(logging.DEBUG, "arware"):
        browser.websocket("/", origin="https://evil.example")
        browser.websocket("/", origin=None)
        told = [record.getMessage() for record in caplog.records]
        site.browser().websocket("/", origin="https://evil.example")

    assert reasons == ["foreign_origin", "foreign_origin", "no_credential"]
    assert told == ["nobody is logged in: foreign_origin"] * 2


@pytest.mark.parametrize("host", ["HTTPS://APP.EXAMPLE", "https://app.example:443"])
def test_t56_our_origin_has_several_spellings(site: Site, host: str) -> None:
    """Case and the default port make no difference."""
    assert said(site.member("alice").websocket("/ws", origin=host)) == "usr_alice"


def test_t56_further_origins_can_be_allowed(adapter: SiteMaker) -> None:
    """``allowed_origins`` names them, and only them."""
    site = adapter(allowed_origins=("https://partner.example",))
    browser = site.member("alice")

    assert said(browser.websocket("/ws", origin="https://partner.example")) == (
        "usr_alice"
    )
    assert said(browser.websocket("/ws")) == "usr_alice"
    assert said(browser.websocket("/ws", origin="https://evil.example")) == "nobody"
    assert said(browser.websocket("/ws", origin="https://x.partner.example")) == (
        "nobody"
    )


@pytest.mark.parametrize("origin", [None, "https://evil.example", "null"])
def test_t56_a_bearer_token_needs_no_origin(site: Site, origin: str | None) -> None:
    """No page can make a browser send one."""
    headers = [("authorization", f"Bearer {site.token('bob')}")]
    if origin:
        headers.append(("origin", origin))
    request = Call(target="/ws", headers=tuple(headers), origin="https://app.example")

    assert said(asyncio.run(call_websocket(site.app, request))) == "usr_bob"


def test_t56_a_token_in_the_url_does_not_land(site: Site) -> None:
    """Websockets never land."""
    messages = site.browser().websocket(f"/ws?token={site.token()}")

    assert said(messages) == "nobody"


@pytest.mark.parametrize("setting", [True, ("/ws",)])
def test_t56_a_required_login_closes_before_the_handshake(
    adapter: SiteMaker, setting: object
) -> None:
    """Nobody gets 1008 and is never accepted; somebody gets in."""
    site = adapter(require_login=setting)
    messages = site.browser().websocket("/ws")

    assert [message["type"] for message in messages] == ["websocket.close"]
    assert messages[0]["code"] == 1008
    assert said(site.member("alice").websocket("/ws")) == "usr_alice"


def test_t56_a_stranger_s_page_is_closed_too(adapter: SiteMaker) -> None:
    """The cookie does not count there, so nobody is there."""
    site = adapter(require_login=True)
    messages = site.member("alice").websocket("/ws", origin="https://evil.example")

    assert [message["type"] for message in messages] == ["websocket.close"]


def test_t56_exempt_and_ignored_paths_are_open(adapter: SiteMaker) -> None:
    """The prefixes hold for websockets as well."""
    assert said(
        adapter(require_login=True, exempt=("/ws",)).browser().websocket("/ws")
    ) == ("nobody")

    site = adapter(require_login=True, ignore=("/ws",))
    assert said(site.member("alice").websocket("/ws")) == "nobody"


def test_s70_an_ended_login_is_nobody(site: Site) -> None:
    """Expiry counts at the handshake."""
    browser = site.member("alice", lifetime=60)
    site.clock.advance(120)
    browser.clock = lambda: site.clock() - 120

    assert said(browser.websocket("/ws")) == "nobody"


def test_t34_a_logged_out_login_is_nobody(site: Site) -> None:
    """A copy of the cookie is worth nothing after the logout."""
    browser = site.member("alice")
    copy = dict(browser.cookies)
    browser.get("/logout")
    browser.cookies = copy

    assert said(browser.websocket("/ws")) == "nobody"


def test_a_refusal_inside_a_websocket_closes_it(make_site: SiteMaker) -> None:
    """``LoginRequired`` before the handshake becomes 1008, too."""
    for refusal in (LoginRequired, Forbidden):

        async def application(
            scope: Any, receive: Any, send: Any, refusal: type[Exception] = refusal
        ) -> None:
            await receive()
            raise refusal

        host = Host(
            "asgi",
            "asgi",
            lambda application=application, **adapter: Middleware(
                application, **adapter
            ),
        )
        messages = make_site(host).browser().websocket("/ws")

        assert [message["type"] for message in messages] == ["websocket.close"]
        assert messages[0]["code"] == 1008


@pytest.mark.parametrize(
    "closing", ["websocket.close", "websocket.http.response.start"]
)
def test_a_refusal_after_the_end_says_no_more(
    make_site: SiteMaker, closing: str
) -> None:
    """Servers do not take a second close; the application's mistake is its own."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": closing, "status": 403, "headers": []})
        raise Forbidden

    sent: list[str] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    host = Host("asgi", "asgi", lambda **adapter: Middleware(application, **adapter))
    app = make_site(host).app
    scope = {"type": "websocket", "path": "/ws", "headers": []}
    with pytest.raises(Forbidden):
        asyncio.run(app(scope, receive, send))

    assert sent == [closing]


# --- A login that ends while the socket is open ------------------------------------


async def parrot(scope: Any, receive: Any, send: Any) -> None:
    """Say at each message who is there."""
    await receive()
    await send({"type": "websocket.accept"})
    while (await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": scope["authrocket.user"].id})


@pytest.fixture
def heard(make_site: SiteMaker, clock: Clock) -> Callable[..., list[Any]]:
    """Return what says which texts, and which code of a close, a member hears."""

    def hear(*changes: Any, app: Any = parrot) -> list[Any]:
        host = Host("asgi", "asgi", lambda **adapter: Middleware(app, **adapter))
        browser = make_site(host).member("alice", lifetime=3600)

        def texts() -> Iterator[str]:
            for change in changes:
                clock.advance(change) if isinstance(change, int) else change(browser)
                yield "who?"

        messages = browser.websocket("/", texts())
        return [message.get("text", message.get("code")) for message in messages[1:]]

    return hear


def log_out(browser: Browser) -> None:
    """Log out in another tab; the socket's own thread runs a loop already."""
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(browser.get, "/logout").result().status == 302


@pytest.mark.parametrize(
    ("changes", "messages"),
    [
        ((0, 29, 31, 0), ["usr_alice"] * 4),
        ((0, 3700, 0), ["usr_alice", 1008]),
        ((0, log_out, 29, 2, 0), ["usr_alice", "usr_alice", "usr_alice", 1008]),
        ((0, log_out, -31, 0), ["usr_alice", "usr_alice", 1008]),
    ],
)
def test_a_websocket_is_looked_at_again(
    heard: Any, changes: Any, messages: Any
) -> None:
    """When a message passes, at most every 30 s; its login's end closes it."""
    assert heard(*changes) == messages


def test_who_only_sends_is_stopped_too(heard: Any, clock: Clock) -> None:
    """By an OSError, as by a server whose client has gone."""
    errors: list[Exception] = []

    async def ticker(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": scope["authrocket.user"].id})
        clock.advance(3700)
        for _ in range(2):
            try:
                await send({"type": "websocket.send", "text": "tick"})
            except OSError as error:
                errors.append(error)

    assert heard(0, app=ticker) == ["usr_alice", 1008]
    assert len(errors) == 2


def test_a_logout_in_a_websocket_is_published(heard: Any) -> None:
    """As in a request: nobody is there from then on."""

    async def leaving(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        scope["authrocket.auth"].logout()
        await send({"type": "websocket.send", "text": str(scope["authrocket.user"])})

    assert heard(app=leaving) == ["None"]
