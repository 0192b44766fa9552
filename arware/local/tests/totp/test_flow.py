"""One-time passwords as a second factor: switched on, asked for, switched off."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import select, text, update

from arware.kit.sealing import CannotOpen
from arware.kit.web import Refused

from ... import people
from ...features.totp import flow
from ...features.totp.models import Authenticator
from ...login import LoggedIn
from ...models import EventRow, User
from ...realm import Realm
from ..conftest import Make, find, with_ada
from ..operating import acting, told
from ..support import ADA, PASSWORD, Clock, member, needs, overtaken
from .people import (
    Application,
    begin,
    caller_of,
    confirm,
    log_in_whole,
    switch_on,
    take_away,
)

BOB = "bob@example.com"


@pytest.fixture
def realm(any_realm: Realm) -> Realm:
    """Return a realm in which Ada and Bob live, on each kind of database."""
    any_realm.add_user(BOB, PASSWORD)
    return any_realm


def events_of(realm: Realm, email: str = ADA) -> list[str]:
    """Return the types of what happened to a user, in order."""
    asked = select(EventRow.type).where(EventRow.user_id == find(realm, email).id)
    with realm.reading() as db:
        return list(db.scalars(asked.order_by(EventRow.number)))


def answer(realm: Realm, cookie: str, code: str) -> Any:
    """Answer the step of a login; return the session, or the word of the refusal."""
    try:
        return flow.answer(realm, caller_of(realm), cookie, code)
    except Refused as refused:
        return refused.reason.word


def test_t75_a_login_asks_for_a_code_once_they_are_on(
    realm: Realm, clock: Clock
) -> None:
    """AK-F16, AK-N08: the session knows both (RQ-M9), and is not before (RQ-M7)."""
    application = switch_on(realm)
    clock.forward(seconds=30)
    pending = begin(realm)
    done = answer(realm, pending.cookie, application.code(clock.now))

    assert pending.step.name == "totp"
    assert done.visitor.session.factors == ["password", "totp"]
    assert answer(realm, pending.cookie, application.code(clock.now, 1)) == (
        "pending_over"
    )


def test_t75_others_are_not_asked(realm: Realm) -> None:
    """Who has not switched them on logs in as before."""
    switch_on(realm)

    assert log_in_whole(realm, BOB).visitor.session.factors == ["password"]


def test_t75_the_code_that_switched_them_on_is_used(realm: Realm, clock: Clock) -> None:
    """It cannot be used for a login by somebody who looked over a shoulder (RQ-M2)."""
    application = switch_on(realm)
    code = application.code(clock.now)

    assert answer(realm, begin(realm).cookie, code) == "code_wrong"


def test_t75_a_code_is_good_once(realm: Realm, clock: Clock) -> None:
    """Though still in the window; an earlier one is not good after it (AK-T05)."""
    application = switch_on(realm)
    clock.forward(minutes=5)
    code, earlier = application.code(clock.now), application.code(clock.now, -1)

    assert isinstance(answer(realm, begin(realm).cookie, code), LoggedIn)
    assert answer(realm, begin(realm).cookie, code) == "code_wrong"
    assert answer(realm, begin(realm).cookie, earlier) == "code_wrong"


@pytest.mark.parametrize(
    ("window", "steps", "good"),
    [
        (1, -1, True),
        (1, 0, True),
        (1, 1, True),
        (1, -2, False),
        (1, 2, False),
        (0, 0, True),
        (0, 1, False),
    ],
)
def test_t75_how_far_clocks_may_differ_can_be_set(
    make: Make, clock: Clock, window: int, steps: int, good: bool
) -> None:
    """One code either way by default."""
    realm = with_ada(make(**{"totp.window": window}))
    application = switch_on(realm)
    clock.forward(minutes=5)
    done = answer(realm, begin(realm).cookie, application.code(clock.now, steps))

    assert isinstance(done, LoggedIn) == good


def test_t75_a_wrong_code_switches_nothing_on(realm: Realm, clock: Clock) -> None:
    """They are on only once the application is known to work (RQ-M4)."""
    offer = flow.offer(realm, confirm(realm), realm.now)
    wrong = Application(offer.secret).code(clock.now, 7)
    with pytest.raises(Refused) as caught:
        flow.switch_on(realm, member(realm), offer.sealed, wrong)

    assert (caught.value.reason.word, caught.value.field) == ("code_wrong", "code")
    assert log_in_whole(realm).visitor.session.factors == ["password"]


def test_t75_an_unconfirmed_address_cannot_have_them(realm: Realm) -> None:
    """Who signed up with somebody else's address cannot lock them out (RQ-M4)."""
    with pytest.raises(Refused) as caught:
        flow.offer(realm, find(realm, ADA), realm.now)

    assert caught.value.reason.word == "address_unconfirmed"


