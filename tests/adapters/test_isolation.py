"""Many people at once are never mixed up, and nothing of one stays (SECURITY T54)."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from arware.errors import Refusal
from arware.testing._calls import Call, call, call_asgi, call_wsgi

from .conftest import ORIGIN, Site, SiteMaker
from .hosts import ASGI_HOSTS, WSGI_HOSTS, Host

THREADS = 64
TASKS = 1000


def requests_of(site: Site, count: int) -> list[tuple[str, Call]]:
    """Return requests of *count* people, by cookie and by bearer token in turn."""
    requests = []
    for number in range(count):
        name = f"u{number}"
        token = site.token(name, org=f"o{number}")
        if number % 2:
            headers = (("authorization", f"Bearer {token}"),)
        else:
            callback = call(site.app, Call(target=f"/?token={token}", origin=ORIGIN))
            cookie = callback.all("Set-Cookie")[0].split(";")[0]
            headers = (("cookie", cookie),)
        requests.append((f"usr_{name}", Call(headers=headers, origin=ORIGIN)))
    return requests


@pytest.mark.parametrize("host", WSGI_HOSTS, ids=str)
def test_t54_64_threads_of_different_users(make_site: SiteMaker, host: Host) -> None:
    """Each of 64 threads sees its own user in each of its requests."""
    site = make_site(host)
    requests = requests_of(site, THREADS)
    start = threading.Barrier(THREADS)
    rounds = 8

    def run(number: int) -> list[tuple[str, str]]:
        start.wait()
        wrong = []
        for turn in range(rounds):
            # Threads change places with their neighbours now and then.
            expected, request = requests[(number + turn // 4) % THREADS]
            seen = call_wsgi(site.app, request).json()
            if (seen["user"], seen["org"]) != (expected, f"org_o{expected[5:]}"):
                wrong.append((expected, seen["user"]))
            if number % 8 == 0:
                call_wsgi(site.app, Call(target="/forbidden", origin=ORIGIN))
        return wrong

    with ThreadPoolExecutor(THREADS) as pool:
        mixed_up = [pair for pairs in pool.map(run, range(THREADS)) for pair in pairs]

    assert mixed_up == []


@pytest.mark.parametrize("host", ASGI_HOSTS, ids=str)
def test_t54_1000_tasks_of_different_users(make_site: SiteMaker, host: Host) -> None:
    """Each of 1,000 tasks sees its own user, however they take turns."""
    site = make_site(host)
    people = requests_of(site, 100)

    async def one(number: int) -> tuple[str, str] | None:
        expected, request = people[number % len(people)]
        await asyncio.sleep((number * 7 % 13) / 1000)
        answer = await call_asgi(site.app, request)
        if answer.status != 200:
            return expected, str(answer.status)
        seen = answer.json()["user"]
        return None if seen == expected else (expected, seen)

    async def run() -> list[Any]:
        return await asyncio.gather(*(one(number) for number in range(TASKS)))

    assert [pair for pair in asyncio.run(run()) if pair] == []


@pytest.mark.parametrize("host", [*WSGI_HOSTS, *ASGI_HOSTS], ids=str)
def test_t54_nothing_of_a_request_stays_in_its_context(
    make_site: SiteMaker, host: Host
) -> None:
    """The context variable is reset, however the request ends."""
    site = make_site(host)
    for path in ("/", "/private", "/forbidden", "/stream", "/own500", "/crash", "/x"):
        try:
            if host.interface == "wsgi":
                call_wsgi(site.app, Call(target=path, origin=ORIGIN))
                assert Refusal.observer.get() is None
            else:

                async def run(path: str = path) -> None:
                    await call_asgi(site.app, Call(target=path, origin=ORIGIN))
                    assert Refusal.observer.get() is None

                asyncio.run(run())
        except RuntimeError as error:
            assert "a bug of the application's own" in str(error)  # noqa: PT017 - may


@pytest.mark.parametrize("host", [*WSGI_HOSTS, *ASGI_HOSTS], ids=str)
def test_t54_a_refusal_of_one_request_is_not_the_next_ones(
    make_site: SiteMaker, host: Host
) -> None:
    """After a refusal, the application's own 500 is its own again."""
    site = make_site(host)
    browser = site.browser()
    for _ in range(3):
        assert browser.get("/private").status == 302
        assert browser.get("/own500").body == b"own 500"
        assert browser.get("/forbidden").status == 403
        assert browser.get("/own500").body == b"own 500"


