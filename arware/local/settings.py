"""The realm's settings: read once, into one frozen object."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import Field, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from sqlalchemy.engine import URL

from arware.errors import ConfigurationError
from arware.kit.addresses import Proxy
from arware.kit.colors import Color
from arware.kit.database import read_database
from arware.kit.password_rules import LEAST, LEAST_ALONE
from arware.kit.readers import (
    read_base_url,
    read_clock,
    read_folder,
    read_key,
    read_path,
    read_proxies,
    read_range_url,
)
from arware.kit.settings import FeatureSettings
from arware.kit.urls import Address
from arware.settings import Fault
from arware.settings.faults import unknown
from arware.settings.secret import read_secrets
from arware.settings.values import (
    InvalidValue,
    read_choice,
    read_cookie_name,
    read_flag,
    read_list,
    read_needed,
    read_number,
)

from .branding import read_color, read_logo
from .readers import read_login_urls, read_name, read_realm_id

T = TypeVar("T")
Check = Callable[[Any], Iterable[Fault]]
Signup = Literal["open", "closed"]
Preset = Literal["default", "authkit"]


def _setting(default: Any, read: Callable[[Any], Any], **presets: Any) -> Any:
    """Declare a field; *presets* are its defaults where another preset is chosen."""
    return field(default=default, metadata={"read": read, "presets": presets})


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RealmSettings:
    """
    What a realm needs to know.

    Values are normalised and checked; all faults are reported in one
    :class:`~arware.errors.ConfigurationError`. The secret and the key do not show
    in ``repr``.
    """

    #: Where what is not given comes from: ``default`` (NIST SP 800-63B-4) or
    #: ``authkit``, with the longer lifetimes and the shorter passwords of Authkit.
    preset: Preset = _setting("default", read_choice(Preset))
    #: SQLite or PostgreSQL, as an SQLAlchemy URL.
    database: URL = _setting("sqlite:///realm.sqlite", read_database)
    #: The realm's public address; its path, if any, is where the realm is mounted.
    url: Address = _setting("http://127.0.0.1:8001", read_base_url)
    #: The applications' login URLs. A login may return at or below one of them. By
    #: default all of ``url``'s origin, where the realm is mounted at a path of it.
    login_urls: tuple[Address, ...] = _setting(None, read_login_urls)
    #: Signs cookies and forms; the first signs, all verify. Made when absent.
    secret: tuple[str, ...] = _setting(None, read_secrets)
    #: The RSA key that signs tokens, as PEM text or a file. Made when absent.
    key: str | Path | None = _setting(None, read_key)
    #: Where a made key is kept; by default beside an SQLite database.
    key_file: Path | None = _setting(None, read_path)
    #: What people read on the pages and in mails. By default the host of the first of
    #: ``login_urls``, and on loopback ``Local realm``.
    name: str = _setting(None, read_name)
    #: A picture that stands beside the name: SVG or PNG.
    logo: Path | None = _setting(None, read_logo)
    #: The color of links and buttons, like ``#2f5d50``; as dark or light as it takes
    #: to be read.
    color: Color | None = _setting(None, read_color)
    #: A folder with templates that are drawn instead of the realm's of the same names.
    templates: Path | None = _setting(None, read_folder)
    #: The languages of pages and mails: tags like ``es``, the first for who asks for
    #: none of them. By default all that there are catalogues of, and English first.
    locales: tuple[str, ...] = _setting((), read_list)
    #: The realm's id (``rl_...``). Made when absent, and kept in the database.
    realm_id: str | None = _setting(None, read_realm_id)
    #: How long a login at the realm lasts, used or not.
    session_minutes: int = _setting(1440, read_number(1, 60 * 24 * 365))
    #: How long it lasts without being used.
    idle_minutes: int = _setting(120, read_number(1, 60 * 24 * 365))
    #: How long it lasts at most where two factors were given, used or not, also where
    #: the browser is to remember it (NIST SP 800-63B-4 2.2.3, RQ-S2).
    two_factor_session_minutes: int = _setting(1440, read_number(1, 60 * 24 * 365))
    #: The same, without being used.
    two_factor_idle_minutes: int = _setting(60, read_number(1, 60 * 24 * 365))
    #: How often the last use of a login is written down, in seconds; 0 is each time.
    touch_seconds: int = _setting(60, read_number(0, 60))
    #: For how long a proof is fresh enough for what protects the account.
    fresh_minutes: int = _setting(15, read_number(1, 60 * 24), authkit=60)
    #: How long a token lasts; never longer than its session.
    jwt_minutes: int = _setting(360, read_number(1, 60 * 24 * 30))
    #: The ``iss`` of tokens.
    issuer: str = _setting("https://authrocket.com", read_needed)
    #: What its cookie is called; ``__Host-`` is put in front on https.
    cookie_name: str = _setting("arrealm", read_cookie_name)
    #: ``open`` or ``closed``.
    signup: Signup = _setting("open", read_choice(Signup))
    #: The shortest password, in characters: 15, with ``authkit`` 8, and never fewer.
    password_minimum: int = _setting(
        LEAST_ALONE, read_number(LEAST, 128), authkit=LEAST
    )
    #: Further passwords to refuse: a text file, one a line, perhaps gzipped.
    refused_passwords: Path | None = _setting(None, read_path)
    #: A service that knows leaked passwords and is told five digits of their digests,
    #: such as ``https://api.pwnedpasswords.com/range/``. By default none is asked.
    breached_passwords_url: Address | None = _setting(None, read_range_url)
    #: How many passwords are hashed at once; 64 MiB each. 0 is one a processor.
    hashing_slots: int = _setting(0, read_number(0, 256))
    #: For how many seconds a login waits for its turn before the answer is 503.
    hashing_wait: int = _setting(3, read_number(0, 60))
    #: Keep the hashes of passwords encrypted under the secret, which the database does
    #: not hold (NIST SP 800-63B-4 3.1.1.2). Without the secret no password works then.
    encrypt_password_hashes: bool = _setting(False, read_flag)
    #: Hash cheaply. For tests: refused unless the realm is on loopback.
    cheap_hashing: bool = _setting(False, read_flag)
    #: Proxies whose ``X-Forwarded-For`` is believed: addresses, networks, and ``unix``
    #: for whoever is at the other end of a unix socket.
    trusted_proxies: tuple[Proxy, ...] = _setting((), read_proxies)
    #: Features that are left out on purpose, though they protect users.
    dropped_features: tuple[str, ...] = _setting((), read_list)
    #: Do what is to be done beside the pages (send mails, forget what is old) in a
    #: thread of each process. Not where `arware realm run-jobs` does it.
    jobs: bool = _setting(True, read_flag)
    #: Tells the time, in seconds since 1970. For tests.
    clock: Callable[[], float] = _setting(time.time, read_clock)
    #: What was given for features, which read it when they join: ``reset.minutes``.
    features: FeatureSettings = field(default_factory=lambda: FeatureSettings({}))

    def __post_init__(self) -> None:
        faults = []
        for item in _own(self):
            read = item.metadata["read"]
            try:
                value = read(getattr(self, item.name))
            except InvalidValue as invalid:
                faults.append(Fault(item.name, None, invalid.problem, invalid.fix))
                value = read(item.default)
            object.__setattr__(self, item.name, value)
        if not self.login_urls:
            origin = self.url.origin if self.base_path else "http://127.0.0.1:8000"
            object.__setattr__(self, "login_urls", read_login_urls(f"{origin}/"))
        if not self.name:
            first = self.login_urls[0]
            name = "Local realm" if first.is_loopback else first.host
            object.__setattr__(self, "name", name)
        faults.extend(_contradictions(self))
        if faults:
            raise ConfigurationError(faults)

    def __repr__(self) -> str:
        return f"RealmSettings(name={self.name!r}, url={str(self.url)!r})"

    @classmethod
    def read(cls, **values: Any) -> RealmSettings:
        """
        Make settings of *values*, with a fault for each name that does not exist.

        What they leave open comes from their ``preset``.
        """
        names = [item.name for item in _own(cls)]
        features = {
            name: value
            for name, value in values.items()
            if "." in name or (name not in names and is_dataclass(value))
        }
        own = {name: values[name] for name in values if name not in features}
        strange = [name for name in own if name not in names]
        if strange:
            known = {name: name for name in names}
            raise ConfigurationError(unknown(name, name, known) for name in strange)
        preset = str(values.get("preset", "")).strip()
        usual = {
            item.name: item.metadata["presets"][preset]
            for item in _own(cls)
            if preset in item.metadata["presets"]
        }
        return cls(**(usual | own), features=FeatureSettings(features, preset))

    def join(self, kinds: Iterable[type], checks: Iterable[Check] = ()) -> None:
        """
        Read the settings of all features, whose classes are *kinds*.

        Raises :class:`~arware.errors.ConfigurationError` for what cannot be read, for
        names that no feature has, and for what the *checks* of features find.
        """
        for kind in kinds:
            self.features.add(kind)
        found = (fault for check in checks for fault in check(self))
        if faults := [*self.features.faults, *found]:
            raise ConfigurationError(faults)

    def __getitem__(self, kind: type[T]) -> T:
        """Return the settings of a feature, by their class."""
        return self.features[kind]

    # What follows from them.

    @property
    def is_https(self) -> bool:
        """Whether browsers reach the realm over https."""
        return self.url.scheme == "https"

    @property
    def base_path(self) -> str:
        """The path that the realm is mounted at, without a slash at its end."""
        return self.url.path.rstrip("/")

    @property
    def base_url(self) -> str:
        """The realm's address without a slash at its end."""
        return self.url.origin + self.base_path

    @property
    def folder(self) -> Path:
        """Where the realm keeps what it makes: beside its SQLite database."""
        name = self.database.database
        if self.database.get_backend_name() == "sqlite" and name:
            return Path(name).parent
        return Path()

    @property
    def key_path(self) -> Path:
        """The file that holds, or will hold, the signing key."""
        if isinstance(self.key, Path):
            return self.key
        return self.key_file or self.folder / "realm-key.pem"

    @property
    def secret_path(self) -> Path:
        """The file that holds, or will hold, the secret when none is given."""
        return self.key_path.with_name(f"{self.key_path.stem}.secret")


def _own(settings: RealmSettings | type[RealmSettings]) -> list[Field[Any]]:
    """Return the fields of the realm itself."""
    return [item for item in fields(settings) if item.name != "features"]


def _contradictions(settings: RealmSettings) -> list[Fault]:
    """Return the faults that show only when the settings are looked at together."""
    faults = []
    if settings.idle_minutes > settings.session_minutes:
        object.__setattr__(settings, "idle_minutes", settings.session_minutes)
    if settings.cheap_hashing and not settings.url.is_loopback:
        faults.append(
            Fault(
                "cheap_hashing",
                None,
                "it makes passwords easy to guess, and the realm is not on loopback",
                "Take it out; it is for tests",
            )
        )
    if settings.key is not None and settings.key_file is not None:
        faults.append(
            Fault(
                "key_file",
                None,
                "it says where to keep a key that is made, but key gives one",
                "Take one of the two out",
            )
        )
    return faults