def test_t75_who_has_no_address_can_have_them(realm: Realm) -> None:
    """It is nobody else's account then; the application calls it by the user name."""
    realm.add_user(username="nemo", password=PASSWORD)
    nemo = member(realm, "nemo")
    offer = flow.offer(realm, nemo.user, realm.now)
    code = Application(offer.secret).code(realm.now)
    flow.switch_on(realm, nemo, offer.sealed, code)

    assert begin(realm, "nemo").step.name == "totp"
    take_away(realm, "NEMO")
    assert log_in_whole(realm, "nemo").visitor.user.username == "nemo"


@needs("lockdown", "reset")
def test_rq_p9_they_stay_on_for_who_has_to_choose_a_new_password(realm: Realm) -> None:
    """They open nothing alone; where a stranger switched them on, operators help."""
    switch_on(realm)
    told(realm, acting("force-reset"), ADA)
    with realm.writing() as db:
        user = db.get_one(User, find(realm, ADA).id)
        people.set_password(db, user, realm.hash_new(PASSWORD))

    assert begin(realm).step.name == "totp"
    told(realm, acting("remove-totp"), ADA)
    assert log_in_whole(realm).visitor.session.factors == ["password"]


def test_t75_the_first_proof_of_an_address_ends_what_was_set_before(
    realm: Realm,
) -> None:
    """An operator may have taken the confirmation back; then it is like a new one."""
    switch_on(realm)
    with realm.writing() as db:
        db.execute(update(User).where(User.email == ADA).values(email_verified=False))
    confirm(realm)

    assert log_in_whole(realm).visitor.session.factors == ["password"]


def test_t75_an_offer_is_good_for_its_user_and_a_while(
    realm: Realm, clock: Clock
) -> None:
    """After that there is a new picture; until then it stays the same."""
    user, other = confirm(realm), confirm(realm, BOB)
    offer = flow.offer(realm, user, realm.now)
    clock.forward(minutes=14)

    assert flow.offer(realm, user, realm.now, offer.sealed) == offer
    assert flow.offer(realm, other, realm.now, offer.sealed) != offer
    clock.forward(minutes=1)
    assert flow.offer(realm, user, realm.now, offer.sealed) != offer
    code = Application(offer.secret).code(clock.now)
    with pytest.raises(Refused) as caught:
        flow.switch_on(realm, member(realm), offer.sealed, code)
    assert caught.value.reason.word == "offer_over"


@pytest.mark.parametrize("sealed", ["", "1.2.3", "JBSWY3DPEHPK3PXP"])
def test_t75_a_secret_is_the_realms_own(realm: Realm, sealed: str) -> None:
    """None that was sent in the place of the offered one is taken."""
    confirm(realm)
    with pytest.raises(Refused) as caught:
        flow.switch_on(realm, member(realm), sealed, "123456")

    assert caught.value.reason.word == "offer_over"


def test_t75_they_are_switched_on_once(realm: Realm, clock: Clock) -> None:
    """A second application does not silently replace the first."""
    application = switch_on(realm)
    user = find(realm, ADA)
    offer = flow.offer(realm, user, realm.now)
    code = Application(offer.secret).code(clock.now)
    with pytest.raises(Refused) as caught:
        flow.switch_on(realm, member(realm), offer.sealed, code)
    clock.forward(seconds=30)

    assert caught.value.reason.word == "totp_on"
    code = application.code(clock.now)
    assert isinstance(answer(realm, begin(realm).cookie, code), LoggedIn)


