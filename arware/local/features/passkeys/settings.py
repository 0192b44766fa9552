"""Settings ``passkeys.*``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from arware.kit.passkeys import covers
from arware.settings.values import InvalidValue, read_needed, read_number

from ...tries import LEAST_MINUTES


def read_rp_id(value: Any) -> str:
    """Return a host name, as browsers write it."""
    name = read_needed(value).lower()
    if ":" in name or "/" in name or not covers(name, name):
        raise InvalidValue(
            "it is no host name",
            "Give a name like example.com, and http://localhost as the url to develop",
        )
    return name


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkeys:
    """``realm.passkeys.*``."""

    #: The name that passkeys belong to: the host of the realm's url, or one that it
    #: ends with, as ``example.com`` for ``login.example.com``. By default the host. To
    #: change it makes all passkeys useless.
    rp_id: Annotated[str | None, read_rp_id] = None
    #: Whether a login by password asks for a passkey, too, of who has one.
    second_factor: bool = True
    #: For how many minutes a link to sign up is good.
    minutes: Annotated[int, read_number(LEAST_MINUTES, 24 * 60)] = 60
