"""Who lives in the demonstration's realm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from arware.local import Realm


@dataclass(frozen=True, slots=True)
class Membership:
    """An org, and what somebody may do in it."""

    org: str
    permissions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """A user whose login is printed when the demonstration starts."""

    first_name: str
    last_name: str
    email: str
    password: str
    memberships: tuple[Membership, ...]

    @property
    def name(self) -> str:
        """The name that pages show."""
        return f"{self.first_name} {self.last_name}"


ADA = Person(
    "Ada",
    "Lovelace",
    "ada@example.com",
    "brass-gears-turn-slowly",
    (
        Membership("Analytical Engines", ("ar:owner", "reports:read")),
        Membership("Byron Library", ("books:read",)),
    ),
)
GRACE = Person(
    "Grace",
    "Hopper",
    "grace@example.com",
    "moths-love-warm-relays",
    (Membership("Steps-Matic", ("ar:owner",)),),
)
PEOPLE = (ADA, GRACE)


def settle(realm: Realm) -> list[Person]:
    """
    Put our people into a realm that has no users; return those who live in it.

    Their passwords are known to everybody, so a realm of somebody else's gets none of
    them.
    """
    from sqlalchemy import select

    from arware.local.models import User

    with realm.reading() as db:
        is_empty = db.scalars(select(User.id).limit(1)).first() is None
    for person in PEOPLE if is_empty else ():
        realm.add_user(
            person.email,
            person.password,
            first_name=person.first_name,
            last_name=person.last_name,
            orgs={one.org: one.permissions for one in person.memberships},
            email_verified=True,
        )
    ours = [person.email for person in PEOPLE]
    with realm.reading() as db:
        known = set(db.scalars(select(User.email).where(User.email.in_(ours))))
    return [person for person in PEOPLE if person.email in known]
