"""One-time tokens: what they are bound to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from arware.kit.web.joining import Joined
from arware.kit.web.refusals import Refused

from ... import one_time, people
from ...models import User
from ...realm import Realm
from ..conftest import find, with_ada
from ..support import ADA, Clock, settings


class Sending(Realm):
    """A realm that sends links which last an hour."""

    joined = Joined(token_kinds={"tpw": lambda _: 60, "tve": lambda _: 60})


@pytest.fixture
def sending(database_url: str, clock: Clock) -> Iterator[Realm]:
    """Return a realm that sends links, on each kind of database."""
    with Sending(settings(database_url, clock=clock), migrate=True) as realm:
        yield with_ada(realm)


def send(realm: Realm, kind: str = "tpw", address: str | None = None) -> str:
    """Make a token for Ada."""
    with realm.writing() as db:
        user = people.by_email(db, ADA)
        assert user is not None
        return one_time.make(realm, db, kind, user, realm.now, address)


def use(realm: Realm, token: str, kind: str = "tpw") -> str | None:
    """Use a token up; return whose it was."""
    with realm.writing() as db:
        return one_time.consume(realm, db, kind, token, realm.now).email


def test_a_token_is_used_once(sending: Realm) -> None:
    """Looking at it uses nothing up."""
    token = send(sending)
    one_time.look(sending, "tpw", token, sending.now)

    assert use(sending, token) == ADA
    with pytest.raises(Refused, match="token_invalid"):
        use(sending, token)
    with pytest.raises(Refused, match="token_invalid"):
        one_time.look(sending, "tpw", token, sending.now)


def set_password(db: Session, user: User) -> None:
    """Give the user another password."""
    people.set_password(db, user, "another hash")


def move(db: Session, user: User) -> None:
    """Give the user another address."""
    db.execute(update(User).where(User.id == user.id).values(email="l@example.com"))


def disable(db: Session, user: User) -> None:
    """Shut the user out."""
    db.execute(update(User).where(User.id == user.id).values(state="inactive"))


def prove(realm: Realm) -> None:
    """Note that mail reaches the users."""
    with realm.writing() as db:
        db.execute(update(User).values(email_verified=True))


@pytest.mark.parametrize("change", [set_password, move, disable])
def test_what_changed_meanwhile_voids_it(
    sending: Realm, change: Callable[[Session, User], None]
) -> None:
    """A link is as good as what its user was when it was sent (RQ-K3)."""
    prove(sending)
    token = send(sending)
    with sending.writing() as db:
        change(db, find(sending, ADA))

    with pytest.raises(Refused, match="token_invalid"):
        one_time.look(sending, "tpw", token, sending.now)
    with pytest.raises(Refused, match="token_invalid"):
        use(sending, token)


def test_a_squatters_changes_void_no_link_to_the_owner(sending: Realm) -> None:
    """Before the address is proved; a link to another address they do void."""
    mine, moving = send(sending), send(sending, "tve", "new@example.com")
    with sending.writing() as db:
        set_password(db, find(sending, ADA))

    with pytest.raises(Refused, match="token_invalid"):
        use(sending, moving, "tve")
    assert use(sending, mine) == ADA


def test_a_proof_of_the_address_voids_the_links_of_before(sending: Realm) -> None:
    """From then on each change counts, also those that were made meanwhile."""
    token = send(sending)
    with sending.writing() as db:
        set_password(db, find(sending, ADA))
    prove(sending)

    with pytest.raises(Refused, match="token_invalid"):
        use(sending, token)


def test_a_change_that_is_about_to_be_made_voids_it(sending: Realm) -> None:
    """Whoever uses the token at the same time waits for how it ends."""
    prove(sending)
    token, refused = send(sending), []

    def use_meanwhile() -> None:
        try:
            use(sending, token)
        except Refused as error:
            refused.append(error.reason.word)

    other = threading.Thread(target=use_meanwhile)
    with sending.writing() as db:
        set_password(db, find(sending, ADA))
        other.start()
        other.join(0.3)  # as long as it would take if it did not wait
    other.join()

    assert refused == ["token_invalid"]


def test_a_token_for_another_address_knows_it(sending: Realm) -> None:
    """It does not mind that the user's own is another."""
    token = send(sending, "tve", "new@example.com")
    with sending.writing() as db:
        user, row = one_time.consume_row(sending, db, "tve", token, sending.now)

    assert (user.email, row.address) == (ADA, "new@example.com")


def test_a_newer_one_voids_the_older(sending: Realm) -> None:
    """Of its kind only (RQ-K7)."""
    other, old, new = send(sending, "tve"), send(sending), send(sending)

    with pytest.raises(Refused, match="token_invalid"):
        use(sending, old)
    assert use(sending, new) == ADA
    assert use(sending, other, "tve") == ADA


def test_it_is_good_for_what_it_was_made_for(sending: Realm) -> None:
    """A token of another kind, or changed in one letter, is none."""
    token = send(sending)
    last = "A" if token[-1] != "A" else "B"

    for wrong, kind in ((token, "tve"), (f"{token[:-1]}{last}", "tpw"), ("", "tpw")):
        with pytest.raises(Refused, match="token_invalid"):
            use(sending, wrong, kind)


def test_its_time_is_its_kinds(sending: Realm, clock: Clock) -> None:
    """An hour, to the second."""
    token = send(sending)
    clock.forward(minutes=60, seconds=-1)
    one_time.look(sending, "tpw", token, sending.now)
    clock.forward(seconds=1)

    with pytest.raises(Refused, match="token_invalid"):
        use(sending, token)
