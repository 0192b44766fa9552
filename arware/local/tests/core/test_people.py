"""Users: added, given a password, and an address that was proved."""

from __future__ import annotations

import pytest

from arware.kit.web.refusals import Refused

from ... import login, people
from ...login import LoggedIn
from ...models import User
from ...realm import Realm
from ...sessions import Visitor
from ..conftest import find
from ..support import ADA, caller_at


def log_in(realm: Realm) -> Visitor:
    """Open a session of Ada's."""
    with realm.writing() as db:
        user = people.by_email(db, ADA)
        assert user is not None
        done = login.finish(realm, db, caller_at(realm.now), user, "password")
        assert isinstance(done, LoggedIn)
        return done.visitor


def prove(
    realm: Realm, *, keep_password: bool = False, visitor: Visitor | None = None
) -> None:
    """Prove Ada's address."""
    caller = caller_at(realm.now, visitor=visitor)
    with realm.writing() as db:
        user = people.by_email(db, ADA)
        assert user is not None
        people.prove_address(realm, db, user, caller, keep_password=keep_password)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"email": "username@example.com"}, "email_taken"),
        ({"email": "other@example.com", "username": "email"}, "username_taken"),
    ],
)
def test_what_is_taken_is_told_whatever_it_is_called(
    any_realm: Realm, values: dict[str, str], reason: str
) -> None:
    """The constraint tells, not a message that quotes what was typed."""
    any_realm.add_user("username@example.com", username="email")

    with pytest.raises(Refused, match=reason), any_realm.writing() as db:
        people.add(any_realm, db, caller_at(any_realm.now), User(**values))


def test_the_first_proof_ends_what_was_set_before_it(any_realm: Realm) -> None:
    """Whoever signed up with somebody else's address is out."""
    stranger = log_in(any_realm)
    version = find(any_realm, ADA).credential_version
    prove(any_realm)

    ada = find(any_realm, ADA)
    assert (ada.email_verified, ada.password_hash) == (True, None)
    assert ada.credential_version > version
    assert not any_realm.is_session_active(stranger.session.id)


def test_who_proves_the_password_too_keeps_it(any_realm: Realm) -> None:
    """And the session in which that was done; other ones end."""
    other, own = log_in(any_realm), log_in(any_realm)

    prove(any_realm, keep_password=True, visitor=own)

    assert find(any_realm, ADA).password_hash
    assert any_realm.is_session_active(own.session.id)
    assert not any_realm.is_session_active(other.session.id)


def test_a_session_of_somebody_else_is_not_ones_own(any_realm: Realm) -> None:
    """Who opens the link as another user keeps nothing of the address's owner."""
    any_realm.add_user("bob@example.com")
    ada = log_in(any_realm)
    bob = Visitor(ada.session, find(any_realm, "bob@example.com"))

    prove(any_realm, keep_password=True, visitor=bob)

    assert not any_realm.is_session_active(ada.session.id)


def test_a_later_proof_ends_nothing(any_realm: Realm) -> None:
    """The address was theirs already."""
    prove(any_realm, keep_password=True)
    visitor = log_in(any_realm)
    prove(any_realm)

    assert find(any_realm, ADA).password_hash
    assert any_realm.is_session_active(visitor.session.id)


@pytest.mark.parametrize(
    ("user", "reason"),
    [
        (User(email=ADA), "email_taken"),
        (User(email="new@example.com", username="lovelace"), "username_taken"),
    ],
)
def test_what_is_taken_is_refused(any_realm: Realm, user: User, reason: str) -> None:
    """The database decides, and its transaction is lost."""
    any_realm.add_user("countess@example.com", username="lovelace")
    fresh = User(email=user.email, username=user.username)

    with pytest.raises(Refused, match=reason), any_realm.writing() as db:
        people.add(any_realm, db, any_realm.operator(), fresh)


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("lovelace", True),
        ("countess@EXAMPLE.com", True),
        (" lovelace ", True),
        ("nobody", False),
        ("nobody@example.com", False),
        ("", False),
        ("x" * 5000, False),
    ],
)
def test_one_logs_in_by_address_or_user_name(
    realm: Realm, text: str, is_found: bool
) -> None:
    """Whichever is typed."""
    realm.add_user("countess@example.com", username="lovelace")
    with realm.reading() as db:
        user = people.by_login_name(db, text)

    assert (user is not None) == is_found


def test_what_reads_as_an_id_is_no_user_name(realm: Realm) -> None:
    """Somebody whose account is gone has no namesake who gets what they are given."""
    gone = "usr_ABCDEFGHIJKLMNOPQRSTUV"
    realm.add_user(username=gone)

    with realm.reading() as db:
        assert people.find(db, gone) is None
