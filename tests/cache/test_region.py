"""Regions: what makes one, and what it does with its entries."""

from __future__ import annotations

import json
import pickle
import re
import subprocess
import sys
from typing import Any, ClassVar

import pytest
from dogpile.cache import make_region

from arware.cache import Region, entry_key, guarded, probe, region
from arware.errors import ConfigurationError
from tests.cache.support import A, Acting, B, backend_of, close, fail
from tests.services import Service

KEY_1 = entry_key("test", 1)
NOWHERE = "127.0.0.1:1"


class Trap:
    """An object whose pickle would call something when it is read."""

    #: What the trap writes to.
    sprung: ClassVar[list[str]] = []

    def __reduce__(self) -> Any:
        return (Trap.sprung.append, ("sprung",))


def test_t63_keys_tell_all_parts_apart_and_name_none() -> None:
    """No two lists of parts share a key, and no part can be read in it."""
    keys = [
        entry_key("a", "b"),
        entry_key("ab"),
        entry_key("a", "b", ""),
        entry_key('a","b'),
        entry_key("ks_secret"),
    ]

    assert len(set(keys)) == 5
    assert all(key.startswith("arware:1:") and len(key) == 9 + 64 for key in keys)


# --- Configuration -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("configuration", "problem"),
    [
        ({"backend": "no.such"}, "no.such.*dogpile.cache.redis"),
        ({"backend": "redis"}, "'redis'.*dogpile.cache.redis"),
        ({"backend": "dogpile.cache.redis", "arguments.url": "ftp://x"}, "url"),
        ({"backend": "dogpile.cache.pymemcache"}, "url"),
        ({"backend": "arware.memory", "arguments.size": "many"}, "ValueError"),
        ({"colour": "red"}, "colour"),
        ({"arguments": {"size": 3}, "arguments.": 3}, "arguments\\."),
        ({7: "red"}, "7"),
        ("redis://localhost", "str is not a region"),
    ],
)
def test_a_configuration_that_cannot_work_is_named(
    configuration: Any, problem: str
) -> None:
    """As a fault of the setting ``cache``, with what to give in its place."""
    with pytest.raises(ConfigurationError, match=problem) as caught:
        region(configuration)

    assert caught.value.faults[0].setting == "cache"


@pytest.mark.parametrize(
    "backend",
    [
        "dogpile.cache.memory",
        "dogpile.cache.memory_pickle",
        "dogpile.cache.dbm",
        "dogpile.cache.memcached",
        "dogpile.cache.pylibmc",
    ],
)
def test_t60_backends_that_may_read_pickles_or_have_no_bound_are_refused(
    backend: str,
) -> None:
    """Only those are taken that are made safe."""
    with pytest.raises(ConfigurationError, match=backend):
        region({"backend": backend})


def test_t60_memcached_takes_no_serde() -> None:
    """It reads pickles."""
    given = {"arguments.url": NOWHERE, "arguments.serde": "x"}
    with pytest.raises(ConfigurationError, match="pickle"):
        region({"backend": "dogpile.cache.pymemcache"} | given)


@pytest.mark.parametrize("cache", [make_region(), object(), "redis", 7])
def test_t60_what_region_did_not_make_is_refused(cache: Any) -> None:
    """Whoever made it, the message says what to give in its place."""
    with pytest.raises(ConfigurationError, match=r"arware\.cache\.region") as caught:
        guarded(cache, [A])

    assert caught.value.faults[0].setting == "cache"


def test_t61_a_pool_without_our_timeouts_is_refused() -> None:
    """A store that hangs would hold up every request."""
    given = {"arguments.connection_pool": object()}
    with pytest.raises(ConfigurationError, match="connection_pool"):
        region({"backend": "dogpile.cache.redis"} | given)


@pytest.mark.parametrize(
    "given",
    [
        {"arguments.url": f"redis://{NOWHERE}/0?decode_responses=True"},
        {"arguments.url": f"redis://{NOWHERE}/0?decode_responses=1"},
        {"arguments.connection_kwargs": {"decode_responses": True}},
    ],
)
def test_f22_a_redis_that_decodes_is_refused_where_the_region_is_made(
    given: dict[str, Any],
) -> None:
    """Each read would be a miss, and revoked logins would live elsewhere."""
    with pytest.raises(ConfigurationError, match="decode_responses") as caught:
        region({"backend": "dogpile.cache.redis"} | given)

    assert "Take decode_responses out" in str(caught.value)


def test_f22_the_password_in_the_url_is_in_no_message() -> None:
    """What is refused is named, and its URL is not shown."""
    given = {"arguments.url": f"redis://:hunter2@{NOWHERE}/0?decode_responses=1"}
    with pytest.raises(ConfigurationError) as caught:
        region({"backend": "dogpile.cache.redis"} | given)

    assert "hunter2" not in str(caught.value)


def test_f22_a_store_that_returns_what_was_put_in_is_fine(
    store: tuple[Service, dict[str, str]],
) -> None:
    """Real ones do."""
    kept = guarded(store[1], [A])
    said = probe(kept)
    close(kept)

    assert said is None
    assert probe(region()) is None


def test_f22_a_store_that_never_returns_what_was_put_in_is_told() -> None:
    """One that is down is told apart from it."""
    assert "does not return" in str(probe(Acting(lambda: True).region()))
    assert "OSError" in str(probe(Acting(fail).region()))


@pytest.mark.parametrize(
    ("backend", "url"),
    [("redis", f"redis://:hunter2@{NOWHERE}/0"), ("pymemcache", NOWHERE)],
)
def test_f22_a_store_that_is_not_there_is_told(backend: str, url: str) -> None:
    """With the kind of the error, and without its URL."""
    given = {"backend": f"dogpile.cache.{backend}", "arguments.url": url}
    said = str(probe(guarded(given, [A])))

    assert re.fullmatch(r"its store is down or slow \(Connection\w*Error\)", said)


