"""An account is closed, kept after all, or deleted with all that was held."""

from __future__ import annotations

import json
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from arware.kit.jobs import Incomplete
from arware.kit.web.joining import Joined, Phase, Step
from arware.kit.web.refusals import Refused

from ... import app, login
from ...events import AccountClosing
from ...features.close_account import flow
from ...features.close_account.models import Closure
from ...login import Pending
from ...models import EventRow, LoginSession, User
from ...realm import Realm
from ..conftest import Make, find
from ..locks import meanwhile
from ..mailbox import letters
from ..support import (
    ADA,
    PASSWORD,
    Browser,
    Clock,
    caller_at,
    first_proof,
    member,
    need,
    needs,
    settings,
    sqlite_url,
    submit,
)

DAYS = 14


class Asking(Realm):
    """A realm whose logins are asked for something more at their end."""

    @property
    def joined(self) -> Joined:
        """All features, with one step more."""
        found = app.joined()
        more = Step("more", Phase.CONSENT, "more", lambda *_: True)
        return replace(found, steps=[*found.steps, more])


def close(realm: Realm) -> None:
    """Close Ada's account."""
    flow.close(realm, member(realm))


def run_job(realm: Realm, clock: Clock, days: int) -> None:
    """Let days pass, and the job run."""
    clock.forward(minutes=days * 24 * 60)
    flow.delete_those_due(realm, realm.now)


def names(realm: Realm) -> list[str]:
    """Return who is there."""
    return [user.login_name for user in realm.users()]


def types(realm: Realm) -> list[str]:
    """Return what happened."""
    with realm.reading() as db:
        return list(db.scalars(select(EventRow.type).order_by(EventRow.number)))


# --- Closing ---------------------------------------------------------------------


@needs("account")
def test_the_whole_way(realm: Realm, clock: Clock) -> None:
    """From the account page to the end of all that was held."""
    browser, other = Browser(realm), Browser(realm)
    other.log_in()
    browser.log_in()
    page = browser.get("/profile").click("close your account")
    done = submit(page, 1)

    assert "After 14 days your account is deleted" in page
    assert "Your account is closed." in done.follow()
    assert not browser.is_logged_in
    assert "/login" in other.get("/profile", status=303).location
    run_job(realm, clock, DAYS - 1)
    assert names(realm) == [ADA]
    run_job(realm, clock, 1)
    assert names(realm) == []
    assert types(realm)[-1] == "user.deleted"


def test_people_are_told_by_mail(realm: Realm, clock: Clock) -> None:
    """When it is closed, in case it was somebody else, and when it is gone."""
    close(realm)
    assert "Jan 29, 2027, 08:00 UTC" in letters(realm, ADA)[0].text
    run_job(realm, clock, DAYS)
    last = letters(realm, ADA)[0]

    assert last.subject == "Your account at Local realm was deleted"


def test_mounted_applications_hear_of_it(any_realm: Realm, clock: Clock) -> None:
    """At once: sessions end as by a logout (RQ-S4)."""
    told: list[str] = []

    class Watcher:
        def ended(
            self, *, session_id: str | None = None, user_id: str | None = None
        ) -> None:
            told.append("user" if user_id else "session")

    watcher = Watcher()
    any_realm.watch(watcher)
    close(any_realm)
    assert {"user", "session"} <= set(told)
    run_job(any_realm, clock, DAYS)

    assert names(any_realm) == []


def test_api_tokens_end(realm: Realm) -> None:
    """A program is no person who could come back."""
    need("api_tokens")
    token = realm.add_api_token(ADA, "script")
    close(realm)

    assert realm.redeem_api_token(token) is None


@needs("account", "password")
def test_it_takes_a_fresh_proof(realm: Realm, clock: Clock) -> None:
    """Nobody closes the account in a browser that was left open (RQ-S7)."""
    browser = Browser(realm)
    browser.log_in()
    clock.forward(minutes=16)
    answer = browser.get("/profile/close", status=303)
    assert "/proof" in answer.location
    page = submit(answer.follow(), password=PASSWORD).follow()

    assert "Close your account" in page


@pytest.mark.parametrize("path", ["/profile/close", "/profile/export"])
def test_no_operator_does_it_for_somebody(realm: Realm, path: str) -> None:
    """Who acts as somebody changes nothing, and takes no copy (REALM 5)."""
    browser = Browser(realm)
    browser.arrive()
    with realm.writing() as db:
        db.execute(update(LoginSession).values(impersonator="usr_x"))
    headers = {"Origin": "http://127.0.0.1:8001"}
    answer = browser.app.post_json(path, {}, headers=headers, status=403)

    assert answer.json["reasons"] == {"": ["impersonated"]}
    assert "user.closing" not in types(realm)


def test_without_the_form_nothing_happens(realm: Realm) -> None:
    """A stranger's page closes nothing (T77)."""
    browser = Browser(realm)
    browser.arrive()
    for path in ("/profile/close", "/profile/export", "/login/keep"):
        browser.app.post(path, {}, status=403)

    assert "user.closing" not in types(realm)


