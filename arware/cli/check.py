"""``arware check``: what is wrong with a configuration, and what should be known."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

from arware.cache import guarded, probe
from arware.errors import ConfigurationError
from arware.settings import (
    VARIABLES,
    Fault,
    Settings,
    client_faults,
    environ_values,
    unknown_variables,
)

from .online import look
from .source import add_source, place_of, read_values
from .terminal import count, say

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence


def add_check(commands: Any) -> None:
    """Add the command to the parser's *commands*."""
    check = commands.add_parser(
        "check",
        help="tell what is wrong with a configuration",
        description="Tell what is wrong with the settings in the environment or in an "
        "ini file. Ends with exit code 1 if arware could not start with them.",
    )
    add_source(check)
    check.add_argument(
        "--online",
        action="store_true",
        help="also download the key set of loginrocket_url",
    )
    check.set_defaults(run=_check)


def _check(arguments: argparse.Namespace) -> int:
    values, faults = read_values(arguments)
    users = _users(values)
    faults += _adapter_faults(values) if "adapter" in users else _form_faults(values)
    faults += _client_faults(values) if "client" in users else []
    found: list[str] = []
    if arguments.online and "adapter" in users and not faults:
        faults, found = look(Settings(**values))
    warnings = list(_environment_warnings())
    if not faults:
        say(f"{_either(users)} can start with {place_of(arguments)}.")
        if "adapter" in users:
            warnings += _warnings(Settings(**values))
    _list("fault", list(dict.fromkeys(faults)), f" in {place_of(arguments)}")
    for line in found:
        say(line)
    _list("warning", warnings)
    return 1 if faults else 0


def _either(users: Sequence[str]) -> str:
    articles = {"adapter": "an adapter", "client": "a client"}
    text = " and ".join(articles[user] for user in users)
    return text[0].upper() + text[1:]


def _users(values: Mapping[str, Any]) -> list[str]:
    """Return what is to start with *values*: an adapter, unless they are a client's."""
    client = values.keys() & {"api_key", "url"}
    adapter = values.keys() & {"cookie_secret", "loginrocket_url", "jwt_key"}
    return (["adapter"] if adapter or not client else []) + (
        ["client"] if client else []
    )


def _list(noun: str, items: Sequence[object], where: str = "") -> None:
    if items:
        say(f"{count(len(items), noun)}{where}:")
        say("\n".join(f"  - {item}" for item in items))


# --- What is wrong ---------------------------------------------------------------


def _form_faults(values: Mapping[str, Any]) -> list[Fault]:
    """Return what is wrong with *values*, whoever is to use them."""
    try:
        Settings(**values)
    except ConfigurationError as error:
        return list(error.faults)
    return []


def _client_faults(values: Mapping[str, Any]) -> list[Fault]:
    """Return what a client misses in *values*, and certificates that are not there."""
    from arware.runtime.adapter_settings import ca_faults

    return [*client_faults(values), *ca_faults(values.get("ca_bundle"))]


def _adapter_faults(values: Mapping[str, Any]) -> list[Fault]:
    """Return all that keeps an adapter from starting with *values*."""
    from arware.runtime.adapter_settings import adapter_settings

    # What it warns of is among the warnings here.
    logging.getLogger("arware").addHandler(logging.NullHandler())
    try:
        adapter_settings(None, values)
    except ConfigurationError as error:
        return list(error.faults)
    return []


# --- What works and should be known ----------------------------------------------


def _environment_warnings() -> Iterator[str]:
    """Yield the variables that are set and not looked at."""
    values = environ_values()
    for name, variable in VARIABLES.items():
        given = os.environ.get(variable, "").strip()
        if given and given != values.get(name, "").strip():
            yield f"{name}: {variable} is ignored because AUTHROCKET_URI is set"
    yield from map(str, unknown_variables(os.environ))


def _warnings(settings: Settings) -> Iterator[str]:
    from arware.runtime.known_secrets import is_known

    yield from _reach_warnings(settings)
    if settings.unsolicited_login == "allow":
        yield (
            "unsolicited_login: with allow, a stranger's link can log a visitor in as "
            "the stranger. Leave it at confirm"
        )
    if any(map(is_known, settings.cookie_secret)):
        yield (
            "cookie_secret: it is in public lists of secrets, so it protects nothing. "
            "Make one with `arware secret`"
        )
    elif any(len(set(secret)) < 12 for secret in settings.cookie_secret):
        yield (
            "cookie_secret: it looks as if somebody typed it. Make one with "
            "`arware secret`"
        )
    if settings.jwt_key and settings.loginrocket_url:
        yield (
            "jwt_key: it wins over the key set of loginrocket_url, so a new key of the "
            "realm is not seen until it is changed here. Take it out unless the realm "
            "signs with HS256"
        )
    if not settings.require_login:
        yield (
            "require_login: no page needs a login unless the application says so. "
            "Recommended: true, with exempt for the public pages"
        )
    for name in ("ignore", "exempt"):
        if "/" in getattr(settings, name):
            yield f"{name}: / covers every page. List the public paths only"
    if settings.check_session and settings.on_outage == "allow":
        yield (
            "on_outage: while the API cannot be asked, a revoked session counts until "
            "its token ends. Set it to deny if that is too long"
        )


def _reach_warnings(settings: Settings) -> Iterator[str]:
    """Yield what depends on where the application runs."""
    region = guarded(settings.cache, settings.cookie_secret)
    problem = probe(region)
    if problem:
        yield (
            f"cache: {problem}, so processes do not learn of one another's logouts. "
            "Check the url, and what the store allows its user"
        )
    if not region.shared:
        yield (
            "cache: the memory region of each process is used, so a logout does not "
            "reach other processes; there a copied cookie works until its token ends. "
            "With more than one process, configure a Redis or memcached region"
        )
    if (settings.loginrocket_url or "").startswith("http:"):
        yield "loginrocket_url: it is a realm on this machine, good for development"
    if settings.public_url is None:
        yield (
            "public_url: it is not set, so the Host header and the server's scheme are "
            "trusted. Set it if a proxy changes either or passes any Host on"
        )
    elif settings.public_url.startswith("http:"):
        yield "public_url: it is plain http, so cookies travel unprotected"
