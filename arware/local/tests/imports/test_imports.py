"""People who come from elsewhere, by a file."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from arware.kit.operator import Line, NotDone

from ...__main__ import main
from ...features.imports import flow
from ...features.imports.commands import import_file
from ...features.imports.flow import Row
from ...models import EventRow, User
from ...realm import Realm
from ..conftest import find
from ..mailbox import letters
from ..operating import remarks
from ..support import ADA, PASSWORD, SECRET, Browser, needs, signing_key, sqlite_url

BOB, EVE = "bob@example.com", "eve@example.com"
HEAD = "email,username,first_name,email_verified,custom,state,created_at,reference\n"


def run(realm: Realm, *words: str) -> tuple[list[dict[str, Any]], str]:
    """Run the command; return what a program is told, and why it failed."""
    parser = argparse.ArgumentParser()
    lines: Any = import_file(parser)(realm, parser.parse_args(words))
    told: list[dict[str, Any]] = []
    try:
        told.extend(dict(line.values) for line in lines if isinstance(line, Line))
    except NotDone as error:
        return told, str(error)
    return told, ""


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    """Return a file with two people."""
    path = tmp_path / "people.csv"
    path.write_text(
        f"{HEAD}Bob@Example.COM,,Bob,yes,,,2020-02-02,7\n"
        f'{EVE},eve,"Eve\nII",0,"{{""a"": 1}}",inactive,1600000000,8\n'
    )
    return path


def test_nothing_is_done_until_it_is_said(any_realm: Realm, csv: Path) -> None:
    """What would be is told as it then is; nobody gets a mail, and all is recorded."""
    (planned,), _ = run(any_realm, str(csv))
    assert len(any_realm.users()) == 1
    (done,), _ = run(any_realm, str(csv), "--apply")
    (again,), _ = run(any_realm, str(csv), "--apply")

    assert done == planned | {"applied": True}
    assert (done["added"], done["known"], done["refused"]) == (2, 0, 0)
    assert done["hashes"] == {"none": 2}
    assert (again["added"], again["known"]) == (0, 2)
    assert letters(any_realm) == []
    with any_realm.reading() as db:
        types = db.scalars(select(EventRow.type)).all()
    assert types.count("user.imported") == 2


def test_all_that_is_known_comes_along(realm: Realm, csv: Path) -> None:
    """In its one form."""
    run(realm, str(csv), "--apply")
    bob, eve = find(realm, BOB), find(realm, EVE)

    assert (bob.email_verified, bob.state, bob.reference) == (True, "active", "7")
    assert (bob.created_at, eve.created_at) == (1580601600, 1600000000)
    assert (eve.username, eve.first_name, eve.state) == ("eve", "Eve II", "inactive")
    assert (eve.custom, eve.email_verified) == ({"a": 1}, False)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({}, "email_missing"),
        ({"email": "nobody"}, "email_invalid"),
        ({"email": ["x"]}, "invalid"),
        ({"email": BOB, "email_verified": "maybe"}, "invalid"),
        ({"email": BOB, "custom": "[1]"}, "invalid"),
        ({"email": BOB, "custom": "{"}, "invalid"),
        ({"email": BOB, "custom": {"a": ["\ud800"]}}, "invalid"),
        ({"email": BOB, "custom": {"a\0": 1}}, "invalid"),
        ({"email": BOB, "custom": {"a": [*range(2000)]}}, "invalid"),
        ({"email": BOB, "custom": {"a": "x" * 4089}}, "too_long"),
        ({"email": BOB, "custom": {"a": "é" * 700}}, "too_long"),
        ({"email": BOB, "custom": '{"a": ' * 16 + "1" + "}" * 16}, "invalid"),
        ({"email": BOB, "state": "gone"}, "invalid"),
        ({"email": BOB, "created_at": "yesterday"}, "invalid"),
        ({"email": BOB, "created_at": "9" * 30}, "invalid"),
        ({"email": BOB, "first_name": "x" * 101}, "name_invalid"),
        ({"email": BOB, "username": "a b"}, "username_invalid"),
        ({"email": BOB, "locale": "x" * 36}, "too_long"),
        ({"email": ADA, "reference": "9"}, "email_taken"),
        ({"email": BOB, "username": "ada", "reference": "9"}, "username_taken"),
    ],
)
def test_a_row_that_cannot_be_is_told_with_its_line(
    realm: Realm, tmp_path: Path, values: dict[str, Any], reason: str
) -> None:
    """And why; the others are taken, and the exit code says that not all were."""
    with realm.writing() as db:
        db.get_one(User, find(realm, ADA).id).username = "ada"
    path = tmp_path / "people.jsonl"
    path.write_text(f"{json.dumps(values)}\n\n{json.dumps({'email': EVE})}\n")
    (problem, done), failed = run(realm, str(path), "--apply")

    assert (problem["line"], problem["reason"]) == (1, reason)
    assert (done["added"], done["refused"]) == (1, 1)
    assert failed == "1 row could not be taken"


def test_who_is_there_is_left_alone(realm: Realm) -> None:
    """Who signed up keeps the password, nobody comes twice, an id is one person's."""
    rows = [
        Row(1, {"email": ADA, "password_hash": "$2b$04$x"}),
        Row(2, {"email": BOB, "reference": 1}),
        Row(3, {"email": EVE, "reference": 1}),
        Row(4, {"email": BOB.upper()}),
    ]
    found = list(flow.take_over(realm, rows, realm.operator()))
    # Somebody's address may be another one by now.
    moved = [Row(5, {"email": "new@example.com", "reference": "1"})]
    (later,) = flow.take_over(realm, moved, realm.operator())

    assert [one.is_new for one in found] == [False, True, False, False]
    assert found[0].user_id == find(realm, ADA).id
    assert [one.problem and one.problem.reason for one in found[2:]] == ["twice"] * 2
    assert (later.user_id, later.is_new) == (found[1].user_id, False)