@needs("password")
def test_rq_t7_nobody_fills_the_mailbox_of_somebody_else(realm: Realm) -> None:
    """Who signed up with a stranger's address may close the account again and again."""
    for _ in range(7):
        close(realm)
        waits = first_proof(realm)
        assert isinstance(waits, Pending)
        flow.keep(realm, caller_at(realm.now), waits.cookie)

    assert len(letters(realm, ADA)) <= 6  # A welcome, and five an hour of changes.


def test_one_that_cannot_be_deleted_keeps_no_other(realm: Realm, clock: Clock) -> None:
    """What fails now fails each time, and the others were told that they would go."""
    for number in range(3):
        name = f"user{number}@example.com"
        realm.add_user(name, PASSWORD)
        flow.close(realm, member(realm, name))
    with realm.writing() as db:
        db.connection().exec_driver_sql(
            "CREATE TRIGGER broken BEFORE DELETE ON ar_users WHEN OLD.email LIKE "
            "'user1%' BEGIN SELECT RAISE(ABORT, 'broken'); END"
        )
    with pytest.raises(Incomplete):
        run_job(realm, clock, DAYS)

    assert names(realm) == [ADA, "user1@example.com"]


# --- Coming back -----------------------------------------------------------------


@needs("password")
def test_who_logs_in_is_asked_and_keeps_the_account(realm: Realm, clock: Clock) -> None:
    """And is told by mail; without an answer it is deleted all the same."""
    close(realm)
    browser = Browser(realm)
    asking = browser.log_in(query="?redirect_uri=http://127.0.0.1:8000/there").follow()
    assert "Keep your account?" in asking
    assert not browser.is_logged_in
    done = submit(asking)
    run_job(realm, clock, DAYS)

    assert browser.is_logged_in
    assert "8000/there" in done.location or "then" in done.location
    assert names(realm) == [ADA]
    assert "user.kept" in types(realm)


@needs("password")
def test_an_answer_counts_until_it_is_closed_again(
    tmp_path: Path, clock: Clock
) -> None:
    """A login that has kept it once, and waits for more, does not get past that."""
    with Asking(settings(sqlite_url(tmp_path), clock=clock), migrate=True) as realm:
        realm.add_user(ADA, PASSWORD)
        close(realm)
        first = first_proof(realm)
        assert isinstance(first, Pending)
        waits = flow.keep(realm, caller_at(realm.now), first.cookie)
        assert isinstance(waits, Pending)
        close(realm)

        with pytest.raises(Refused), realm.writing() as db:
            login.go_on(realm, db, caller_at(realm.now), waits.cookie, "more")


def test_who_only_looks_loses_it(realm: Realm, clock: Clock) -> None:
    """A login that was not finished keeps nothing."""
    close(realm)
    Browser(realm).log_in()
    run_job(realm, clock, DAYS)

    assert names(realm) == []


def test_nobody_keeps_what_is_not_theirs(realm: Realm) -> None:
    """The question needs a login that waits for it."""
    close(realm)
    browser = Browser(realm)
    assert "/login" in browser.get("/login/keep", status=303).location
    with pytest.raises(Refused, match="pending_over"):
        flow.keep(realm, member(realm), "x")


@needs("password", "totp")
def test_a_second_factor_comes_before_the_question(realm: Realm) -> None:
    """Who knows the password alone brings no account back."""
    close(realm)
    user_id = find(realm, ADA).id
    with realm.writing() as db:
        db.connection().exec_driver_sql(
            f"INSERT INTO ar_totp VALUES ('{user_id}', 'x', 0)"
        )
    browser = Browser(realm)

    assert browser.log_in().location.endswith("/login/totp")
    assert "/login" in browser.get("/login/keep", status=303).location


# --- Orgs ------------------------------------------------------------------------


@needs("orgs", "account")
def test_the_only_owner_hands_over_first(realm: Realm, clock: Clock) -> None:
    """An org with others in it is left to somebody."""
    org = realm.add_org("Acme")
    realm.add_user("owner@example.com", PASSWORD, orgs={org: ["ar:owner"]})
    realm.add_user("eve@example.com", PASSWORD, orgs={org: []})
    browser = Browser(realm)
    browser.log_in("owner@example.com")
    page = submit(browser.get("/profile/close"), 1, 409)
    assert "only owner of Acme" in page
    assert browser.is_logged_in
    realm.add_user("other@example.com", PASSWORD, orgs={org: ["ar:owner"]})
    submit(browser.get("/profile/close"), 1)
    run_job(realm, clock, DAYS)

    assert "owner@example.com" not in names(realm)