@pytest.mark.parametrize("host", [*WSGI_HOSTS, *ASGI_HOSTS], ids=str)
def test_t64_what_one_request_changes_no_other_sees(
    make_site: SiteMaker, host: Host
) -> None:
    """The objects are made fresh for each request."""
    site = make_site(host)
    browser = site.member("alice", permissions=["docs:read"], cs={"plan": ["free"]})
    first = browser.get("/spoil").json()
    second = browser.get("/spoil").json()

    assert first["permissions"] == ["docs:read", "spoilt"]
    assert second == first


def test_a_cold_start_downloads_the_keys_once(make_site: SiteMaker) -> None:
    """However many threads arrive first (T24)."""
    site = make_site(WSGI_HOSTS[0])
    before = site.realm.downloads
    start = threading.Barrier(THREADS)

    def run(number: int) -> str:
        headers = (("authorization", f"Bearer {site.token(f'u{number}')}"),)
        start.wait()
        answer = call_wsgi(site.app, Call(headers=headers, origin=ORIGIN))
        return answer.json()["user"]

    with ThreadPoolExecutor(THREADS) as pool:
        seen = list(pool.map(run, range(THREADS)))

    assert seen == [f"usr_u{number}" for number in range(THREADS)]
    assert site.realm.downloads == before + 1


def test_a_cold_start_on_a_loop_downloads_the_keys_once(make_site: SiteMaker) -> None:
    """However many tasks arrive first, and the loop keeps turning meanwhile."""
    site = make_site(ASGI_HOSTS[0])
    before = site.realm.downloads

    async def one(number: int) -> str:
        headers = (("authorization", f"Bearer {site.token(f'u{number}')}"),)
        answer = await call_asgi(site.app, Call(headers=headers, origin=ORIGIN))
        return answer.json()["user"]

    async def run() -> list[str]:
        return await asyncio.gather(*(one(number) for number in range(50)))

    assert asyncio.run(run()) == [f"usr_u{number}" for number in range(50)]
    assert site.realm.downloads == before + 1


def test_t20_random_kids_do_not_flood_the_key_server(make_site: SiteMaker) -> None:
    """200 tokens with unknown kids cost one further download, known users none."""
    site = make_site(WSGI_HOSTS[0])
    known = site.member("alice")
    before = site.realm.downloads
    for number in range(200):
        token = site.realm.sign(
            site.realm.claims("mallory"), {"kid": f"jky_{number}", "alg": "RS256"}
        )
        headers = {"Authorization": f"Bearer {token}"}
        answer = site.browser().fetch("/", headers=headers)
        assert answer.json()["reason"] == "unknown_key"
        assert known.get("/").json()["user"] == "usr_alice"

    assert site.realm.downloads <= before + 1


@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
def test_a_refused_request_leaves_no_cycle(
    make_site: SiteMaker, interface: str
) -> None:
    """The refusal's frames hold the auth object, which holds the refusal."""
    from arware import asgi, wsgi
    from arware.errors import Forbidden

    auths: list[weakref.ref[Any]] = []

    def refuse(environ: Any) -> None:
        auths.append(weakref.ref(environ["authrocket.auth"]))
        raise Forbidden

    def wsgi_app(environ: Any, start_response: Any) -> Any:
        refuse(environ)

    async def asgi_app(scope: Any, receive: Any, send: Any) -> None:
        refuse(scope)

    def build(**adapter: Any) -> Any:
        if interface == "wsgi":
            return wsgi.Middleware(wsgi_app, **adapter)
        return asgi.Middleware(asgi_app, **adapter)

    browser = make_site(Host(interface, interface, build)).browser()
    gc.collect()
    gc.disable()
    try:
        assert browser.get("/").status == 403
        assert auths[0]() is None
    finally:
        gc.enable()
