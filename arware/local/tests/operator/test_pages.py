"""The operator's pages: who may see them, what they show, and what they do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ... import history, mail, sessions
from ...caller import Caller
from ...events import (
    AccountClosing,
    PasswordFailed,
    ProfileUpdated,
    forget_addresses,
    kinds,
)
from ...models import EventRow, User
from ...realm import Realm
from ..conftest import find
from ..operators import OPS, Guarded, add_operator, enter
from ..support import ADA, PASSWORD, START, Browser, Clock, settings, sqlite_url

PAGES = ("", "/users/new", "/sessions", "/events", "/mail", "/keys")


@pytest.fixture
def realm(tmp_path: Path, clock: Clock) -> Iterator[Realm]:
    """Return a realm with Ada, and an operator."""
    with Guarded(settings(sqlite_url(tmp_path), clock=clock)) as realm:
        realm.add_user(ADA, PASSWORD, first_name="Ada", last_name="Lovelace")
        add_operator(realm)
        yield realm


@pytest.fixture
def ops(realm: Realm) -> Browser:
    """Return the operator's browser."""
    return enter(realm)


def page_of(realm: Realm, name: str = ADA) -> str:
    """Return the path of a user's page."""
    return f"/operator/users/{find(realm, name).id}"


def do(browser: Browser, page: str, action: str, status: int = 303) -> Any:
    """Press the button of an action."""
    forms = browser.get(page).forms.values()
    form = next(form for form in forms if form.action.endswith(f"/{action}"))
    return form.submit(status=status)


def events(realm: Realm, name: str = ADA) -> list[EventRow]:
    """Return what happened to somebody, oldest first."""
    asked = select(EventRow).where(EventRow.user_id == find(realm, name).id)
    with realm.reading() as db:
        return list(db.scalars(asked.order_by(EventRow.number)))


@pytest.mark.parametrize("path", PAGES)
def test_the_pages_are_there_for_operators_alone(realm: Realm, path: str) -> None:
    """To everybody else there are none; who is not logged in is asked to."""
    whole = f"/operator{path}"

    assert enter(realm).get(whole).status_int == 200
    assert enter(realm, ADA).get(whole, 404).status_int == 404
    assert "/login" in Browser(realm).get(whole, 303).location


def test_one_factor_is_not_enough(realm: Realm) -> None:
    """A login by a password alone leads to the second factor."""
    answer = enter(realm, OPS, ("password",)).get("/operator", 303)

    assert "/proof?then=%2Foperator" in answer.location


def test_an_operator_without_a_second_factor_is_told(
    tmp_path: Path, clock: Clock
) -> None:
    """The permission counts for nothing without; a passkey is two in one."""
    with Realm(settings(sqlite_url(tmp_path), clock=clock)) as realm:
        add_operator(realm)
        alone = enter(realm, OPS, ("password",)).get("/operator", 403)
        enter(realm, OPS, ("passkey", "user_verification")).get("/operator", 200)

    assert "Operators need a second factor" in alone.text


def test_what_is_sent_takes_a_fresh_proof(
    realm: Realm, ops: Browser, clock: Clock
) -> None:
    """The pages can be read on; they come back to the page (RQ-S7)."""
    page = page_of(realm)
    clock.forward(minutes=16)
    answer = do(ops, page, "disable")

    assert "/proof?then=%2Foperator%2Fusers%2Fusr_" in answer.location
    assert find(realm, ADA).state == "active"


@pytest.mark.parametrize("text", ["ada", "ADA@EXAMPLE", "lovelace", "id"])
def test_users_are_found_by_parts_of_names_and_by_ids(
    realm: Realm, ops: Browser, text: str
) -> None:
    """In any case of letters; nobody else is shown."""
    asked = find(realm, ADA).id if text == "id" else text
    page = ops.get(f"/operator?q={asked}")

    assert [a.text for a in page.html.select("td a")] == [ADA]
    assert page.click(ADA).html.h1.text == "Ada Lovelace"


def test_a_search_is_text_and_nothing_else(realm: Realm, ops: Browser) -> None:
    """What means something to the database is looked for as it is (AK-B02)."""
    for text in ("%25", "_", "%27", "%3Cb%3E"):
        page = ops.get(f"/operator?q={text}")
        assert not page.html.select("td a")
        assert page.html.main.find("b") is None


