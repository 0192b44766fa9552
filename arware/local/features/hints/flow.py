"""Checking what is typed before the form is sent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from arware.kit.passwords import LONGEST_BYTES
from arware.kit.throttle import Limit, doubling, per_hour
from arware.kit.web import Field, Refused

from ... import login, people, tries
from ...caller import Caller
from ...models import User
from ...texts import EMAIL_TAKEN, PASSWORD_FLAWS, USERNAME_TAKEN

if TYPE_CHECKING:
    from ...realm import Realm

#: How often one network may ask anything an hour.
HINTS = tries.Kind(word="hint", network=per_hour(1000))
#: How often it may ask whether a user name is taken, and whether an address is: as
#: often as by signing up.
NAMES = tries.Kind(word="name hint", network=Limit(doubling(60, 900), tries.HOUR))
ADDRESSES = tries.Kind(
    word="address hint", network=Limit(doubling(20, 900), tries.HOUR)
)


def check_password(realm: Realm, caller: Caller, text: str, context: list[str]) -> None:
    """
    Raise ``Refused`` unless *text* is good enough. No service is asked.

    *context* is what was typed beside it.
    """
    visitor = caller.visitor
    known = [] if visitor is None else people.context_of(visitor.user)
    ours = realm.settings.name, realm.settings.url.host
    rules = replace(realm.password_rules, breached=None)
    flaw = rules.flaw(text, [*context, *known, *ours])
    if flaw is not None:
        least, most = rules.minimum, LONGEST_BYTES
        raise Refused(PASSWORD_FLAWS[flaw], "password", least=least, most=most)


def check_username(
    realm: Realm, caller: Caller, field: Field[str], text: str
) -> str | None:
    """
    Return the user name that somebody would get.

    Raises ``Refused`` if it cannot be one, or another person has it. User names are no
    secret.
    """
    name = field.read(text)
    tries.take(realm, caller, NAMES)
    visitor = caller.visitor
    with realm.reading() as db:
        owner = db.scalars(select(User.id).where(User.username == name)).first()
    if owner is not None and (visitor is None or visitor.user.id != owner):
        raise Refused(USERNAME_TAKEN, "username")
    return name


def check_address(realm: Realm, caller: Caller, text: str, *, is_told: bool) -> None:
    """
    Raise ``Refused`` if *text* is no address, or an account has it.

    The latter only where it *is_told* at a sign-up, and no address is a secret there.
    """
    email = people.read_email(text)
    if not is_told:
        return
    with realm.reading() as db:
        if login.is_barred(realm, db, User(email=email)):
            return
    tries.take(realm, caller, ADDRESSES)
    with realm.reading() as db:
        if people.by_email(db, email) is not None:
            raise Refused(EMAIL_TAKEN, "email")
