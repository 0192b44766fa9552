"""``arware realm``: make, serve and look after a realm from a terminal."""

from __future__ import annotations

from typing import Any


def add_parsers(subparsers: Any) -> None:
    """Add the commands; the handler of each is ``run(arguments)``, its exit code."""
    # Late: other commands use a module of this folder, and need no package for it.
    from . import added, init, jobs, keys, mail, migrate, serve, users

    init.add_parser(subparsers)
    serve.add_parser(subparsers)
    migrate.add_parser(subparsers)
    users.add_parsers(subparsers.add_parser("user", help="look after users"))
    keys.add_parsers(subparsers.add_parser("key", help="look after signing keys"))
    mail.add_parsers(subparsers.add_parser("mail", help="look after mails"))
    jobs.add_parser(subparsers)
    added.add_parsers(subparsers)
