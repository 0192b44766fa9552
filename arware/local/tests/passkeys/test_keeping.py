"""Passkeys kept: added, used, removed, and ended."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import delete, update

from arware.kit import passkeys as kit
from arware.kit.authenticator import Authenticator

from ... import dropped, people
from ...events import LockedDown
from ...features import FEATURES
from ...features.passkeys import keeping
from ...features.passkeys.models import UsedChallenge
from ...login import LoggedIn
from ...models import User
from ...realm import Realm
from ..conftest import Make, find, with_ada
from ..operating import acting, said
from ..support import (
    ADA,
    Clock,
    caller_at,
    first_proof,
    member,
    needs,
    overtaken,
)
from .people import (
    BOB,
    ORIGIN,
    add,
    ceremony,
    challenge,
    events_of,
    kept,
    log_in,
    log_in_whole,
    refusal,
)


def test_rq_m6_several_have_names_and_are_removed_one_by_one(
    realm: Realm, device: Authenticator, clock: Clock
) -> None:
    """Which one was used when is kept; a removed one logs in no more."""
    add(realm, device, name="Phone")
    clock.forward(minutes=1)
    other = Authenticator(ORIGIN)
    add(realm, other, name="Key")
    clock.forward(minutes=5)
    log_in_whole(realm, other)

    first, second = kept(realm)
    assert (first.name, first.used_at) == ("Phone", None)
    assert (second.name, second.used_at) == ("Key", realm.now)
    keeping.remove(realm, member(realm), second.id)
    assert refusal(log_in, realm, other) == "passkey_wrong"
    assert isinstance(log_in(realm, device), LoggedIn)
    assert refusal(keeping.remove, realm, member(realm), second.id) == "passkey_gone"


@pytest.mark.parametrize(
    ("told", "kept_of_it"),
    [(5, []), (True, []), ("usb", []), ({"usb": 1}, []), (None, []),
     ([[], None, "usb", "usb", "x", {}], ["usb"])],
)  # fmt: skip
def test_how_a_passkey_says_it_can_be_reached_is_only_believed_where_it_is_read(
    realm: Realm, device: Authenticator, told: object, kept_of_it: list[str]
) -> None:
    """Nobody has signed it: a page sends what it likes."""
    where, text = made_by(realm, device)
    answer = json.loads(text)
    answer["response"]["transports"] = told
    keeping.add(realm, member(realm), where, "", json.dumps(answer))

    assert kept(realm)[0].transports == kept_of_it


@pytest.mark.parametrize(
    ("id_bytes", "reason"), [(1023, None), (1024, "passkey_wrong")]
)
def test_an_id_is_as_long_as_the_standard_lets_it_be(
    realm: Realm, id_bytes: int, reason: str | None
) -> None:
    """A longer one would be the database's to refuse, as a fault."""
    where, text = made_by(realm, Authenticator(ORIGIN, id_bytes=id_bytes))

    call = keeping.add, realm, member(realm), where, "", text
    if reason is None:
        keeping.add(*call[1:])
    else:
        assert refusal(*call) == reason


def made_by(realm: Realm, device: Authenticator) -> tuple[kit.Ceremony, str]:
    """Return an occasion to add a passkey, and what the device answers at it."""
    where, user = ceremony("add"), find(realm, ADA)
    told = user.id, user.login_name, user.name
    asked = challenge(realm, where)
    options = kit.creation_options(where, asked, site="Site", user=told)
    return where, device.create(options)


@needs("password")
def test_rq_s5_adding_and_removing_end_the_other_sessions(
    realm: Realm, device: Authenticator
) -> None:
    """But the one in which it was done goes on, under another cookie."""
    asks, other = member(realm), member(realm)
    add(realm, device, asks)
    assert realm.is_session_active(asks.session.id)
    assert not realm.is_session_active(other.session.id)

    asks, other = member(realm), member(realm)
    keeping.remove(realm, asks, kept(realm)[0].id)
    assert realm.is_session_active(asks.session.id)
    assert not realm.is_session_active(other.session.id)
    assert [one for one in events_of(realm) if "passkey" in one] == [
        "user.passkey.added",
        "user.passkey.removed",
    ]


def test_rq_m6_the_last_way_in_stays(realm: Realm, device: Authenticator) -> None:
    """Who has no password keeps a passkey."""
    add(realm, device)
    with realm.writing() as db:
        db.execute(update(User).values(password_hash=None))
    (passkey,) = kept(realm)
    call = keeping.remove, realm, member(realm), passkey.id
    assert refusal(*call) == "last_way_in"

    add(realm, Authenticator(ORIGIN), member(realm))
    keeping.remove(realm, member(realm), passkey.id)
    assert len(kept(realm)) == 1


