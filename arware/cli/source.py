"""Where the command finds settings: in the environment or in an ini file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from arware.kit.inis import InvalidIni, NoSection, read_ini
from arware.settings import Fault, Settings, environ_values, read_mapping

from .terminal import CommandError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from arware.tokens.keys import KeySet


def add_source(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where the settings are."""
    parser.add_argument(
        "--ini",
        metavar="FILE",
        help="read authrocket.* of this file's [app:main], above the environment",
    )
    parser.add_argument(
        "--section", metavar="NAME", help="read another section of the ini file"
    )


def read_values(arguments: argparse.Namespace) -> tuple[dict[str, Any], list[Fault]]:
    """Return the settings that are given, and a fault for each unknown name."""
    if arguments.ini is None:
        return environ_values(), []
    return read_mapping(_ini(Path(arguments.ini), arguments.section))


def place_of(arguments: argparse.Namespace) -> str:
    """Return where the settings were read, in words."""
    return (
        f"{arguments.ini} and the environment" if arguments.ini else "the environment"
    )


def _ini(path: Path, section: str | None) -> Mapping[str, str]:
    """Return a section of the ini file at *path*, as Pyramid would read it."""
    try:
        return read_ini(path, section or "app:main")
    except NoSection as error:
        raise CommandError(f"{error}; choose with --section") from None
    except InvalidIni as error:
        raise CommandError(str(error)) from None


def keys_of(settings: Settings) -> tuple[KeySet, str]:
    """Return the keys that *settings* trust, and where they come from."""
    from arware.tokens.keys import UnusableKey, parse_jwt_key

    if settings.jwt_key:
        try:
            return parse_jwt_key(settings.jwt_key), "jwt_key"
        except UnusableKey as error:
            raise CommandError(f"jwt_key cannot be used: {error}") from None
    from arware.runtime.key_store import download_keys
    from arware.web.urls import loginrocket_link

    url = loginrocket_link(settings.loginrocket_url or "", "connect/jwks", {})
    return download_keys(url, settings.ca_bundle)[1], url
