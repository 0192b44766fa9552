"""Whatever the key host answers, the keys that are known stay (T21, T22, T23)."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from arware import tokens
from arware.downloads import DOCUMENT_BYTES, SECONDS
from arware.errors import TokenError
from arware.keys import KeySet, parse_key_document
from arware.needs import NeedKeys
from arware.stores import STALE_SECONDS, KeyStore
from arware.testing import MemoryRealm

from .keyhost import FAULTS, KeyHost

NOW = 1_800_000_000.0


class Clock:
    """A clock that is set by hand."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def realm() -> MemoryRealm:
    """Return one realm, whose key all hosts serve."""
    return MemoryRealm(clock=Clock())


def store_of(host: KeyHost, clock: Clock | None = None) -> KeyStore:
    """Return a store that downloads from *host*."""
    return KeyStore(f"{host.url}connect/jwks", clock or Clock())


def ask(store: KeyStore, kid: str, now: float, seconds: float = 20) -> KeySet | None:
    """Ask for *kid* and wait for the answer."""
    return store.ask(NeedKeys(kid, now)).result(seconds)


def settle(store: KeyStore, seconds: float = 20) -> float:
    """Wait until no download is under way; return how long that took."""
    started = time.monotonic()
    while store._under_way is not None:
        if time.monotonic() - started > seconds:
            return seconds
        time.sleep(0.01)
    return time.monotonic() - started


def verifies(keys: KeySet | None, realm: MemoryRealm, text: str) -> bool:
    """Tell whether *keys* verify *text*."""
    if keys is None:
        return False
    try:
        tokens.check_signature(tokens.parse(text), keys)
    except TokenError:
        return False
    return True


def test_t22_old_keys_survive_every_fault(realm: MemoryRealm) -> None:
    """32 faults at the refresh: one request each, done in time, the old keys serve."""
    text = realm.token("alice")

    def suffer(mode: str) -> str | None:
        with KeyHost(realm).serve() as host:
            store = store_of(host)
            if not verifies(ask(store, realm.kid, NOW), realm, text):
                return f"{mode}: the first download failed"
            host.mode, host.sent, before = mode, 0, store.peek(NOW)
            later = NOW + 600
            if store.peek(later) is not before:
                return f"{mode}: who knew the keys had to wait"
            seconds = settle(store)
            after = store.peek(later)
            if seconds > SECONDS + 1.5:
                return f"{mode}: took {seconds:.1f} s"
            if not verifies(after, realm, text):
                return f"{mode}: the old keys are gone"
            if len(host.asked) != 2:
                return f"{mode}: {len(host.asked)} requests"
            if host.sent > DOCUMENT_BYTES + 16 * 1024 * 1024:
                return f"{mode}: {host.sent} bytes were taken"
            host.mode = "ok"
            store.peek(later + 30)
            settle(store)
            if len(host.asked) != 3 or not verifies(
                store.peek(later + 31), realm, text
            ):
                return f"{mode}: no recovery"
            return None

    with ThreadPoolExecutor(len(FAULTS)) as pool:
        faults = [fault for fault in pool.map(suffer, FAULTS) if fault]

    assert faults == []
    assert len(FAULTS) >= 20


def test_t22_a_cold_start_survives_every_fault(realm: MemoryRealm) -> None:
    """Without any keys the answer is that there are none, in time, and it recovers."""

    def suffer(mode: str) -> str | None:
        with KeyHost(realm, mode).serve() as host:
            store = store_of(host)
            started = time.monotonic()
            keys = ask(store, realm.kid, NOW)
            seconds = time.monotonic() - started
            if keys is not None or seconds > SECONDS + 1.5:
                return f"{mode}: {keys} after {seconds:.1f} s"
            if ask(store, realm.kid, NOW + 29) is not None or len(host.asked) != 1:
                return f"{mode}: asked again too early"
            host.mode = "ok"
            if not verifies(ask(store, realm.kid, NOW + 31), realm, realm.token()):
                return f"{mode}: no recovery"
            return None

    with ThreadPoolExecutor(len(FAULTS)) as pool:
        faults = [fault for fault in pool.map(suffer, FAULTS) if fault]

    assert faults == []


