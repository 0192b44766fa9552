"""Creating what a region does not hold: one does it for all who come meanwhile."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from arware.cache import entry_key, guarded
from tests.cache.support import A, Acting, B, fail, watch
from tests.patience import PATIENCE
from tests.services import wait_until

KEY_1 = entry_key("test", 1)


class Strange(Exception):
    """An error that cannot be copied."""

    def __init__(self, message: str, *, code: int) -> None:
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> Any:
        raise TypeError


def test_what_a_creator_raises_is_raised_and_leaves_no_lock() -> None:
    """The next caller creates."""
    kept = guarded(None, [A])
    with pytest.raises(ZeroDivisionError):
        kept.get_or_create(KEY_1, lambda: 1 // 0, 60)

    assert kept.get_or_create(KEY_1, lambda: 7, 60) == 7


def test_t64_who_waits_too_long_creates_for_themselves() -> None:
    """A creator that hangs holds up nobody beyond the timeout."""
    kept = guarded(None, [A])
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
    kept = Acting(fail).region()
    creations = watch(kept)
    made: list[int] = []

    def creator() -> int:
        wait_until(lambda: creations.looks == 10, PATIENCE, "all to have come")
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
    kept = guarded(None, [A])
    creations = watch(kept)
    made: list[int] = []

    def creator() -> None:
        wait_until(lambda: creations.looks == 10, PATIENCE, "all to have come")
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


def test_two_regions_over_one_store_share_a_creation() -> None:
    """An adapter and a client that were given one region are such two."""
    base = guarded(None, [A])
    creations = watch(base)
    made: list[int] = []

    def creator() -> int:
        wait_until(lambda: creations.looks == 2, PATIENCE, "both to have come")
        made.append(1)
        return 7

    def work(secret: str) -> Any:
        return base.signed([secret]).get_or_create(KEY_1, creator, 60, PATIENCE)

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(work, [A, B]))

    assert found == [7, 7]
    assert made == [1]


def test_who_waits_for_a_thread_that_was_ended_creates_for_themselves() -> None:
    """What ends a thread is not everybody's error."""
    kept = guarded(None, [A])
    creations = watch(kept)

    def ends() -> Any:
        wait_until(lambda: creations.looks == 2, PATIENCE, "the other to have come")
        raise SystemExit

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(kept.get_or_create, KEY_1, ends, 60)
        wait_until(lambda: creations.looks == 1, PATIENCE, "the first to have come")
        second = pool.submit(kept.get_or_create, KEY_1, lambda: 7, 60, PATIENCE)
        found = second.result(PATIENCE)

    assert isinstance(first.exception(), SystemExit)
    assert found == 7


def test_with_force_it_is_created_in_any_case() -> None:
    """And written over."""
    kept = guarded(None, [A])
    found = [
        kept.get_or_create(KEY_1, lambda: 1, 60),
        kept.get_or_create(KEY_1, lambda: 2, 60),
        kept.get_or_create(KEY_1, lambda: 3, 60, force=True),
        kept.get(KEY_1),
    ]

    assert found == [1, 1, 3, 3]
