"""An operator uses the account of somebody else: what that is, and what it is not."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from arware.kit.web import Refused
from arware.kit.web.csrf import FIELD
from arware.kit.web.walking import post_views

from ... import current, operators, people, sessions
from ...app import configured
from ...caller import OPERATOR
from ...features.impersonate import flow
from ...models import EventRow, LoginSession
from ...realm import Realm
from ...sessions import Visitor
from ..conftest import find
from ..locks import meanwhile
from ..operators import OPS, Guarded, add_operator, enter, opened_by, operator
from ..support import (
    ADA,
    PASSWORD,
    Browser,
    Clock,
    caller_at,
    needs,
    settings,
    sqlite_url,
)

#: What may be sent all the same: the ways out, where to act in the application, and
#: what reads no cookie.
ALLOWED = {"impersonate_stop", "logout", "accounts", "api", "api_below"}


@pytest.fixture
def realm(tmp_path: Path, clock: Clock) -> Iterator[Realm]:
    """Return a realm with Ada, and an operator."""
    with Guarded(settings(sqlite_url(tmp_path), clock=clock)) as realm:
        realm.add_user(ADA, PASSWORD, email_verified=True)
        add_operator(realm)
        yield realm


@pytest.fixture
def ops(realm: Realm) -> Browser:
    """Return the operator's browser."""
    return enter(realm)


@pytest.fixture
def acting(realm: Realm, ops: Browser) -> Browser:
    """Return the browser of an operator who uses Ada's account."""
    begin(realm, ops)
    return ops


def begin(realm: Realm, browser: Browser, status: int = 303) -> Any:
    """Press the button on Ada's page."""
    page = browser.get(f"/operator/users/{find(realm, ADA).id}")
    forms = page.forms.values()
    form = next(form for form in forms if "/impersonate/" in form.action)
    return form.submit(status=status)


def visitor_of(realm: Realm, browser: Browser) -> Visitor | None:
    """Return who a browser is."""
    return sessions.current(realm, browser.cookies.get("arrealm"), realm.now)


def acts(realm: Realm, browser: Browser) -> bool:
    """Tell whether a browser uses somebody else's account."""
    visitor = visitor_of(realm, browser)
    return visitor is not None and visitor.session.impersonator is not None


def types(realm: Realm, name: str) -> list[str]:
    """Return the types of what happened to somebody."""
    asked = select(EventRow.type).where(EventRow.user_id == find(realm, name).id)
    with realm.reading() as db:
        return list(db.scalars(asked.order_by(EventRow.number)))


@needs("protocol", "operator")
def test_session_and_token_say_who_acts(realm: Realm, ops: Browser) -> None:
    """The application learns it by the claim of RFC 8693 4.1."""
    answer = begin(realm, ops)
    claims = answer.location.partition("token=")[2].split(".")[1]
    told = json.loads(base64.urlsafe_b64decode(claims + "=="))
    visitor = visitor_of(realm, ops)

    assert told["sub"] == find(realm, ADA).id
    assert told["act"] == {"sub": find(realm, OPS).id}
    assert visitor is not None
    assert visitor.session.impersonator == find(realm, OPS).id


@needs("operator")
def test_an_application_that_owns_the_realm_sees_who_acts(
    realm: Realm, acting: Browser
) -> None:
    """By the same name."""
    found = current.find(realm, acting.cookies["arrealm"])

    assert found.user is not None
    assert found.user.email == ADA
    assert found.environ_keys()["authrocket.auth"].impersonator == find(realm, OPS).id
    assert current.ANONYMOUS.impersonator is None


@needs("operator", "account")
def test_each_page_says_it_and_offers_to_stop(realm: Realm, acting: Browser) -> None:
    """Stopping leads back to the operator's own login, with a cookie of its own."""
    for path, status in (("/profile", 200), ("/nowhere", 404), ("/logout", 200)):
        page = acting.get(path, status)
        assert f"You see what {ADA} sees" in page.html.aside.text
    before = acting.cookies["arrealm_operator"]
    answer = acting.get("/profile").forms[0].submit(status=303)

    assert answer.location.endswith(f"/operator/users/{find(realm, ADA).id}")
    assert not acts(realm, acting)
    assert acting.get("/operator").html.aside is None
    assert sessions.current(realm, before, realm.now) is None


