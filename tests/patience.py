"""
Deadlines that no busy machine reaches, for tests that are not about deadlines.

What is shown by order (a host holds its answer until something else has happened) must
not end because a deadline of the package was over first. A test that waits in vain
ends after :data:`PATIENCE`.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from arware.cache import breaker
from arware.runtime import key_store, services, sessions
from arware.runtime.api_tokens import ApiTokenHandler
from arware.runtime.handlers import KeyHandler

#: Longer than anything takes that goes well, in seconds.
PATIENCE = 60.0
_LONGER = 2 * PATIENCE
_LIMITS = replace(services.CHECK_LIMITS, connect=_LONGER, read=_LONGER, total=_LONGER)


@contextmanager
def patient() -> Iterator[None]:
    """Let key hosts, the API and stores take their time until the block ends."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(key_store, "DOWNLOAD_SECONDS", _LONGER)
        patch.setattr(key_store, "SILENCE_SECONDS", _LONGER)
        patch.setattr(KeyHandler, "seconds", _LONGER)
        patch.setattr(services, "CHECK_LIMITS", _LIMITS)
        patch.setattr(ApiTokenHandler, "seconds", _LONGER)
        patch.setattr(breaker, "SLOW", _LONGER)
        patch.setattr(sessions, "LOCK_SECONDS", _LONGER)
        yield


def until_told() -> None:
    """Return when all processes could know of the logins that were revoked here."""
    for thread in threading.enumerate():
        if thread.name == "arware-revocations":
            thread.join(PATIENCE)


async def happens(ready: Callable[[], bool]) -> None:
    """Return as soon as *ready* says so, while the loop goes on; fail in the end."""
    async with asyncio.timeout(PATIENCE):
        while not ready():  # noqa: ASYNC110 - mostly it is other threads' doing
            await asyncio.sleep(0.005)
