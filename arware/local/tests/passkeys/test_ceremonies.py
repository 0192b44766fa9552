"""Passkeys shown: at a login, as its second factor, and as a fresh proof."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import update

from arware.kit import passkeys as kit
from arware.kit.authenticator import Algorithm, Authenticator
from arware.tokens import base64url

from ... import factors
from ...features.passkeys import flow
from ...login import LoggedIn, Pending
from ...models import User
from ...realm import Realm
from ..conftest import Make, with_ada
from ..support import (
    ADA,
    Clock,
    caller_at,
    first_proof,
    member,
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
    shown,
)


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