def test_t75_the_database_does_not_know_the_secret(realm: Realm) -> None:
    """It is sealed, for its own row (RQ-M3, AK-B07)."""
    application = switch_on(realm)
    switch_on(realm, BOB)
    with realm.reading() as db:
        stored = str(db.execute(text("SELECT * FROM ar_totp")).all())
        swapped = db.get_one(Authenticator, find(realm, BOB).id).secret

    assert application.secret not in stored
    with realm.writing() as db:
        db.execute(
            update(Authenticator)
            .where(Authenticator.user_id == find(realm, ADA).id)
            .values(secret=swapped)
        )
    with pytest.raises(CannotOpen):
        answer(realm, begin(realm).cookie, "123456")


def test_t75_a_login_renews_a_secret_that_was_sealed_under_an_older_key(
    make: Make, clock: Clock
) -> None:
    """So that the older one can be taken away once people have logged in."""
    old, new = "o" * 40, "n" * 40
    application = switch_on(with_ada(make(secret=old)))
    for secrets in ([new, old], [new]):
        clock.forward(seconds=30)
        realm = make(secret=secrets)
        code = application.code(clock.now)
        assert isinstance(answer(realm, begin(realm).cookie, code), LoggedIn)


def test_t75_switching_on_or_off_ends_the_other_sessions(realm: Realm) -> None:
    """But the one in which it was done (RQ-S5)."""
    other, own = log_in_whole(realm), log_in_whole(realm)
    switch_on(realm, done=own)

    assert not realm.is_session_active(other.visitor.session.id)
    assert realm.is_session_active(own.visitor.session.id)
    flow.switch_off(realm, member(realm, done=own))
    assert realm.is_session_active(own.visitor.session.id)
    assert log_in_whole(realm).visitor.session.factors == ["password"]


def test_t75_an_operator_takes_them_away(realm: Realm) -> None:
    """Who lost the application logs in with the password; what was open is over."""
    own = log_in_whole(realm)
    switch_on(realm, done=own)

    take_away(realm)

    assert not realm.is_session_active(own.visitor.session.id)
    assert log_in_whole(realm).visitor.session.factors == ["password"]


def test_t75_all_of_it_is_written_down(realm: Realm, clock: Clock) -> None:
    """Also what failed, with the kind of the proof (RQ-N2)."""
    application = switch_on(realm)
    clock.forward(seconds=30)
    pending = begin(realm)
    answer(realm, pending.cookie, "000000")
    done = answer(realm, pending.cookie, application.code(clock.now))
    flow.switch_off(realm, member(realm, done=done))
    switch_on(realm)
    take_away(realm)
    happened = events_of(realm)

    assert happened[happened.index("user.totp.enabled") :] == [
        "user.totp.enabled",
        "user.login.initiated",
        "user.login.failed",
        "user.login.succeeded",
        "session.deleted",
        "user.totp.disabled",
        "session.deleted",
        "user.totp.enabled",
        "session.deleted",
        "user.totp.taken_away",
    ]


def test_t75_of_many_uses_of_a_code_one_logs_in(realm: Realm, clock: Clock) -> None:
    """Each with a login of its own."""
    application = switch_on(realm)
    clock.forward(seconds=30)
    code = application.code(clock.now)
    pending = [begin(realm) for _ in range(5)]
    barrier, done = threading.Barrier(5), []

    def use(cookie: str) -> None:
        barrier.wait()
        done.append(answer(realm, cookie, code))

    threads = [threading.Thread(target=use, args=(one.cookie,)) for one in pending]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(isinstance(one, LoggedIn) for one in done) == 1


def test_who_was_shut_out_meanwhile_switches_nothing_on(realm: Realm) -> None:
    """A request that was under way during a reset comes too late."""
    confirm(realm)
    ada = overtaken(realm)
    offer = flow.offer(realm, ada.user, ada.now)
    code = Application(offer.secret).code(ada.now)
    with pytest.raises(Refused, match="account_changed"):
        flow.switch_on(realm, ada, offer.sealed, code)

    with realm.reading() as db:
        assert not flow.is_on(db, ada.user)


def test_who_was_shut_out_meanwhile_switches_nothing_off(realm: Realm) -> None:
    """Also where the reset came before the factor."""
    ada = overtaken(realm)
    switch_on(realm)
    with pytest.raises(Refused, match="account_changed"):
        flow.switch_off(realm, ada)

    with realm.reading() as db:
        assert flow.is_on(db, ada.user)
