"""The options that name a realm, and what they stand for."""

from __future__ import annotations

import argparse
import sys
import traceback
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from types import ModuleType

#: What an application makes that has not been configured.
_DEVELOPED = Path("realm.sqlite")


def with_json(parser: Any) -> Any:
    """Add to *parser* the option that all commands have, and return it."""
    parser.add_argument(
        "--json", action="store_true", help="print JSON, one object a line"
    )
    return parser


def with_config(parser: Any) -> Any:
    """Add to *parser* the options that name a realm, too, and return it."""
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help=f"the realm's configuration (default: {FILE}, if it is there)",
    )
    parser.add_argument(
        "--database", metavar="URL", help="the realm's database, instead of the file's"
    )
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
        type=_place,
        metavar="MODULE:NAME",
        help="the Realm that your application makes, like app:realm, with all that it "
        "is given there",
    )
    return parser


def _place(text: str) -> str:
    """Return *text* if it is a module and a name."""
    if not all(text.partition(":")):
        raise argparse.ArgumentTypeError(f"{text!r} is not MODULE:NAME, like app:realm")
    return text


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
    try:
        found = attrgetter(name)(_imported(module))
    except AttributeError as error:
        raise CommandError(f"--realm {arguments.realm}: {error}") from None
    if not isinstance(found, Realm):
        kind = type(found).__name__
        raise CommandError(f"--realm {arguments.realm}: this is no Realm, but {kind}")
    return found


def _imported(module: str) -> ModuleType:
    """Return the application's *module*, whose faults are told in one line."""
    from arware.errors import ConfigurationError

    # As for `python -m`: the command lies elsewhere than the application.
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        return import_module(module)
    except ConfigurationError:
        raise
    except ModuleNotFoundError as error:
        fix = f"this command looks in {here}: run it in the folder of the application"
        raise CommandError(f"--realm: {error}; {fix}") from None
    except Exception as error:  # noqa: BLE001 - a module may raise anything
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if frame.filename.startswith(here)]
        place = "".join(f" at {one.filename}:{one.lineno}" for one in own[-1:])
        kind = type(error).__name__
        fix = "give the command the environment that the application has"
        raise CommandError(
            f"--realm: {module} cannot be imported: {kind}: {error}{place}; {fix}"
        ) from None
