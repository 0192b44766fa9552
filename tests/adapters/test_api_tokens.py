"""API tokens at every adapter: by a mounted realm, and by the API."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from arware.local import Realm
from arware.testing._calls import Call, call_asgi, call_websocket
from arware.tokens.api_tokens import new_api_token
from tests.api import servers
from tests.local.support import PEM
from tests.patience import happens, patient

from .conftest import ORIGIN, Clock, Site, SiteMaker
from .hosts import HOST
from .test_identity import bearer
from .test_websockets import said

TOKEN = new_api_token(b"0123456789abcdef0123456789abcdef")


def at(realm: Realm) -> dict[str, Any]:
    """Return the settings of who logs in at *realm*."""
    return {"local_realm": realm, "loginrocket_url": realm.url}


@pytest.fixture
def mounted(tmp_path: Path, clock: Clock) -> Iterator[Realm]:
    """Return a realm in the application's own process, in which Ada lives."""
    with Realm(
        database=f"sqlite:///{tmp_path}/realm.sqlite",
        url=f"{ORIGIN}/auth",
        login_urls=[f"{ORIGIN}/"],
        key=PEM,
        secret="s" * 40,
        clock=clock,
        migrate=True,
    ) as realm:
        realm.add_user("ada@example.com", org="Acme", permissions=["docs:write"])
        yield realm


@pytest.fixture
def api() -> Iterator[servers.Api]:
    """Run an API that answers as it is told."""
    with servers.api() as served:
        yield served


def with_api(api: servers.Api, **more: Any) -> dict[str, Any]:
    """Return an adapter's keywords that configure the API."""
    return {"api_key": "ks_1", "url": api.url, **more}


def whoami(site: Site, token: str = TOKEN, browser: Any = None) -> Any:
    """Return what the application says to a program with *token*."""
    answer = (browser or site.browser()).fetch("/", headers=bearer(token))
    assert answer.status == 200
    assert answer.all("Set-Cookie") == []
    return answer.json()


# --- A mounted realm ---------------------------------------------------------------


def test_a_program_is_the_user_its_token_was_made_for(
    adapter: SiteMaker, mounted: Realm
) -> None:
    """With org and permissions, for this request only; a cookie does not matter."""
    token = mounted.add_api_token("ada@example.com", "reports")
    (issued,) = mounted.api_tokens()
    site = adapter(**at(mounted), check_session=300)
    browser = site.browser()
    me = whoami(site, token, browser)

    assert (me["user"], me["email"]) == (issued.user_id, "ada@example.com")
    assert (me["session"], me["permissions"]) == (issued.id, ["docs:write"])
    assert me["same"]
    assert browser.fetch("/").json()["user"] is None


def test_f6_a_token_that_a_mounted_realm_revokes_is_out_at_once(
    adapter: SiteMaker, mounted: Realm
) -> None:
    """In this process nobody waits for the minute to be over."""
    token = mounted.add_api_token("ada@example.com", "reports")
    (issued,) = mounted.api_tokens()
    site = adapter(**at(mounted))

    assert whoami(site, token)["user"] == issued.user_id
    mounted.revoke_api_token(issued.id)
    assert whoami(site, token)["reason"] == "revoked"


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (TOKEN, "revoked"),
        ("art_", "malformed"),
        ("art_" + "x" * 10_000, "malformed"),
        (TOKEN + ".x.y", "malformed"),
        (TOKEN + ",x", "malformed"),
    ],
    ids=range(5),
)
def test_a_token_that_is_none_is_nobody_and_has_to_log_in(
    adapter: SiteMaker, mounted: Realm, token: str, reason: str
) -> None:
    """It is ours to refuse."""
    site = adapter(**at(mounted), require_login=["/members"])
    answer = site.browser().fetch("/members", headers=bearer(token))

    assert whoami(site, token)["reason"] == reason
    assert answer.status == 401
    assert answer.json()["error"] == "login_required"