def test_it_goes_on_where_it_was_broken_off(
    realm: Realm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pieces that were written stay; the sentence says so."""
    monkeypatch.setattr(flow, "AT_ONCE", 2)
    path = tmp_path / "people.jsonl"
    lines = [json.dumps({"email": f"u{n}@example.com"}) for n in range(5)]
    path.write_text("\n".join([*lines[:4], "x" * 70_000, lines[4]]))
    _, failed = run(realm, str(path), "--apply")
    assert failed.startswith("line 5 is longer than 65536 bytes; 4 were added and stay")
    path.write_text("\n".join(lines))
    (done,), failed = run(realm, str(path), "--apply")

    assert (done["added"], done["known"], failed) == (1, 4, "")


def test_what_is_not_used_of_a_file_is_told(realm: Realm, tmp_path: Path) -> None:
    """A column that is called otherwise would else be missed by nobody."""
    path = tmp_path / "people.csv"
    path.write_text(f"mail,pw,shoe\n{BOB},md5$x,9\n")
    columns = ["--column", "email=mail", "--column", "password_hash=pw"]
    (told,), _ = run(realm, str(path), *columns)
    said = remarks(realm, import_file, str(path), *columns)

    assert (told["ignored"], told["hashes"]) == (["shoe"], {"unknown": 1})
    assert said == [
        "Their passwords: 1 unknown.",
        "Who has an unknown hash asks for a new password at the first login.",
        "Not used of the file: shoe.",
        "Nothing was changed. Do it with --apply.",
    ]


def test_a_package_that_is_missing_is_named(
    realm: Realm, tmp_path: Path, monkeypatch: Any, capsys: Any
) -> None:
    """Hashes of bcrypt need one that nothing else needs."""
    values = {"SECRET": SECRET, "KEY": signing_key(), "CHEAP_HASHING": "true"}
    for name, value in (values | {"DATABASE": sqlite_url(tmp_path)}).items():
        monkeypatch.setenv(f"REALM_{name}", value)
    monkeypatch.setitem(sys.modules, "bcrypt", None)
    path = tmp_path / "people.jsonl"
    path.write_text(json.dumps({"email": BOB, "password_hash": f"$2b$04${'a' * 53}"}))

    assert main(["import", str(path)]) == 1
    assert capsys.readouterr().err == "this needs a package: pip install bcrypt\n"


FIREBASE = """hash_config {
  algorithm: SCRYPT,
  base64_signer_key: jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==,
  base64_salt_separator: Bw==,
  rounds: 8,
  mem_cost: 14,
}
"""  # noqa: E501  As its console has it; the example of firebase/scrypt.
STORED = (
    "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRui"
    "d5lQ=="
)


@needs("password")
def test_people_of_firebase_log_in(realm: Realm, tmp_path: Path) -> None:
    """Its parameters are those of a project; a hash holds them from then on."""
    (tmp_path / "hash_config").write_text(FIREBASE)
    path = tmp_path / "people.jsonl"
    person = {"email": BOB, "passwordHash": STORED, "salt": "42xEC+ixf3L2lw=="}
    path.write_text(json.dumps(person))
    words = "--column", "password_hash=passwordHash", "--firebase"
    (told,), _ = run(realm, str(path), *words, str(tmp_path / "hash_config"), "--apply")
    browser = Browser(realm)
    browser.log_in(BOB, PASSWORD, 422)
    browser.log_in(BOB, "user1password")

    assert told["hashes"] == {"firebase": 1}
    assert browser.is_logged_in
    assert str(find(realm, BOB).password_hash).startswith("$argon2id$")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["none.csv"], "none.csv cannot be read: No such file"),
        (["people.txt"], "say what it is: --format csv"),
        (["people.csv", "--column", "pay=x"], "pay=x is not like password_hash=pw"),
        (["people.csv", "--firebase", "none"], "none cannot be read"),
        (["people.csv", "--firebase", "people.csv"], "lacks base64_signer_key"),
        (["empty.csv"], "the first line is not a head"),
        (["twice.csv"], "the first line is not a head"),
    ],
)
def test_what_cannot_be_read_is_told(
    realm: Realm, csv: Path, monkeypatch: Any, words: list[str], said: str
) -> None:
    """In a sentence, before anything is done."""
    monkeypatch.chdir(csv.parent)
    Path("empty.csv").touch()
    Path("twice.csv").write_text("email,email\n")

    assert said in run(realm, *words)[1]


@pytest.mark.parametrize(
    ("values", "names", "custom"),
    [
        ({"name": "Ludwig van Beethoven"}, ("Ludwig", "van Beethoven"), None),
        ({"name": "X Y", "first_name": "Ludwig"}, ("Ludwig", None), None),
        (
            {"time_zone": "Eastern Time (US & Canada)"},
            (None, None),
            {"time_zone": "America/New_York"},
        ),
        (
            {"time_zone": "Paris", "custom": '{"team": 7}'},
            (None, None),
            {"team": 7, "time_zone": "Europe/Paris"},
        ),
    ],
)
def test_ak_f23_names_and_zones_come_as_others_write_them(
    realm: Realm, values: dict[str, str], names: object, custom: object
) -> None:
    """AK-M03: a whole name, and what Rails calls a time zone."""
    rows = [Row(1, {"email": BOB, **values})]
    list(flow.take_over(realm, rows, realm.operator()))
    bob = find(realm, BOB)

    assert (bob.first_name, bob.last_name) == names
    assert bob.custom == custom


def test_a_zone_that_there_is_not_is_told(realm: Realm) -> None:
    """Its row is left out."""
    rows = [Row(1, {"email": BOB, "time_zone": "Atlantis"})]
    (outcome,) = flow.take_over(realm, rows, realm.operator())

    assert str(outcome.problem) == "time_zone: write a name like Europe/Paris"