@needs("operator", "account")
def test_nothing_that_is_sent_changes_anything(realm: Realm, acting: Browser) -> None:
    """Each page that takes something refuses it, whatever feature it is of."""
    token = acting.get("/profile").forms[0][FIELD].value
    headers = {"Origin": "http://127.0.0.1:8001"}
    answers = {}
    for view in post_views(configured()):
        if view.route not in ALLOWED:
            form = acting.app.post(view.path, {FIELD: token}, headers, status="*")
            data = acting.app.post_json(view.path, {}, headers=headers, status="*")
            answers[view.route] = form.status_int, data.json.get("reasons")

    assert answers == dict.fromkeys(answers, (403, {"": ["impersonated"]}))
    assert len(answers) > 5
    assert acts(realm, acting)


@needs("operator")
def test_a_transaction_in_their_name_is_refused(realm: Realm) -> None:
    """Whoever asks for it: flows need not think of it."""
    opened = flow.start(realm, operator(realm), find(realm, ADA).id)
    member = caller_at(realm.now).acting(opened.visitor)

    with pytest.raises(Refused, match="impersonated"), realm.writing(member):
        pytest.fail("it was opened")
    with realm.writing(member, also_impersonated=True):
        pass


@needs("operator", "totp")
def test_pages_that_take_a_fresh_proof_are_closed(acting: Browser) -> None:
    """The operator has given no proof of Ada's."""
    assert "Only its owner" in acting.get("/profile/totp", 403).text


@pytest.mark.parametrize("name", [OPS, "other@example.com"])
def test_accounts_of_operators_are_used_by_nobody_else(realm: Realm, name: str) -> None:
    """Not even one's own."""
    if name != OPS:
        add_operator(realm, name)

    with pytest.raises(Refused, match="is_operator"):
        flow.start(realm, operator(realm), find(realm, name).id)


def test_who_could_not_log_in_is_used_by_nobody(realm: Realm) -> None:
    """Being shut out is no half measure."""
    asks = operator(realm)
    realm.set_user_state(ADA, "inactive")

    with pytest.raises(Refused, match="shut_out"):
        flow.start(realm, asks, find(realm, ADA).id)


@needs("operator")
def test_one_account_at_a_time(realm: Realm, acting: Browser) -> None:
    """From within another's account there are no operator's pages."""
    acting.get("/operator", 404)


@needs("operator")
def test_it_lasts_an_hour_at_most(realm: Realm, acting: Browser, clock: Clock) -> None:
    """However much it is used."""
    for _ in range(59):
        clock.forward(minutes=1)
        assert acts(realm, acting)
    clock.forward(minutes=1)

    assert visitor_of(realm, acting) is None


def test_it_ends_with_the_operators_own_login(realm: Realm) -> None:
    """Whatever ends that: here, that the operator was disabled."""
    opened = flow.start(realm, operator(realm), find(realm, ADA).id)
    assert realm.is_session_active(opened.visitor.session.id)
    realm.set_user_state(OPS, "inactive")

    assert not realm.is_session_active(opened.visitor.session.id)


@pytest.mark.parametrize(
    ("change", "name"), [(operators.remove, OPS), (operators.add, ADA)]
)
def test_it_ends_with_what_allowed_it(realm: Realm, change: Any, name: str) -> None:
    """That the one is an operator, and the other none; their own logins go on."""
    asks, own = operator(realm), operator(realm, ADA)
    opened = flow.start(realm, asks, find(realm, ADA).id)
    with realm.writing() as db:
        user = people.find_locked(db, name)
        assert user is not None
        change(realm, db, user, realm.operator())

    assert not realm.is_session_active(opened.visitor.session.id)
    assert realm.is_session_active(asks.session.id)
    assert realm.is_session_active(own.session.id)


def test_its_owner_can_end_it(realm: Realm) -> None:
    """With all the other logins; the operator's own goes on."""
    asks = operator(realm)
    opened = flow.start(realm, asks, find(realm, ADA).id)
    with realm.writing() as db:
        ada = people.find_locked(db, ADA)
        assert ada is not None
        sessions.end_all(realm, db, ada, caller_at(realm.now))

    assert not realm.is_session_active(opened.visitor.session.id)
    assert realm.is_session_active(asks.session.id)


