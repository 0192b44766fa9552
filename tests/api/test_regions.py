"""Regions: signed, guarded, and proven against real stores that die and freeze."""

from __future__ import annotations

import hmac
import json
import pickle
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from dogpile.cache import make_region
from dogpile.cache.api import NO_VALUE
from hypothesis import given
from hypothesis import strategies as some

from arware.api.client import Client
from arware.cache.breaker import Region, Unstored, entry_key
from arware.cache.region import guarded, region
from arware.cache.signing import Signer
from arware.errors import ConfigurationError
from tests.api.conftest import KEY
from tests.api.servers import Api, relay
from tests.api.waiting import HERD, Watched, watch
from tests.patience import PATIENCE
from tests.services import Service, wait_until

A, B = "a" * 32, "b" * 32
KEY_1 = entry_key("test", 1)


class Trap:
    """An object whose pickle would call something when it is read."""

    sprung: list[str] = []  # noqa: RUF012 - what the trap writes to

    def __reduce__(self) -> Any:
        return (Trap.sprung.append, ("sprung",))


# --- Seals -------------------------------------------------------------------------


def test_the_first_secret_signs_and_all_verify() -> None:
    """So secrets can be replaced without losing what is stored."""
    old, both, new = Signer([A]), Signer([B, A]), Signer([B])

    assert both.open(old.close(1)) == 1
    assert new.open(both.close(1)) == 1
    assert new.open(old.close(1)) is None


def test_keys_are_derived_not_the_secrets_themselves() -> None:
    """A MAC made with the secret itself is worth nothing."""
    text = b"1"
    mac = hmac.digest(A.encode(), text, "sha256").hex().encode()

    assert Signer([A]).open(mac + b"." + text) is None
    assert A not in repr(Signer([A]))


@given(some.binary(max_size=300))
def test_t62_nothing_else_is_ever_opened(stored: bytes) -> None:
    """Whatever bytes a store returns, they are a miss and not an exception."""
    assert Signer([A]).open(stored) is None
    Signer().open(stored)


@given(
    some.recursive(
        some.none() | some.booleans() | some.integers() | some.text(),
        lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner),
        max_leaves=10,
    ),
    some.integers(0, 10_000),
    some.integers(1, 255),
)
def test_t62_every_changed_byte_is_noticed(value: Any, place: int, change: int) -> None:
    """What was signed comes back as it was, or not at all."""
    signed = bytearray(Signer([A]).close(value))
    opened = Signer([A]).open(bytes(signed))
    signed[place % len(signed)] ^= change

    assert value == opened
    assert Signer([A]).open(bytes(signed)) is None


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
        ({"backend": "no.such"}, "no.such"),
        ({"backend": "dogpile.cache.dbm"}, "arguments"),
        ({"colour": "red"}, "colour"),
        ({"backend": "dogpile.cache.pymemcache", "arguments.serde": "x"}, "serde"),
    ],
)
def test_a_configuration_that_cannot_work_is_named(
    configuration: dict[str, str], problem: str
) -> None:
    """As a fault of the setting ``cache``."""
    with pytest.raises(ConfigurationError, match=problem) as caught:
        region(configuration)

    assert caught.value.faults[0].setting == "cache"


@pytest.mark.parametrize(
    ("backend", "arguments"),
    [
        ("dogpile.cache.memory_pickle", {}),
        ("dogpile.cache.redis", {"url": "redis://127.0.0.1:1/0"}),
        ("dogpile.cache.pymemcache", {"url": "127.0.0.1:1"}),
        ("dogpile.cache.dbm", {"filename": "{tmp_path}/cache.dbm"}),
    ],
)
def test_t60_a_region_that_reads_pickles_is_refused(
    tmp_path: Any, backend: str, arguments: dict[str, str]
) -> None:
    """The message says pickle, and what to use in its place."""
    given_ = {n: v.format(tmp_path=tmp_path) for n, v in arguments.items()}
    theirs = make_region().configure(backend, arguments=given_)
    with pytest.raises(ConfigurationError, match="pickle") as caught:
        guarded(theirs, [A])

    assert "arware.cache.region" in str(caught.value)


