"""What the commands of a realm share: their words, and how they find the realm."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arware.kit.inis import InvalidIni
from arware.web.text import shown

from ..configuration import FILE, file_here, of_environ, values_in
from ..naming import COMMAND

if TYPE_CHECKING:
    from ..realm import Realm
    from ..settings import RealmSettings


class CommandError(Exception):
    """
    A sentence for the person at the terminal; the command ends with 1.

    *reason* is a stable word, for programs.
    """

    def __init__(self, text: str, reason: str = "refused") -> None:
        super().__init__(text)
        self.reason = reason


def say(text: str = "") -> None:
    """Print a line, or several; what strangers wrote there moves no cursor."""
    sys.stdout.write(f"{_seen(text)}\n")


def remark(text: str) -> None:
    """Print it for the person only: a program that reads the output gets none."""
    sys.stderr.write(f"{_seen(text)}\n")


def _seen(text: str) -> str:
    return "\n".join(map(shown, text.split("\n")))


def safely(handler: Any) -> Any:
    """
    Return *handler* with its faults told in words, and the exit code they mean.

    With ``--json`` they are told as ``{"error": ..., "reason": ...}``, one line at the
    place of errors.
    """

    def run(arguments: argparse.Namespace) -> int:
        from arware.errors import ConfigurationError

        try:
            handler(arguments)
        except CommandError as error:
            return _told(arguments, str(error), error.reason)
        except ConfigurationError as error:
            return _told(arguments, str(error), "configuration")
        return 0

    return run


def _told(arguments: argparse.Namespace, text: str, reason: str) -> int:
    is_json = getattr(arguments, "json", False)
    remark(json.dumps({"error": text, "reason": reason}) if is_json else text)
    return 1


def with_config(parser: Any) -> Any:
    """Add to *parser* the options that name a realm, and return it."""
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help=f"the realm's configuration (default: {FILE}, if it is there)",
    )
    parser.add_argument("--database", metavar="URL", help="instead of the file's")
    parser.add_argument("--url", help="the realm's address, instead of the file's")
    parser.add_argument(
        "--login-url",
        action="append",
        metavar="URL",
        help="an application's address, instead of the file's; may be repeated",
    )
    return parser


def read_values(path: Path) -> dict[str, str]:
    """Return what an ini file says of the realm; ``%(here)s`` is its folder."""
    try:
        return values_in(path)
    except InvalidIni as error:
        raise CommandError(str(error)) from None


def settings_of(arguments: argparse.Namespace) -> RealmSettings:
    """Return the settings that the options of :func:`with_config` stand for."""
    from ..settings import RealmSettings

    path = arguments.config or file_here()
    values: dict[str, Any] = of_environ()
    if path is not None:
        values = read_values(path) | values
    elif arguments.database is None and "database" not in values:
        raise CommandError(
            f"there is no {FILE} here; make one with `{COMMAND} init`, "
            "or name one with --config"
        )
    given = {
        "database": arguments.database,
        "url": arguments.url,
        "login_urls": arguments.login_url,
    }
    values |= {name: value for name, value in given.items() if value is not None}
    return RealmSettings.read(**values)


def realm_of(arguments: argparse.Namespace, *, migrate: bool | None = None) -> Realm:
    """Return the realm, opened; *migrate* is that of :class:`~arware.local.Realm`."""
    from ..realm import Realm

    return Realm(settings_of(arguments), migrate=migrate)
