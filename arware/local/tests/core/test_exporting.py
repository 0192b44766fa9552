"""A copy of all that is held about a person, and its end."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from sqlalchemy import select, text

from arware.kit.personal import personal_tables

from ... import exporting, locking, mail, one_time
from ...features import FEATURES
from ...models import Base, EventRow, MailRow, User
from ...realm import Realm
from ...tables import metadata
from ..conftest import find
from ..support import ADA, PASSWORD, Browser, caller_at

EVE = "eve@example.com"

#: How columns are called that nobody is to see.
SECRET = re.compile("digest|secret|hash|key|code|body|token|data")
#: Of events: what happened, told to who it happened to. No event holds a secret.
NO_SECRET = {"ar_events.data", "ar_sessions.org_id"}


def copy_of(realm: Realm, name: str = ADA) -> dict[str, Any]:
    """Return the copy of what is held about somebody."""
    with realm.reading() as db:
        return exporting.export(realm, db, find(realm, name), realm.now)


def delete(realm: Realm, name: str = ADA) -> None:
    """Remove somebody."""
    with realm.writing() as db:
        user = locking.lock(db, find(realm, name).id)
        assert user is not None
        exporting.delete(realm, db, user, caller_at(realm.now))


def fill(realm: Realm, name: str = ADA) -> list[str]:
    """Have the realm hold something about somebody; return what is secret of it."""
    browser, kind = Browser(realm), next(iter(realm.joined.token_kinds), None)
    browser.log_in(name)
    with realm.writing() as db:
        user = db.get_one(User, find(realm, name).id)
        user.email_verified = True
        token = one_time.make(realm, db, kind, user, realm.now) if kind else ""
        mail.write(realm, db, user, "test_mail", realm.now)
        secrets = [user.password_hash or "-", token.partition(":")[2] or "-"]
    return [*secrets, *browser.cookies.values()]


def test_each_table_about_people_says_so() -> None:
    """A new one that names a user is in each copy, or it does not pass here."""
    naming = {
        table.name
        for table in metadata().sorted_tables
        if {"user_id", "email", "recipient"} & {column.name for column in table.c}
    }

    assert naming <= {table.name for table, _ in personal_tables(Base)}


def test_mails_to_an_address_are_its_owners(realm: Realm) -> None:
    """Who only signed up with it sees none in a copy, and takes none away (T71)."""
    with realm.writing() as db:
        mail.write(realm, db, ADA, "test_mail", realm.now)
    copied = copy_of(realm)
    delete(realm)
    with realm.reading() as db:
        left = list(db.scalars(select(MailRow.kind)))

    assert copied["mails"] == []
    assert "test_mail" in left


def test_no_secret_is_in_a_copy() -> None:
    """What is called like one is withheld."""
    shown = {
        f"{table.name}.{column.name}"
        for table, personal in personal_tables(Base)
        for column in table.c
        if column.name not in personal.withheld and SECRET.search(column.name)
    }

    assert shown <= NO_SECRET


def test_a_copy_holds_what_is_theirs(realm: Realm) -> None:
    """As JSON, with times that people can read, and nothing of others."""
    realm.add_user(EVE, PASSWORD)
    secrets = fill(realm) + fill(realm, EVE)
    copied = copy_of(realm)
    told = json.dumps(copied)

    assert copied["user"][0]["email"] == ADA
    assert copied["exported_at"] == "2027-01-15T08:00:00Z"
    assert copied["sessions"][0]["created_at"] == "2027-01-15T08:00:00Z"
    assert [one["kind"] for one in copied["mails"]][-1] == "test_mail"
    assert {"user.created", "user.login.succeeded"} <= {
        one["type"] for one in copied["events"]
    }
    assert EVE not in told
    assert find(realm, EVE).id not in told
    assert not any(secret in told for secret in secrets)


def test_nothing_is_left_of_who_is_deleted(any_realm: Realm) -> None:
    """But that something happened to an id; what others have stays."""
    realm = any_realm
    realm.add_user(EVE, PASSWORD)
    fill(realm)
    fill(realm, EVE)
    user_id, others = find(realm, ADA).id, copy_of(realm, EVE)
    told: list[str | None] = []

    class Watcher:
        def ended(
            self, *, session_id: str | None = None, user_id: str | None = None
        ) -> None:
            told.append(user_id)

    watcher = Watcher()
    realm.watch(watcher)
    delete(realm)
    with realm.reading() as db:
        events = db.scalars(select(EventRow).where(EventRow.user_id == user_id)).all()
        everything = [
            str(db.execute(text(f"SELECT * FROM {table.name}")).all())
            for table in Base.metadata.sorted_tables
            if table.name != "ar_events"
        ]

    assert user_id in told
    assert {"user.created", "user.deleted"} <= {event.type for event in events}
    assert not any(event.ip or event.client or event.data for event in events)
    assert not any(user_id in one or ADA in one for one in everything)
    assert copy_of(realm, EVE) == others


@pytest.mark.skipif("password" not in FEATURES, reason="there are no passwords")
def test_the_address_is_free_again(realm: Realm) -> None:
    """For somebody else, who gets nothing of what was."""
    delete(realm)
    Browser(realm).log_in(status=422)
    realm.add_user(ADA, "plenty of blue mango")

    assert copy_of(realm)["sessions"] == []
    assert Browser(realm).log_in(password="plenty of blue mango")
