"""A change that a member asks for, and what else happens to the account meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from arware.kit.web.refusals import Refused

from ... import current, people, sessions
from ...caller import Member
from ...models import LoginSession, User
from ...realm import Realm
from ..conftest import Make, find, with_ada
from ..support import ADA, Browser, Clock, caller_at, member


def set_password(realm: Realm, db: Any, ada: Member) -> None:
    """Give Ada another password."""
    people.set_password(db, ada.user, realm.hash_new("plenty of blue mango"))


def disable(_realm: Realm, db: Any, _ada: Member) -> None:
    """Disable everybody."""
    db.execute(update(User).values(state="inactive"))


def end_session(realm: Realm, db: Any, ada: Member) -> None:
    """End the session, and nothing else."""
    sessions.end(realm, db, ada.session.id, ada)


def rename(_realm: Realm, db: Any) -> None:
    """Change what protects nothing."""
    db.execute(update(User).values(first_name="Augusta"))


@pytest.mark.parametrize("happens", [set_password, disable, end_session])
def test_who_was_shut_out_meanwhile_changes_nothing(
    any_realm: Realm, happens: Any
) -> None:
    """What the request has read of them is over."""
    ada = member(any_realm)
    with any_realm.writing() as db:
        happens(any_realm, db, ada)

    with (
        pytest.raises(Refused, match="account_changed"),
        any_realm.writing(ada) as db,
    ):
        db.execute(update(User).values(first_name="Eve"))
    assert find(any_realm, ADA).first_name == "Ada"


def test_who_was_not_gets_the_user_as_it_is_now(any_realm: Realm) -> None:
    """And not as it was read before."""
    ada = member(any_realm)
    with any_realm.writing() as db:
        rename(any_realm, db)

    with any_realm.writing(ada) as db:
        assert db.get_one(User, ada.user.id).first_name == "Augusta"


@pytest.mark.parametrize(
    ("touch_seconds", "expected"), [(60, [0, 0, 60, 60]), (0, [20, 40, 60, 80])]
)
def test_rq_s8_a_use_is_written_down_once_a_minute(
    make: Make, clock: Clock, touch_seconds: int, expected: list[int]
) -> None:
    """Or each time, as Authkit does (AK-F20, AK-S04)."""
    realm = with_ada(make(touch_seconds=touch_seconds))
    ada, seen = member(realm), []
    for _ in expected:
        clock.forward(seconds=20)
        assert realm.is_session_active(ada.session.id)
        with realm.reading() as db:
            found = db.get_one(LoginSession, ada.session.id)
        seen.append(found.seen_at - ada.now)

    assert seen == expected


@pytest.mark.parametrize("is_one", [True, False])
def test_t31_of_two_cookies_none_counts(realm: Realm, *, is_one: bool) -> None:
    """A neighbouring host may have set the other; the same one twice is one."""
    ada, caller = find(realm, ADA), caller_at(realm.now)
    with realm.writing() as db:
        own, other = (
            sessions.open_session(realm, db, ada, caller, ()).cookie for _ in "12"
        )
    header = f"arrealm={own}; arrealm={own if is_one else other}"
    found = current.find(realm, current.cookie_in(realm, header))

    assert (found.user is not None) is is_one
    Browser(realm).get("/proof", status=200 if is_one else 303, Cookie=header)
