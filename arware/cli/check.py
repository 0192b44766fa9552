"""``arware check``: what is wrong with a configuration, and what should be known."""

from __future__ import annotations

import os
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from arware.cache import guarded, probe
from arware.errors import ConfigurationError, Fault, KeysUnavailable
from arware.settings import Settings, client_faults

from .sayings import count, say
from .source import add_source, keys_of, read_values

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence


def add_check(commands: Any) -> None:
    """Add the command to the parser's *commands*."""
    check = commands.add_parser(
        "check",
        help="tell what is wrong with a configuration",
        description="Tell what is wrong with the settings in the environment or in an "
        "ini file. Ends with 1 if a adapter, or a client that is begun, could not start.",
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
    if "adapter" in users:
        faults += _adapter_faults(values)
    else:
        faults += _form_faults(values)
    if "client" in users:
        faults += client_faults(values)
    faults = list(dict.fromkeys(faults))
    if arguments.online and "adapter" in users and not faults:
        faults += _online_faults(Settings(**values))
    place = arguments.ini or "the environment"
    warnings = [] if arguments.ini else list(_overruled(values))
    if faults:
        _list("fault", faults, f" in {place}")
        _list("warning", warnings)
        return 1
    say(f"A {' and a '.join(users)} can start with {place}.")
    if "adapter" in users:
        warnings += _warnings(Settings(**values))
    _list("warning", warnings)
    return 0


def _users(values: Mapping[str, Any]) -> list[str]:
    """Return what is to start with *values*: a adapter, unless they are a client's."""
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


def _adapter_faults(values: Mapping[str, Any]) -> list[Fault]:
    """Return all that keeps a adapter from starting with *values*."""
    from arware.runtime.authenticator import Authenticator

    try:
        Authenticator(
            Settings(), values
        )  # and not the environment beneath the ini file
    except ConfigurationError as error:
        return list(error.faults)
    return []


def _online_faults(settings: Settings) -> list[Fault]:
    """Return why the keys of *settings* cannot verify anything."""
    try:
        keys_of(settings)
    except KeysUnavailable as error:
        problem = f"its key set cannot be had: {error}"
        fix = "Copy the LoginRocket URL from AuthRocket, and let this host reach it"
        return [Fault("loginrocket_url", "LOGINROCKET_URL", problem, fix)]
    return []


# --- What works and should be known ----------------------------------------------


def _overruled(values: Mapping[str, Any]) -> Iterator[str]:
    """Yield the variables that are set and not looked at, as another one wins."""
    for item in fields(Settings):
        variable = item.metadata["variable"] or ""
        given = os.environ.get(variable, "").strip()
        if given and given != str(values.get(item.name, "")).strip():
            yield f"{item.name}: {variable} is not looked at, as AUTHROCKET_URI is set"


def _warnings(settings: Settings) -> Iterator[str]:
    yield from _reach_warnings(settings)
    if settings.unsolicited_login == "allow":
        yield (
            "unsolicited_login: with allow, a stranger's link can log a visitor in as "
            "the stranger. Leave it at confirm"
        )
    if any(len(set(secret)) < 12 for secret in settings.cookie_secret):
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
            "believed. Set it if a proxy changes either or passes any Host on"
        )
    elif settings.public_url.startswith("http:"):
        yield "public_url: it is plain http, so cookies travel unprotected"
