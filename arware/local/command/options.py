"""The options that name a realm, and what they stand for."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arware.kit.inis import InvalidIni
from arware.kit.terminal import CommandError

from ..configuration import FILE, file_here, of_environ, values_in
from ..naming import COMMAND

if TYPE_CHECKING:
    from ..realm import Realm
    from ..settings import RealmSettings


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
