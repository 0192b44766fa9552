"""Where settings come from: the environment, a mapping of texts, keywords."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit, urlunsplit

from .faults import Fault, unknown
from .names import NAMES, URI, VARIABLES, FromUri
from .values import is_blank

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .settings import Settings

#: A realm in this process is asked about a session after as many seconds.
LOCAL_CHECK_SESSION = 30.0


# --- The environment ---------------------------------------------------------------


def environ_values(environ: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the settings that *environ* (or the process's environment) gives."""
    environ = os.environ if environ is None else environ
    given = {name: environ.get(variable) for name, variable in VARIABLES.items()}
    for variable in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        if is_blank(given["ca_bundle"]):
            given["ca_bundle"] = environ.get(variable)
    uri = environ.get(URI)
    if not is_blank(uri):
        given |= dict.fromkeys(("api_key", "realm", "service"))
        given |= {n: FromUri(text) for n, text in _uri_values(str(uri).strip())}
    return {name: value for name, value in given.items() if not is_blank(value)}


def misnamed(name: str, environ: Mapping[str, str] | None = None) -> str | None:
    """Return a variable that was meant for the setting *name*, with another name."""
    found = os.environ if environ is None else environ
    return next(
        (v for v in found if v not in _OURS and found[v] and meant_by(v) == name), None
    )


def meant_by(key: str) -> str | None:
    """Return the setting that *key* means, though it may begin in a wrong way."""
    match = _MEANT.fullmatch(key)
    if match is None:
        return None
    return (match["name"] or "loginrocket_url").lower()


#: How the names of settings begin. Whoever says otherwise may have several adapters,
#: and knows whose the rest is.
PREFIXES = ("authrocket.", "AUTHROCKET_")

#: How people begin the names of settings, and the one that is known by itself.
_MEANT = re.compile(
    rf"(?:auth[._-]?rocket|arware)[._:-]*(?P<name>{'|'.join(NAMES)})"
    r"|login[._-]?rocket[._-]?url",
    re.IGNORECASE,
)


def unknown_variables(environ: Mapping[str, str]) -> Iterator[Fault]:
    """Yield a fault for each variable that looks like ours and is none."""
    for variable in environ:
        prefix, _, name = variable.partition("_")
        if prefix not in ("AUTHROCKET", "LOGINROCKET") or variable in _OURS:
            continue
        if name.lower() in NAMES and name.lower() not in VARIABLES:
            problem = f"{name.lower()} is not read from the environment"
            fix = "Give it in the code or in the ini file"
            yield Fault(variable, None, problem, fix, "unknown")
        else:
            ours = {v.removeprefix(f"{prefix}_"): v for v in _OURS}
            yield unknown(variable, name, ours)


_OURS = (*VARIABLES.values(), URI)


def _uri_values(uri: str) -> Iterator[tuple[str, str]]:
    """Yield what stands in ``AUTHROCKET_URI``, told apart by how it begins."""
    try:
        parts = urlsplit(uri)
        userinfo, _, place = parts.netloc.rpartition("@")
        user, _, password = userinfo.partition(":")
    except ValueError:
        yield "url", uri
        return
    yield "url", urlunsplit(parts._replace(netloc=place))
    for part in (unquote(password), unquote(user)):
        for prefix, name in _URI_PREFIXES.items():
            if part.startswith(prefix):
                yield name, part


_URI_PREFIXES = {
    "jsk_": "jwt_key",
    "ks_": "api_key",
    "key_": "api_key",
    "rl_": "realm",
    "svc_": "service",
}


# --- Mappings and keywords ---------------------------------------------------------


def read_mapping(
    mapping: Mapping[str, Any],
    prefix: str = "authrocket.",
    environ: Mapping[str, str] | None = None,
) -> tuple[dict[str, Any], list[Fault]]:
    """
    Return the settings in *mapping*, and a fault for each name that is none.

    What it leaves out or blank is taken from *environ*, by default the process's. An
    upper-case *prefix* is for names as Flask and Django have them.
    """
    upper = prefix.isupper()
    own = {v: mapping[v] for v in _OURS if upper and not is_blank(mapping.get(v))}
    environ = os.environ if environ is None else environ
    values, cache = environ_values({**environ, **own}), {}
    names = {prefix + (name.upper() if upper else name): name for name in NAMES}
    faults = []
    for key, value in mapping.items():
        if upper and key in _OURS:
            continue
        if not key.startswith(prefix):
            is_ours = prefix in PREFIXES and environ.get(key) != value
            meant = meant_by(key) if is_ours and not is_blank(value) else None
            if meant is not None:
                faults.append(_wrong_prefix(key, prefix, meant))
                values.setdefault(meant, value)  # so it is not missing as well
            continue
        name = names.get(key)
        if key.startswith(f"{prefix}cache."):
            cache[key.removeprefix(f"{prefix}cache.")] = value
        elif name is None:
            faults.append(_unknown_name(key, prefix, names))
        elif name not in values or not is_blank(value):
            values[name] = value
    return values | ({"cache": cache} if cache else {}), faults


def _unknown_name(key: str, prefix: str, names: Mapping[str, str]) -> Fault:
    """Return that *key* is none of *names*, or that *prefix* is too short for them."""
    rest = key.removeprefix(prefix)
    if rest[:1] in (".", "_") and rest[1:].lower() in NAMES:
        problem = f"{prefix!r} leaves {rest[0]!r} before the names of settings"
        return Fault("prefix", None, problem, f'Write prefix="{prefix}{rest[0]}"')
    return unknown(key, rest, {name.removeprefix(prefix): name for name in names})


def _wrong_prefix(key: str, prefix: str, name: str) -> Fault:
    """Return that *key*, which is meant for *name*, does not begin with *prefix*."""
    written = prefix + (name.upper() if prefix.isupper() else name)
    problem = f"the names of settings begin with {prefix} here"
    return Fault(key, None, problem, f"Write {written}", "unknown")


def values_of(
    settings: Settings | None, overrides: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the values of *settings*, else the environment's, under *overrides*."""
    if settings is None:
        return {**environ_values(), **overrides}
    values = {name: getattr(settings, name) for name in NAMES}
    # They follow the realm, and *overrides* may hold another one.
    for name, value in realm_values(settings.local_realm).items():
        if values[name] == value:
            del values[name]
    return {**values, **overrides}


def realm_values(realm: Any) -> dict[str, Any]:
    """Return what holds with a *realm* in this process, unless another is given."""
    if realm is None:
        return {}
    # It is its own LoginRocket, and asking it costs next to nothing.
    url = getattr(realm, "url", None)
    values = {"loginrocket_url": url, "check_session": LOCAL_CHECK_SESSION}
    if offers_secret(realm):
        values["cookie_secret"] = realm.derive_secrets("cookie")
    return values


def offers_secret(realm: Any) -> bool:
    """Tell whether *realm* has a secret from which others can be derived."""
    return hasattr(realm, "derive_secrets")


def realm_path(realm: Any) -> str | None:
    """
    Return below which path of the origin the pages of *realm* are served.

    ``None`` if there is no realm, or if its address has no path: then it has a host of
    its own.
    """
    url = str(getattr(realm, "url", None) or "")
    return urlsplit(url).path.rstrip("/") or None
