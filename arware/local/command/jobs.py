"""``arware realm run-jobs``: what is to be done beside the pages, done by itself."""

from __future__ import annotations

import argparse
import threading
from typing import Any

from .serve import log_to_the_terminal
from .terminal import CommandError, realm_of, safely, with_config


def add_parser(subparsers: Any) -> None:
    """Add the command."""
    parser = with_config(
        subparsers.add_parser("run-jobs", help="send mails, and forget what is old")
    )
    parser.add_argument(
        "--once", action="store_true", help="do what is due and end, as cron wants it"
    )
    parser.set_defaults(run=safely(_run))


def _run(arguments: argparse.Namespace) -> None:
    import signal

    with realm_of(arguments) as realm:
        log_to_the_terminal()
        if arguments.once:
            if not realm.jobs.once():
                raise CommandError("something could not be done; see above")
            return
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        realm.jobs.start()
        threading.Event().wait()
