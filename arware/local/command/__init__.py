"""``arware realm``: make, serve and look after a realm from a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from arware.kit.web import Config


def add_parsers(subparsers: Any) -> None:
    """Add the commands; the handler of each is ``run(arguments)``, its exit code."""
    # Late: other commands use a module of this folder, and need no package for it.
    from . import init, keys, migrate, operator_commands, serve

    init.add_parser(subparsers)
    serve.add_parser(subparsers)
    migrate.add_parser(subparsers)
    keys.add_parsers(subparsers.add_parser("key", help="look after signing keys"))
    operator_commands.add_parsers(subparsers)


def includeme(config: Config) -> None:
    """Add the core's own commands on an open realm, as a feature adds its."""
    from . import jobs, mail, purging, users

    config.add_operator_command("user add", users.add)
    config.add_operator_command("user list", users.list_all)
    config.add_operator_command("user show", users.show)
    config.add_operator_command("mail list", mail.list_all)
    config.add_operator_command("mail retry", mail.retry)
    config.add_operator_command("mail test", mail.test)
    config.add_operator_command("purge", purging.purge)
    config.add_operator_command("run-jobs", jobs.run_jobs)
