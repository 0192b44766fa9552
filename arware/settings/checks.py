"""Across the settings: what contradicts what, and who needs what."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from .addresses import is_same_place
from .faults import Fault, fault_of, missing
from .names import URI, VARIABLES, FromUri
from .sources import misnamed, offers_secret
from .values import InvalidValue, is_blank, read_seconds_or_never

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .settings import Settings


# --- Contradictions ----------------------------------------------------------------


def contradictions(settings: Settings) -> Iterator[Fault]:
    """Yield the faults that show only when the settings are looked at together."""
    yield from _prefix_faults(settings)
    for name in ("login_path", "logout_path"):
        yield from _route_faults(settings, name)
    yield from _loop_faults(settings)
    yield from _realm_faults(settings)
    if settings.issuer is None:
        yield fault_of("issuer", "it is empty", "Take it out")


def _prefix_faults(settings: Settings) -> Iterator[Fault]:
    if settings.exempt and not settings.require_login:
        yield fault_of(
            "exempt",
            "it exempts paths from a login that nothing requires",
            "Set require_login to true as well, or take exempt out",
        )
    if any(not unquote(prefix).strip("/") for prefix in settings.exempt):
        yield fault_of(
            "exempt",
            "it holds /, which is the beginning of every path",
            "Name the paths that need no login, or take require_login out",
        )


def _route_faults(settings: Settings, name: str) -> Iterator[Fault]:
    """Yield why a request for the route *name* would never come to us."""
    path = getattr(settings, name)
    if path is None:
        return
    if any(_is_below(path, prefix) for prefix in settings.ignore):
        yield fault_of(
            name,
            "it lies below a path of ignore, where the adapter does nothing",
            "Move one of the two",
        )
    realm = settings.realm_path
    if realm and _is_below(path, realm):
        yield fault_of(
            name,
            f"it lies below {realm}, where the pages of local_realm are",
            "Move it elsewhere",
        )


def _loop_faults(settings: Settings) -> Iterator[Fault]:
    if settings.logout_path is None:
        return
    for name, problem in (
        ("login_path", "it is the path of logout_path, too"),
        ("post_logout_path", "it is logout_path, so that a logout would never end"),
    ):
        path = getattr(settings, name)
        if path is not None and unquote(path) == unquote(settings.logout_path):
            yield fault_of(name, problem, "Give the two different paths")


def _realm_faults(settings: Settings) -> Iterator[Fault]:
    """Yield that people would log in at one place and be known at another."""
    own, url = getattr(settings.local_realm, "url", None), settings.loginrocket_url
    if own and url and not is_same_place(url, own):
        yield fault_of(
            "loginrocket_url",
            f"it is {url}, and local_realm is at {own}: people log in at one of them",
            "Take one of the two out",
        )


def _is_below(path: str, prefix: str) -> bool:
    return (unquote(path) + "/").startswith(unquote(prefix).rstrip("/") + "/")


# --- Who needs what ----------------------------------------------------------------


def _missing(name: str, fix: str, problem: str = "it is missing") -> Fault:
    """Return that *name* is missing, or that its variable has another name."""
    variable = misnamed(name)
    if variable is None:
        return missing(name, fix, problem)
    problem = f"it is missing, but {variable} is set"
    return missing(name, f"Rename that to {VARIABLES[name]}", problem)


def adapter_faults(values: Mapping[str, Any]) -> list[Fault]:
    """Return what an adapter misses in *values*."""
    faults = key_faults(values)
    secret_at_hand = offers_secret(values.get("local_realm"))
    if is_blank(values.get("cookie_secret")) and not secret_at_hand:
        fix = "Make one with `arware secret` and keep it out of the code"
        faults.insert(0, _missing("cookie_secret", fix))
    if values.get("local_realm") is None and _is_managed(values):
        faults += client_faults(values)
    return faults


def _is_managed(values: Mapping[str, Any]) -> bool:
    try:
        return bool(read_seconds_or_never(values.get("check_session")))
    except InvalidValue:
        return True


def key_faults(values: Mapping[str, Any]) -> list[Fault]:
    """Return what verifying tokens misses in *values*."""
    sources = ("loginrocket_url", "jwt_key", "local_realm")
    if not all(is_blank(values.get(name)) for name in sources):
        return []
    fix = (
        "Set it to the realm's LoginRocket URL (https://....loginrocket.com/), shown "
        "in AuthRocket under Integration. Without AuthRocket, `arware realm` makes a "
        "realm of your own and `arware demo` shows one"
    )
    return [_missing("loginrocket_url", fix, "it is missing, and so is jwt_key")]


_CLIENT_FIXES = {
    "api_key": "Make one in AuthRocket under Settings, API keys",
    "url": "Set it to the API's URL, like https://api-e2.authrocket.com/v2",
}


def client_faults(values: Mapping[str, Any]) -> list[Fault]:
    """Return what a client of the API misses in *values*."""
    faults = [
        _missing(name, fix)
        for name, fix in _CLIENT_FIXES.items()
        if is_blank(values.get(name))
    ]
    if isinstance(values.get("url"), FromUri) and not is_blank(values.get("url")):
        fix = (
            "Write it there, as in https://ks_...@api-e2.authrocket.com/v2; "
            "AUTHROCKET_API_KEY is ignored because AUTHROCKET_URI is set"
        )
        return [replace(fault, variable=URI, fix=fix) for fault in faults]
    return faults
