"""A store that fails or is slow counts as empty for a while."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from dogpile.cache.api import NO_VALUE

from arware.cache import entry_key
from tests.cache.support import Acting, fail

KEY_1 = entry_key("test", 1)


def test_t61_an_error_makes_the_region_count_as_empty_for_five_seconds(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is not asked again until then, and one line says why."""
    now = [0.0]
    store = Acting(fail)
    kept = store.region(clock=lambda: now[0])
    with caplog.at_level(logging.WARNING, "arware.cache"):
        for _ in range(10):
            assert kept.get(KEY_1) is None
            assert not kept.set(KEY_1, 1, 60)
    asked = store.asked
    now[0] = 5.1
    kept.get(KEY_1)

    assert (asked, store.asked) == (1, 2)
    assert caplog.messages == ["the cache counts as empty for 5 s: OSError"] * 2


def test_t61_a_slow_answer_does_the_same() -> None:
    """Slower than a quarter of a second."""
    now = [0.0]

    def slow() -> Any:
        now[0] += 0.3
        return NO_VALUE

    kept = Acting(slow).region(clock=lambda: now[0])
    kept.get(KEY_1)

    assert kept.resting


def test_memory_is_never_slow() -> None:
    """It is slow only where everything is."""
    now = [0.0]

    def slow() -> Any:
        now[0] += 0.3
        return NO_VALUE

    kept = Acting(slow).region(clock=lambda: now[0], shared=False)
    kept.get(KEY_1)

    assert not kept.resting


def test_regions_over_one_store_rest_together() -> None:
    """What one has learnt of the store the others need not learn again."""
    kept = Acting(fail).region(clock=lambda: 0.0)
    kept.get(KEY_1)

    assert kept.signed(["b" * 32]).resting