def test_a_long_list_has_pages(realm: Realm, ops: Browser) -> None:
    """Each user is on one of them, also those without an address."""
    names = [f"user{n:02}@example.com" for n in range(40)]
    for name in names:
        realm.add_user(name)
    for n in range(20):
        realm.add_user(username=f"zoe{n:02}")
    first = ops.get("/operator")
    second = first.click("More users")
    shown = [[a.text for a in page.html.select("td a")] for page in (first, second)]

    assert [len(one) for one in shown] == [50, 12]
    assert len({*shown[0], *shown[1]}) == 62
    assert "More users" not in second


@pytest.mark.parametrize(
    ("action", "text"),
    [
        ("disable", "The account is disabled."),
        ("unlock", "They may try again at once."),
        ("end-sessions", "All their logins have ended."),
    ],
)
def test_what_an_operator_does_is_done_and_recorded(
    realm: Realm, ops: Browser, action: str, text: str
) -> None:
    """With who did it, and without where they sit (RQ-N2)."""
    enter(realm, ADA)
    answer = do(ops, page_of(realm), action).follow()
    told = events(realm)[-1]

    assert text in answer.text
    assert told.data is not None
    assert told.data["operator"] == find(realm, OPS).id
    assert (told.ip, told.client) == ("", "operator")


def test_who_is_disabled_is_out_at_once_and_can_be_let_in_again(
    realm: Realm, ops: Browser
) -> None:
    """The button turns into its opposite."""
    theirs = enter(realm, ADA)
    do(ops, page_of(realm), "disable")

    assert "/login" in theirs.get("/operator", 303).location
    do(ops, page_of(realm), "enable")
    assert find(realm, ADA).state == "active"


def test_one_login_is_ended(realm: Realm, ops: Browser) -> None:
    """The others stay."""
    first, second = enter(realm, ADA), enter(realm, ADA)
    page = ops.get(page_of(realm))
    ends = [one for one in page.forms.values() if one.action.endswith("/end")]
    assert len(ends) == 2
    ends[0].submit(status=303)
    left = [
        one for one in (first, second) if one.get("/operator", "*").status_int == 404
    ]

    assert len(left) == 1
    ends[0].submit(status=409)


@pytest.mark.parametrize("name", [OPS, "other@example.com"])
@pytest.mark.parametrize("action", ["disable", "end-sessions"])
def test_accounts_of_operators_are_out_of_reach(
    realm: Realm, ops: Browser, name: str, action: str
) -> None:
    """Their own, too: no operator shuts out another one."""
    if name != OPS:
        add_operator(realm, name)
    page = ops.get(page_of(realm, name))
    form = ops.get(page_of(realm)).forms[0]
    form.action = f"{page_of(realm, name)}/{action}"

    assert f"/{action}" not in page.text
    assert "is_operator" in form.submit(
        status=403, headers={"Accept": "application/json"}
    )
    assert find(realm, name).state == "active"


@pytest.mark.parametrize("action", ["nothing", "enable", "x%00"])
def test_what_cannot_be_done_is_refused(
    realm: Realm, ops: Browser, action: str
) -> None:
    """Nothing breaks."""
    form = ops.get(page_of(realm)).forms[0]
    form.action = f"{page_of(realm)}/{action}"

    assert form.submit(status="*").status_int in (404, 409)


def test_rq_p10_an_account_is_made_without_a_password(
    realm: Realm, ops: Browser
) -> None:
    """Its owner chooses one by a link; no operator ever knows it."""
    page = ops.get("/operator/users/new")
    form = page.forms[0]
    form["email"] = "Bob@example.com"
    answer = form.submit(status=303).follow()
    bob = find(realm, "bob@example.com")

    assert "The account was created." in answer.text
    assert bob.password_hash is None
    assert "password" not in {*form.fields}
    assert "already an account" in form.submit(status=422).text


def test_events_can_be_narrowed_down_and_leafed_through(
    realm: Realm, ops: Browser
) -> None:
    """By type, user and network; a place that is none is no fault."""
    ada = find(realm, ADA)
    for _ in range(60):
        enter(realm, ADA)
    with realm.writing() as db:
        sessions.end_all(realm, db, db.get_one(User, ada.id), realm.operator())
    page = ops.get(f"/operator/events?type=session&user={ada.id}")
    older = page.click("Older")

    assert len(page.html.select("tbody tr")) == 50
    assert len(older.html.select("tbody tr")) == 10
    assert older.click("Newest").html.select("tbody tr")
    assert not ops.get("/operator/events?ip=203.0.113.9").html.select("tbody tr")
    assert ops.get("/operator/events?before=x").status_int == 200


