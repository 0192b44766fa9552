"""People who have passkeys."""

from __future__ import annotations

from typing import Any

from arware.kit import passkeys as kit
from arware.kit.authenticator import Authenticator
from arware.kit.passkeys import Ceremony

from ...caller import Member
from ...features.passkeys import flow
from ...login import LoggedIn
from ...realm import Realm
from ..support import ADA, caller_at, member

ORIGIN = "http://localhost:8001"


def ceremony(purpose: str, **other: str) -> Ceremony:
    """Return an occasion to ask for a passkey."""
    values = {"rp_id": "localhost", "origin": ORIGIN, "browser": "browser", **other}
    return Ceremony(**values, purpose=purpose)


def challenge(realm: Realm, where: Ceremony) -> bytes:
    """Return a new challenge."""
    return kit.new_challenge(realm, where, realm.now)


def add(
    realm: Realm,
    device: Authenticator,
    asks: Member | None = None,
    name: str = "A key",
) -> Member:
    """Have a user, Ada if no other, add a passkey; return who did."""
    asks, where = asks or member(realm, ADA), ceremony("add")
    user = asks.user.id, asks.user.login_name, asks.user.name
    options = kit.creation_options(
        where, challenge(realm, where), site="Site", user=user
    )
    flow.add(realm, asks, where, name, device.create(options))
    return asks


def shown(
    realm: Realm, device: Authenticator, purpose: str = "login", **other: str
) -> tuple[Ceremony, str]:
    """Return an occasion, and what the device answers at it."""
    where = ceremony(purpose, **other)
    options = kit.request_options(where, challenge(realm, where))
    return where, device.get(options)


def log_in(realm: Realm, device: Authenticator) -> Any:
    """Log in with a passkey."""
    where, answer = shown(realm, device)
    return flow.log_in(realm, caller_at(realm.now), where, answer)


def log_in_whole(realm: Realm, device: Authenticator) -> LoggedIn:
    """Log in with a passkey where nothing else is asked for."""
    done = log_in(realm, device)
    assert isinstance(done, LoggedIn)
    return done
