"""``arware realm session``: for a person and for a program."""

from __future__ import annotations

import pytest

from arware.kit.operator import NotDone

from ... import sessions
from ...features.sessions import commands
from ...models import User
from ...realm import Realm
from ..operating import remarks, said, told
from ..support import ADA, PASSWORD, Browser, caller_at, member, needs


def test_sessions_are_listed_and_ended(any_realm: Realm) -> None:
    """One by its id, or all of a user; the application sees it at once."""
    any_realm.add_user("bob@example.com", PASSWORD)
    ids = [member(any_realm, name).session.id for name in (ADA, ADA, "bob@example.com")]
    listed = told(any_realm, commands.list_open)
    assert {one["id"] for one in listed} == {*ids}
    assert len(told(any_realm, commands.list_open, ADA)) == 2
    assert len(told(any_realm, commands.list_open, "--most", "1")) == 1

    assert told(any_realm, commands.end, ids[0]) == [{"ended": 1}]
    assert told(any_realm, commands.end, "--user", ADA) == [{"ended": 1}]
    assert [any_realm.is_session_active(one) for one in ids] == [False, False, True]


@needs("password")
def test_a_session_is_shown_with_browser_and_place(realm: Realm) -> None:
    """As the person would know it."""
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    Browser(realm, {"HTTP_USER_AGENT": firefox}).log_in()
    (line,) = said(realm, commands.list_open)

    assert "  ada@example.com  192.0.2.1  Firefox on Linux  since " in line.text


def test_an_impersonated_session_is_shown_as_such(realm: Realm, ada: User) -> None:
    """With the operator's id."""
    with realm.writing() as db:
        asks = caller_at(realm.now)
        sessions.open_session(
            realm, db, ada, asks, ["operator"], impersonator="usr_boss"
        )
    (line,) = said(realm, commands.list_open)

    assert "impersonated by usr_boss" in line.text


def test_nobody_logged_in_is_told_to_a_person(realm: Realm) -> None:
    """A program gets no line at all."""
    assert told(realm, commands.list_open) == []
    assert remarks(realm, commands.list_open) == ["Nobody is logged in."]


@pytest.mark.parametrize(
    ("words", "reason"),
    [(["kss_none"], "session_unknown"), ([], "refused")],
)
def test_a_login_that_is_not_there_is_told(
    realm: Realm, words: list[str], reason: str
) -> None:
    """With a stable word."""
    with pytest.raises(NotDone) as failed:
        told(realm, commands.end, *words)

    assert failed.value.reason == reason