@pytest.mark.parametrize(
    ("write", "read"),
    [
        (pickle.dumps, pickle.loads),
        (pickle.dumps, bytes),
        (partial(pickle.dumps, protocol=5), bytes),
        (str, partial(pickle.loads)),
        (str, lambda stored: pickle.loads(stored)[0]),
    ],
)
def test_t60_a_region_with_a_pickling_reader_of_its_own_is_refused(
    write: Any, read: Any
) -> None:
    """What is written shows how it is read; a thin wrapper hides nothing."""
    theirs = make_region(serializer=write, deserializer=read)
    theirs.configure("arware.memory")
    with pytest.raises(ConfigurationError, match="pickle"):
        guarded(theirs, [A])


def own(backend: str, **arguments: Any) -> Any:
    """Return a region as a user of dogpile makes one, of JSON."""
    made = make_region(
        serializer=lambda value: json.dumps(value).encode(), deserializer=json.loads
    )
    return made.configure(backend, arguments=arguments)


@pytest.mark.parametrize(
    ("backend", "arguments"),
    [
        ("dogpile.cache.redis", {"url": "redis://127.0.0.1:1/0"}),
        ("dogpile.cache.redis", {"host": "127.0.0.1", "socket_connect_timeout": 1}),
        ("dogpile.cache.pymemcache", {"url": "127.0.0.1:1", "serde": None}),
    ],
)
def test_t61_a_region_whose_store_may_hang_for_ever_is_refused(
    backend: str, arguments: dict[str, Any]
) -> None:
    """Every call would hang with it; the message says what to give."""
    with pytest.raises(ConfigurationError, match="socket_timeout") as caught:
        guarded(own(backend, **arguments), [A])

    assert "arware.cache.region" in str(caught.value)


@pytest.mark.parametrize(
    ("backend", "arguments"),
    [
        ("dogpile.cache.redis", {"host": "127.0.0.1", "socket_timeout": 1}),
        ("dogpile.cache.redis", {"url": "redis://127.0.0.1:1/0?socket_timeout=1"}),
        ("dogpile.cache.redis", {"connection_kwargs": {"socket_timeout": 1}}),
        ("arware.memcached", {"url": "127.0.0.1:1", "serde": None}),
        ("arware.memory", {}),
    ],
)
def test_a_region_of_the_users_own_is_taken(
    backend: str, arguments: dict[str, Any]
) -> None:
    """If it reads JSON and has an end, or is this process's memory."""
    shared = backend != "arware.memory"

    assert guarded(own(backend, **arguments), [A]).shared is shared


def test_a_region_that_is_not_configured_is_named() -> None:
    """Before the first request, not at it."""
    with pytest.raises(ConfigurationError, match="not configured"):
        guarded(make_region(), [A])


@pytest.mark.parametrize("cache", [None, {}, region()])
def test_memory_is_not_shared(cache: Any) -> None:
    """The adapter has to know, so that it can warn."""
    assert not guarded(cache, [A]).shared


def test_memory_has_a_bound() -> None:
    """What was used least goes first, by number and by bytes."""
    small = region({"arguments.size": "3", "arguments.bytes": "1000"})
    for number in range(5):
        small.set(str(number), number)
        small.get("2") if number > 2 else None
    kept = [n for n in range(5) if small.get(str(n)) is not NO_VALUE]
    small.set("large", "x" * 900)
    after = [n for n in range(5) if small.get(str(n)) is not NO_VALUE]

    assert kept == [2, 3, 4]
    assert len(after) < 3


# --- A guarded region --------------------------------------------------------------


def memory(**options: Any) -> Region:
    """Return a guarded region that believes to be shared."""
    return Region(region(), [A], **options)


def test_t64_values_come_back_fresh_until_their_time_is_over() -> None:
    """Each reader has its own copy."""
    now = [100.0]
    kept = memory(wall=lambda: now[0])
    kept.set(KEY_1, {"a": [1]}, 10)
    first, second = kept.get(KEY_1), kept.get(KEY_1)
    first["a"].append(2)
    now[0] = 110.0

    assert second == {"a": [1]}
    assert kept.get(KEY_1) is None


def test_t63_an_entry_moved_to_another_key_is_a_miss() -> None:
    """Who can write to the store cannot give one user another one's entry."""
    inner = region()
    kept = Region(inner, [A])
    kept.set("arware:1:alice", "alice", 60)
    inner.set("arware:1:eve", inner.get("arware:1:alice"))

    assert kept.get("arware:1:alice") == "alice"
    assert kept.get("arware:1:eve") is None