@needs("magic_link")
@pytest.mark.parametrize(
    ("enabled", "verified", "left"),
    [(True, True, 0), (True, False, 1), (False, True, 1)],
)
def test_rq_m6_who_logs_in_by_mail_needs_no_passkey(
    make: Make, device: Authenticator, enabled: bool, verified: bool, left: int
) -> None:
    """Where that is on, and mail to the address has reached them."""
    realm = with_ada(make(url=ORIGIN, **{"magic_link.enabled": enabled}))
    add(realm, device)
    with realm.writing() as db:
        db.execute(update(User).values(password_hash=None, email_verified=verified))
    call = keeping.remove, realm, member(realm), kept(realm)[0].id
    if left:
        assert refusal(*call) == "last_way_in"
    else:
        keeping.remove(*call[1:])

    assert len(kept(realm)) == left


def test_nobody_removes_what_is_somebody_elses(
    realm: Realm, device: Authenticator
) -> None:
    """It is as if it were not there."""
    add(realm, device)
    call = keeping.remove, realm, member(realm, BOB), kept(realm)[0].id

    assert refusal(*call) == "passkey_gone"


def test_a_passkey_is_added_once(realm: Realm, device: Authenticator) -> None:
    """Neither by the same answer nor for another person (AK-B15)."""
    bob, where = member(realm, BOB), ceremony("add")
    options = kit.creation_options(
        where, challenge(realm, where), site="Site", user=("usr_x", "x", "X")
    )
    answer = device.create(options)
    keeping.add(realm, bob, where, "", answer)

    again = refusal(keeping.add, realm, member(realm, BOB), where, "", answer)
    assert again == "passkey_late"
    with realm.writing() as db:
        db.execute(delete(UsedChallenge))
    again = refusal(keeping.add, realm, member(realm), where, "", answer)
    assert again == "passkey_known"


def test_there_is_a_limit(realm: Realm) -> None:
    """Far above what anybody needs."""
    device = Authenticator(ORIGIN)
    for _ in range(keeping.MOST):
        add(realm, device)

    assert refusal(add, realm, device) == "too_many_passkeys"


def test_one_whose_owner_was_not_verified_is_not_added(realm: Realm) -> None:
    """It could not log in alone."""
    device = Authenticator(ORIGIN, verifies=False)

    assert refusal(add, realm, device) == "passkey_wrong"


def test_a_request_that_was_overtaken_adds_nothing(
    realm: Realm, device: Authenticator
) -> None:
    """Somebody has reset the password meanwhile."""
    assert refusal(add, realm, device, overtaken(realm)) == "account_changed"


# What ends them.


@pytest.mark.parametrize("is_same", [True, False])
def test_the_first_proof_of_an_address_ends_what_a_stranger_set(
    realm: Realm, device: Authenticator, is_same: bool
) -> None:
    """But not the passkeys of who proves to be the one who signed up."""
    add(realm, device)
    with realm.writing() as db:
        user, caller = db.get_one(User, find(realm, ADA).id), caller_at(realm.now)
        people.prove_address(realm, db, user, caller, is_same_person=is_same)

    assert bool(kept(realm)) == is_same


def test_a_further_proof_ends_nothing(realm: Realm, device: Authenticator) -> None:
    """Who has once proved the address is its owner."""
    with realm.writing() as db:
        user, caller = db.get_one(User, find(realm, ADA).id), caller_at(realm.now)
        people.prove_address(realm, db, user, caller, keep_password=True)
    add(realm, device)
    with realm.writing() as db:
        user = db.get_one(User, find(realm, ADA).id)
        people.prove_address(realm, db, user, caller_at(realm.now))

    assert kept(realm)


# The operator.


@needs("lockdown", "reset")
@pytest.mark.parametrize("alone", [True, False])
def test_rq_p9_who_knew_the_password_comes_back_by_no_passkey(
    realm: Realm, device: Authenticator, *, alone: bool
) -> None:
    """They may have added one by it; where everybody is out, passkeys stay."""
    add(realm, device)
    if alone:
        said(realm, acting("force-reset"), ADA)
        assert refusal(log_in, realm, device) == "passkey_wrong"
    else:
        with realm.writing() as db:
            event = LockedDown(user_id=find(realm, ADA).id, password=True)
            realm.record(db, event, caller_at(realm.now))
        assert isinstance(log_in(realm, device), LoggedIn)


def test_an_operator_takes_lost_passkeys_away(
    realm: Realm, device: Authenticator
) -> None:
    """The password logs in alone then, and the logins have ended."""
    add(realm, device)
    done = log_in_whole(realm, device)

    said(realm, acting("remove-passkeys"), ADA)
    assert not realm.is_session_active(done.visitor.session.id)
    assert isinstance(first_proof(realm), LoggedIn)
    assert events_of(realm).count("user.passkey.taken_away") == 1
    with pytest.raises(ValueError, match="nothing of this kind"):
        said(realm, acting("remove-passkeys"), ADA)


def test_they_are_not_left_out_unnoticed(realm: Realm, device: Authenticator) -> None:
    """A start without the feature would let people in by their passwords alone."""
    rest = [name for name in FEATURES if name != "passkeys"]
    add(realm, device)
    with realm.reading() as db:
        (fault,) = dropped.faults(db, (), rest)

    assert "passkeys is left out, but it still protects users (1)" in str(fault)