def test_t21_an_hour_without_the_key_host(realm: MemoryRealm) -> None:
    """360,000 look-ups in an hour of outage: none fails, at most 120 attempts."""
    text = realm.token("alice")
    with KeyHost(realm).serve() as host:
        store = store_of(host)
        keys = ask(store, realm.kid, NOW)
        host.mode = "reset"
        failed = 0
        for second in range(3600):
            now = NOW + 480 + second
            for part in range(100):
                failed += store.peek(now + part / 100) is not keys
            settle(store)
        attempts = len(host.asked) - 1

    assert failed == 0
    assert verifies(keys, realm, text)
    assert 1 <= attempts <= 121


def test_t21_keys_serve_for_a_day_and_no_longer(realm: MemoryRealm) -> None:
    """After 24 h without a key host nobody is believed any more."""
    with KeyHost(realm).serve() as host:
        store = store_of(host)
        ask(store, realm.kid, NOW)
        host.mode = "500"
        almost = store.peek(NOW + STALE_SECONDS)
        settle(store)
        after = store.peek(NOW + STALE_SECONDS + 31)
        settle(store)

    assert verifies(almost, realm, realm.token())
    assert after is None


def test_t23_rotation(realm: MemoryRealm) -> None:
    """A new kid is found at once, a withdrawn one dies, a swapped key counts."""
    old, new = MemoryRealm(kid="old", clock=realm.clock), realm
    swapped = MemoryRealm(kid="old", clock=realm.clock)
    texts = [each.token() for each in (old, new, swapped)]

    def seen(keys: KeySet | None) -> list[bool]:
        return [verifies(keys, realm, text) for text in texts]

    entries = {id(each): each.jwks()["keys"][0] for each in (old, new, swapped)}
    served = MemoryRealm(private_key=realm.private_key)
    with KeyHost(served).serve() as host:
        store = store_of(host)
        rows = []
        for now, kid, among in (
            (NOW, "old", [old]),
            (NOW + 31, new.kid, [old, new]),  # added: asked for by its kid
            (NOW + 700, "old", [new]),  # removed: gone after the next refresh
            (NOW + 1400, "old", [new, swapped]),  # the same kid, another key
        ):
            document = {"keys": [entries[id(each)] for each in among]}
            served.jwks = lambda document=document: document  # type: ignore[method-assign]
            ask(store, kid, now)
            settle(store)
            rows.append(seen(store.peek(now + 1)))

    assert rows == [
        [True, False, False],
        [True, True, False],
        [False, True, False],
        [False, True, True],
    ]


def test_t23_a_download_that_comes_late_undoes_nothing(realm: MemoryRealm) -> None:
    """Of two downloads the later attempt counts, in whatever order they end."""
    first_may_end = threading.Event()
    old = MemoryRealm(kid="old")
    bodies = iter((old, realm))

    def download(url: str) -> tuple[bytes, KeySet]:
        served = next(bodies)
        if served is old:
            first_may_end.wait(5)
        body = json.dumps(served.jwks()).encode()
        return body, parse_key_document(body)

    store = KeyStore("http://127.0.0.1:9/", Clock(), download)
    slow = store.ask(NeedKeys("old", NOW))
    fast = store.ask(NeedKeys(realm.kid, NOW + 31)).result(5)
    first_may_end.set()
    slow.result(5)

    assert store.peek(NOW + 32) is fast
    assert store.peek(NOW + 32).find("old") == ()


def test_a_same_document_keeps_the_same_set(realm: MemoryRealm) -> None:
    """So that verdicts stay good when nothing has changed."""
    with KeyHost(realm).serve() as host:
        store = store_of(host)
        first = ask(store, realm.kid, NOW)
        store.peek(NOW + 600)
        settle(store)

        assert len(host.asked) == 2
        assert store.peek(NOW + 601) is first
