"""People who have passkeys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from arware.kit import passkeys as kit
from arware.kit.authenticator import Authenticator
from arware.kit.passkeys import Ceremony
from arware.kit.web import Refused

from ...caller import Member
from ...features.passkeys import flow, keeping
from ...features.passkeys.models import Passkey
from ...login import LoggedIn
from ...models import EventRow
from ...realm import Realm
from ..conftest import find
from ..support import ADA, caller_at, member

ORIGIN = "http://localhost:8001"
BOB = "bob@example.com"


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
    keeping.add(realm, asks, where, name, device.create(options))
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


def events_of(realm: Realm, name: str = ADA) -> list[str]:
    """Return the types of what happened to a user, in order."""
    asked = select(EventRow.type).where(EventRow.user_id == find(realm, name).id)
    with realm.reading() as db:
        return list(db.scalars(asked.order_by(EventRow.number)))


def kept(realm: Realm, name: str = ADA) -> list[Passkey]:
    """Return the passkeys of a user."""
    with realm.reading() as db:
        return list(flow.of(db, find(realm, name).id))


def refusal(call: Callable[..., Any], *arguments: Any, **options: Any) -> str:
    """Return the word of the reason for which something is refused."""
    with pytest.raises(Refused) as caught:
        call(*arguments, **options)
    return caught.value.reason.word