@pytest.mark.parametrize("cache", [None, {}, region()])
def test_memory_is_not_shared(cache: Any) -> None:
    """The adapter has to know, so that it can warn."""
    assert not guarded(cache, [A]).shared


def test_memory_has_a_bound() -> None:
    """What was used least goes first, by number and by bytes."""
    small = region({"arguments.size": "3", "arguments.bytes": "2000"})
    for number in range(5):
        small.set(str(number), number, 60)
        small.get("2") if number > 2 else None
    kept = [n for n in range(5) if small.get(str(n)) is not None]
    small.set("large", "x" * 1700, 60)
    after = [n for n in range(5) if small.get(str(n)) is not None]

    assert kept == [2, 3, 4]
    assert len(after) < 3


def test_nothing_is_told_at_the_end_of_the_program() -> None:
    """A region that a module keeps is torn down together with its module."""
    program = "from arware.cache import region; kept = region(); kept.set('a', 1, 60)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stderr == ""


# --- Entries -----------------------------------------------------------------------


def test_t64_values_come_back_fresh_until_their_time_is_over() -> None:
    """Each reader has its own copy."""
    now = [100.0]
    kept = region(wall=lambda: now[0])
    kept.set(KEY_1, {"a": [1]}, 10)
    first, second = kept.get(KEY_1), kept.get(KEY_1)
    first["a"].append(2)
    now[0] = 110.0

    assert second == {"a": [1]}
    assert kept.get(KEY_1) is None


def test_a_region_signed_with_other_secrets_reads_the_same_store() -> None:
    """And believes what was signed with its own."""
    base = region()
    one, other, both = base.signed([A]), base.signed([B]), base.signed([B, A])
    one.set(KEY_1, 1, 60)

    assert (one.get(KEY_1), other.get(KEY_1), both.get(KEY_1)) == (1, None, 1)
    assert base.get(KEY_1) is None


def test_t63_an_entry_moved_to_another_key_is_a_miss() -> None:
    """Who can write to the store cannot give one user another one's entry."""
    kept = guarded(None, [A])
    store = backend_of(kept)
    kept.set("arware:1:alice", "alice", 60)
    store.keep("arware:1:eve", store.get_serialized("arware:1:alice"), 60)

    assert kept.get("arware:1:alice") == "alice"
    assert kept.get("arware:1:eve") is None


@pytest.mark.parametrize(
    "forged",
    [
        pickle.dumps(Trap()),
        b"{}|" + pickle.dumps(Trap()),
        b"",
        b".",
        b"\xff\xfe",
        b"." + b"[" * 100_000,
        "text",
        json.dumps([KEY_1, 9e9, "forged"]).encode(),
        b"." + json.dumps([KEY_1, 9e9, "forged"]).encode(),
    ],
)
def test_t60_t62_what_was_not_stored_by_us_is_a_miss(forged: Any) -> None:
    """No code runs, nothing raises, and the region does not count as down."""
    kept = guarded(None, [A])
    backend_of(kept).keep(KEY_1, forged, 60)

    assert kept.get(KEY_1) is None
    assert Trap.sprung == []
    assert not kept.resting


def test_t60_t62_a_real_store_is_shared_and_believes_only_its_own(
    configuration: dict[str, str], patience: None
) -> None:
    """Two regions see the same entries; forged ones and pickles are a miss."""
    one, two = guarded(configuration, [A]), guarded(configuration, [A])
    stranger = guarded(configuration, [B])
    one.set(KEY_1, {"name": "é"}, 60)
    found = two.get(KEY_1), stranger.get(KEY_1)
    backend_of(one).keep(KEY_1, pickle.dumps(Trap()), 60)
    forged = one.get(KEY_1)
    close(one, two, stranger)

    assert one.shared
    assert found == ({"name": "é"}, None)
    assert forged is None
    assert Trap.sprung == []
    assert not any(each.resting for each in (one, two, stranger))


@pytest.mark.usefixtures("patience")
def test_t61_what_is_too_large_is_no_trouble_of_the_store(
    configuration: dict[str, str],
) -> None:
    """It is not stored, and the region goes on; what just fits is stored."""
    kept = guarded(configuration, [A])
    stored = {}
    for size in (990_000, 999_800, 1_000_000, 1_100_000):
        value = "x" * size
        stored[size] = kept.set(KEY_1, value, 60)
        assert not kept.resting
        assert (kept.get(KEY_1) == value) is stored[size]
    close(kept)

    assert list(stored.values()) == [True, True, False, False]


@pytest.mark.usefixtures("patience")
def test_an_entry_for_ages_is_kept_as_long_as_stores_can(
    configuration: dict[str, str],
) -> None:
    """Redis and memcached refuse times that they cannot count."""
    kept = guarded(configuration, [A])
    kept.set(KEY_1, "x", 1e19)
    found = kept.get(KEY_1)
    close(kept)

    assert found == "x"
    assert not kept.resting


@pytest.mark.usefixtures("patience")
def test_a_redis_forgets_an_entry_when_its_time_is_over(
    redis_service: Service,
) -> None:
    """It would fill up otherwise, for it pushes nothing out by itself."""
    arguments = {"arguments.url": redis_service.url}
    kept = guarded({"backend": "dogpile.cache.redis"} | arguments, [A])
    kept.set(KEY_1, "x", 90)
    left = backend_of(kept).reader_client.ttl(KEY_1)
    close(kept)

    assert 60 < left <= 91


def test_the_name_is_the_function() -> None:
    """``arware.cache.region`` is what the documentation says."""
    import arware.cache

    assert isinstance(arware.cache.region(), Region)