@pytest.mark.parametrize(
    "forged",
    [
        pickle.dumps(Trap()),
        b"{}|" + pickle.dumps(Trap()),
        b'{"ct":1,"v":2}|' + pickle.dumps(Trap()),
        b"",
        b"|",
        b"null|null",
        b"\xff\xfe",
        b'{"ct":1,"v":2}|"plain"',
        b'{"ct":1,"v":2}|' + b"[" * 100_000,
        json.dumps({"key": KEY_1, "until": 9e9, "value": "forged"}).encode(),
    ],
)
def test_t60_t62_what_was_not_stored_by_us_is_a_miss(forged: bytes) -> None:
    """No code runs, nothing raises, and the region does not count as down."""
    inner = region(secrets=[A])
    kept = Region(inner, [A])
    inner.actual_backend.set_serialized(KEY_1, forged)

    assert kept.get(KEY_1) is None
    assert inner.get(KEY_1) is NO_VALUE
    assert Trap.sprung == []
    assert not kept.resting


class Strange(Exception):
    """An error that cannot be copied."""

    def __init__(self, message: str, *, code: int) -> None:
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> Any:
        raise TypeError


class Failing:
    """A region whose every action does *act*."""

    actual_backend = None

    def __init__(self, act: Any) -> None:
        self.act = act
        self.asked = 0

    def get(self, *_: object) -> Any:
        self.asked += 1
        return self.act()

    set = delete = get


def test_t61_an_error_makes_the_region_count_as_empty_for_five_seconds() -> None:
    """It is not asked again until then."""
    now = [0.0]

    def fail() -> None:
        raise OSError("down")

    inner = Failing(fail)
    kept = Region(inner, [A], clock=lambda: now[0])
    for _ in range(10):
        assert kept.get(KEY_1) is None
        assert not kept.set(KEY_1, 1, 60)
    asked = inner.asked
    now[0] = 5.1
    kept.get(KEY_1)

    assert (asked, inner.asked) == (1, 2)


def test_t61_a_slow_answer_does_the_same() -> None:
    """Slower than a quarter of a second."""
    now = [0.0]

    def slow() -> Any:
        now[0] += 0.3
        return NO_VALUE

    kept = Region(Failing(slow), [A], clock=lambda: now[0])
    kept.get(KEY_1)

    assert kept.resting
    assert "resting=True" in repr(kept)


def test_what_a_creator_marks_is_returned_and_not_stored() -> None:
    """``Unstored`` carries the value out."""
    kept = memory()

    def creator() -> None:
        raise Unstored("once")

    assert kept.get_or_create(KEY_1, creator, 60) == "once"
    assert kept.get(KEY_1) is None


