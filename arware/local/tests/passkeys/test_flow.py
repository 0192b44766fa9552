"""Passkeys: added, shown at a login, as a second factor and as a proof, removed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import delete, select, update

from arware.kit import passkeys as kit
from arware.kit.authenticator import Algorithm, Authenticator
from arware.kit.web import Refused
from arware.tokens import base64url

from ... import dropped, factors, people
from ...events import LockedDown
from ...features import FEATURES
from ...features.passkeys import flow
from ...features.passkeys.models import Passkey, UsedChallenge
from ...login import LoggedIn, Pending
from ...models import EventRow, User
from ...realm import Realm
from ..conftest import Make, find, with_ada
from ..operating import acting, said
from ..support import (
    ADA,
    PASSWORD,
    Clock,
    caller_at,
    first_proof,
    member,
    needs,
    overtaken,
)
from .people import ORIGIN, add, ceremony, challenge, log_in, log_in_whole, shown

BOB = "bob@example.com"


@pytest.fixture
def realm(any_realm: Realm) -> Realm:
    """Return a realm in which Ada and Bob live, on each kind of database."""
    any_realm.add_user(BOB, PASSWORD)
    return any_realm


@pytest.fixture
def device() -> Authenticator:
    """Return an authenticator."""
    return Authenticator(ORIGIN)


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


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])
def test_rq_m6_a_passkey_logs_in_by_itself(realm: Realm, algorithm: Algorithm) -> None:
    """Without a name; it proves two things, and so needs no second factor (RQ-M9)."""
    device = Authenticator(ORIGIN, algorithm=algorithm)
    add(realm, device)
    done = log_in_whole(realm, device)

    assert done.visitor.user.email == ADA
    assert done.visitor.session.factors == ["passkey", "user_verification"]
    (passkey,) = kept(realm)
    assert passkey.used_at == realm.now


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
    flow.remove(realm, member(realm), second.id)
    assert refusal(log_in, realm, other) == "passkey_wrong"
    assert isinstance(log_in(realm, device), LoggedIn)
    assert refusal(flow.remove, realm, member(realm), second.id) == "passkey_gone"


def wrong_origin(device: Authenticator) -> None:
    """Be on a page of another site."""
    device.origin = "http://localhost.example:8001"


def wrong_site(device: Authenticator) -> None:
    """Show it for another host."""
    device.passkeys[0].rp_id = "example.com"


def wrong_key(device: Authenticator) -> None:
    """Sign with another key."""
    device.passkeys[0].key = ec.generate_private_key(ec.SECP256R1())


def not_verified(device: Authenticator) -> None:
    """Do not make sure that it is the owner."""
    device.verifies = False


def of_another(device: Authenticator) -> None:
    """Say that it is somebody else's."""
    device.passkeys[0].user_handle = "usr_0000000000000000000000"


def unknown(device: Authenticator) -> None:
    """Show one that was never added."""
    device.passkeys[0].credential_id = bytes(32)


@pytest.mark.parametrize(
    "spoil", [wrong_origin, wrong_site, wrong_key, not_verified, of_another, unknown]
)
def test_rq_m6_what_is_wrong_with_a_passkey_gets_one_refusal(
    realm: Realm, device: Authenticator, spoil: Callable[[Authenticator], None]
) -> None:
    """Origin, host, signature, verification and whose it is are all looked at."""
    add(realm, device)
    where = ceremony("login")
    options = kit.request_options(where, challenge(realm, where))
    spoil(device)
    answer = device.show(device.passkeys[0], options["challenge"])
    caller = caller_at(realm.now)

    assert refusal(flow.log_in, realm, caller, where, answer) == "passkey_wrong"
    (passkey,) = kept(realm)
    assert passkey.used_at is None


