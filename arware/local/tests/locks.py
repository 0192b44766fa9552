"""Two transactions at once, where the database locks rows."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from ..realm import Realm

#: For how many seconds another transaction may take to get to the lock.
PATIENCE = 30

_WAITING = text(
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@contextmanager
def meanwhile(realm: Realm, other: Callable[[], object]) -> Iterator[None]:
    """
    Let *other* run in a thread up to where it waits for this one; go on then.

    At the end it has to succeed as well.
    """
    if realm.database.url.get_backend_name() == "sqlite":
        pytest.skip("SQLite has one writer")
    failed: list[BaseException] = []

    def run() -> None:
        try:
            other()
        except BaseException as error:  # noqa: BLE001  Raised again below.
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        _wait(realm)
        yield
    finally:
        thread.join(PATIENCE)
    if failed:
        raise failed[0]


def _wait(realm: Realm) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with realm.reading() as db:
            if db.scalar(_WAITING):
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits for a lock")
