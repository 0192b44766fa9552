"""The stores: key sets that are fetched and kept, logins that are over."""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from arware.runtime.stores import FixedKeys, KeyStore, Revocations

from arware.cache import guarded
from arware.core.effects import NeedKeys, NeedRevocation, NeedRevoke
from arware.errors import KeysUnavailable
from arware.tokens.keys import KeySet, parse_key_document

from ..making import NOW, SECRET, key_set, realm, strange_realm

URL = "https://keys.example/connect/jwks"
NEED = NeedKeys("jky_memory", NOW)


def document(of: Any = None, kid: str = "jky_memory") -> bytes:
    """Return a key document."""
    entry = (of or realm()).jwks()["keys"][0] | {"kid": kid}
    return json.dumps({"keys": [entry]}).encode()


class Host:
    """A key host in this process: it counts, answers, fails or hangs as told."""

    def __init__(self, body: bytes = document()) -> None:
        self.body = body
        self.error: Exception | None = None
        self.asked: list[str] = []
        self.open = threading.Event()
        self.open.set()

    def __call__(self, url: str) -> tuple[bytes, KeySet]:
        """Answer as a download does."""
        self.asked.append(url)
        assert self.open.wait(60)
        if self.error is not None:
            raise self.error
        return self.body, parse_key_document(self.body)


def store_of(host: Host) -> KeyStore:
    """Return a store that downloads from *host*."""
    return KeyStore(URL, lambda: NOW, host)


def ask(store: KeyStore, now: float = NOW, kid: str = "jky_memory") -> KeySet | None:
    """Ask *store* and wait for the answer."""
    return store.ask(NeedKeys(kid, now)).result(60)


def settled(store: KeyStore) -> None:
    """Wait until no download of *store* is under way."""
    for thread in threading.enumerate():
        if thread.name == "arware-keys":
            thread.join(60)


# --- Keys --------------------------------------------------------------------------


def test_a_fixed_key_does_not_age() -> None:
    """Nothing is ever downloaded for it."""
    keys = FixedKeys(key_set())

    assert keys.peek(0) is keys.peek(1e12) is key_set()
    assert not keys.by_kid


def test_s58_a_cold_store_downloads_once_for_all_who_wait() -> None:
    """All get the same set, and peeking never waits."""
    host = Host()
    host.open.clear()
    store = store_of(host)
    futures = [store.ask(NEED) for _ in range(50)]

    assert store.peek(NOW) is None
    assert not any(future.done() for future in futures)
    host.open.set()
    [keys] = {future.result(60) for future in futures}
    assert keys.find("jky_memory")
    assert store.peek(NOW) is keys
    assert host.asked == [URL]
    assert store.by_kid


def test_a_known_kid_is_answered_at_once() -> None:
    """Without a download."""
    host = Host()
    store = store_of(host)
    keys = ask(store)
    future = store.ask(NEED)

    assert future.done()
    assert future.result() is keys
    assert len(host.asked) == 1


@pytest.mark.parametrize(
    ("later", "downloads"),
    [(0, 1), (29.9, 1), (30, 2), (-0.001, 1), (-29.9, 1), (-30, 2)],
)
def test_t20_unknown_kids_cause_one_attempt_each_thirty_seconds(
    later: float, downloads: int
) -> None:
    """Who read the clock earlier begins none; a clock that was set back may."""
    host = Host()
    store = store_of(host)
    ask(store)
    for number in range(1000):
        assert ask(store, NOW + later, f"unknown{number}") is store.peek(NOW)

    assert len(host.asked) == downloads


def test_t20_only_who_fetches_waits_for_an_unknown_kid() -> None:
    """Other unknown kids are told at once, known kids never wait."""
    host = Host()
    store = store_of(host)
    keys = ask(store)
    host.open.clear()
    first = store.ask(NeedKeys("new", NOW + 30))
    second = store.ask(NeedKeys("newer", NOW + 30))

    assert not first.done()
    assert second.done()
    assert second.result() is keys
    assert store.ask(NeedKeys("jky_memory", NOW + 30)).done()
    host.open.set()
    assert first.result(60) is keys


def test_t23_a_new_set_replaces_the_old_one() -> None:
    """A withdrawn key is gone with it."""
    host = Host()
    store = store_of(host)
    ask(store)
    host.body = document(strange_realm(), "new")
    keys = ask(store, NOW + 30, "new")

    assert list(keys.by_kid) == ["new"]
    assert store.peek(NOW + 30) is keys


def test_the_same_document_keeps_the_same_set() -> None:
    """So that verdicts stay good."""
    host = Host()
    store = store_of(host)
    keys = ask(store)

    assert ask(store, NOW + 30, "unknown") is keys


