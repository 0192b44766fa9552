"""Settings: read once, at the edge, into one frozen object."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal
from urllib.parse import unquote, urlsplit, urlunsplit

from ..errors import ConfigurationError, Fault
from ..seats import Seats
from .values import READERS, InvalidValue, check_jwt_key

UnsolicitedLogin = Literal["confirm", "allow", "refuse"]
OnOutage = Literal["allow", "deny"]


def _setting(default: Any, kind: str, variable: str | None = None) -> Any:
    """Declare a field: how its text is read and which variable may give it."""
    return field(default=default, metadata={"kind": kind, "variable": variable})


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Settings:
    """
    What a adapter and a client need to know; the fields are described in the reference.

    Values are normalised and their form is checked; all faults are reported in one
    :class:`~arware.errors.ConfigurationError`. What must be *present* is up to who
    uses them: see :func:`adapter_faults` and :func:`client_faults`. Secrets do not
    show in ``repr``.
    """

    loginrocket_url: str | None = _setting(None, "url", "LOGINROCKET_URL")
    jwt_key: str | None = _setting(None, "secret", "AUTHROCKET_JWT_KEY")
    api_key: str | None = _setting(None, "secret", "AUTHROCKET_API_KEY")
    realm: str | None = _setting(None, "text", "AUTHROCKET_REALM")
    service: str | None = _setting(None, "text", "AUTHROCKET_SERVICE")
    url: str | None = _setting(None, "url", "AUTHROCKET_URL")
    cookie_secret: tuple[str, ...] = _setting((), "secrets", "AUTHROCKET_COOKIE_SECRET")
    cookie_name: str = _setting("authrocket", "text", "AUTHROCKET_COOKIE_NAME")
    login_path: str | None = _setting("/login", "path")
    logout_path: str | None = _setting("/logout", "path")
    post_logout_path: str | None = _setting("/", "path")
    require_login: bool | tuple[str, ...] = _setting(False, "flag or paths")
    exempt: tuple[str, ...] = _setting((), "paths")
    ignore: tuple[str, ...] = _setting((), "paths")
    public_url: str | None = _setting(None, "origin", "AUTHROCKET_PUBLIC_URL")
    unsolicited_login: UnsolicitedLogin = _setting("confirm", "text")
    within: float | None = _setting(None, "seconds")
    check_session: float | None = _setting(None, "seconds or never")
    leeway: float = _setting(5.0, "leeway")
    ca_bundle: str | None = _setting(None, "text", "AUTHROCKET_CA_BUNDLE")
    on_outage: OnOutage = _setting("allow", "text")
    cache: Any = _setting(None, "cache")
    allowed_origins: tuple[str, ...] = _setting((), "origins")
    remote_user: bool = _setting(False, "flag")
    issuer: str = _setting("https://authrocket.com", "text")
    default_headers: Mapping[str, Any] = _setting(None, "headers")
    local_realm: Any = _setting(None, "object")

    def __post_init__(self) -> None:
        faults: list[Fault] = []
        in_uri = {n for n in _KINDS if isinstance(getattr(self, n), FromUri)}
        for name, kind in _KINDS.items():
            value = getattr(self, name)
            try:
                read = READERS[kind](value)
                if isinstance(value, FromUri) and isinstance(read, str):
                    read = FromUri(read)
                object.__setattr__(self, name, read)
            except InvalidValue as invalid:
                faults.append(fault_of(name, invalid.problem, invalid.fix))
                object.__setattr__(self, name, _DEFAULTS[name])
        if self.loginrocket_url is None:
            # A realm in this process is its own LoginRocket.
            url = getattr(self.local_realm, "url", None)
            object.__setattr__(self, "loginrocket_url", url)
        if self.check_session is None and self.local_realm is not None:
            object.__setattr__(self, "check_session", 30.0)
        faults.extend(_contradictions(self))
        if faults:
            raise ConfigurationError(
                replace(fault, variable="AUTHROCKET_URI")
                if fault.setting in in_uri
                else fault
                for fault in faults
            )

    def __repr__(self) -> str:
        shown = []
        for item in fields(self):
            value = getattr(self, item.name)
            if value == item.default or value in ({}, None):
                continue
            kind = item.metadata["kind"]
            hidden = kind in ("secret", "secrets", "cache", "headers")
            shown.append(f"{item.name}={'***' if hidden else repr(value)}")
        return f"Settings({', '.join(shown)})"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """
        Read the environment variables of the reference; blank counts as absent.

        With *environ* ``None`` the process's environment is read. In
        ``AUTHROCKET_URI`` (``https://ks_...:rl_...@host/v2``) the user and the
        password are told apart by their prefixes, and ``AUTHROCKET_API_KEY``,
        ``_REALM`` and ``_SERVICE`` are not looked at.
        """
        return cls(**environ_values(environ))

    @classmethod
    def from_mapping(
        cls, mapping: Mapping[str, Any], prefix: str = "authrocket."
    ) -> Settings:
        """
        Read text settings, as ini files hold them, from keys that begin with *prefix*.

        Lists are split at white space, ``cookie_secret`` at commas, headers are lines
        of ``name: value``; ``true``, ``yes``, ``on`` and ``1`` are true. What begins
        with ``<prefix>cache.`` configures the cache region. An unknown name is a
        fault.
        """
        values, faults = read_mapping(mapping, prefix)
        try:
            settings = cls(**values)
        except ConfigurationError as error:
            faults.extend(error.faults)
        if faults:
            raise ConfigurationError(faults)
        return settings


def environ_values(environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the settings that *environ* (or the process's environment) gives."""
    environ = Seats.environ() if environ is None else environ
    values = {
        item.name: environ[item.metadata["variable"]]
        for item in fields(Settings)
        if environ.get(item.metadata["variable"] or "", "").strip()
    }
    for variable in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        if environ.get(variable, "").strip():
            values.setdefault("ca_bundle", environ[variable])
    uri = environ.get("AUTHROCKET_URI", "").strip()
    if uri:
        for name in ("api_key", "realm", "service"):
            values.pop(name, None)
        values.update(_uri_values(uri))
    return values


class FromUri(str):
    """A text that came out of ``AUTHROCKET_URI``, which its faults then name."""

    __slots__ = ()


_URI_PREFIXES = {
    "jsk_": "jwt_key",
    "ks_": "api_key",
    "key_": "api_key",
    "rl_": "realm",
    "svc_": "service",
}


def _uri_values(uri: str) -> dict[str, FromUri]:
    try:
        parts = urlsplit(uri)
        userinfo, _, place = parts.netloc.rpartition("@")
        user, _, password = userinfo.partition(":")
    except ValueError:
        return {"url": FromUri(uri)}
    values = {"url": FromUri(urlunsplit(parts._replace(netloc=place)))}
    for part in (unquote(password), unquote(user)):
        for prefix, name in _URI_PREFIXES.items():
            if part.startswith(prefix):
                values[name] = FromUri(part)
                break
    return values


def mapping_values(
    mapping: Mapping[str, Any], prefix: str = "authrocket."
) -> dict[str, Any]:
    """
    Return the settings that *mapping* gives under *prefix*.

    Raises :class:`~arware.errors.ConfigurationError` for names that do not exist.
    """
    values, faults = read_mapping(mapping, prefix)
    if faults:
        raise ConfigurationError(faults)
    return values


def read_mapping(
    mapping: Mapping[str, Any], prefix: str = "authrocket."
) -> tuple[dict[str, Any], list[Fault]]:
    """Return the settings in *mapping*, and a fault for each name that is none."""
    values: dict[str, Any] = {}
    cache: dict[str, Any] = {}
    faults: list[Fault] = []
    for key, value in mapping.items():
        if not key.startswith(prefix):
            continue
        name = key.removeprefix(prefix)
        if name.startswith("cache."):
            cache[name.removeprefix("cache.")] = value
        elif name in _KINDS:
            values[name] = value
        else:
            faults.append(unknown_setting(key, name))
    if cache:
        values["cache"] = cache
    return values, faults


def unknown_setting(key: str, name: str) -> Fault:
    """Return the fault for *key*, with the nearest name that exists."""
    near = difflib.get_close_matches(name, _KINDS, n=1)
    fix = f"Did you mean {near[0]}?" if near else "See the reference for the names."
    return Fault(key, None, "there is no such setting", fix)


def values_of(
    settings: Settings | None, overrides: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the values of *settings*, else the environment's, under *overrides*."""
    if settings is None:
        return {**environ_values(), **overrides}
    return {**{name: getattr(settings, name) for name in _KINDS}, **overrides}


def checked(values: Mapping[str, Any], faults: Iterable[Fault] = ()) -> Settings:
    """
    Return the settings that *values* are.

    Raises :class:`~arware.errors.ConfigurationError` with *faults*, what is wrong with
    the values, and the names that do not exist, all at once.
    """
    found = list(faults)
    try:
        settings = Settings(**{n: v for n, v in values.items() if n in _KINDS})
    except ConfigurationError as error:
        found = [*error.faults, *found]
    found += [unknown_setting(name, name) for name in values if name not in _KINDS]
    if found:
        raise ConfigurationError(_without_repeats(found))
    return settings


def _without_repeats(faults: list[Fault]) -> list[Fault]:
    """Leave out that something is missing where it is wrong already."""
    wrong = {fault.setting for fault in faults if "missing" not in fault.problem}
    return [
        fault
        for fault in dict.fromkeys(faults)
        if fault.setting not in wrong or "missing" not in fault.problem
    ]


# --- Who needs what ----------------------------------------------------------------


def adapter_faults(values: Mapping[str, Any]) -> list[Fault]:
    """Return what a adapter misses in *values*."""
    faults = []
    if _blank(values.get("cookie_secret")):
        faults.append(
            fault_of(
                "cookie_secret",
                "it is missing",
                "Make one with `arware secret` and keep it out of the code",
            )
        )
    faults.extend(key_faults(values))
    managed = values.get("check_session") and not _blank(values["check_session"])
    if managed and _blank(values.get("local_realm")):
        faults.extend(client_faults(values))
    return faults


def key_faults(values: Mapping[str, Any]) -> list[Fault]:
    """Return what verifying tokens misses in *values*."""
    sources = ("loginrocket_url", "jwt_key", "local_realm")
    if not all(_blank(values.get(name)) for name in sources):
        return []
    return [
        fault_of(
            "loginrocket_url",
            "it is missing, and so is jwt_key",
            "Set it to the realm's LoginRocket URL "
            "(https://....loginrocket.com/), shown in AuthRocket under Integration",
        )
    ]


def client_faults(values: Mapping[str, Any]) -> list[Fault]:
    """Return what a client of the API misses in *values*."""
    fixes = {
        "api_key": "Make one in AuthRocket under Settings, API keys",
        "url": "Set it to the API's URL, like https://api-e2.authrocket.com/v2",
    }
    faults = [
        fault_of(name, "it is missing", fix)
        for name, fix in fixes.items()
        if _blank(values.get(name))
    ]
    if isinstance(values.get("url"), FromUri) and not _blank(values.get("url")):
        fix = (
            "Write it there, as in https://ks_...@api-e2.authrocket.com/v2; "
            "AUTHROCKET_API_KEY is ignored because AUTHROCKET_URI is set"
        )
        return [replace(fault, variable="AUTHROCKET_URI", fix=fix) for fault in faults]
    return faults


def _blank(value: Any) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return value is None or value == () or value == []


def fault_of(name: str, problem: str, fix: str) -> Fault:
    """Return the fault of the setting *name*, with its environment variable."""
    return Fault(name, _VARIABLES.get(name), problem, fix)


_KINDS: dict[str, str] = {f.name: f.metadata["kind"] for f in fields(Settings)}
_DEFAULTS: dict[str, Any] = {f.name: f.default for f in fields(Settings)}
_VARIABLES: dict[str, str | None] = {
    f.name: f.metadata["variable"] for f in fields(Settings)
}


# --- Contradictions ----------------------------------------------------------------

_COOKIE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


def _contradictions(settings: Settings) -> list[Fault]:
    """Return the faults that show only when the settings are looked at together."""
    faults = []
    if settings.jwt_key is not None:
        try:
            check_jwt_key(settings.jwt_key)
        except InvalidValue as invalid:
            faults.append(fault_of("jwt_key", invalid.problem, invalid.fix))
    faults.extend(_choice_faults(settings))
    faults.extend(_cookie_name_faults(settings))
    faults.extend(_path_faults(settings))
    return faults


def _choice_faults(settings: Settings) -> list[Fault]:
    choices = {
        "unsolicited_login": ("confirm", "allow", "refuse"),
        "on_outage": ("allow", "deny"),
    }
    return [
        fault_of(
            name,
            f"{getattr(settings, name)!r} is not one of its values",
            f"Use one of {', '.join(values)}",
        )
        for name, values in choices.items()
        if getattr(settings, name) not in values
    ]


def _cookie_name_faults(settings: Settings) -> list[Fault]:
    name = settings.cookie_name or ""
    if name.startswith("__"):
        return [
            fault_of(
                "cookie_name",
                "it begins with two underscores",
                "Leave the prefix out; __Host- is put in front on https",
            )
        ]
    if _COOKIE_NAME.fullmatch(name) is None:
        return [
            fault_of(
                "cookie_name",
                "it is not 1 to 64 letters, digits, - or _",
                "Use a name like myapp_login",
            )
        ]
    return []


def _path_faults(settings: Settings) -> list[Fault]:
    faults = []
    if settings.exempt and not settings.require_login:
        faults.append(
            fault_of(
                "exempt",
                "it exempts paths from a login that nothing requires",
                "Set require_login to true as well, or take exempt out",
            )
        )
    if any(not unquote(prefix).strip("/") for prefix in settings.exempt):
        faults.append(
            fault_of(
                "exempt",
                "it holds /, which is the beginning of every path",
                "Name the paths that need no login, or take require_login out",
            )
        )
    if settings.logout_path and any(
        _below(unquote(settings.logout_path), unquote(prefix))
        for prefix in settings.ignore
    ):
        faults.append(
            fault_of(
                "logout_path",
                "it lies below a path of ignore, where the adapter does nothing",
                "Move one of the two",
            )
        )
    if settings.issuer is None:
        faults.append(fault_of("issuer", "it is empty", "Take it out"))
    return faults


def _below(path: str, prefix: str) -> bool:
    return (path + "/").startswith(prefix.rstrip("/") + "/")
