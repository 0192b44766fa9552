"""A browser in which the second factor is not asked for, where its owner wants that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from arware.kit.web import Refused
from arware.kit.web.joining import Joined, Phase, Step

from ... import app, current, factors, login, people
from ...events import FactorAdded, FactorRemoved
from ...features.trusted_browsers import flow
from ...features.trusted_browsers.models import TrustedBrowser
from ...login import LoggedIn, Pending
from ...models import EventRow, PendingLogin, User
from ...realm import Realm
from ...texts import TOKEN_INVALID
from ..conftest import find, with_ada
from ..support import (
    ADA,
    APPLICATION,
    PASSWORD,
    URL,
    Browser,
    Clock,
    caller_at,
    member,
    need,
    settings,
    submit,
)

BOB = "bob@example.com"
DAYS = 14


class Protected(Realm):
    """A realm whose logins ask for a code."""

    @property
    def joined(self) -> Joined:
        """All features, with the step in place of theirs."""
        others = app.joined()
        steps = [one for one in others.steps if one.phase is not Phase.FACTOR]
        code = Step("code", Phase.FACTOR, "code", lambda _r, _d, _u, p: is_single(p))
        return replace(others, steps=[*steps, code])


def is_single(pending: PendingLogin) -> bool:
    """Tell whether there was one proof only."""
    return factors.is_needed(pending)


Make = Callable[..., Realm]


@pytest.fixture
def make_protected(database_url: str, clock: Clock) -> Iterator[Make]:
    """Return a maker of realms with Ada and Bob, on each kind of database."""
    made: list[Realm] = []

    def make(days: int = DAYS) -> Realm:
        values = {"clock": clock, "trusted_browsers.days": days}
        realm = with_ada(Protected(settings(database_url, **values), migrate=True))
        realm.add_user(BOB)
        made.append(realm)
        return realm

    yield make
    for realm in made:
        realm.close()


@pytest.fixture
def protected(make_protected: Make) -> Realm:
    """Return a realm in which browsers may be trusted."""
    return make_protected()


def begin(realm: Realm, device: str = "", name: str = ADA) -> LoggedIn | Pending:
    """Give the first proof in the browser that has the cookie *device*."""
    caller = caller_at(realm.now, device=device)
    with realm.writing() as db:
        user = people.by_email(db, name)
        assert user is not None
        return login.finish(realm, db, caller, user, "password")


def log_in(realm: Realm, *ticked: str, device: str = "", name: str = ADA) -> LoggedIn:
    """Log in with both proofs; boxes may be *ticked* at the second."""
    pending = begin(realm, device, name)
    assert isinstance(pending, Pending)
    caller = caller_at(realm.now, device=device, ticked=frozenset(ticked))
    with realm.writing() as db:
        done = login.go_on(realm, db, caller, pending.cookie, "code", "code")
    assert isinstance(done, LoggedIn)
    return done


def is_asked(realm: Realm, device: str, name: str = ADA) -> bool:
    """Tell whether a login in the browser is asked for a second factor."""
    return isinstance(begin(realm, device, name), Pending)


def browsers(realm: Realm) -> list[TrustedBrowser]:
    """Return the browsers that Ada trusts."""
    with realm.reading() as db:
        return list(flow.listed(db, find(realm, ADA), realm.now))


def types(realm: Realm) -> list[str]:
    """Return what happened."""
    with realm.reading() as db:
        return list(db.scalars(select(EventRow.type).order_by(EventRow.number)))


def test_rq_s3_it_is_asked_for_once(protected: Realm, clock: Clock) -> None:
    """Then not for 14 days, in that browser, however often its cookie is renewed."""
    device, asked = log_in(protected, "trust").device, []
    for _ in range(DAYS + 1):
        done = begin(protected, device)
        asked.append(isinstance(done, Pending))
        device = done.device if isinstance(done, LoggedIn) else device
        clock.forward(seconds=86_400)

    assert asked == [False] * DAYS + [True]
    assert flow.BrowserTrusted.type in types(protected)


def test_it_is_one_proof_all_the_same(protected: Realm) -> None:
    """The session knows of no second factor (RQ-M9)."""
    done = begin(protected, log_in(protected, "trust").device)

    assert isinstance(done, LoggedIn)
    assert done.visitor.session.factors == ["password"]


@pytest.mark.parametrize(("days", "ticked"), [(0, ("trust",)), (DAYS, ("remember",))])
def test_nobody_trusts_who_did_not_ask_for_it(
    make_protected: Make, days: int, ticked: tuple[str, ...]
) -> None:
    """It takes the setting and the box; to be remembered is something else."""
    realm = make_protected(days)
    device = log_in(realm, *ticked).device

    assert is_asked(realm, device)
    assert browsers(realm) == []


def test_it_is_the_browser_and_the_person(protected: Realm) -> None:
    """Neither another browser nor somebody else in this one."""
    device = log_in(protected, "trust").device
    other = log_in(protected).device
    bob = log_in(protected, device=device, name=BOB).device

    assert is_asked(protected, other)
    assert is_asked(protected, "")
    assert is_asked(protected, bob, BOB)
    assert not is_asked(protected, bob)


def set_password(realm: Realm, db: Any, ada: User) -> None:
    """Give Ada another password."""
    people.set_password(db, ada, "another hash")


def add_factor(realm: Realm, db: Any, ada: User) -> None:
    """Add a factor."""
    event = FactorAdded(user_id=ada.id, factor="x")
    factors.changed(realm, db, ada, caller_at(realm.now), event)


def remove_factor(realm: Realm, db: Any, ada: User) -> None:
    """Remove a factor."""
    event = FactorRemoved(user_id=ada.id, factor="x")
    factors.changed(realm, db, ada, caller_at(realm.now), event)


def prove_address(realm: Realm, db: Any, ada: User) -> None:
    """Prove the address, and the password with it."""
    people.prove_address(realm, db, ada, caller_at(realm.now), keep_password=True)


@pytest.mark.parametrize(
    "happens", [set_password, add_factor, remove_factor, prove_address]
)
def test_rq_s5_what_changes_the_proofs_ends_it(protected: Realm, happens: Any) -> None:
    """Whoever did it: somebody else may have trusted a browser before."""
    device = log_in(protected, "trust").device
    with protected.writing() as db:
        ada = people.by_email(db, ADA)
        happens(protected, db, ada)

    assert is_asked(protected, device)
    assert browsers(protected) == []


def test_rq_s7_it_stands_in_for_no_fresh_proof(protected: Realm) -> None:
    """What protects the account asks for the second factor there, too."""
    done = begin(protected, log_in(protected, "trust").device)
    assert isinstance(done, LoggedIn)
    ada = member(protected, done=done)
    ada = replace(ada, device=done.device)
    with protected.writing(ada) as db:
        proved = login.prove(protected, db, ada, "password")

    assert isinstance(proved, Pending)


def test_rq_s7_no_application_takes_it_for_a_fresh_proof(protected: Realm) -> None:
    """The token has no time of a proof, and the session ends as soon as with both."""
    both = log_in(protected, "trust", "remember")
    caller = caller_at(
        protected.now, device=both.device, ticked=frozenset({"remember"})
    )
    with protected.writing() as db:
        user = people.by_email(db, ADA)
        assert user is not None
        one = login.finish(protected, db, caller, user, "password")
    assert isinstance(one, LoggedIn)
    first, second = both.visitor.session, one.visitor.session
    seen = current.find(protected, one.cookie).session

    assert "auth_time" in first.claims
    assert "auth_time" not in second.claims
    assert seen is not None
    assert seen.auth_time is None
    assert second.expires_at == first.expires_at
    assert second.idle_seconds == first.idle_seconds


def test_rq_s7_a_proof_makes_it_whole(protected: Realm) -> None:
    """Of both factors, as anywhere else."""
    done = begin(protected, log_in(protected, "trust").device)
    assert isinstance(done, LoggedIn)
    ada = member(protected, done=done)
    with protected.writing(ada) as db:
        waits = login.prove(protected, db, ada, "password")
    assert isinstance(waits, Pending)
    with protected.writing(ada) as db:
        proved = login.go_on(protected, db, ada, waits.cookie, "code", "code")

    assert isinstance(proved, LoggedIn)
    assert proved.visitor.session.auth_at == protected.now


def test_it_is_revoked(protected: Realm) -> None:
    """By its owner alone, and at once; the log says so."""
    device = log_in(protected, "trust").device
    (browser,) = browsers(protected)
    bob, ada = member(protected, BOB), member(protected)

    assert not flow.remove(protected, bob, browser.id)
    assert not is_asked(protected, device)
    assert flow.remove(protected, ada, browser.id)
    assert not flow.remove(protected, ada, browser.id)
    assert types(protected)[-1] == flow.BrowserDistrusted.type
    assert browsers(protected) == []


def test_a_wrong_answer_trusts_nothing(protected: Realm) -> None:
    """Though the box was ticked."""
    pending = begin(protected)
    assert isinstance(pending, Pending)
    caller = caller_at(protected.now, ticked=frozenset({"trust"}))
    wrong = Refused(TOKEN_INVALID)
    with pytest.raises(Refused):
        factors.answer(
            protected, caller, pending.cookie, "code", lambda *_: False, wrong
        )

    assert browsers(protected) == []


def test_what_is_over_is_forgotten(protected: Realm, clock: Clock) -> None:
    """By the job that forgets."""
    log_in(protected, "trust")
    clock.forward(seconds=DAYS * 86_400)
    protected.purge()

    with protected.reading() as db:
        assert db.scalars(select(TrustedBrowser)).all() == []


def test_people_see_and_remove_them(make: Make, clock: Clock) -> None:
    """On the account page, where there are any."""
    realm = with_ada(make(**{"trusted_browsers.days": DAYS}))
    browser = Browser(realm)
    browser.log_in()
    assert "Trusted browsers" not in browser.get("/profile")
    caller = caller_at(realm.now, ticked=frozenset({"trust"}))
    with realm.writing() as db:
        user = db.get_one(User, find(realm, ADA).id)
        done = login.finish(realm, db, caller, user, ("password", "code"))
    assert isinstance(done, LoggedIn)
    page = browser.get("/profile")

    assert "Trusted until" in page
    after = browser.send("/profile/trusted-browsers/remove").follow()
    assert "That browser is not trusted any more." in after
    assert "Trusted until" not in after


@pytest.mark.parametrize("days", [0, DAYS])
def test_the_box_is_at_the_step_of_a_login_alone(
    make: Make, clock: Clock, days: int
) -> None:
    """Not at that of a fresh proof, and nowhere unless the setting says so."""
    need("totp")
    need("password")
    from ..totp.people import switch_on

    realm = with_ada(make(**{"trusted_browsers.days": days}))
    application, browser = switch_on(realm), Browser(realm)
    clock.forward(minutes=5)
    step = browser.log_in().follow()
    assert ("trust" in step.form.fields) is (days > 0)
    fields: dict[str, Any] = {"code": application.code(realm.now)}
    submit(step, **(fields | ({"trust": True} if days else {})))
    if not days:
        return

    clock.forward(minutes=5)
    assert browser.log_in().location.startswith(APPLICATION)
    # The password alone takes nothing away that protects the account.
    assert "/proof" in browser.get("/profile/totp", 303).location
    proof = submit(browser.get("/proof"), password=PASSWORD).follow()
    assert "trust" not in proof.form.fields
    # Who sends it all the same has ticked nothing.
    token = proof.form["form_token"].value
    values = {"code": application.code(realm.now), "form_token": token}
    browser.app.post("/login/totp", {**values, "trust": "true"})
    assert len(browsers(realm)) == 1


def test_rq_e2_the_box_tells_nothing_of_a_sign_up_that_waits(make: Make) -> None:
    """With an address that is taken it only seems to wait: neither has the box."""
    for feature in ("totp", "signup", "confirm"):
        need(feature)
    settings = {"confirm.mode": "required", "trusted_browsers.days": DAYS}
    realm, said = with_ada(make(**settings)), []
    for email in ("new@example.com", ADA):
        browser = Browser(realm)
        browser.sign_up(email=email)
        sent, post = {"code": "1", "trust": "x" * 101}, browser.app.post_json
        answer = post("/login/totp", sent, headers={"Origin": URL}, status="4*")
        said.append(answer.json["reasons"])

    assert said[0] == said[1]