def test_what_a_creator_raises_is_raised_and_leaves_no_lock() -> None:
    """The next caller creates."""
    kept = memory()
    with pytest.raises(ZeroDivisionError):
        kept.get_or_create(KEY_1, lambda: 1 // 0, 60)

    assert kept.get_or_create(KEY_1, lambda: 7, 60) == 7


def test_t64_who_waits_too_long_creates_for_themselves() -> None:
    """A creator that hangs holds up nobody beyond the timeout."""
    kept = memory()
    hold = threading.Event()
    entered = threading.Event()

    def hangs() -> str:
        entered.set()
        hold.wait(2 * PATIENCE)
        return "late"

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(kept.get_or_create, KEY_1, hangs, 60)
        assert entered.wait(PATIENCE)
        second = kept.get_or_create(KEY_1, lambda: "own", 60, lock_timeout=0.1)
        waiting = not first.done()
        hold.set()

    assert waiting
    assert (second, first.result()) == ("own", "late")


def test_a_region_that_is_down_still_lets_one_caller_create_for_all() -> None:
    """The callers of this process share what one brings."""

    def fail() -> None:
        raise OSError("down")

    kept = Region(Failing(fail), [A])
    flights = watch(kept)
    made: list[int] = []

    def creator() -> int:
        wait_until(lambda: flights.looks == 10, PATIENCE, "all to have come")
        made.append(1)
        return len(made)

    def work(_: int) -> Any:
        return kept.get_or_create(KEY_1, creator, 60, lock_timeout=PATIENCE)

    with ThreadPoolExecutor(10) as pool:
        found = list(pool.map(work, range(10)))

    assert found == [1] * 10


@pytest.mark.parametrize("error", [ZeroDivisionError("no"), Strange("no", code=1)])
def test_who_waits_for_a_creator_that_fails_gets_its_error(error: Exception) -> None:
    """All of this process at once; who comes later asks again."""
    kept = memory()
    flights = watch(kept)
    made: list[int] = []

    def creator() -> None:
        wait_until(lambda: flights.looks == 10, PATIENCE, "all to have come")
        made.append(1)
        raise error

    def work(_: int) -> Exception:
        with pytest.raises(type(error), match="no") as caught:
            kept.get_or_create(KEY_1, creator, 60, lock_timeout=PATIENCE)
        return caught.value

    with ThreadPoolExecutor(10) as pool:
        found = list(pool.map(work, range(10)))

    assert made == [1]
    assert len(set(map(id, found))) == (1 if isinstance(error, Strange) else 10)
    assert kept.get_or_create(KEY_1, lambda: 7, 60) == 7


def test_who_waits_for_what_is_not_stored_gets_it() -> None:
    """All of this process at once; who comes later asks again."""
    kept = memory()
    flights = watch(kept)

    def creator() -> None:
        wait_until(lambda: flights.looks == 10, PATIENCE, "all to have come")
        raise Unstored("once")

    def work(_: int) -> Any:
        return kept.get_or_create(KEY_1, creator, 60, lock_timeout=PATIENCE)

    with ThreadPoolExecutor(10) as pool:
        found = list(pool.map(work, range(10)))

    assert found == ["once"] * 10
    assert kept.get_or_create(KEY_1, lambda: 7, 60) == 7


# --- Real stores -------------------------------------------------------------------


@pytest.fixture(params=["redis", "memcached"])
def store(request: pytest.FixtureRequest) -> Iterator[tuple[Service, dict[str, str]]]:
    """Return a real store and the configuration of a region in it."""
    name = request.param
    service: Service = request.getfixturevalue(f"{name}_service")
    backend = "dogpile.cache.redis" if name == "redis" else "dogpile.cache.pymemcache"
    yield service, {"backend": backend, "arguments.url": service.url}
    service.thaw()
    if service.process.poll() is not None:
        service.start_again()


def close(*regions: Region) -> None:
    """Close the connections that the clients of the stores keep."""
    for each in regions:
        backend = each._region.actual_backend
        client = getattr(backend, "writer_client", None) or backend.client
        client.close()


def raw_set(configuration: dict[str, str], kept: Region, value: bytes) -> None:
    """Write *value* into the store, past the region."""
    backend = kept._region.actual_backend
    if hasattr(backend, "writer_client"):
        backend.writer_client.set(KEY_1, value)
    else:
        backend.client.set(KEY_1, value)


@contextmanager
def threads(number: int) -> Iterator[list[ThreadPoolExecutor]]:
    """Yield pools of one thread each, so that a test says which thread acts."""
    pools = [ThreadPoolExecutor(1) for _ in range(number)]
    try:
        yield pools
    finally:
        for each in pools:
            each.shutdown()


@pytest.mark.usefixtures("patience")
def test_t61_no_thread_takes_a_store_that_was_started_again_for_one_that_is_down(
    store: tuple[Service, dict[str, str]],
) -> None:
    """Each has a kept connection that the store has closed."""
    service, configuration = store
    kept = guarded(configuration, [A])
    flow = threading.Barrier(4)

    def warm() -> Any:
        flow.wait(PATIENCE)
        return kept.get(KEY_1)

    def use(number: int) -> tuple[Any, ...]:
        key = entry_key("restart", number)
        return kept.get(key), kept.set(key, number, 60), kept.get(key), kept.resting

    with threads(4) as pools:
        for each in [pool.submit(warm) for pool in pools]:
            each.result(PATIENCE)
        service.kill()
        service.start_again()
        found = [
            pool.submit(use, number).result(PATIENCE)
            for number, pool in enumerate(pools)
        ]
        for pool in pools:
            pool.submit(close, kept).result(PATIENCE)

    assert found == [(None, True, number, False) for number in range(4)]


@pytest.mark.usefixtures("patience")
@pytest.mark.parametrize("harm", ["stall", "cut"])
def test_t61_one_dead_connection_ends_all_that_are_kept(
    store: tuple[Service, dict[str, str]], harm: str
) -> None:
    """A firewall that forgot them lets the region rest once, not once a thread."""
    service, configuration = store
    now = [0.0]
    with relay(service.port) as middle, threads(3) as pools:
        url = service.url.replace(str(service.port), str(middle.port))
        arguments = {"arguments.url": url, "arguments.socket_timeout": "1"}
        kept = Region(region(configuration | arguments), [A], clock=lambda: now[0])
        flow = threading.Barrier(3)

        def warm() -> bool:
            flow.wait(PATIENCE)
            return kept.set(KEY_1, 1, 60)

        warmed = [pool.submit(warm) for pool in pools]
        stored = [each.result(PATIENCE) for each in warmed]
        getattr(middle, harm)()
        found = []
        for pool in pools:
            found.append(pool.submit(kept.get, KEY_1).result(PATIENCE))
            now[0] += 5.1
        for pool in pools:
            pool.submit(close, kept).result(PATIENCE)

    assert stored == [True] * 3
    assert found == ([None, 1, 1] if harm == "stall" else [1, 1, 1])


@pytest.mark.usefixtures("patience")
def test_t60_t62_a_real_store_is_shared_and_believes_only_its_own(
    store: tuple[Service, dict[str, str]],
) -> None:
    """Two regions see the same entries; forged ones and pickles are a miss."""
    _, configuration = store
    one, two = guarded(configuration, [A]), guarded(configuration, [A])
    stranger = guarded(configuration, [B])
    one.set(KEY_1, {"name": "é"}, 60)
    found = two.get(KEY_1), stranger.get(KEY_1)
    raw_set(configuration, one, b'{"ct":1,"v":2}|' + pickle.dumps(Trap()))
    forged = one.get(KEY_1)
    one.delete(KEY_1)
    close(one, two, stranger)

    assert one.shared
    assert found == ({"name": "é"}, None)
    assert forged is None
    assert Trap.sprung == []
    assert not any(each.resting for each in (one, two, stranger))


@pytest.mark.usefixtures("patience")
def test_t61_what_is_nearly_too_large_is_no_trouble_of_the_store(
    store: tuple[Service, dict[str, str]],
) -> None:
    """Quotes are escaped on the way, so the size that counts is the store's."""
    _, configuration = store
    kept = guarded(configuration, [A])
    stored = {}
    for thousands in (100, 180, 200, 220, 240, 250, 300, 400):
        value = '"' * (thousands * 1000)
        stored[thousands] = kept.set(KEY_1, value, 60)
        assert not kept.resting
        assert (kept.get(KEY_1) == value) is stored[thousands]
    close(kept)

    assert (stored[100], stored[400]) == (True, False)


@pytest.mark.usefixtures("patience")
def test_an_entry_for_ages_is_kept_as_long_as_stores_can(
    store: tuple[Service, dict[str, str]],
) -> None:
    """Redis and memcached refuse times that they cannot count."""
    _, configuration = store
    kept = guarded(configuration, [A])
    kept.set(KEY_1, "x", 1e19)
    found = kept.get(KEY_1)
    close(kept)

    assert found == "x"
    assert not kept.resting


@pytest.mark.usefixtures("patience")
def test_t64_one_process_creates_for_all_that_share_a_store(
    store: tuple[Service, dict[str, str]],
) -> None:
    """Each region stands for a process; one of eight creates."""
    _, configuration = store
    regions = [guarded(configuration, [A]) for _ in range(8)]
    made: list[int] = []
    flow = threading.Barrier(8)
    key = entry_key("herd", configuration["backend"])

    def creator() -> int:
        made.append(1)
        time.sleep(0.3)
        return len(made)

    def work(each: Region) -> Any:
        flow.wait()
        try:
            return each.get_or_create(key, creator, 60)
        finally:
            close(each)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(work, regions))
    close(*regions)

    assert found == [1] * 8


