"""One-time tokens are good once, for one purpose, for as long as they were made for."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import func, select, text

from arware.kit import one_time
from arware.kit.database import Database
from tests.kit.contest import winners
from tests.kit.tables import NEW, NOW, OLD, Token, digests_under

digests = digests_under(NEW, OLD)

USER = "usr_1"


def make(database: Database, kind: str = "tpw", **values: Any) -> str:
    """Make a token that is good for a minute."""
    given = {"user_id": USER, "expires_at": NOW + 60} | values
    with database.writing() as db:
        return one_time.make(db, Token, digests, kind=kind, **given)


def consume(
    database: Database, token: str, kind: str = "tpw", now: int = NOW, **options: Any
) -> Token | None:
    """Use a token up."""
    conditions = options.get("conditions", ())
    keys = options.get("digests", digests)
    with database.writing() as db:
        return one_time.consume(db, Token, keys, kind, token, now, *conditions)


def look(database: Database, token: str, kind: str = "tpw") -> Token | None:
    """Look at a token."""
    with database.reading() as db:
        return one_time.look(db, Token, digests, kind, token, NOW)


def test_t74_a_token_names_its_kind_and_has_256_random_bits(database: Database) -> None:
    """The form is AuthRocket's prefix with a selector and a secret (RQ-K1)."""
    tokens = {make(database) for _ in range(20)}

    assert len(tokens) == 20
    for token in tokens:
        assert re.fullmatch(r"tpw:[\w-]{16}\.[\w-]{43}", token)


def test_t74_a_token_is_good_once(database: Database) -> None:
    """And whoever uses it is told what was kept with it."""
    token = make(database, address="a@example.com", version=3, data={"then": "/"})
    row = consume(database, token)

    assert row is not None
    assert (row.user_id, row.address, row.version) == (USER, "a@example.com", 3)
    assert row.data == {"then": "/"}
    assert consume(database, token) is None


def test_t74_looking_at_a_token_does_not_use_it(database: Database) -> None:
    """However often, as programs do that open the links in messages."""
    token = make(database)

    assert all(look(database, token) for _ in range(3))
    assert consume(database, token)
    assert look(database, token) is None


@pytest.mark.parametrize(("now", "good"), [(NOW + 59, True), (NOW + 60, False)])
def test_t74_a_token_ends_to_the_second(
    database: Database, now: int, good: bool
) -> None:
    """In the second in which it expires it is too late."""
    assert (consume(database, make(database), now=now) is not None) == good


def test_t74_a_token_of_one_kind_is_none_of_another(database: Database) -> None:
    """Neither as it is nor with the other prefix written before it (RQ-J5)."""
    token = make(database, kind="tve")
    renamed = token.replace("tve:", "tpw:")

    assert consume(database, token, kind="tpw") is None
    assert consume(database, renamed, kind="tpw") is None
    assert consume(database, token, kind="tve")


def test_t74_the_database_holds_nothing_that_could_be_used(database: Database) -> None:
    """Neither the token nor its secret part is in any column (RQ-K2)."""
    token = make(database)
    with database.reading() as db:
        stored = str(db.execute(text("SELECT * FROM tokens")).all())

    assert token.rpartition(".")[2] not in stored
    assert consume(database, token, digests=digests_under("another secret")) is None


def test_t74_a_token_outlives_a_rotation_of_secrets(database: Database) -> None:
    """As long as the secret that it was made under is among the others."""
    token = make(database)

    assert consume(database, token, digests=digests_under("newest")) is None
    assert consume(database, token, digests=digests_under("newest", NEW))


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: token + "A",
        lambda token: token + "\n",
        lambda token: " " + token,
        lambda token: token[:-1],
        lambda token: token.replace(".", ":"),
        lambda token: token.partition(".")[0],
        lambda token: token.partition(":")[2],
        lambda token: token.upper(),
        lambda token: "",
        lambda token: "tpw:" + "é" * 16 + "." + "é" * 43,
        lambda token: "\ud800",
        lambda token: token * 1000,
    ],
)
def test_t74_what_is_not_the_token_is_refused(database: Database, change: Any) -> None:
    """And the token stays good for whom it was sent to."""
    token = make(database)

    assert look(database, change(token)) is None
    assert consume(database, change(token)) is None
    assert consume(database, token)


def test_t74_further_conditions_are_part_of_the_use(database: Database) -> None:
    """A token that does not meet them is not used up."""
    token = make(database, version=1)

    assert consume(database, token, conditions=(Token.version == 2,)) is None
    assert consume(database, token, conditions=(Token.version == 1,))


def test_t74_a_use_that_is_rolled_back_was_none(database: Database) -> None:
    """What fails after it leaves the token good."""
    token = make(database)
    with database.writing() as db:
        assert one_time.consume(db, Token, digests, "tpw", token, NOW)
        db.rollback()

    assert consume(database, token)


def test_t74_voiding_ends_the_tokens_of_one_kind_and_user(database: Database) -> None:
    """All others stay."""
    voided = [make(database), make(database)]
    others = [make(database, user_id="usr_2"), make(database, user_id=None)]
    other_kind = make(database, kind="tve")
    with database.writing() as db:
        one_time.void(db, Token, "tpw", USER, NOW)

    assert not any(consume(database, token) for token in voided)
    assert all(consume(database, token) for token in others)
    assert consume(database, other_kind, kind="tve")


def test_t74_sweeping_removes_what_has_expired(database: Database) -> None:
    """Used or not; what can still be used stays."""
    token, old = make(database), make(database, expires_at=NOW)
    with database.writing() as db:
        assert one_time.sweep(db, Token, NOW, 1) == 1
        assert one_time.sweep(db, Token, NOW, 1) == 0
    with database.reading() as db:
        assert db.scalar(select(func.count()).select_from(Token)) == 1

    assert consume(database, old, now=NOW - 1) is None
    assert consume(database, token)


def test_t74_of_many_uses_at_once_exactly_one_succeeds(url: str) -> None:
    """From four processes with several threads each."""
    assert winners(url, "token", 40) == 1
