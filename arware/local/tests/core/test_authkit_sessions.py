"""AK-X09: what Authkit's examples say of a user's session, one by one."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from ... import sessions
from ...app import joined
from ...events import SessionEnded
from ...models import EventRow, LoginSession
from ...realm import Realm
from ...request import HEADERS, REALM, RealmRequest
from ..conftest import find
from ..support import ADA, Clock, caller_at, member


def living(realm: Realm) -> list[str]:
    """Return the ids of Ada's sessions that count."""
    with realm.reading() as db:
        ada = find(realm, ADA)
        return [one.id for one in sessions.living(db, ada, realm.now)]


def end(realm: Realm, session_id: str) -> bool:
    """End a session."""
    caller = caller_at(realm.now)
    with realm.writing() as db:
        return sessions.end(realm, db, session_id, caller)


def row(realm: Realm, session_id: str) -> LoginSession:
    """Return a session as it is stored."""
    with realm.reading() as db:
        return db.get_one(LoginSession, session_id)


def test_ak_x09_1_it_belongs_to_a_user(any_realm: Realm) -> None:
    """And to one that exists."""
    ada = member(any_realm)
    values = {"id": "kss_x", "digest": "x", "user_id": "usr_x", "factors": []}
    times = dict.fromkeys(("auth_at", "created_at", "seen_at", "expires_at"), 0)

    assert ada.session.user_id == ada.user.id
    with pytest.raises(IntegrityError), any_realm.writing() as db:
        db.add(LoginSession(**values, **times))


@pytest.mark.parametrize("missing", ["user_id", "digest", "expires_at"])
def test_ak_x09_2_nothing_of_it_is_missing(any_realm: Realm, missing: str) -> None:
    """The database takes none without its user, its secret or its end."""
    values: dict[str, Any] = {
        "id": "kss_x",
        "digest": "x",
        "user_id": find(any_realm, ADA).id,
        "factors": [],
        **dict.fromkeys(("auth_at", "created_at", "seen_at", "expires_at"), 0),
    }
    del values[missing]

    with pytest.raises(IntegrityError), any_realm.writing() as db:
        db.add(LoginSession(**values))


def test_ak_x09_3_those_that_count_are_known(any_realm: Realm, clock: Clock) -> None:
    """Not those that were ended, nor those that ran out."""
    member(any_realm)
    clock.forward(minutes=120)
    ended, kept = member(any_realm), member(any_realm)
    end(any_realm, ended.session.id)

    assert living(any_realm) == [kept.session.id]


def test_ak_x09_4_it_has_a_secret_of_its_own(realm: Realm) -> None:
    """Random, and not what is stored (AK-T01, AK-S08)."""
    with realm.writing() as db:
        ada, caller = find(realm, ADA), caller_at(realm.now)
        opened = [
            sessions.open_session(realm, db, ada, caller, ["password"])
            for _ in range(2)
        ]
    one, other = opened

    assert len({one.cookie, other.cookie, one.visitor.session.digest}) == 3
    assert len(one.cookie) == 43  # 256 bits


def test_ak_x09_5_a_new_one_counts(realm: Realm) -> None:
    """From the beginning."""
    assert realm.is_session_active(member(realm).session.id)


def test_ak_x09_6_one_that_was_logged_out_does_not(realm: Realm) -> None:
    """From then on."""
    ada = member(realm)
    end(realm, ada.session.id)

    assert not realm.is_session_active(ada.session.id)


def test_ak_x09_7_one_that_was_revoked_does_not(realm: Realm) -> None:
    """By the user elsewhere, or an operator: it is the same end (AK-F19)."""
    ada = member(realm)
    with realm.writing() as db:
        sessions.end_all(realm, db, ada.user, realm.operator())

    assert not realm.is_session_active(ada.session.id)


@pytest.mark.parametrize(
    ("minutes", "fresh"), [(0, True), (14, True), (15, False), (120, False)]
)
def test_ak_x09_8_a_proof_is_fresh_for_a_while(
    realm: Realm, clock: Clock, minutes: int, fresh: bool
) -> None:
    """Two hours later it is not (AK-F21)."""
    ada = member(realm)
    clock.forward(minutes=minutes)
    request = RealmRequest.blank("/", {REALM: realm, HEADERS: {}})

    assert joined().rules["fresh"].allows(request, ada.visitor) is fresh


def test_ak_x09_9_a_logout_is_noted(realm: Realm, clock: Clock) -> None:
    """With its time, once, and as an event."""
    ada = member(realm)
    clock.forward(minutes=1)
    ended = [end(realm, ada.session.id) for _ in range(2)]
    with realm.reading() as db:
        events = [one.type for one in db.query(EventRow).all()]

    assert ended == [True, False]
    assert row(realm, ada.session.id).ended_at == realm.now
    assert events.count(SessionEnded.type) == 1


def test_ak_x09_10_its_use_is_noted(realm: Realm, clock: Clock) -> None:
    """With its time (AK-F20)."""
    ada = member(realm)
    clock.forward(minutes=5)
    realm.is_session_active(ada.session.id)

    assert row(realm, ada.session.id).seen_at == realm.now
