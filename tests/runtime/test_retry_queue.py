"""The retry_queue that tells other processes of a logout."""

from __future__ import annotations

import threading
import time

import pytest
from arware.runtime.retry_queue import RetryQueue


class Adapter:
    """Somebody who does not open before the *opens*-th knock."""

    def __init__(self, opens: int = 1) -> None:
        self.opens = opens
        self.knocks: list[tuple[str, float]] = []
        self.heard = threading.Event()

    def __call__(self, word: str, until: float) -> bool:
        self.knocks.append((word, until))
        if len(self.knocks) < self.opens:
            return False
        self.heard.set()
        return True


def test_a_word_is_delivered_at_once() -> None:
    """And once only."""
    adapter = Adapter()
    RetryQueue(adapter, lambda: 0.0).send("a", 60.0)

    assert adapter.heard.wait(60)
    assert adapter.knocks == [("a", 60.0)]


def test_what_does_not_get_through_is_tried_again() -> None:
    """Until it is heard, so that a region that was down learns of a logout."""
    adapter = Adapter(opens=2)
    RetryQueue(adapter, lambda: 0.0).send("a", 60.0)

    assert adapter.heard.wait(60)
    assert adapter.knocks == [("a", 60.0)] * 2


def test_what_does_not_matter_any_more_is_forgotten() -> None:
    """Nobody knocks for a login whose token has ended."""
    adapter = Adapter()
    retry_queue = RetryQueue(adapter, lambda: 61.0)
    retry_queue.send("late", 60.0)
    retry_queue.send("timely", 62.0)

    assert adapter.heard.wait(60)
    assert adapter.knocks == [("timely", 62.0)]


def test_a_word_after_a_rest_is_delivered_too() -> None:
    """The thread ends when there is nothing to do, and another one begins."""
    adapter = Adapter()
    retry_queue = RetryQueue(adapter, lambda: 0.0)
    for word in ("a", "b"):
        adapter.heard.clear()
        retry_queue.send(word, 60.0)
        assert adapter.heard.wait(60)
        ended = time.monotonic() + 60
        while retry_queue._running and time.monotonic() < ended:
            time.sleep(0.01)

    assert [word for word, _ in adapter.knocks] == ["a", "b"]


def test_a_word_that_breaks_the_delivery_does_not_stop_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is logged without its text, and the others are delivered."""
    heard = threading.Event()

    def deliver(word: str, until: float) -> bool:
        if word == "bad-word":
            raise OSError
        heard.set()
        return True

    retry_queue = RetryQueue(deliver, lambda: 0.0)
    retry_queue.send("bad-word", 60.0)
    retry_queue.send("good", 60.0)

    assert heard.wait(60)
    assert "a revocation was not told" in caplog.text
    assert "bad-word" not in caplog.text
