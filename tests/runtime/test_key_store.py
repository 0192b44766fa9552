"""The key store: sets that are downloaded, kept fresh, and held in memory."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Callable
from typing import Any

import pytest

from arware.errors import KeysUnavailable
from arware.runtime.key_store import FixedKeys, KeyStore
from arware.tokens.keys import KeySet, parse_key_document
from tests.making import NOW, key_set, realm, strange_realm
from tests.threads import no_new_threads

URL = "https://keys.example/connect/jwks"


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
    return KeyStore(URL, host)


def ask(store: KeyStore, now: float = NOW, kid: str = "jky_memory") -> KeySet | None:
    """Ask *store* and wait for the answer."""
    return store.fetch(kid, now).result(60)


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
    assert keys.fetch("any", NOW).result() is key_set()
    assert not keys.by_kid


def test_s58_a_cold_store_downloads_once_for_all_who_wait() -> None:
    """All get the same set, and peeking never waits."""
    host = Host()
    host.open.clear()
    store = store_of(host)
    futures = [store.fetch("jky_memory", NOW) for _ in range(50)]

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
    future = store.fetch("jky_memory", NOW)

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
        assert ask(store, NOW + later, f"unknown{number}") is store.peek(NOW + later)

    assert len(host.asked) == downloads


def test_t20_only_who_fetches_waits_for_an_unknown_kid() -> None:
    """Other unknown kids are told at once, known kids never wait."""
    host = Host()
    store = store_of(host)
    keys = ask(store)
    host.open.clear()
    first = store.fetch("new", NOW + 30)
    second = store.fetch("newer", NOW + 30)

    assert not first.done()
    assert second.done()
    assert second.result() is keys
    assert store.fetch("jky_memory", NOW + 30).done()
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


@pytest.mark.parametrize(("back", "downloads"), [(5, 1), (6, 1), (30, 2), (3600, 2)])
def test_f8_a_clock_that_went_back_has_the_set_downloaded_anew(back, downloads) -> None:
    """Else a withdrawn key would live for that much longer."""
    host = Host()
    store = store_of(host)
    keys = ask(store)

    assert store.peek(NOW - back) is keys
    settled(store)
    assert len(host.asked) == downloads


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
    first = store.fetch("jky_memory", NOW)
    assert store.fetch("jky_memory", NOW + 29) is first
    second = store.fetch("jky_memory", NOW + 30)
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

    store = KeyStore(URL, download)
    first = store.fetch("jky_memory", NOW)
    second = store.fetch("jky_new", NOW + 30)
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

    store = KeyStore(URL, download)
    first = store.fetch("jky_memory", NOW)
    assert hung.wait(60)
    keys = ask(store, NOW + 30)
    slow.open.set()

    assert first.result(60) is keys
    assert store.peek(NOW + 31) is keys
    assert list(keys.by_kid) == ["jky_memory"]


def test_a_download_without_a_thread_is_an_attempt_that_failed() -> None:
    """Nobody waits for it, what is held serves, and the next attempt is made."""
    host = Host()
    store = store_of(host)
    with no_new_threads():
        assert store.fetch("jky_memory", NOW).result(0) is None
        assert store.fetch("jky_memory", NOW + 1).result(0) is None
    keys = ask(store, NOW + 30)
    with no_new_threads():
        assert store.peek(NOW + 600) is keys
        assert store.fetch("unknown", NOW + 630).result(0) is keys

    assert host.asked == [URL]


def test_problems_of_a_new_document_are_logged_once(caplog) -> None:
    """Not again for the same document."""
    entry = realm().jwks()["keys"][0]
    host = Host(json.dumps({"keys": [entry, {"kid": "x", "kty": "EC"}]}).encode())
    store = store_of(host)
    ask(store)
    ask(store, NOW + 30, "unknown")

    assert caplog.text.count("in the key set, key 2: its kty is not RSA") == 1


def in_a_child(act: Callable[[], object]) -> bool:
    """Do *act* in a process that is forked now; tell whether it returned something."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if act() else 1
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
@pytest.mark.parametrize("downloads", [1, 3])
def test_t25_a_fork_forgets_what_is_under_way(downloads: int) -> None:
    """The child asks for itself, and what it brings replaces what its parent held."""
    host = Host()
    store = store_of(host)
    for number in range(downloads):
        ask(store, NOW + 30 * number, "unknown")
    host.open.clear()
    later = NOW + 30 * downloads
    store.fetch("unknown", later)

    def download_anew() -> object:
        store.download = Host(document(strange_realm(), "new"))
        found = ask(store, later + 1, "new")
        return found and found.find("new")

    assert in_a_child(download_anew)
    host.open.set()
    settled(store)


def test_no_log_line_of_a_store_holds_a_key(caplog) -> None:
    """Only names and numbers."""
    host = Host(b"{" + b"secret" * 10)
    with caplog.at_level(logging.DEBUG):
        ask(store_of(host))

    assert "the key document is not JSON" in caplog.text
    assert "secret" not in caplog.text
