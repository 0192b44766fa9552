"""``arware realm audit``: what happened, for the operator."""

from __future__ import annotations

import pytest
from sqlalchemy import delete

from ...events import LoginFailed, PasswordUpdated
from ...features.audit.commands import audit
from ...models import User
from ...realm import Realm
from ..operating import remarks, said, told
from ..support import ADA, PASSWORD, Clock, caller_at


def types(realm: Realm, *words: str) -> list[str]:
    """Return the types of the events that the command lists."""
    return [line["type"] for line in told(realm, audit, *words)]


@pytest.fixture
def busy_realm(any_realm: Realm, clock: Clock) -> Realm:
    """Return a realm in which something happened to Ada, Bob and somebody unknown."""
    realm = any_realm
    clock.forward(minutes=24 * 60)
    realm.add_user("bob@example.com", PASSWORD)
    ada = realm.users()[0]
    with realm.writing() as db:
        late = caller_at(realm.now, ip="192.0.2.7", client="curl/8")
        realm.record(db, LoginFailed(user_id=""), late)
        realm.record(db, PasswordUpdated(user_id=ada.id), caller_at(realm.now))
    return realm


CREATED, FAILED, CHANGED = "user.created", "user.login.failed", "user.password.updated"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ((), [CHANGED, FAILED, CREATED, CREATED]),
        (("--most", "1"), [CHANGED]),
        (("--user", ADA), [CHANGED, CREATED]),
        (("--user", "bob@example.com"), [CREATED]),
        (("--type", CREATED), [CREATED, CREATED]),
        (("--type", "user.login"), [FAILED]),
        (("--type", "user"), [CHANGED, FAILED, CREATED, CREATED]),
        (("--type", "us"), []),
        (("--type", "user_login"), []),
        (("--ip", "192.0.2.7"), [FAILED]),
        (("--since", "12h"), [CHANGED, FAILED, CREATED]),
        (("--since", "2d"), [CHANGED, FAILED, CREATED, CREATED]),
        (("--since", "0m"), [CHANGED, FAILED, CREATED]),
        (("--since", "2027-01-16"), [CHANGED, FAILED, CREATED]),
        (("--since", "2027-01-17"), []),
        (("--since", "12h", "--user", ADA), [CHANGED]),
    ],
    ids=" ".join,
)
def test_an_operator_finds_what_is_looked_for(
    busy_realm: Realm, words: tuple[str, ...], found: list[str]
) -> None:
    """By user, type, address and time, newest first."""
    assert types(busy_realm, *words) == found


def test_a_program_gets_all_that_is_known(realm: Realm, ada: User) -> None:
    """All values, with times as ISO 8601 has them."""
    with realm.writing() as db:
        realm.record(db, LoginFailed(user_id=ada.id, proof="totp"), caller_at())
    (found,) = told(realm, audit, "--most", "1")

    assert found.pop("id").startswith("ev_")
    assert found == {
        "at": "2027-01-15T08:00:00Z",
        "type": "user.login.failed",
        "user_id": ada.id,
        "session_id": None,
        "ip": "192.0.2.1",
        "client": "tests",
        "data": {"proof": "totp"},
    }


def test_a_person_gets_a_line(realm: Realm, ada: User) -> None:
    """With the time, the type, who and from where."""
    with realm.writing() as db:
        realm.record(db, LoginFailed(user_id=ada.id), caller_at())
    (line,) = said(realm, audit, "--most", "1")

    assert line.text.split() == [
        "2027-01-15T08:00:00Z",
        "user.login.failed",
        ada.id,
        "192.0.2.1",
        "tests",
        '{"proof":',
        '"password"}',
    ]


def test_a_user_who_is_gone_is_found_by_the_id(realm: Realm, ada: User) -> None:
    """The log is not undone with them."""
    with realm.writing() as db:
        db.execute(delete(User))

    assert types(realm, "--user", ada.id) == ["user.created"]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--user", "nobody@example.com"), "there is no user"),
        (("--since", "yesterday"), "is no time"),
        (("--since", "2026-13-01"), "is no time"),
    ],
)
def test_what_cannot_be_looked_for_is_told(
    realm: Realm, words: tuple[str, ...], problem: str
) -> None:
    """In a sentence."""
    with pytest.raises(ValueError, match=problem):
        said(realm, audit, *words)


def test_nothing_found_is_told_to_a_person_only(realm: Realm) -> None:
    """A program reads nothing."""
    assert remarks(realm, audit, "--type", "none") == ["There are no such events."]
    assert told(realm, audit, "--type", "none") == []
