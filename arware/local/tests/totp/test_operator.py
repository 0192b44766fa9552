"""What operators do about one-time passwords."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial

import pytest
from sqlalchemy.orm import Session

from arware.kit.web import Refused

from ... import dropped, factors
from ...features import FEATURES
from ...features.totp import flow
from ...login import LoggedIn
from ...models import User
from ...realm import Realm
from ..locks import meanwhile
from ..mailbox import letters
from ..operating import acting, said
from ..support import ADA, Clock, caller_at
from .people import begin, log_in_whole, switch_on, take_away


def remove(realm: Realm, email: str) -> str:
    """Run the command for *email*."""
    lines = said(realm, acting("remove-totp"), email)
    return str(lines[0].text)


def test_t75_a_lost_application_is_taken_away(realm: Realm) -> None:
    """However the address is written; the password logs in again."""
    switch_on(realm)

    assert remove(realm, "ADA@Example.com") == (
        "ada@example.com: One-time passwords are off for this account."
    )
    assert log_in_whole(realm).visitor.session.factors == ["password"]


@pytest.mark.parametrize(
    ("email", "problem"),
    [
        (ADA, "there is nothing of this kind to do"),
        ("eve@example.com", "there is no user eve@example.com"),
        ("", "there is no user"),
    ],
)
def test_t75_an_operator_is_told_what_could_not_be_done(
    realm: Realm, email: str, problem: str
) -> None:
    """In words, not by a trace."""
    with pytest.raises(ValueError, match=problem):
        remove(realm, email)


@pytest.mark.skipif("security_mail" not in FEATURES, reason="no mails are written")
def test_t75_the_user_is_told_what_an_operator_did(realm: Realm) -> None:
    """By mail, since somebody may have talked the operator into it."""
    switch_on(realm)
    remove(realm, ADA)
    (told,) = (mail.text for mail in letters(realm, ADA) if "We have" in mail.text)

    assert "We have switched off one-time passwords for your account." in told
    assert "By: an administrator" in told


def test_t75_they_are_not_left_out_unnoticed(realm: Realm) -> None:
    """A start without the feature would let people in by their passwords alone."""
    rest = [name for name in FEATURES if name != "totp"]
    with realm.reading() as db:
        assert list(dropped.faults(db, (), rest)) == []
    switch_on(realm)

    with realm.reading() as db:
        (fault,) = dropped.faults(db, (), rest)
        assert list(dropped.faults(db, ("totp",), rest)) == []
        assert list(dropped.faults(db, ())) == []
    assert str(fault) == (
        "dropped_features: totp is left out, but it still protects users (1). "
        "Put it back, or name totp in dropped_features to do without"
    )


def test_t75_an_operator_does_not_lock_out_a_login(
    any_realm: Realm, clock: Clock
) -> None:
    """Both change the factor: of two at once one waits, and neither gives up."""
    application = switch_on(any_realm)
    clock.forward(seconds=30)
    pending, code = begin(any_realm), application.code(clock.now)
    with ExitStack() as stack:

        def is_right(db: Session, user: User) -> bool:
            taking = partial(take_away, any_realm)
            stack.enter_context(meanwhile(any_realm, taking))
            return flow.use(any_realm, db, user, code, int(clock.now))

        caller, wrong = caller_at(clock.now), Refused(flow.CODE_WRONG)
        done = factors.answer(
            any_realm, caller, pending.cookie, "totp", is_right, wrong
        )
    assert isinstance(done, LoggedIn)
    assert not any_realm.is_session_active(done.visitor.session.id)