def test_a_refused_token_does_not_fall_back_to_the_cookie(
    adapter: SiteMaker, api: servers.Api
) -> None:
    """Which stays as it was."""
    api.answer = lambda _: servers.Response({}, 404)
    site = adapter(**with_api(api))
    browser = site.member("alice")

    assert whoami(site, TOKEN, browser)["user"] is None
    assert browser.fetch("/").json()["user"] == "usr_alice"


@pytest.mark.parametrize("second", ["Bearer x", f"Bearer {TOKEN}", "Basic x"])
def test_t45_an_api_token_and_another_header_are_nobody(
    adapter: SiteMaker, mounted: Realm, second: str
) -> None:
    """Which of two credentials counts is never guessed."""
    token = mounted.add_api_token("ada@example.com", "reports")
    headers = [("Authorization", f"Bearer {token}"), ("Authorization", second)]
    browser = adapter(**at(mounted)).browser()
    answer = browser.request("GET", "/", headers=headers, navigate=False)

    assert answer.json()["user"] is None


def test_an_api_token_does_not_land(adapter: SiteMaker, mounted: Realm) -> None:
    """In a URL it would be in every log; there it belongs to the application."""
    token = mounted.add_api_token("ada@example.com", "reports")
    answer = adapter(**at(mounted)).browser().get(f"/?token={token}")

    assert (answer.status, answer.json()["user"]) == (200, None)


