"""``arware realm export``: for a person, and to move."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from arware.kit.operator import NotDone

from ...app import joined
from ...features.exports.commands import export
from ...realm import Realm
from ..conftest import Make, find, with_ada
from ..operating import remarks, told
from ..support import ADA, PASSWORD, needs, sqlite_url


def test_a_person_gets_all_but_secrets(any_realm: Realm) -> None:
    """One object; of everybody one a line."""
    any_realm.add_user("bob@example.com", PASSWORD)
    (ada,) = told(any_realm, export, ADA)

    assert ADA in json.dumps(ada)
    assert "bob@" not in json.dumps(ada)
    assert "argon2" not in json.dumps(told(any_realm, export, "--all"))
    assert len(told(any_realm, export, "--all")) == 2


@needs("imports")
@pytest.mark.parametrize("sealed", [False, True])
def test_everybody_moves_to_another_realm(
    make: Make, tmp_path: Path, sealed: bool
) -> None:
    """With the hash, in a file that nobody else may read, and whatever the secrets."""
    realm = with_ada(make(encrypt_password_hashes=sealed))
    path = tmp_path / "people.jsonl"
    words = "--all", "--with-hashes", "--output", str(path)
    assert told(realm, export, *words) == [{"exported": 1, "file": str(path)}]
    (tmp_path / "other").mkdir()
    other = make(sqlite_url(tmp_path / "other"))
    (done,) = told(other, joined().commands["import"], str(path), "--apply")
    before, after = find(realm, ADA), find(other, ADA)

    assert path.stat().st_mode & 0o777 == 0o600
    assert (done["added"], done["ignored"]) == (1, ["id"])
    assert after.password_hash == realm.passwords.opened(before.password_hash)
    assert after.created_at == before.created_at
    assert after.first_name == "Ada"


def test_an_export_is_written_over_nothing(realm: Realm, tmp_path: Path) -> None:
    """And hashes are not shown in a terminal."""
    path = tmp_path / "file"
    path.touch()
    for words, said in (
        (["--all", "--output", str(path)], "is there already; nothing was written"),
        (["--all", "--output", str(tmp_path / "x" / "y")], "cannot be written"),
        (["--all", "--with-hashes"], "hashes go into a file of their own"),
        ([], "name somebody, or everybody"),
        (["--all", ADA], "name somebody, or everybody"),
        (["nobody"], "there is no user nobody"),
    ):
        with pytest.raises(NotDone, match=said):
            told(realm, export, *words)


def test_it_says_which_passwords_could_not_be_read(make: Make, tmp_path: Path) -> None:
    """Who moves with the file would not notice before somebody logs in."""
    with_ada(make(secret="o" * 32, encrypt_password_hashes=True)).add_user(
        "b@x.example"
    )
    realm, path = make(secret="n" * 32), tmp_path / "file"

    with pytest.raises(NotDone, match="1 passwords are left out") as caught:
        told(realm, export, "--all", "--with-hashes", "--output", str(path))
    assert caught.value.reason == "password_unreadable"
    assert len(path.read_text().splitlines()) == 2


def test_a_warning_comes_with_hashes(realm: Realm, tmp_path: Path) -> None:
    """Who has the file need not guess at the login page."""
    words = "--all", "--with-hashes", "--output", str(tmp_path / "file")

    assert "delete it soon" in remarks(realm, export, *words)[0]