@pytest.mark.parametrize(
    ("asked", "seconds", "reason"),
    [
        ({}, 299, None),
        ({}, 300, "passkey_late"),
        ({"browser": "another"}, 0, "passkey_late"),
        ({"purpose": "proof"}, 0, "passkey_late"),
        ({"rp_id": "example.com"}, 0, "passkey_late"),
    ],
)
def test_rq_m6_a_challenge_is_bound_and_short_lived(
    realm: Realm,
    device: Authenticator,
    clock: Clock,
    asked: dict[str, str],
    seconds: int,
    reason: str | None,
) -> None:
    """To its browser, its purpose and its host, for five minutes."""
    add(realm, device)
    before = ceremony(**({"purpose": "login"} | asked))
    made = challenge(realm, before)
    options = kit.request_options(ceremony("login"), made)
    clock.forward(seconds=seconds)
    answer, caller = device.get(options), caller_at(realm.now)
    call = flow.log_in, realm, caller, ceremony("login"), answer

    if reason is None:
        assert isinstance(call[0](*call[1:]), LoggedIn)
    else:
        assert refusal(*call) == reason


def test_rq_m6_a_challenge_is_good_once(
    realm: Realm, device: Authenticator, clock: Clock
) -> None:
    """What was answered is noted until it would be over anyway."""
    add(realm, device)
    where, answer = shown(realm, device)
    flow.log_in(realm, caller_at(realm.now), where, answer)
    again = refusal(flow.log_in, realm, caller_at(realm.now), where, answer)
    assert again == "passkey_wrong"

    with realm.writing() as db:
        assert flow.forget_challenges(db, realm.now, 9) == 0
        assert flow.forget_challenges(db, realm.now + 300, 9) == 2


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


def test_rq_m6_a_challenge_is_good_once_whichever_secret_signs(
    make: Make, database_url: str, device: Authenticator
) -> None:
    """One that the old secret signed counts after a rotation: once, all the same."""
    old, new = "o" * 40, "n" * 40
    before = with_ada(make(database_url, secret=old))
    add(before, device)
    where, answer = shown(before, device)
    flow.log_in(before, caller_at(before.now), where, answer)
    after = make(database_url, secret=[new, old])
    again = refusal(flow.log_in, after, caller_at(after.now), where, answer)

    assert again == "passkey_wrong"


def test_rq_m6_a_challenge_is_as_random_as_it_should_be(realm: Realm) -> None:
    """128 bits, and none that somebody has made up is taken."""
    made = {challenge(realm, ceremony("login")) for _ in range(9)}

    assert len(made) == 9
    assert all(len(one.split(b".")[1]) >= 22 for one in made)
    with pytest.raises(kit.NotGood):
        kit.check_challenge(realm, ceremony("login"), b"0.x.y", realm.now)


def test_rq_m6_a_counter_that_goes_back_is_refused_and_told(realm: Realm) -> None:
    """Somebody may have copied the passkey: neither of the two is believed blindly."""
    device = Authenticator(ORIGIN, counts=True)
    add(realm, device)
    for _ in range(2):
        log_in_whole(realm, device)
    device.passkeys[0].sign_count = 1

    assert refusal(log_in, realm, device) == "passkey_wrong"
    assert "user.passkey.copied" in events_of(realm)
    (passkey,) = kept(realm)
    assert passkey.sign_count == 2
    assert isinstance(log_in(realm, device), LoggedIn)


def test_rq_m6_a_counter_that_stops_is_refused(realm: Realm) -> None:
    """Who has counted once goes on counting."""
    device = Authenticator(ORIGIN, counts=True)
    add(realm, device)
    log_in_whole(realm, device)
    device.counts, device.passkeys[0].sign_count = False, 0

    assert refusal(log_in, realm, device) == "passkey_wrong"


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "[]", "{}", "null", "1", '{"id": 1, "response": 2}',
        '{"id": "eA", "response": {"clientDataJSON": "eA"}}',
        '{"id": "eA", "response": {"clientDataJSON": "W10"}}',
        "[" * 9000,
    ],
)  # fmt: skip
def test_what_is_no_answer_is_refused(realm: Realm, text: str) -> None:
    """Whatever a stranger sends."""
    caller = caller_at(realm.now)
    call = flow.log_in, realm, caller, ceremony("login"), text

    assert refusal(*call) == "passkey_wrong"


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("authenticatorData", "eA"),
        ("signature", "eA"),
        ("signature", None),
        ("clientDataJSON", None),
        ("userHandle", "gA"),
    ],
)
def test_a_part_that_is_wrong_is_refused(
    realm: Realm, device: Authenticator, part: str, value: str | None
) -> None:
    """No fault of what was sent is one of ours."""
    add(realm, device)
    where, answer = shown(realm, device)
    told = json.loads(answer)
    told["response"][part] = value
    call = flow.log_in, realm, caller_at(realm.now), where, json.dumps(told)

    assert refusal(*call) == "passkey_wrong"


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
    flow.add(realm, member(realm), where, "", json.dumps(answer))

    assert kept(realm)[0].transports == kept_of_it


