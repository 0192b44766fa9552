"""The options that name a realm, and what they stand for."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from typing import Any

from arware.kit.inis import InvalidIni
from arware.kit.terminal import CommandError

from ..configuration import (
    DEVELOPMENT_URL,
    FILE,
    file_here,
    of_environ,
    values_in,
)
from ..naming import COMMAND, IS_COPY
from ..realm import Realm
from ..settings import RealmSettings

#: What an application makes that has not been configured.
_DEVELOPED = Path("realm.sqlite")


def with_json(parser: Any) -> Any:
    """Add to *parser* the option that all commands have, and return it."""
    parser.add_argument("--json", action="store_true", help="print JSON lines")
    return parser


def with_config(parser: Any) -> Any:
    """Add to *parser* the options that name a realm, too, and return it."""
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
    return with_json(parser)


def with_realm(parser: Any) -> Any:
    """Add to *parser* the options that name a realm to be opened, and return it."""
    with_config(parser).add_argument(
        "--realm",
        metavar="MODULE:NAME",
        help="the Realm that your application makes, like app:realm, with all that it "
        "is given there",
    )
    return parser


def read_values(path: Path) -> dict[str, str]:
    """Return what an ini file says of the realm; ``%(here)s`` is its folder."""
    try:
        return values_in(path)
    except InvalidIni as error:
        raise CommandError(str(error)) from None


def settings_of(arguments: argparse.Namespace) -> RealmSettings:
    """
    Return the settings that the options of :func:`with_config` stand for.

    In a copy they are those of the application, be it one that has been configured
    nowhere yet.
    """
    path = arguments.config or file_here()
    values: dict[str, Any] = {"url": DEVELOPMENT_URL} if IS_COPY else {}
    values |= (read_values(path) if path else {}) | of_environ()
    given = {
        "database": arguments.database,
        "url": arguments.url,
        "login_urls": arguments.login_url,
    }
    values |= {name: value for name, value in given.items() if value is not None}
    is_developed = IS_COPY and _DEVELOPED.exists()
    if path is None and "database" not in values and not is_developed:
        raise CommandError(
            f"there is no {FILE} here; name one with --config, or with --realm the "
            "realm that your application makes, like app:realm; "
            f"`{COMMAND} init` makes a new one"
        )
    return RealmSettings.read(**values)


def realm_of(arguments: argparse.Namespace, *, migrate: bool | None = None) -> Realm:
    """Return the realm, opened; *migrate* is that of :class:`~arware.local.Realm`."""
    return Realm(settings_of(arguments), migrate=migrate)


def named_realm(arguments: argparse.Namespace) -> Realm:
    """Return the realm, opened, that the options of :func:`with_realm` stand for."""
    if arguments.realm is None:
        return realm_of(arguments)
    module, _, name = arguments.realm.partition(":")
    # As for `python -m`: the command lies elsewhere than the application.
    sys.path.insert(0, str(Path.cwd()))
    try:
        found = attrgetter(name)(import_module(module))
    except (ImportError, AttributeError, ValueError) as error:
        said = f"--realm {arguments.realm}: {error}; it takes MODULE:NAME"
        raise CommandError(said) from None
    if not isinstance(found, Realm):
        kind = type(found).__name__
        raise CommandError(f"--realm {arguments.realm}: this is no Realm, but {kind}")
    return found
