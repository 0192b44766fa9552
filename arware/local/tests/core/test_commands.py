"""The operator's commands: users and mails, for a person and for a program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from ... import mail, people, tries
from ...__main__ import main
from ...command import mail as mails
from ...command import users
from ...models import LoginSession, User
from ...realm import Realm
from ..conftest import find
from ..operating import acting, remarks, said, told
from ..support import (
    ADA,
    PASSWORD,
    SECRET,
    caller_at,
    member,
    signing_key,
    sqlite_url,
)


@pytest.fixture
def configured(monkeypatch: Any, tmp_path: Path) -> None:
    """Have the command open the realm of the test."""
    monkeypatch.chdir(tmp_path)
    values = {"SECRET": SECRET, "KEY": signing_key(), "CHEAP_HASHING": "true"}
    for name, value in (values | {"DATABASE": sqlite_url(tmp_path)}).items():
        monkeypatch.setenv(f"REALM_{name}", value)


def test_a_program_gets_json_and_nothing_else(
    realm: Realm, configured: None, capsys: Any
) -> None:
    """One object a line; a remark is for people."""
    assert main(["user", "disable", ADA, "--json"]) == 0
    done = capsys.readouterr()

    assert json.loads(done.out)["action"] == "disable"
    assert find(realm, ADA).state == "inactive"
    assert done.err == ""
    nobody = ["user", "list", "--search", "nobody"]
    assert main([*nobody, "--json"]) == 0
    assert capsys.readouterr() == ("", "")
    assert main(nobody) == 0
    assert capsys.readouterr() == ("", "There are no such users.\n")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["user", "show", "nobody"], "user_unknown"),
        (["user", "disable", "nobody"], "user_unknown"),
        (["user", "unlock", "nobody"], "user_unknown"),
        (["user", "enable", ADA], "nothing_to_do"),
        (["mail", "retry", "mail_none"], "mail_unknown"),
        (["mail", "test", ADA], "no_mail_server"),
        (["mail", "list", "--url", "ftp://x"], "configuration"),
    ],
)
def test_a_program_gets_errors_as_json(
    realm: Realm, configured: None, capsys: Any, words: list[str], reason: str
) -> None:
    """At the place of errors, with a stable word; the exit code is 1."""
    assert main([*words, "--json"]) == 1
    said = capsys.readouterr()
    error = json.loads(said.err)

    assert (said.out, error["reason"]) == ("", reason)
    assert main(words) == 1
    assert capsys.readouterr().err == f"{error['error']}\n"


@pytest.mark.parametrize(
    ("words", "reason"),
    [(["user", "disable", ADA], "database_failed"), (["purge"], "job_failed")],
)
def test_what_the_database_cannot_do_is_said_in_words(
    realm: Realm, configured: None, capsys: Any, words: list[str], reason: str
) -> None:
    """Without a statement, a value or where in the code it was."""
    member(realm)
    with realm.writing() as db:
        for table, change in (("users", "UPDATE"), ("sessions", "DELETE")):
            db.connection().exec_driver_sql(
                f"CREATE TRIGGER {table} BEFORE {change} ON ar_{table} "
                "BEGIN SELECT RAISE(ABORT, 'broken'); END"
            )
        db.execute(update(LoginSession).values(expires_at=0))
    assert main([*words, "--json"]) == 1
    (line,) = (one for one in capsys.readouterr().err.splitlines() if one[0] == "{")
    error = json.loads(line)

    assert error["reason"] == reason
    assert "SQL" not in error["error"]
    assert "failed" in error["error"]


def test_users_are_listed(any_realm: Realm) -> None:
    """All, those in a state, or those who have a text in a name or an address."""
    any_realm.add_user(username="bob", password=PASSWORD, first_name="Bob_%")
    any_realm.set_user_state("bob", "inactive")

    def names(*words: str) -> list[str]:
        found = told(any_realm, users.list_all, *words)
        return [one["email"] or one["username"] for one in found]

    assert names() == [ADA, "bob"]
    assert names("--state", "inactive") == ["bob"]
    assert names("--search", "EXAMPLE") == [ADA]
    assert names("--search", "b_%") == ["bob"]
    assert names("--search", "x_x") == []


def test_nobody_found_is_told_to_a_person(realm: Realm) -> None:
    """Not as if there were no users at all."""
    words = "--search", "none"

    assert remarks(realm, users.list_all, *words) == ["There are no such users."]


def test_a_user_is_shown_whole(any_realm: Realm) -> None:
    """By address, name or id; without a hash."""
    ada = find(any_realm, ADA)
    member(any_realm)
    (shown,) = told(any_realm, users.show, ada.id)

    assert told(any_realm, users.show, ADA) == [shown]
    assert "argon2" not in json.dumps(shown)
    assert {k: shown[k] for k in ("email", "state", "open_sessions")} == {
        "email": ADA,
        "state": "active",
        "open_sessions": 1,
    }
    assert shown["has_password"]
    assert not shown["tries_blocked"]
    (line,) = said(any_realm, users.show, ADA)
    assert "e-mail:         ada@example.com (not confirmed)" in line.text


def test_a_user_whose_tries_are_not_looked_at_is_shown_as_such(
    realm: Realm, ada: User
) -> None:
    """Until an operator ends that."""
    for _ in range(5):
        tries.take(realm, caller_at(realm.now), tries.CODES, ada.id)
    assert told(realm, users.show, ADA)[0]["tries_blocked"]
    told(realm, acting("unlock"), ADA)

    assert not told(realm, users.show, ADA)[0]["tries_blocked"]


def test_what_ends_logins_says_when_applications_notice(realm: Realm) -> None:
    """They do not ask at every request."""
    member(realm)
    line, remark = said(realm, acting("disable"), ADA)

    assert line.text == f"{ADA}: The account is disabled."
    assert "within 360 minutes" in remark
    assert len(said(realm, acting("enable"), ADA)) == 1


def test_mails_that_wait_are_listed(realm: Realm) -> None:
    """And that nothing is sent is said, too."""
    with realm.writing() as db:
        mail.write(realm, db, ADA, "test_mail", realm.now)

    assert [one["recipient"] for one in told(realm, mails.list_all)] == [ADA]
    (remark,) = remarks(realm, mails.list_all)
    assert "nothing is sent" in remark


def test_a_user_is_found_by_the_id_first(any_realm: Realm) -> None:
    """What merely looks like one is looked up as a name."""
    with any_realm.reading() as db:
        by_id = people.find(db, find(any_realm, ADA).id)
        assert by_id is not None
        assert by_id.email == ADA
        assert people.find(db, "usr_" + "a" * 22) is None