@pytest.mark.usefixtures("patience")
def test_t64_a_lock_whose_holder_died_is_not_waited_for_for_ever(
    store: tuple[Service, dict[str, str]],
) -> None:
    """After the timeout the caller creates without it."""
    _, configuration = store
    dead, alive = guarded(configuration, [A]), guarded(configuration, [A])
    key = entry_key("orphan", configuration["backend"])
    lock = dead._region.actual_backend.get_mutex(key)
    held = lock.acquire(False)
    began = time.monotonic()
    found = alive.get_or_create(key, lambda: "made", 60, lock_timeout=0.4)
    took = time.monotonic() - began
    still_held = not lock.acquire(False)
    lock.release()
    close(dead, alive)

    assert held
    assert still_held
    assert found == "made"
    assert took >= 0.4


def nothing() -> Any:
    """Create what is not stored."""
    raise Unstored("nothing")


@pytest.mark.usefixtures("patience")
@pytest.mark.parametrize(
    ("create", "seconds"),
    [
        (nothing, 60),
        (lambda: 1 // 0, 60),
        (lambda: "x" * 1_100_000, 60),
        (lambda: "over", 0),
    ],
)
def test_t64_who_waits_for_nothing_goes_on_at_once_with_all_others(
    store: tuple[Service, dict[str, str]], create: Any, seconds: float
) -> None:
    """
    Each region stands for a process; the first creates nothing that is kept.

    The seven others meet at a barrier while they create, so none waits for another.
    """
    _, configuration = store
    regions = [Watched(region(configuration), [A]) for _ in range(8)]
    first, *others = regions
    in_turn = threading.Event()
    barrier = threading.Barrier(7)

    def fails() -> Any:
        in_turn.set()
        wait_until(lambda: all(each.looks for each in others), PATIENCE)
        return create()

    def meets() -> int:
        barrier.wait(PATIENCE)
        return 1

    def work(each: Region) -> Any:
        try:
            return each.get_or_create(
                HERD, fails if each is first else meets, seconds, 2 * PATIENCE
            )
        except ZeroDivisionError:
            return None
        finally:
            each.delete(HERD)
            close(each)

    with ThreadPoolExecutor(8) as pool:
        leader = pool.submit(work, first)
        assert in_turn.wait(PATIENCE)
        found = list(pool.map(work, others))
        leader.result(PATIENCE)

    assert found == [1] * 7


@pytest.mark.usefixtures("patience")
def test_t64_who_was_killed_while_creating_holds_up_the_next_for_a_while_only(
    store: tuple[Service, dict[str, str]],
) -> None:
    """The store lets go of its lock; the clock here stands, so it was nothing else."""
    _, configuration = store
    key = entry_key("killed", configuration["backend"])
    program = f"""
import time
from arware import guarded, regions
guarded.SLOW = regions.SLOW = 60.0  # however busy the machine is
def hangs():
    print("creating", flush=True)
    time.sleep(600)
regions.guarded({configuration!r}, [{A!r}]).get_or_create({key!r}, hangs, 60)
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        creating = other.stdout.readline().strip()
        other.kill()
    alive = Region(region(configuration), [A], clock=lambda: 0.0)

    def work() -> Any:
        try:
            return alive.get_or_create(key, lambda: "made", 60, PATIENCE)
        finally:
            close(alive)

    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(work).result(PATIENCE)

    assert (creating, found) == ("creating", "made")


@pytest.mark.parametrize("harm", ["kill", "freeze"])
def test_t61_a_store_that_dies_under_load_costs_time_and_nothing_else(
    store: tuple[Service, dict[str, str]], api: Api, harm: str
) -> None:
    """Every call is answered; after the store's return it is used again."""
    service, configuration = store
    names = [f"org_{number}" for number in range(6)]
    stop = threading.Event()
    with Client(url=api.url, api_key=KEY, cache=configuration) as client:
        region_ = client._region(None, KEY)

        def load(name: str) -> None:
            while not stop.is_set():
                client.orgs.find(name, cache={"expires_in": 600})
                time.sleep(0.01)
            close(region_)

        def is_used() -> bool:
            """Tell whether the API is spared."""
            count = len(api.seen)
            for name in names:
                client.orgs.find(name, cache={"expires_in": 600})
            return len(api.seen) == count

        def asked() -> Counter[str]:
            return Counter(seen.path for seen in list(api.seen))

        def all_served() -> bool:
            return sum(times >= 3 for times in (asked() - before).values()) == 6

        with ThreadPoolExecutor(6) as pool:
            work = [pool.submit(load, name) for name in names]
            try:
                wait_until(is_used, PATIENCE, "the store to be used")
                before = asked()
                getattr(service, harm)()
                # Nothing has mended the store when all have been served three times.
                wait_until(all_served, PATIENCE, "calls without the store")
            finally:
                stop.set()
            for each in work:
                each.result(PATIENCE)
        if harm == "kill":
            service.start_again()
        else:
            service.thaw()
        wait_until(is_used, PATIENCE, "the store to be used again")
        close(region_)