@pytest.mark.parametrize("by", ["stopping", "logging out"])
def test_it_ends_while_the_operator_logs_out(
    database_url: str, clock: Clock, by: str
) -> None:
    """Both end the operator's login before the other, so none waits for ever."""
    made = settings(database_url, clock=clock)
    with Guarded(made, migrate=True) as realm, ExitStack() as stack:
        realm.add_user(ADA, PASSWORD, email_verified=True)
        add_operator(realm)
        own, asks = opened_by(realm, OPS), caller_at(realm.now)
        acts_as = asks.operating(own.visitor)
        visitor = flow.start(realm, acts_as, find(realm, ADA).id).visitor
        inside = replace(asks, visitor=visitor)

        def log_out() -> None:
            with realm.writing(inside) as db:
                sessions.end(realm, db, visitor.session.id, inside)

        def stop() -> None:
            flow.stop(realm, visitor, inside, own.cookie)

        other = {"stopping": stop, "logging out": log_out}[by]
        with realm.writing() as db:
            db.execute(lock_of(own.visitor))
            stack.enter_context(meanwhile(realm, other))
            sessions.end(realm, db, own.visitor.session.id, asks)

        assert not realm.is_session_active(visitor.session.id)


def lock_of(visitor: Visitor) -> Any:
    """Return what locks a session, as who ends it does first."""
    this = LoginSession.id == visitor.session.id
    return select(LoginSession.id).where(this).with_for_update()


@needs("operator")
def test_logging_out_ends_both(realm: Realm, acting: Browser) -> None:
    """Nobody finds the operator's login in a browser that was logged out."""
    acting.get("/logout").forms[1].submit(status=303)
    with realm.reading() as db:
        left = select(LoginSession.id).where(LoginSession.ended_at.is_(None))
        assert db.scalars(left).all() == []


@needs("operator", "account")
def test_a_planted_login_is_not_come_back_to(realm: Realm, acting: Browser) -> None:
    """Only the very login that it was begun in."""
    form = acting.get("/profile").forms[0]
    acting.app.set_cookie("arrealm_operator", enter(realm).cookies["arrealm"])
    answer = form.submit(status=303)

    assert answer.location.endswith("/login")
    assert not acting.is_logged_in


@needs("operator", "account")
def test_rq_n2_it_is_in_the_logs_of_both(realm: Realm, acting: Browser) -> None:
    """Who, whom, from when to when; nobody is told by mail."""
    acting.get("/profile").forms[0].submit(status=303)
    asked = select(EventRow).where(EventRow.user_id == find(realm, ADA).id)
    with realm.reading() as db:
        told = db.scalars(asked.order_by(EventRow.number.desc()).limit(2)).all()

    assert types(realm, OPS)[-2:] == [
        "user.operator.impersonation_started",
        "user.operator.impersonation_stopped",
    ]
    assert [row.type for row in told] == [
        "session.deleted",
        "user.impersonation.started",
    ]
    started = told[1]
    assert started.data == {"operator": find(realm, OPS).id}
    assert started.ip == ""


@pytest.mark.parametrize("way", ["stop", "log out", "log out beside it"])
def test_its_owner_is_not_told_where_its_end_came_from(realm: Realm, way: str) -> None:
    """It is an administrator's, who has no network and no browser for them."""
    own, asks = opened_by(realm, OPS), caller_at(realm.now)
    begun = asks.operating(own.visitor)
    visitor = flow.start(realm, begun, find(realm, ADA).id).visitor
    inside = replace(asks, visitor=visitor)
    if way == "stop":
        flow.stop(realm, visitor, inside, own.cookie)
    else:
        ends = inside if way == "log out" else replace(asks, visitor=own.visitor)
        with realm.writing() as db:
            sessions.end(realm, db, ends.session_id or "", ends)
    ended = EventRow.type == "session.deleted", EventRow.user_id == visitor.user.id
    with realm.reading() as db:
        row = db.scalars(select(EventRow).where(*ended)).one()

    assert (row.ip, row.client) == ("", OPERATOR)
    assert row.data == {"operator": find(realm, OPS).id}


@needs("operator", "sessions")
def test_its_owner_sees_it_among_the_logins(realm: Realm, acting: Browser) -> None:
    """As that of an administrator, without network and browser."""
    page = enter(realm, ADA).get("/profile/sessions")
    other = page.html.select("ul.members li")[1]

    assert "An administrator" in other.text
    assert "192.0.2.1" not in other.text
