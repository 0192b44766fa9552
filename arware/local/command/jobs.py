"""``arware realm run-jobs``: run the jobs (mail, retention) in their own process."""

from __future__ import annotations

import argparse
import signal
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from arware.kit.operator import Line, NotDone, Run

from .serve import log_to_the_terminal

if TYPE_CHECKING:
    from ..realm import Realm


def run_jobs(parser: argparse.ArgumentParser) -> Run:
    """Send mails, and forget what is old."""
    parser.add_argument(
        "--once", action="store_true", help="do what is due and end, as cron wants it"
    )
    return _run


def _run(realm: Realm, arguments: argparse.Namespace) -> Iterator[Line]:
    log_to_the_terminal()
    if arguments.once:
        done = realm.jobs.once()
        for name, is_done in done.items():
            # cron mails whatever is said; what failed has been logged.
            yield Line("", {"job": name, "done": is_done})
        if not all(done.values()):
            raise NotDone("something could not be done; see above", "job_failed")
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    realm.jobs.start()
    threading.Event().wait()
