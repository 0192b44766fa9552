"""The settings: checked once, then one frozen object."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from arware.errors import ConfigurationError

from . import addresses, secret, values
from .checks import contradictions
from .faults import Fault, fault_of, unknown
from .names import NAMES, OnOutage, UnsolicitedLogin
from .sources import environ_values, read_mapping, realm_path, realm_values
from .values import InvalidValue

if TYPE_CHECKING:
    from typing import Unpack

    from .names import SettingsKeywords


def _setting(default: Any, read: Callable[[Any], Any], *, hidden: bool = False) -> Any:
    """Declare a field: how it is read, and whether it may be shown."""
    return field(default=default, metadata={"read": read, "hidden": hidden})


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Settings:
    """
    What an adapter and a client need to know; the reference describes the fields.

    Values are normalised and their form is checked; all faults, names that are none
    among them, are reported in one :class:`~arware.errors.ConfigurationError`. What
    must be *present* is up to who uses them: see :func:`adapter_faults` and
    :func:`client_faults`. Secrets do not show in ``repr``.
    """

    loginrocket_url: str | None = _setting(None, addresses.read_loginrocket_url)
    jwt_key: str | None = _setting(None, secret.read_jwt_key, hidden=True)
    api_key: str | None = _setting(None, secret.read_id("ks_", "key_"), hidden=True)
    realm: str | None = _setting(None, secret.read_id("rl_"))
    service: str | None = _setting(None, secret.read_id("svc_"))
    url: str | None = _setting(None, addresses.read_url)
    cookie_secret: tuple[str, ...] = _setting((), secret.read_secrets, hidden=True)
    cookie_name: str = _setting("authrocket", values.read_cookie_name)
    login_path: str | None = _setting("/login", addresses.read_path)
    logout_path: str | None = _setting("/logout", addresses.read_path)
    post_logout_path: str | None = _setting("/", addresses.read_path)
    require_login: bool | tuple[str, ...] = _setting(
        False, addresses.read_flag_or_paths
    )
    exempt: tuple[str, ...] = _setting((), addresses.read_paths)
    ignore: tuple[str, ...] = _setting((), addresses.read_paths)
    public_url: str | None = _setting(None, addresses.read_origin)
    unsolicited_login: UnsolicitedLogin = _setting(
        "confirm", values.read_choice(UnsolicitedLogin)
    )
    within: float | None = _setting(None, values.read_seconds)
    check_session: float | None = _setting(None, values.read_seconds_or_never)
    leeway: float = _setting(5, values.read_leeway)
    ca_bundle: str | None = _setting(None, values.read_file)
    on_outage: OnOutage = _setting("allow", values.read_choice(OnOutage))
    cache: Any = _setting(None, values.read_as_is, hidden=True)
    allowed_origins: tuple[str, ...] = _setting((), addresses.read_origins)
    remote_user: bool = _setting(False, values.read_flag)
    issuer: str = _setting("https://authrocket.com", values.read_text)
    default_headers: Mapping[str, Any] = _setting(
        None, values.read_headers, hidden=True
    )
    local_realm: Any = _setting(None, values.read_realm)
    app_name: str | None = _setting(None, values.read_text)
    render: Any = _setting(None, values.read_function)

    def __init__(self, **given: Unpack[SettingsKeywords]) -> None:
        names = {name: name for name in NAMES}
        faults = [
            *self._read(given),
            *contradictions(self),
            *(unknown(name, name, names) for name in given if name not in names),
        ]
        if faults:
            raise ConfigurationError(faults)

    def _read(self, given: Mapping[str, Any]) -> Iterable[Fault]:
        """Put what each value means in its place, and yield what means nothing."""
        for item in fields(self):
            value = given.get(item.name, item.default)
            try:
                meant = item.metadata["read"](value)
            except InvalidValue as invalid:
                yield fault_of(item.name, invalid.problem, invalid.fix, value)
                meant = item.default
            object.__setattr__(self, item.name, meant)
        for name, value in realm_values(self.local_realm).items():
            if getattr(self, name) in (None, (), addresses.PLACEHOLDER):
                object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        shown = []
        for item in fields(self):
            value = getattr(self, item.name)
            if value != item.default and value not in ({}, None):
                text = "***" if item.metadata["hidden"] else repr(value)
                shown.append(f"{item.name}={text}")
        return f"Settings({', '.join(shown)})"

    @property
    def realm_path(self) -> str | None:
        """Below which path of the origin ``local_realm`` is served, if it is at all."""
        return realm_path(self.local_realm)

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
        with ``<prefix>cache.`` configures the cache region. With an upper-case prefix,
        ``AUTHROCKET_``, names are upper-case, as Flask and Django have them, and the
        variables' own names (``LOGINROCKET_URL``) hold as well. An unknown name is a
        fault; what is missing, or blank, comes from the environment.
        """
        return checked(*read_mapping(mapping, prefix))


def checked(given: Mapping[str, Any], faults: Iterable[Fault] = ()) -> Settings:
    """
    Return the settings that the values in *given* are.

    Raises :class:`~arware.errors.ConfigurationError`, with *faults* as well.
    """
    found = list(faults)
    try:
        settings = Settings(**given)
    except ConfigurationError as error:
        found = [*error.faults, *found]
    if not found:
        return settings
    # What is wrong is not called missing as well.
    wrong = {fault.setting for fault in found if fault.kind != "missing"}
    raise ConfigurationError(
        fault
        for fault in dict.fromkeys(found)
        if fault.kind != "missing" or fault.setting not in wrong
    )