@needs("orgs")
@pytest.mark.parametrize("other", ["closing", "disabled", "active"])
def test_who_goes_or_is_shut_out_is_no_other_owner(
    any_realm: Realm, other: str
) -> None:
    """Else the org would be left to somebody who cannot look after it."""
    org, names = any_realm.add_org("Acme"), ("one@example.com", "two@example.com")
    for name in names:
        any_realm.add_user(name, PASSWORD, orgs={org: ["ar:owner"]})
    any_realm.add_user("eve@example.com", PASSWORD, orgs={org: []})
    if other == "closing":
        flow.close(any_realm, member(any_realm, names[1]))
    if other == "disabled":
        any_realm.set_user_state(names[1], "inactive")
    with nullcontext() if other == "active" else pytest.raises(Refused, match="only"):
        flow.close(any_realm, member(any_realm, names[0]))


@needs("orgs")
def test_of_two_owners_who_go_at_once_one_stays(any_realm: Realm) -> None:
    """Neither may count on the other."""
    org, names = any_realm.add_org("Acme"), ("one@example.com", "two@example.com")
    for name in names:
        any_realm.add_user(name, PASSWORD, orgs={org: ["ar:owner"]})
    any_realm.add_user("eve@example.com", PASSWORD, orgs={org: []})
    first, second = (member(any_realm, name) for name in names)

    def go() -> None:
        with pytest.raises(Refused, match="only_owner"):
            flow.close(any_realm, second)

    with ExitStack() as stack, any_realm.writing(first) as db:
        user_id, now = first.user.id, first.now
        closing = AccountClosing(user_id=user_id, due_at=now)
        any_realm.record(db, closing, first)
        stack.enter_context(meanwhile(any_realm, go))
        db.add(Closure(user_id=user_id, closed_at=now, due_at=now))


@needs("orgs")
def test_who_goes_as_well_keeps_nobody(realm: Realm) -> None:
    """An org in which all go needs no owner."""
    org, eve = realm.add_org("Acme"), "eve@example.com"
    realm.add_user("one@example.com", PASSWORD, orgs={org: ["ar:owner"]})
    realm.add_user(eve, PASSWORD, orgs={org: []})
    flow.close(realm, member(realm, eve))
    flow.close(realm, member(realm, "one@example.com"))


@needs("orgs")
def test_an_org_goes_with_the_last_in_it(realm: Realm, clock: Clock) -> None:
    """And no other: neither those of others, nor those with others in them."""
    shared, theirs = realm.add_org("Shared"), realm.add_org("Theirs")
    eve = "eve@example.com"
    realm.add_user(eve, PASSWORD, orgs={shared: [], theirs: ["ar:owner"]})
    realm.add_user(
        "owner@example.com", orgs={shared: ["ar:admin"], "Own": ["ar:owner"]}
    )
    flow.close(realm, member(realm, "owner@example.com"))
    run_job(realm, clock, DAYS)
    with realm.reading() as db:
        rows = db.connection().exec_driver_sql("SELECT name FROM ar_orgs").scalars()

        assert sorted(rows) == ["Shared", "Theirs"]


# --- A copy ----------------------------------------------------------------------


@needs("account")
def test_a_copy_is_downloaded(realm: Realm) -> None:
    """A file with all that is held, and no secret; it is recorded and told."""
    browser = Browser(realm)
    browser.log_in()
    answer = submit(browser.get("/profile/close"), 0, 200)
    copied = json.loads(answer.text)

    assert answer.content_type == "application/json"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Cache-Control"] == "no-store"
    assert copied["user"][0]["email"] == ADA
    assert copied["events"][-1]["type"] == "user.exported"
    assert (find(realm, ADA).password_hash or "-") not in answer.text
    assert browser.cookies["arrealm"] not in answer.text


def test_programs_do_the_same(realm: Realm) -> None:
    """204 when it is closed (AK-H01); a copy is JSON anyway."""
    browser = Browser(realm)
    browser.arrive()
    headers = {"Origin": "http://127.0.0.1:8001"}
    copied = browser.app.post_json("/profile/export", {}, headers=headers, status=200)
    browser.app.post_json("/profile/close", {}, headers=headers, status=204)

    assert copied.json["user"][0]["email"] == ADA


@pytest.mark.parametrize(("days", "fits"), [(0, False), (1, True), (30, True)])
def test_for_how_long_one_may_come_back(make: Make, days: int, *, fits: bool) -> None:
    """A day at least, and a month at most (GDPR 12.3)."""
    values: dict[str, Any] = {"close_account.days": days}
    if fits:
        make(**values)
    else:
        with pytest.raises(Exception, match=r"close_account\.days"):
            make(**values)


def test_a_user_name_alone_will_do(make: Make, clock: Clock) -> None:
    """Who has no address is told nothing, and goes as well."""
    realm = make()
    realm.add_user(None, PASSWORD, username="countess")
    flow.close(realm, member(realm, "countess"))
    run_job(realm, clock, DAYS)
    with realm.reading() as db:
        assert db.scalars(select(User.id)).all() == []
    assert letters(realm) == []