@pytest.mark.parametrize(
    ("id_bytes", "reason"), [(1023, None), (1024, "passkey_wrong")]
)
def test_an_id_is_as_long_as_the_standard_lets_it_be(
    realm: Realm, id_bytes: int, reason: str | None
) -> None:
    """A longer one would be the database's to refuse, as a fault."""
    where, text = made_by(realm, Authenticator(ORIGIN, id_bytes=id_bytes))

    call = flow.add, realm, member(realm), where, "", text
    if reason is None:
        flow.add(*call[1:])
    else:
        assert refusal(*call) == reason


def made_by(realm: Realm, device: Authenticator) -> tuple[kit.Ceremony, str]:
    """Return an occasion to add a passkey, and what the device answers at it."""
    where, user = ceremony("add"), find(realm, ADA)
    told = user.id, user.login_name, user.name
    asked = challenge(realm, where)
    options = kit.creation_options(where, asked, site="Site", user=told)
    return where, device.create(options)


def test_a_page_in_a_frame_gets_no_passkey(realm: Realm, device: Authenticator) -> None:
    """Ours are in no frame of another site, so that one was not ours."""
    add(realm, device)
    where, answer = shown(realm, device)
    told = json.loads(answer)
    client = {"type": "webauthn.get", "challenge": "eA", "origin": ORIGIN}
    told["response"]["clientDataJSON"] = base64url.encode(
        json.dumps({**client, "crossOrigin": True}).encode()
    )
    call = flow.log_in, realm, caller_at(realm.now), where, json.dumps(told)

    assert refusal(*call) == "passkey_wrong"


def test_somebody_disabled_does_not_log_in(realm: Realm, device: Authenticator) -> None:
    """With a passkey as little as with a password."""
    add(realm, device)
    realm.set_user_state(ADA, "inactive")

    assert refusal(log_in, realm, device) == "passkey_wrong"


# As a second factor.


def test_a_login_by_password_asks_for_a_passkey(
    realm: Realm, device: Authenticator
) -> None:
    """Of who has one; there its owner need not be verified once more."""
    add(realm, device)
    pending = first_proof(realm)
    assert isinstance(pending, Pending)
    device.verifies = False
    where, answer = shown(realm, device, "step")
    caller = caller_at(realm.now)
    done = flow.answer(realm, caller, pending.cookie, answer, ceremony=where)

    assert pending.step.name == "passkey"
    assert isinstance(done, LoggedIn)
    assert done.visitor.session.factors == ["password", "passkey"]
    assert isinstance(first_proof(realm, BOB), LoggedIn)


def test_a_passkey_of_another_is_no_second_factor(
    realm: Realm, device: Authenticator
) -> None:
    """It counts as a wrong answer, as many as may be given (RQ-T6)."""
    add(realm, device)
    other = Authenticator(ORIGIN)
    add(realm, other, member(realm, BOB))
    pending = first_proof(realm)
    caller, words = caller_at(realm.now), []
    for _ in range(6):
        where, answer = shown(realm, other, "step")
        call = flow.answer, realm, caller, pending.cookie, answer
        words.append(refusal(*call, ceremony=where))

    assert words == 5 * ["passkey_wrong"] + ["too_many_tries"]