def test_t37_nothing_logs_a_token(
    adapter: SiteMaker, mounted: Realm, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither a good one nor one that nobody knows."""
    token = mounted.add_api_token("ada@example.com", "reports")
    site = adapter(**at(mounted))
    with caplog.at_level(logging.DEBUG):
        whoami(site, token)
        whoami(site, TOKEN)

    assert "nobody is logged in: revoked" in caplog.text
    assert token[4:] not in caplog.text
    assert TOKEN[4:] not in caplog.text


def test_a_realm_whose_database_fails_lets_nobody_in(
    adapter: SiteMaker, mounted: Realm
) -> None:
    """It is an outage, no 500, and over when it is over."""
    token = mounted.add_api_token("ada@example.com", "reports")
    site = adapter(**at(mounted))
    with mounted.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE ar_api_tokens RENAME TO away")
    assert whoami(site, token)["reason"] == "outage"
    with mounted.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO ar_api_tokens")

    assert whoami(site, token)["email"] == "ada@example.com"


# --- The API -----------------------------------------------------------------------


def redeeming(
    site: Site, user: str = "bob"
) -> Callable[[servers.Seen], servers.Response]:
    """Return an API's answer: a session of *user*, made just now."""

    def answer(_: servers.Seen) -> servers.Response:
        token = site.realm.token(user, sid="at_1")
        return servers.Response({"object": "session", "id": "at_1", "token": token})

    return answer


def test_the_api_is_asked_once_a_minute(adapter: SiteMaker, api: servers.Api) -> None:
    """And knows who it is."""
    site = adapter(**with_api(api, check_session=300))
    api.answer = redeeming(site)
    first = [whoami(site)["user"] for _ in range(5)]
    site.clock.advance(59)
    first.append(whoami(site)["user"])
    asked = len(api.seen)
    site.clock.advance(1)

    assert first == ["usr_bob"] * 6
    assert asked == 1
    assert whoami(site)["user"] == "usr_bob"
    assert [seen.target for seen in api.seen] == ["/v2/api_tokens/verify"] * 2
    assert api.last.json == {"api_token": {"token": TOKEN}}


def test_f8_a_clock_that_was_set_back_hides_no_revoked_token(
    adapter: SiteMaker, api: servers.Api
) -> None:
    """What the API said an hour later than now, it is asked again."""
    site = adapter(**with_api(api))
    api.answer = redeeming(site)
    assert whoami(site)["user"] == "usr_bob"

    site.clock.advance(-3600)
    api.answer = lambda _: servers.Response({}, 404)

    assert whoami(site)["reason"] == "revoked"


def test_what_the_api_does_not_know_is_nobody_and_not_asked_at_once_again(
    adapter: SiteMaker, api: servers.Api
) -> None:
    """A program that tries again and again costs a call each ten seconds."""
    api.answer = lambda _: servers.Response({}, 404)
    site = adapter(**with_api(api))

    assert [whoami(site)["reason"] for _ in range(5)] == ["revoked"] * 5
    assert len(api.seen) == 1
    site.clock.advance(10)
    api.answer = redeeming(site)
    assert whoami(site)["user"] == "usr_bob"


@pytest.mark.parametrize("later", [0, 60])
def test_an_api_that_fails_lets_nobody_in(
    adapter: SiteMaker, api: servers.Api, later: float
) -> None:
    """Also not who was let in a minute ago; when it answers again, they are."""
    site = adapter(**with_api(api))
    api.answer = redeeming(site)
    if later:
        whoami(site)
        site.clock.advance(later)
    api.answer = lambda _: servers.Response({}, 500)

    assert whoami(site)["reason"] == "outage"
    api.answer = redeeming(site)
    assert whoami(site)["user"] == "usr_bob"


def test_the_apis_word_alone_is_worth_nothing(
    adapter: SiteMaker, api: servers.Api
) -> None:
    """The login token has to be signed by the realm."""
    site = adapter(**with_api(api))
    forged = site.realm.token("mallory")[:-8] + "AAAAAAAA"
    api.answer = lambda _: servers.Response({"object": "session", "token": forged})

    assert whoami(site)["reason"] == "bad_signature"


@pytest.mark.deadline
@pytest.mark.parametrize("host", ["wsgi", "asgi"])
def test_an_api_that_hangs_is_an_outage(
    make_site: SiteMaker, api: servers.Api, host: str
) -> None:
    """The visitor waits some seconds, the next ones do not."""
    hold = threading.Event()

    def hang(_: servers.Seen) -> servers.Response:
        hold.wait(60)
        return servers.Response({}, 404)

    api.answer = hang
    site = make_site(HOST[host], **with_api(api))
    reasons = [whoami(site)["reason"] for _ in range(3)]
    hold.set()

    assert reasons == ["outage"] * 3
    assert len(api.seen) == 1


def test_the_event_loop_goes_on_while_the_api_is_asked(
    make_site: SiteMaker, api: servers.Api
) -> None:
    """Another request comes and goes before the API has answered."""
    hold = threading.Event()
    order: list[str] = []
    with patient():
        site = make_site(HOST["asgi"], **with_api(api))
        response = redeeming(site)

        def answer(seen: servers.Seen) -> servers.Response:
            hold.wait(60)
            return response(seen)

        api.answer = answer

        async def ask(name: str, *headers: tuple[str, str]) -> None:
            call = Call(target="/", headers=headers, origin=ORIGIN)
            found = await call_asgi(site.app, call)
            order.append(f"{name} {found.json()['user']}")

        async def main() -> None:
            program = ("authorization", f"Bearer {TOKEN}")
            waiting = asyncio.ensure_future(ask("program", program))
            await happens(lambda: bool(api.seen))
            await ask("stranger")
            hold.set()
            await waiting

        asyncio.run(main())

    assert order == ["stranger None", "program usr_bob"]


# --- Websockets --------------------------------------------------------------------


@pytest.mark.parametrize("host", ["asgi", "starlette", "fastapi"])
def test_a_websocket_knows_an_api_token(
    make_site: SiteMaker, mounted: Realm, host: str
) -> None:
    """By the header; a made-up one is closed on where a login is required."""
    token = mounted.add_api_token("ada@example.com", "reports")
    (issued,) = mounted.api_tokens()
    site = make_site(HOST[host], **at(mounted), require_login=True)

    def open_with(text: str) -> list[Any]:
        headers = (("authorization", f"Bearer {text}"),)
        call = Call(target="/ws", headers=headers, origin=ORIGIN)
        return asyncio.run(call_websocket(site.app, call))

    assert said(open_with(token)) == issued.user_id
    assert [message.get("code") for message in open_with(TOKEN)] == [1008]
