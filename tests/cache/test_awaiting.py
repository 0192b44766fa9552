"""Creating where nothing may block: the same as threads have, for tasks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import pytest

from arware.cache import Region, entry_key, guarded
from arware.cache.awaiting import AwaitedRegion
from tests.cache.support import A, Acting, close, fail
from tests.patience import PATIENCE

KEY_1 = entry_key("test", 1)
Creator = Callable[[], Awaitable[Any]]


@pytest.fixture(params=["asyncio", "trio"])
def backend(request: pytest.FixtureRequest) -> str:
    """Return the name of each kind of event loop."""
    return str(request.param)


async def awaited(
    region: Region, creator: Creator, key: str = KEY_1, **options: Any
) -> Any:
    """Return what a task gets."""
    asked = AwaitedRegion(region, anyio.CapacityLimiter(8))
    return await asked.get_or_create(key, creator, 60, **options)


def counting(created: list[int]) -> Creator:
    """Return a creator that counts, and takes its time."""

    async def create() -> int:
        created.append(1)
        await anyio.sleep(0.05)
        return len(created)

    return create


def test_what_is_there_is_returned(backend: str) -> None:
    """Unless it is to be made anew."""
    kept = guarded(None, [A])
    created: list[int] = []

    async def work() -> list[Any]:
        create = counting(created)
        options: list[dict[str, Any]] = [{}, {}, {"force": True}, {}]
        return [await awaited(kept, create, **each) for each in options]

    assert anyio.run(work, backend=backend) == [1, 1, 2, 2]


def test_an_error_is_raised_and_nothing_is_kept(backend: str) -> None:
    """The next caller creates."""
    kept = guarded(None, [A])

    async def fails() -> Any:
        raise ZeroDivisionError

    async def work() -> Any:
        with pytest.raises(ZeroDivisionError):
            await awaited(kept, fails)
        return await awaited(kept, counting([]))

    assert anyio.run(work, backend=backend) == 1
    assert kept.creations == {}


def test_a_store_that_is_down_is_done_without(backend: str) -> None:
    """What is created is returned all the same."""

    async def work() -> Any:
        return await awaited(Acting(fail).region(), counting([]))

    assert anyio.run(work, backend=backend) == 1


def test_who_waits_in_vain_creates(backend: str) -> None:
    """Another's creation that hangs holds up nobody beyond the timeout."""
    kept = guarded(None, [A])
    hold, entered = threading.Event(), threading.Event()

    def hangs() -> str:
        entered.set()
        hold.wait(2 * PATIENCE)
        return "late"

    async def work() -> Any:
        return await awaited(kept, counting([]), lock_timeout=0.1)

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(kept.get_or_create, KEY_1, hangs, 60)
        assert entered.wait(PATIENCE)
        second = anyio.run(work, backend=backend)
        waiting = not first.done()
        hold.set()

    assert waiting
    assert (second, first.result()) == (1, "late")


def test_t64_one_event_loop_creates_for_all_that_share_a_store(
    configuration: dict[str, str], backend: str
) -> None:
    """Each has a region of its own, as processes have."""
    regions = [guarded(configuration, [A]) for _ in range(4)]
    created: list[int] = []
    flow = threading.Barrier(len(regions))

    def begin(region: Region) -> Any:
        async def work() -> Any:
            return await awaited(region, counting(created), entry_key(backend, 1))

        flow.wait()
        return anyio.run(work, backend=backend)

    with ThreadPoolExecutor(len(regions)) as pool:
        found = list(pool.map(begin, regions))
    close(*regions)

    assert found == [1] * 4
    assert created == [1]


def test_t64_a_cancelled_creation_leaves_no_lock(
    configuration: dict[str, str], backend: str
) -> None:
    """Another process need not wait until the lock ends by itself."""
    first, second = (guarded(configuration, [A]) for _ in range(2))
    key = entry_key(backend, 2)

    async def cancelled(scope: anyio.CancelScope) -> Any:
        scope.cancel()
        await anyio.sleep(PATIENCE)

    async def work() -> Any:
        with anyio.CancelScope() as scope:
            await awaited(first, lambda: cancelled(scope), key)
        lock = second.lock(key)
        assert lock is not None
        free = lock.take()
        lock.release()
        return free

    assert anyio.run(work, backend=backend)
    close(first, second)


class SlowLock(Acting):
    """A store that keeps nothing, and whose lock takes its time to be taken."""

    def __init__(self) -> None:
        super().__init__(lambda: None)
        self.entered, self.go, self.taken = (threading.Event() for _ in range(3))
        self.is_held = False

    def get_mutex(self, *_: object) -> SlowLock:
        """Return what is to be taken."""
        return self

    def acquire(self, _wait: bool) -> bool:
        """Take it, when it may be."""
        self.entered.set()
        self.go.wait(PATIENCE)
        self.is_held = True
        self.taken.set()
        return True

    def release(self) -> None:
        """Let go."""
        self.is_held = False


def test_who_is_cancelled_while_a_thread_takes_the_lock_leaves_none() -> None:
    """Tasks of asyncio can be, without a scope that would hold that back."""
    store = SlowLock()

    async def work() -> None:
        task = asyncio.create_task(awaited(store.region(), counting([])))
        while not store.entered.is_set():  # noqa: ASYNC110 - a thread sets no event of ours
            await asyncio.sleep(0.005)
        task.cancel()
        for _ in range(5):
            await asyncio.sleep(0)
        store.go.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(work())

    assert store.taken.wait(PATIENCE)
    assert not store.is_held
