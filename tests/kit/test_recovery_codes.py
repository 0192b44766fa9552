"""Ten codes to write down, each good once, however it is typed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import text

from arware.kit import recovery_codes
from arware.kit.database import Database
from tests.kit.contest import winners
from tests.kit.tables import NEW, OLD, Code, digests_under

digests = digests_under(NEW, OLD)


def replace(database: Database, user: str = "usr_1", *, keys: Any = digests) -> Any:
    """Give a user new codes."""
    with database.writing() as db:
        return recovery_codes.replace(db, Code, keys, user)


def use(
    database: Database, code: str, user: str = "usr_1", *, keys: Any = digests
) -> bool:
    """Use a code up."""
    with database.writing() as db:
        return recovery_codes.use(db, Code, keys, user, code)


def left(database: Database, user: str = "usr_1", *, keys: Any = digests) -> int:
    """Return how many are left."""
    with database.reading() as db:
        return recovery_codes.left(db, Code, keys, user)


def test_t75_codes_have_80_bits_and_no_character_that_looks_like_another() -> None:
    """Sixteen characters of thirty-two, in groups that can be read out."""
    codes = [code for _ in range(20) for code in recovery_codes.new_codes()]
    shape = "-".join(["[0-9abcdefghjkmnpqrstvwxyz]{4}"] * 4)

    assert len(set(codes)) == 200
    assert all(re.fullmatch(shape, code) for code in codes)
    assert len(set(recovery_codes.ALPHABET)) == 32


def test_t75_each_code_is_good_once(database: Database) -> None:
    """And as many are left as were not used."""
    codes = replace(database)

    assert len(codes) == left(database) == 10
    assert use(database, codes[3])
    assert not use(database, codes[3])
    assert left(database) == 9


def test_t75_new_codes_void_the_old_ones(database: Database) -> None:
    """Whoever found the old paper has nothing."""
    old = replace(database)
    new = replace(database)

    assert not any(use(database, code) for code in old)
    assert all(use(database, code) for code in new)


def test_t75_a_code_belongs_to_one_person(database: Database) -> None:
    """It is of no use in another one's login, and new ones leave those of others."""
    codes = replace(database)
    replace(database, "usr_2")

    assert not use(database, codes[0], "usr_2")
    assert left(database, "usr_2") == 10
    assert use(database, codes[0])


def test_t75_codes_can_be_taken_away(database: Database) -> None:
    """All of one person's."""
    codes = replace(database)
    replace(database, "usr_2")
    with database.writing() as db:
        recovery_codes.remove(db, Code, "usr_1")

    assert not use(database, codes[0])
    assert (left(database), left(database, "usr_2")) == (0, 10)


def test_t75_codes_live_as_long_as_their_secret(database: Database) -> None:
    """With it they end, and do not count any more as codes that could be used."""
    before, after = digests_under(NEW, OLD), digests_under("a newer one", NEW)
    end = digests_under("a newer one")
    codes = replace(database, keys=before)

    assert use(database, codes[0], keys=after)
    assert left(database, keys=after) == 9
    assert not use(database, codes[1], keys=end)
    assert left(database, keys=end) == 0


def test_t75_the_database_holds_no_code(database: Database) -> None:
    """Only digests, which need the realm's secret."""
    codes = replace(database)
    with database.reading() as db:
        stored = str(db.execute(text("SELECT * FROM codes")).all())

    assert not any(code in stored for code in codes)
    assert not any(code.replace("-", "") in stored for code in codes)


@pytest.mark.parametrize(
    "typed",
    [
        "0a1b-2c3d-4e5v-6g7h",
        "0A1B2C3D4E5V6G7H",
        " 0a1b 2c3d\t4e5v 6g7h\n",
        "Oa1b-2c3d-4e5v-6g7h",
        "oaIb-2c3d-4e5v-6g7h",
        "oalb-2c3d-4e5u-6g7h",
        "0a1b–2c3d—4e5v‐6g7h",
        "０ａ１ｂ－２ｃ３ｄ－４ｅ５ｖ－６ｇ７ｈ",
    ],
)
def test_t75_codes_may_be_typed_sloppily(typed: str) -> None:
    """Capitals, blanks, hyphens and what a character was taken for do not matter."""
    assert recovery_codes.typed_code(typed) == "0a1b2c3d4e5v6g7h"


@pytest.mark.parametrize("typed", ["", "-", "0a1b", "x" * 65, "\ud800", "é" * 16, "\0"])
def test_t75_what_is_no_code_is_never_right(database: Database, typed: str) -> None:
    """Whatever was typed, the codes stay."""
    replace(database)

    assert not use(database, typed)
    assert left(database) == 10


def test_t75_of_many_uses_at_once_exactly_one_succeeds(url: str) -> None:
    """From four processes with several threads each."""
    assert winners(url, "recovery code", 40) == 1