def test_what_an_event_says_is_read_as_text(realm: Realm, ops: Browser) -> None:
    """Labels and values, and no JSON; by whom it is, is said of nobody falsely."""
    ada, by_ada = find(realm, ADA), Caller("192.0.2.7", "", realm.now)
    with realm.writing() as db:
        changed = ProfileUpdated(user_id=ada.id, fields=("first_name", "last_name"))
        realm.record(db, changed, by_ada)
        failed = PasswordFailed(user_id=ada.id, in_a_row=2)
        realm.record(db, failed, by_ada)
        realm.record(db, AccountClosing(user_id=ada.id, due_at=START), by_ada)
    rows = ops.get(f"/operator/events?user={ADA.upper()}").html.select("tbody tr")
    closing, failing, profile = (
        " ".join(row.get_text(" ").split()) for row in rows[:3]
    )

    assert "Changed: first name, last name" in profile
    assert "With: password In a row: 2" in failing
    assert "Deleted after: " in closing
    assert profile.endswith("themselves 192.0.2.7")
    assert failing.endswith("somebody 192.0.2.7")


def test_who_did_it_is_known_once_addresses_are_forgotten(
    realm: Realm, ops: Browser
) -> None:
    """What the owner did is not told of the command then."""
    ada, by_ada = find(realm, ADA), Caller("192.0.2.7", "Firefox", realm.now)
    with realm.writing() as db:
        realm.record(db, ProfileUpdated(user_id=ada.id, fields=("first_name",)), by_ada)
        db.flush()
        forget_addresses(db, realm.now, 100)
    changed, created = ops.get(f"/operator/events?user={ADA}").html.select("tbody tr")

    assert "themselves" in changed.text
    assert "the command" in created.text


def test_each_label_is_that_of_a_field() -> None:
    """Of the event, or of one that has its type."""
    for kind in kinds():
        named = {field.name for one in (kind, *kinds(kind)) for field in fields(one)}
        assert {name for name, _ in kind.labels} <= named, kind


def test_a_search_without_events_says_how_to_go_on(ops: Browser) -> None:
    """It is not the end of a list."""
    found = ops.get("/operator/events?user=nobody@example.com").html.main

    assert "Leave a field empty" in found.text


def test_no_event_is_called_as_if_it_were_the_operators() -> None:
    """Whoever reads the list is mostly somebody else than whom it happened to."""
    names = {history.text_of(kind.type) for kind in kinds() if "type" in vars(kind)}

    assert [name for name in names if re.search(r"\byou", name, re.I)] == []


def test_mails_are_listed_and_never_shown(realm: Realm, ops: Browser) -> None:
    """Whom they are for and how they fare, but no link that logs somebody in."""
    with realm.writing() as db:
        mail.write(realm, db, ADA, "test_mail", realm.now)
    page = ops.get("/operator/mail")
    drawn = mail.draw(realm, ADA, "test_mail", "en", {})

    assert ADA in page.text
    assert "test_mail" in page.text
    assert drawn.subject not in page.text
    assert page.forms[0].submit(status=303).follow().status_int == 200
    assert events(realm, OPS)[-1].type == "mail.retried"


def test_keys_are_named_and_never_shown(realm: Realm, ops: Browser) -> None:
    """The id of each, as applications see it."""
    page = ops.get("/operator/keys")

    assert realm.keys.signer.kid in page.text
    assert "PRIVATE" not in page.text
    assert realm.secrets[0] not in page.text


def test_each_table_is_a_list_on_a_phone(realm: Realm, ops: Browser) -> None:
    """Each cell has the label that its column has."""
    enter(realm, ADA)
    for path in ("/operator", "/operator/sessions", "/operator/events"):
        table = ops.get(path).html.table
        heads = [th.text for th in table.select("th")]
        for row in table.select("tbody tr"):
            labels = [td["data-label"] for td in row.select("td[data-label]")]
            assert labels == heads


def test_the_account_page_leads_there(realm: Realm, ops: Browser) -> None:
    """That of operators alone."""
    link = re.compile("Operator")

    assert ops.get("/profile").html.find("a", string=link)
    assert not enter(realm, ADA).get("/profile").html.find("a", string=link)
