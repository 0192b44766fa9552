"""Who is suspended is out at once, everywhere, until it is over."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
from sqlalchemy import select

from arware.kit.operator import Line
from arware.kit.web.refusals import Refused

from ... import people
from ...features import FEATURES
from ...features.suspension import commands, flow
from ...features.suspension.models import Suspension
from ...models import EventRow
from ...realm import Realm
from ..conftest import find
from ..mailbox import letters
from ..operators import Guarded, add_operator, enter
from ..support import (
    ADA,
    PASSWORD,
    Browser,
    Clock,
    member,
    need,
    needs,
    plain,
    settings,
    sqlite_url,
)

WHY = "Spam in the forum"


def run(realm: Realm, *words: str) -> str:
    """Run the command; return what it says."""
    parser = argparse.ArgumentParser()
    do = commands.suspend(parser)
    said = do(realm, parser.parse_args(words))
    assert not isinstance(said, str | Line)
    return "\n".join(one.text if isinstance(one, Line) else one for one in said)


def lift(realm: Realm) -> None:
    """Do what the button does, and its command."""
    caller = realm.operator()
    with realm.writing(caller) as db:
        user = people.find_locked(db, ADA)
        assert user is not None
        assert flow.UNSUSPEND.offered(realm, db, user)
        flow.UNSUSPEND.do(realm, db, user, caller)
        assert not flow.UNSUSPEND.offered(realm, db, user)


def suspend(realm: Realm, *more: str) -> str:
    """Suspend Ada."""
    return run(realm, ADA, "--reason", WHY, *more)


def row(realm: Realm) -> Suspension | None:
    """Return what is known of Ada's suspension."""
    with realm.reading() as db:
        return db.get(Suspension, find(realm, ADA).id)


def test_who_is_suspended_is_logged_out_at_once(any_realm: Realm) -> None:
    """Sessions end, and mounted applications hear of it (AK-F29, AK-B12, RQ-S4)."""
    told: list[str] = []

    class Watcher:
        def ended(
            self, *, session_id: str | None = None, user_id: str | None = None
        ) -> None:
            told.append("user" if user_id else "session")

    watcher, session_id = Watcher(), member(any_realm).session.id
    any_realm.watch(watcher)
    said = suspend(any_realm)

    assert f"{ADA} is suspended" in said
    assert not any_realm.is_session_active(session_id)
    assert {"user", "session"} <= set(told)


@needs("password")
def test_ak_b12_a_suspended_person_cannot_log_in(realm: Realm) -> None:
    """It is a wrong password to whoever tries (RQ-E1)."""
    suspend(realm)
    answers = []
    for email in (ADA, "bob@example.com"):
        answer = Browser(realm).log_in(email, PASSWORD, status=422)
        answers.append(str(plain(answer)).replace(email, ""))

    assert answers[0] == answers[1]
    assert "is wrong" in answers[0]


def test_api_tokens_are_refused_as_well(realm: Realm) -> None:
    """And count again afterwards."""
    need("api_tokens")
    token = realm.add_api_token(ADA, "script")
    assert realm.redeem_api_token(token)
    suspend(realm)
    assert realm.redeem_api_token(token) is None
    lift(realm)

    assert realm.redeem_api_token(token)


def test_the_person_is_told_why_and_until_when(realm: Realm) -> None:
    """By mail, and that it is over."""
    suspend(realm, "--days", "7")
    (mail,) = letters(realm, ADA)
    assert mail.subject == "Your account at Local realm was suspended"
    assert WHY in mail.text
    assert "until Jan 22, 2027, 08:00 UTC" in mail.text
    lift(realm)

    texts = [one.text for one in letters(realm, ADA)]
    assert ("no longer suspended" in str(texts)) is ("security_mail" in FEATURES)


def test_it_is_kept_why_and_since_when(realm: Realm, clock: Clock) -> None:
    """As long as it lasts; that it was is recorded (AK-M10)."""
    suspend(realm)
    kept = row(realm)
    assert kept is not None
    assert (kept.reason, kept.suspended_at, kept.ends_at) == (WHY, clock.now, None)
    lift(realm)
    with realm.reading() as db:
        types = set(db.scalars(select(EventRow.type)))

    assert row(realm) is None
    assert {"user.suspended", "user.suspension.lifted"} <= types


