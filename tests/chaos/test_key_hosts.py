"""
Whatever the key host answers, the keys that are known stay (T21, T22, T23).

A host that hangs or drips does so for minutes, until its test ends: whoever comes back
from it at all has given up by itself.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest

from arware.errors import TokenError
from arware.runtime import key_store
from arware.runtime.key_store import DOCUMENT_BYTES, STALE_SECONDS, KeyStore
from arware.testing import MemoryRealm
from arware.tokens import jwt as tokens
from arware.tokens.keys import KeySet, parse_key_document
from tests.patience import PATIENCE, patient
from tests.services import wait_until
from tests.vectors.support import Clock

from .keyhost import FAULTS, KeyHost

NOW = 1_800_000_000.0


@pytest.fixture(scope="module")
def realm() -> MemoryRealm:
    """Return one realm, whose key all hosts serve."""
    return MemoryRealm(clock=Clock(NOW))


def store_of(host: KeyHost, clock: Clock | None = None) -> KeyStore:
    """Return a store that downloads from *host*."""
    return KeyStore(f"{host.url}connect/jwks")


def ask(store: KeyStore, kid: str, now: float) -> KeySet | None:
    """Ask for *kid* and wait for the answer."""
    return store.fetch(kid, now).result(PATIENCE)


def settle(store: KeyStore) -> None:
    """Wait until no download is under way."""
    wait_until(
        lambda: store._attempts.get().under_way is None, PATIENCE, "the download to end"
    )


def verifies(keys: KeySet | None, realm: MemoryRealm, text: str) -> bool:
    """Tell whether *keys* verify *text*."""
    if keys is None:
        return False
    try:
        tokens.check_signature(tokens.parse(text), keys)
    except TokenError:
        return False
    return True


def test_t22_the_deadlines_of_a_download() -> None:
    """Five seconds for the whole, three of silence."""
    assert (key_store.DOWNLOAD_SECONDS, key_store.SILENCE_SECONDS) == (5.0, 3.0)


@dataclass
class Case:
    """A host with a fault of its own, the store that asks it, and what went wrong."""

    mode: str
    host: KeyHost
    store: KeyStore
    wrong: list[str] = field(default_factory=list)

    def expect(self, holds: bool, what: str) -> None:
        """Note what is wrong unless it *holds*."""
        if not holds:
            self.wrong.append(f"{self.mode}: {what}")

    def requests(self, number: int) -> None:
        """Expect so many requests at the host by now."""
        # One that was given up may not have been read yet.
        wait_until(lambda: self.host.asked >= number, PATIENCE, f"{self.mode} to see")
        self.expect(self.host.asked == number, f"{self.host.asked} requests")


@pytest.fixture
def cases(realm: MemoryRealm) -> Iterator[list[Case]]:
    """Return a case for each fault; their hosts serve until the test ends."""
    with ExitStack() as stack:
        hosts = {mode: stack.enter_context(KeyHost(realm).serve()) for mode in FAULTS}
        yield [Case(mode, host, store_of(host)) for mode, host in hosts.items()]


def all_at_once(step: Callable[[Case], None], cases: list[Case]) -> None:
    """Do *step* with all *cases* at the same time."""
    with ThreadPoolExecutor(len(cases)) as pool:
        list(pool.map(step, cases))


def test_t22_old_keys_survive_every_fault(
    realm: MemoryRealm, cases: list[Case]
) -> None:
    """32 faults at the refresh: one request each, given up, the old keys serve."""
    text = realm.token("alice")
    later = NOW + 600

    def begin(case: Case) -> None:
        keys = ask(case.store, realm.kid, NOW)
        case.expect(verifies(keys, realm, text), "the first download failed")
        case.host.mode, case.host.sent = case.mode, 0

    def suffer(case: Case) -> None:
        before = case.store.peek(NOW)
        case.expect(case.store.peek(later) is before, "who knew the keys had to wait")
        settle(case.store)
        keys = case.store.peek(later)
        case.expect(verifies(keys, realm, text), "the old keys are gone")
        case.requests(2)
        most = DOCUMENT_BYTES + 16 * 1024 * 1024
        case.expect(case.host.sent <= most, f"{case.host.sent} bytes were taken")

    def recover(case: Case) -> None:
        case.host.mode = "ok"
        case.store.peek(later + 30)
        settle(case.store)
        keys = case.store.peek(later + 31)
        case.expect(verifies(keys, realm, text), "no recovery")
        case.requests(3)

    with patient():
        all_at_once(begin, cases)
    all_at_once(suffer, cases)
    with patient():
        all_at_once(recover, cases)

    assert [wrong for case in cases for wrong in case.wrong] == []
    assert len(cases) >= 20


def test_t22_a_cold_start_survives_every_fault(
    realm: MemoryRealm, cases: list[Case]
) -> None:
    """Without any keys the answer is that there are none, and it recovers."""

    def suffer(case: Case) -> None:
        case.host.mode = case.mode
        case.expect(ask(case.store, realm.kid, NOW) is None, "there are keys")
        case.expect(ask(case.store, realm.kid, NOW + 29) is None, "there are keys")
        case.requests(1)

    def recover(case: Case) -> None:
        case.host.mode = "ok"
        keys = ask(case.store, realm.kid, NOW + 31)
        case.expect(verifies(keys, realm, realm.token()), "no recovery")

    all_at_once(suffer, cases)
    with patient():
        all_at_once(recover, cases)

    assert [wrong for case in cases for wrong in case.wrong] == []


@pytest.mark.usefixtures("patience")
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
        attempts = host.asked - 1

    assert failed == 0
    assert verifies(keys, realm, text)
    assert 1 <= attempts <= 121


@pytest.mark.usefixtures("patience")
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


class Rotating(MemoryRealm):
    """A realm that publishes the keys of others."""

    among: Sequence[MemoryRealm] = ()

    def jwks(self) -> dict[str, Any]:
        """Return the keys of all of them."""
        return {"keys": [each.jwks()["keys"][0] for each in self.among]}


@pytest.mark.usefixtures("patience")
def test_t23_rotation(realm: MemoryRealm) -> None:
    """A new kid is found at once, a withdrawn one dies, a swapped key counts."""
    old, new = MemoryRealm(kid="old", clock=realm.clock), realm
    swapped = MemoryRealm(kid="old", clock=realm.clock)
    texts = [each.token() for each in (old, new, swapped)]

    def seen(keys: KeySet | None) -> list[bool]:
        return [verifies(keys, realm, text) for text in texts]

    served = Rotating(private_key=realm.private_key)
    with KeyHost(served).serve() as host:
        store = store_of(host)
        rows = []
        for now, kid, among in (
            (NOW, "old", [old]),
            (NOW + 31, new.kid, [old, new]),  # added: asked for by its kid
            (NOW + 700, "old", [new]),  # removed: gone after the next refresh
            (NOW + 1400, "old", [new, swapped]),  # the same kid, another key
        ):
            served.among = among
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
            assert first_may_end.wait(PATIENCE)
        body = json.dumps(served.jwks()).encode()
        return body, parse_key_document(body)

    store = KeyStore("http://127.0.0.1:9/", download)
    slow = store.fetch("old", NOW)
    fast = store.fetch(realm.kid, NOW + 31).result(PATIENCE)
    first_may_end.set()
    slow.result(PATIENCE)

    assert store.peek(NOW + 32) is fast
    assert store.peek(NOW + 32).find("old") == ()


@pytest.mark.usefixtures("patience")
def test_a_same_document_keeps_the_same_set(realm: MemoryRealm) -> None:
    """So that verdicts stay good when nothing has changed."""
    with KeyHost(realm).serve() as host:
        store = store_of(host)
        first = ask(store, realm.kid, NOW)
        store.peek(NOW + 600)
        settle(store)

        assert host.asked == 2
        assert store.peek(NOW + 601) is first