def test_t21_a_set_is_refreshed_in_the_background_before_ten_minutes() -> None:
    """Nobody waits for it."""
    host = Host()
    store = store_of(host)
    keys = ask(store)
    assert store.peek(NOW + 431) is keys
    assert len(host.asked) == 1
    host.open.clear()
    assert store.peek(NOW + 529) is keys
    assert store.peek(NOW + 530) is keys
    host.open.set()
    settled(store)

    assert len(host.asked) == 2


@pytest.mark.parametrize(
    "error", [KeysUnavailable(), RuntimeError("a fault of ours"), OSError("no host")]
)
def test_t21_the_last_good_set_serves_for_a_day(error: Exception, caplog) -> None:
    """Through an outage, with one attempt each thirty seconds; then it is over."""
    host = Host()
    store = store_of(host)
    keys = ask(store)
    host.error = error
    for later in (600, 3600, 24 * 3600):
        assert store.peek(NOW + later) is keys
        settled(store)
    assert len(host.asked) == 4
    assert ask(store, NOW + 24 * 3600 + 30) is None
    assert store.peek(NOW + 24 * 3600 + 31) is None
    assert "the key set was not refreshed" in caplog.text

    host.error = None
    assert ask(store, NOW + 24 * 3600 + 100) is keys


def test_a_failed_attempt_counts() -> None:
    """Nobody is sent to a host that is down more often than that."""
    host = Host()
    host.error = KeysUnavailable()
    store = store_of(host)

    for later in (0, 1, 29):
        assert ask(store, NOW + later) is None
    assert len(host.asked) == 1
    assert ask(store, NOW + 30) is None
    assert len(host.asked) == 2


def test_an_unknown_kid_during_an_outage_gets_the_set_that_stands() -> None:
    """The download fails, and what is held is the answer."""
    host = Host()
    store = store_of(host)
    keys = ask(store)
    host.error = KeysUnavailable()

    assert ask(store, NOW + 30, "unknown") is keys


def test_a_download_that_hangs_is_tried_again_after_thirty_seconds() -> None:
    """The one that hung is not waited for, and its end does no harm."""
    host = Host()
    host.open.clear()
    store = store_of(host)
    first = store.ask(NEED)
    assert store.ask(NeedKeys("jky_memory", NOW + 29)) is first
    second = store.ask(NeedKeys("jky_memory", NOW + 30))
    assert second is not first
    host.open.set()

    keys = second.result(60)
    assert keys is not None
    assert store.peek(NOW + 31) is keys
    first.result(60)
    assert store.peek(NOW + 31) is keys


def test_a_download_that_ends_late_does_not_bring_old_keys_back() -> None:
    """What a later attempt has brought meanwhile stays."""
    flows = {"old": threading.Event(), "new": threading.Event()}
    bodies = {"old": document(), "new": document(kid="jky_new")}
    names = iter(flows)

    def download(url: str) -> tuple[bytes, KeySet]:
        name = next(names)
        assert flows[name].wait(60)
        return bodies[name], parse_key_document(bodies[name])

    store = KeyStore(URL, lambda: NOW, download)
    first = store.ask(NEED)
    second = store.ask(NeedKeys("jky_new", NOW + 30))
    flows["new"].set()
    assert second.result(60) is store.peek(NOW + 31)
    flows["old"].set()

    assert first.result(60) is second.result(60)
    assert store.peek(NOW + 31) is second.result(60)


def test_of_two_attempts_the_later_one_counts() -> None:
    """The document of one that hung for so long may be older."""
    slow, hung = Host(document(strange_realm(), "old")), threading.Event()
    slow.open.clear()
    fast = Host()

    def download(url: str) -> tuple[bytes, KeySet]:
        if hung.is_set():
            return fast(url)
        hung.set()
        return slow(url)

    store = KeyStore(URL, lambda: NOW, download)
    first = store.ask(NEED)
    assert hung.wait(60)
    keys = ask(store, NOW + 30)
    slow.open.set()

    assert first.result(60) is keys
    assert store.peek(NOW + 31) is keys
    assert list(keys.by_kid) == ["jky_memory"]