def test_it_ends_by_itself(realm: Realm, clock: Clock) -> None:
    """After so many days, by a job; one without an end does not."""
    suspend(realm, "--days", "2")
    flow.lift_those_over(realm, realm.now)
    assert find(realm, ADA).state == "inactive"
    clock.forward(minutes=2 * 24 * 60)
    flow.lift_those_over(realm, realm.now)
    assert find(realm, ADA).state == "active"
    suspend(realm)
    clock.forward(minutes=9 * 24 * 60)
    flow.lift_those_over(realm, realm.now)

    assert find(realm, ADA).state == "inactive"


def test_who_is_disabled_meanwhile_stays_so(realm: Realm, clock: Clock) -> None:
    """No job lets somebody in whom an operator has disabled for good."""
    suspend(realm, "--days", "2")
    realm.set_user_state(ADA, "inactive")
    clock.forward(minutes=3 * 24 * 60)
    flow.lift_those_over(realm, realm.now)

    assert find(realm, ADA).state == "inactive"
    assert row(realm) is None


def test_enabling_an_account_lifts_it(realm: Realm) -> None:
    """However that is done."""
    suspend(realm)
    realm.set_user_state(ADA, "active")

    assert row(realm) is None
    suspend(realm)  # which can be done again


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("bob@example.com", "--reason", "x"), "there is no user"),
        ((ADA, "--reason", " "), "reason: Give 1 to 500"),
        ((ADA, "--reason", "x" * 501), "reason: Give 1 to 500"),
        ((ADA, "--reason", "x\ny"), "reason: Give 1 to 500"),
        ((ADA, "--reason", "x", "--days", "-1"), "days: Give 1 to 3650"),
    ],
)
def test_the_operator_is_told_what_is_wrong(
    realm: Realm, words: tuple[str, ...], said: str
) -> None:
    """In a sentence."""
    with pytest.raises(ValueError, match=said):
        run(realm, *words)


def test_nobody_is_suspended_twice(realm: Realm) -> None:
    """The first one stays."""
    suspend(realm)
    with pytest.raises(Refused, match="not_active"):
        suspend(realm)


# --- On the operator's pages -----------------------------------------------------


def test_an_operator_suspends_on_the_page(tmp_path: Path, clock: Clock) -> None:
    """With a reason and days; what is wrong is said there; enabling lifts it."""
    need("operator")
    with Guarded(settings(sqlite_url(tmp_path), clock=clock)) as realm:
        realm.add_user(ADA, PASSWORD)
        add_operator(realm)
        ops, path = enter(realm), f"/operator/users/{find(realm, ADA).id}"

        def send(status: int, **fields: str) -> str:
            forms = ops.get(path).forms.values()
            form = next(one for one in forms if "suspensions" in one.action)
            for name, value in fields.items():
                form[name] = value
            return str(form.submit(status=status).text)

        assert "Enter a number of days" in send(422, reason=WHY, days="x")
        assert "Fill this in" in send(422)
        send(303, reason=WHY, days="7")
        page = ops.get(path)
        assert WHY in page
        assert "2027-01-22" in page
        assert "suspensions" not in str([one.action for one in page.forms.values()])
        assert WHY in letters(realm, ADA)[0].text
        for form in page.forms.values():
            if form.action.endswith("/enable"):
                form.submit(status=303)
        assert row(realm) is None


@pytest.mark.parametrize("whose", ["ada", "operator", "nobody"])
def test_only_operators_suspend(tmp_path: Path, clock: Clock, whose: str) -> None:
    """And nobody another operator."""
    with Guarded(settings(sqlite_url(tmp_path), clock=clock)) as realm:
        realm.add_user(ADA, PASSWORD)
        ops = add_operator(realm)
        user_id = ops if whose == "operator" else find(realm, ADA).id
        browser = enter(realm) if whose == "operator" else Browser(realm)
        browser = enter(realm, ADA) if whose == "ada" else browser
        headers = {"Origin": "http://127.0.0.1:8001"}
        place, fields = f"/operator/suspensions/{user_id}", {"reason": "x"}
        answer = browser.app.post_json(place, fields, headers=headers, status="*")

        assert answer.status_int in (403, 404)
        assert all(user.state == "active" for user in realm.users())
