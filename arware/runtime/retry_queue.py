"""A retry_queue: deliver what others must learn, however long it takes them to open."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from ..fork import in_each_process

log = logging.getLogger("arware")

#: How long it waits before it knocks again, in seconds.
PAUSE = 1.0


class RetryQueue:
    """
    Deliver words with *deliver*, in a thread of its own that ends when it has no more.

    *deliver* is given a word and the second until which it matters, and tells whether
    it got through; what does not is tried again each second until that time by *clock*.
    """

    def __init__(
        self, deliver: Callable[[str, float], bool], clock: Callable[[], float]
    ) -> None:
        self._deliver = deliver
        self._clock = clock
        in_each_process(self._begin_anew)

    def _begin_anew(self) -> None:
        """Begin with nothing: after a fork the parent delivers what there was."""
        self._lock = threading.Lock()
        self._words: dict[str, float] = {}
        self._running = False

    def send(self, word: str, until: float) -> None:
        """Have *word* delivered, without waiting for it."""
        with self._lock:
            self._words[word] = until
            if self._running:
                return
            self._running = True
        threading.Thread(
            target=self._run, name="arware-retry_queue", daemon=True
        ).start()

    def _run(self) -> None:
        while True:
            with self._lock:
                words = self._words.copy()
            for word, until in words.items():
                if self._is_done(word, until):
                    self._words.pop(word, None)
            with self._lock:
                if not self._words:
                    self._running = False
                    return
            time.sleep(PAUSE)

    def _is_done(self, word: str, until: float) -> bool:
        try:
            return self._clock() > until or self._deliver(word, until)
        except Exception:
            # Whatever it was, the next word must not be lost with this one.
            log.exception("a revocation was not told")
            return True