def test_the_password_can_be_enough(make: Make, device: Authenticator) -> None:
    """Where the realm says that passkeys are for convenience."""
    realm = with_ada(make(**{"passkeys.second_factor": False}))
    add(realm, device)

    assert isinstance(first_proof(realm), LoggedIn)
    assert isinstance(log_in(realm, device), LoggedIn)


# As a fresh proof.


def test_rq_s7_a_passkey_proves_a_session_anew(
    realm: Realm, device: Authenticator, clock: Clock
) -> None:
    """By itself: it is both proofs that a login takes."""
    add(realm, device)
    visitor = member(realm).visitor
    clock.forward(minutes=20)
    asks = caller_at(realm.now).acting(visitor)
    where, answer = shown(realm, device, "proof")
    done = flow.prove(realm, asks, where, answer)

    assert isinstance(done, LoggedIn)
    assert done.visitor.session.auth_at == realm.now
    assert done.visitor.session.factors == ["passkey", "user_verification"]


@pytest.mark.parametrize("verifies", [False, True])
def test_rq_m6_without_a_password_the_owner_is_verified_at_the_step_too(
    realm: Realm, device: Authenticator, *, verifies: bool
) -> None:
    """A fresh proof by a second factor alone is no weaker than the login was."""
    add(realm, device)
    with realm.writing() as db:
        db.execute(update(User).values(password_hash=None))
    done = log_in_whole(realm, device)
    waits = factors.prove(realm, caller_at(realm.now).acting(done.visitor))
    assert isinstance(waits, Pending)
    device.verifies = verifies
    where, text = shown(realm, device, "step")
    caller = caller_at(realm.now, visitor=done.visitor)

    call = flow.answer, realm, caller, waits.cookie, text
    if verifies:
        assert isinstance(flow.answer(*call[1:], ceremony=where), LoggedIn)
    else:
        assert refusal(*call, ceremony=where) == "passkey_wrong"


def test_rq_s7_somebody_elses_passkey_proves_nothing(
    realm: Realm, device: Authenticator
) -> None:
    """That it is a good one does not matter."""
    add(realm, device, member(realm, BOB))
    where, answer = shown(realm, device, "proof")

    assert refusal(flow.prove, realm, member(realm), where, answer) == "passkey_wrong"
    assert events_of(realm)[-1] == "user.login.failed"


# Added and removed.


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
    flow.remove(realm, asks, kept(realm)[0].id)
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
    call = flow.remove, realm, member(realm), passkey.id
    assert refusal(*call) == "last_way_in"

    add(realm, Authenticator(ORIGIN), member(realm))
    flow.remove(realm, member(realm), passkey.id)
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
    call = flow.remove, realm, member(realm), kept(realm)[0].id
    if left:
        assert refusal(*call) == "last_way_in"
    else:
        flow.remove(*call[1:])

    assert len(kept(realm)) == left


def test_nobody_removes_what_is_somebody_elses(
    realm: Realm, device: Authenticator
) -> None:
    """It is as if it were not there."""
    add(realm, device)
    call = flow.remove, realm, member(realm, BOB), kept(realm)[0].id

    assert refusal(*call) == "passkey_gone"


def test_a_passkey_is_added_once(realm: Realm, device: Authenticator) -> None:
    """Neither by the same answer nor for another person (AK-B15)."""
    bob, where = member(realm, BOB), ceremony("add")
    options = kit.creation_options(
        where, challenge(realm, where), site="Site", user=("usr_x", "x", "X")
    )
    answer = device.create(options)
    flow.add(realm, bob, where, "", answer)

    again = refusal(flow.add, realm, member(realm, BOB), where, "", answer)
    assert again == "passkey_late"
    with realm.writing() as db:
        db.execute(delete(UsedChallenge))
    assert refusal(flow.add, realm, member(realm), where, "", answer) == "passkey_known"


def test_there_is_a_limit(realm: Realm) -> None:
    """Far above what anybody needs."""
    device = Authenticator(ORIGIN)
    for _ in range(flow.MOST):
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
