"""Regions over real stores, which die, freeze and are shared."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from arware.cache import Region, entry_key, guarded, region
from tests.api.servers import relay
from tests.cache.support import A, backend_of, close
from tests.patience import PATIENCE
from tests.services import Service

KEY_1 = entry_key("test", 1)


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
    together = threading.Barrier(4)

    def warm() -> Any:
        together.wait(PATIENCE)
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
        kept = region(configuration | arguments, clock=lambda: now[0])
        together = threading.Barrier(3)

        def warm() -> bool:
            together.wait(PATIENCE)
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
def test_t64_one_process_creates_for_all_that_share_a_store(
    configuration: dict[str, str],
) -> None:
    """Each region stands for a process; one of eight creates."""
    regions = [guarded(configuration, [A]) for _ in range(8)]
    made: list[int] = []
    together = threading.Barrier(8)
    key = entry_key("herd", configuration["backend"])

    def creator() -> int:
        made.append(1)
        time.sleep(0.3)
        return len(made)

    def work(each: Region) -> Any:
        together.wait()
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
    configuration: dict[str, str],
) -> None:
    """After the timeout the caller creates without it."""
    dead, alive = guarded(configuration, [A]), guarded(configuration, [A])
    key = entry_key("orphan", configuration["backend"])
    lock = backend_of(dead).get_mutex(key)
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


@pytest.mark.usefixtures("patience")
def test_t64_who_was_killed_while_creating_holds_up_the_next_for_a_while_only(
    configuration: dict[str, str],
) -> None:
    """The store lets go of its lock; the clock here stands, so it was nothing else."""
    key = entry_key("killed", configuration["backend"])
    program = f"""
import time
from arware.cache import breaker, guarded
breaker.SLOW = 60.0  # however busy the machine is
def hangs():
    print("creating", flush=True)
    time.sleep(600)
guarded({configuration!r}, [{A!r}]).get_or_create({key!r}, hangs, 60)
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        creating = other.stdout.readline().strip()
        other.kill()
    alive = region(configuration, clock=lambda: 0.0).signed([A])

    def work() -> Any:
        try:
            return alive.get_or_create(key, lambda: "made", 60, PATIENCE)
        finally:
            close(alive)

    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(work).result(PATIENCE)

    assert (creating, found) == ("creating", "made")


@pytest.mark.usefixtures("patience")
def test_t64_who_waits_for_a_process_that_creates_nothing_creates_in_turn(
    configuration: dict[str, str],
) -> None:
    """Its lock is free as soon as it has failed."""
    one, other = guarded(configuration, [A]), guarded(configuration, [A])
    key = entry_key("nothing", configuration["backend"])
    with pytest.raises(ZeroDivisionError):
        one.get_or_create(key, lambda: 1 // 0, 60)
    found = other.get_or_create(key, lambda: "made", 60, lock_timeout=PATIENCE)
    close(one, other)

    assert found == "made"