def test_problems_of_a_new_document_are_logged_once(caplog) -> None:
    """Not again for the same document."""
    entry = realm().jwks()["keys"][0]
    host = Host(json.dumps({"keys": [entry, {"kid": "x", "kty": "EC"}]}).encode())
    store = store_of(host)
    ask(store)
    ask(store, NOW + 30, "unknown")

    assert caplog.text.count("in the key set, key 2: its kty is not RSA") == 1


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_t25_a_fork_forgets_what_is_under_way() -> None:
    """The child asks for itself; the set that is held stays."""
    host = Host()
    store = store_of(host)
    ask(store)
    host.open.clear()
    store.ask(NeedKeys("unknown", NOW + 30))
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        fresh = Host(document(strange_realm(), "new"))
        store._download = fresh
        found = ask(store, NOW + 31, "new")
        os.write(writing, b"1" if found and found.find("new") else b"0")
        os._exit(0)
    host.open.set()
    os.waitpid(child, 0)

    assert os.read(reading, 1) == b"1"
    os.close(reading)
    os.close(writing)
    settled(store)


# --- Revocations -------------------------------------------------------------------


def shared_region() -> Any:
    """Return a region that counts as shared, over memory."""
    made = guarded(None, (SECRET,))
    made.shared = True
    return made


def test_without_a_shared_region_only_this_process_knows() -> None:
    """Memory is nobody else's."""
    for region in (None, guarded(None, ())):
        known = Revocations(region, lambda: NOW)
        known.revoke("a", NOW + 60)
        known.tell(NeedRevoke("b", NOW + 60, NOW))

        assert not known.shared
        assert known.is_revoked("a")
        assert known.is_revoked("b")
        assert known.ask(NeedRevocation("a", NOW))
        assert not known.ask(NeedRevocation("c", NOW))


def told(known: Revocations, act: Callable[[], Any]) -> None:
    """Do *act* and wait for whoever tells the others."""
    before = set(threading.enumerate())
    act()
    for thread in set(threading.enumerate()) - before:
        thread.join(60)


@pytest.mark.parametrize("how", ["revoke", "tell"])
def test_others_learn_through_a_shared_region(how: str) -> None:
    """Once they have asked, they know it by themselves."""
    region = shared_region()
    here, there = (Revocations(region, time.time) for _ in range(2))
    until = time.time() + 60
    if how == "revoke":
        told(here, lambda: here.revoke("a", until))
    else:
        here.tell(NeedRevoke("a", until, NOW))

    assert here.shared
    assert here.is_revoked("a")
    assert not there.is_revoked("a")
    assert there.ask(NeedRevocation("a", NOW))
    assert there.is_revoked("a")
    assert not there.ask(NeedRevocation("b", NOW))


def test_what_somebody_else_stored_there_revokes_nobody() -> None:
    """Only a time is a revocation."""
    region = shared_region()
    region.set(("revoked", "a"), "text", 60)

    assert not Revocations(region, lambda: NOW).ask(NeedRevocation("a", NOW))


def test_dead_revocations_are_swept() -> None:
    """A process looks for them at ten thousand, and loses none that is needed."""
    moment = [NOW]
    known = Revocations(None, lambda: moment[0])
    for number in range(9_000):
        known.revoke(f"old{number}", NOW + 10)
    moment[0] = NOW + 70
    for number in range(999):
        known.revoke(f"new{number}", NOW + 3600)
    assert len(known._here) == 9_999
    known.revoke("last", NOW + 3600)

    assert len(known._here) == 1_000
    assert known.is_revoked("new0")
    assert not known.is_revoked("old0")


def test_many_that_live_are_not_looked_through_again_and_again() -> None:
    """The next look comes when there are twice as many."""
    looks = []
    known = Revocations(None, lambda: looks.append(1) or NOW)
    for number in range(20_000):
        known.revoke(f"new{number}", NOW + 3600)

    assert len(looks) == 2
    assert known.is_revoked("new0")


def test_no_log_line_of_a_store_holds_a_key(caplog) -> None:
    """Only names and numbers."""
    host = Host(b"{" + b"secret" * 10)
    with caplog.at_level(logging.DEBUG):
        ask(store_of(host))

    assert "the key document is not JSON" in caplog.text
    assert "secret" not in caplog.text


class Sleepy:
    """A shared region that rests at first."""

    shared = True

    def __init__(self) -> None:
        self.kept: dict[Any, float] = {}
        self.rests = 1

    def set(self, key: Any, value: float, seconds: float) -> bool:
        """Keep nothing while it rests."""
        self.rests -= 1
        if self.rests >= 0:
            return False
        self.kept[key] = value
        return True


def test_a_logout_while_the_region_rests_is_told_when_it_is_back() -> None:
    """A broken region delays what others learn, and loses nothing."""
    region = Sleepy()
    known = Revocations(region, lambda: NOW)  # type: ignore[arg-type]  # as much as it asks
    told(known, lambda: known.tell(NeedRevoke("a", NOW + 60, NOW)))

    assert list(region.kept.values()) == [NOW + 60]
