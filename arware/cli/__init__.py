"""
The command ``arware``.

Each sub-command imports what it needs when it is called, so that ``arware secret``
works without a single extra. Exit codes: 0 done, 1 refused or found wrong, 2 not
understood, 130 interrupted; ``arware eject`` has 3 and 4 too.
"""

from __future__ import annotations

import argparse
import importlib
import os
import secrets
import sys
from typing import TYPE_CHECKING, Any

from arware.errors import ConfigurationError
from arware.kit.listening import port_number
from arware.kit.terminal import Parser
from arware.version import __version__

from .check import add_check
from .terminal import CommandError, complain, say, write_anything
from .token import add_token

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """
    Run the command with *argv*, by default the process's own arguments.

    Returns the exit code; only ``--help``, ``--version`` and arguments that make no
    sense raise ``SystemExit``.
    """
    write_anything()
    words = sys.argv[1:] if argv is None else list(argv)
    try:
        arguments = _parser(words).parse_args(words)
        run: Callable[[argparse.Namespace], int] = arguments.run
        code = run(arguments) or 0
        sys.stdout.flush()
        return code
    except CommandError as error:
        complain(f"arware: {error}")
        return 1
    except ConfigurationError as error:
        complain(str(error))
        return 1
    except ModuleNotFoundError as error:
        complain(f"arware: {_how_to_get(error)}")
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Who read our output has seen enough; Python must not flush into the pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


#: Package -> how to get it, for those that the extra ``local`` does not bring.
_FIXES = {"uvicorn": "pip install uvicorn", "bottle": "pip install 'arware[bottle]'"}


def _how_to_get(error: ModuleNotFoundError) -> str:
    """Return what to install; an error about a module of ours is raised again."""
    package = (error.name or "").partition(".")[0]
    if package in ("", "arware"):
        raise error
    fix = _FIXES.get(package, "pip install 'arware[local]'")
    return f"this command needs the package {package}; {fix}"


# --- What can be said ------------------------------------------------------------


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    parser = Parser(prog="arware", description="Login for any Python web application.")
    parser.add_argument("--version", action="version", version=f"arware {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_demo(commands)
    _add_realm(commands, words)
    _add_eject(commands, words)
    add_check(commands)
    add_token(commands)
    secret = commands.add_parser("secret", help="print a fresh cookie secret")
    secret.set_defaults(run=_secret)
    return parser


def _add_demo(commands: Any) -> None:
    demo = commands.add_parser(
        "demo",
        help="run a realm and a sample application on this machine",
        description="Run a realm and a sample application on two loopback ports.",
    )
    demo.add_argument(
        "--adapter",
        choices=("wsgi", "asgi", "pyramid", "bottle"),
        default="wsgi",
        help="what the sample application is written with (default: %(default)s)",
    )
    for option, default, whose in (
        ("--port", 8000, "the sample application's port"),
        ("--realm-port", 8001, "the realm's port"),
    ):
        demo.add_argument(
            option,
            type=port_number,
            default=default,
            metavar="PORT",
            help=f"{whose}, 0 for any free one (default: %(default)s)",
        )
    demo.add_argument(
        "--db",
        metavar="URL",
        help="keep the realm's data in this database, like sqlite:///demo.sqlite "
        "(default: a temporary one)",
    )
    demo.set_defaults(run=_demo)


def _add_realm(commands: Any, words: Sequence[str]) -> None:
    realm = commands.add_parser(
        "realm", help="serve and administer a realm of your own"
    )
    if list(words[:1]) == ["realm"]:  # only then is the extra worth its import
        actions = realm.add_subparsers(title="actions", metavar="ACTION", required=True)
        importlib.import_module("arware.local.command").add_parsers(actions)


def _add_eject(commands: Any, words: Sequence[str]) -> None:
    eject = commands.add_parser(
        "eject", help="copy the realm's code into an application, to own it there"
    )
    if list(words[:1]) == ["eject"]:
        actions = eject.add_subparsers(title="actions", metavar="ACTION", required=True)
        importlib.import_module("arware.eject.command").add_parsers(actions)


# --- Two small commands ----------------------------------------------------------


def _secret(_: argparse.Namespace) -> int:
    say(secrets.token_urlsafe(48))
    return 0


def _demo(arguments: argparse.Namespace) -> int:
    from arware.demo.command import DemoError, run

    try:
        return run(arguments)
    except DemoError as error:
        raise CommandError(str(error)) from None
