"""
Recovery codes: a second factor on paper, for when the other one is lost.

Ten codes of 80 bits (NIST SP 800-63B-4 3.1.2 asks for 64), each good once. Of each
only a keyed digest is stored: without the realm's secret, which the database does not
hold, there is nothing to try guesses on. (ASVS 5.0 6.5.2 would have codes of less than
112 bits hashed as passwords are. That is for digests without a key, and ten such hashes
for every code that is typed would stop the realm.)

The functions take the mapped class, so that the table is the application's own; and
*digests*, which returns the digests of a text, the newest secret's first.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Callable, Iterable

from sqlalchemy import String, delete, func, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

Digests = Callable[[str], Iterable[str]]

#: Crockford's 32 characters: nobody has to tell I, L and 1, or O and 0, apart.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"

#: How many codes a person has, and four groups of four characters in each: 80 bits.
CODES, GROUPS, GROUP = 10, 4, 4

#: What is read for what cannot be in a code, as Crockford says; and V for U.
_MISREAD = str.maketrans("oilu", "011v")

#: More than this was not typed from paper.
LONGEST_TYPED = 64


class RecoveryCodeColumns:
    """
    The columns of the table: mix them into a mapped class. A used code has no row.

    *key* is a digest of its user, made with the same secret: codes whose secret is gone
    can be told from others without knowing one.
    """

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[str] = mapped_column(String(26), index=True)


def new_codes() -> list[str]:
    """Return ten new codes, as people read them: ``7k3m-q0zd-x8va-52hr``."""
    return [_new_code() for _ in range(CODES)]


def _new_code() -> str:
    characters = [secrets.choice(ALPHABET) for _ in range(GROUPS * GROUP)]
    groups = ("".join(characters[n : n + GROUP]) for n in range(0, 16, GROUP))
    return "-".join(groups)


def typed_code(text: str) -> str:
    """
    Return what a code is compared as: without blanks and hyphens, in small letters.

    Letters that are no part of the alphabet count as the digits that they look like.
    What is too long to be a code becomes one that is never right.
    """
    if len(text) > LONGEST_TYPED:
        return ""
    plain = unicodedata.normalize("NFKC", text).casefold()
    kept = (c for c in plain if not c.isspace() and unicodedata.category(c) != "Pd")
    return "".join(kept).translate(_MISREAD)


def replace(
    db: Session, table: type[RecoveryCodeColumns], digests: Digests, user_id: str
) -> list[str]:
    """Give a user ten new codes, and return them; those of before are void."""
    remove(db, table, user_id)
    codes = new_codes()
    shared = {"key": _newest(digests, user_id), "user_id": user_id}
    made = (_newest(digests, _bound(user_id, code)) for code in codes)
    db.execute(insert(table), [{"digest": digest, **shared} for digest in made])
    return codes


def use(
    db: Session,
    table: type[RecoveryCodeColumns],
    digests: Digests,
    user_id: str,
    text: str,
) -> bool:
    """
    Use a user's code up; tell whether there was one.

    Of any number of uses at once exactly one is told so (RQ-M5; T75).
    """
    mine = (
        table.user_id == user_id,
        table.digest.in_(list(digests(_bound(user_id, text)))),
    )
    return bool(db.scalars(delete(table).where(*mine).returning(table.digest)).all())


def left(
    db: Session, table: type[RecoveryCodeColumns], digests: Digests, user_id: str
) -> int:
    """
    Return how many codes a user can still use.

    A code dies with the secret that it was made under: a digest cannot be renewed.
    """
    asked = select(func.count()).select_from(table)
    mine = (table.user_id == user_id, table.key.in_(list(digests(user_id))))
    return db.scalar(asked.where(*mine)) or 0


def remove(db: Session, table: type[RecoveryCodeColumns], user_id: str) -> None:
    """Take all of a user's codes away."""
    db.execute(delete(table).where(table.user_id == user_id))


def _newest(digests: Digests, text: str) -> str:
    return next(iter(digests(text)))


def _bound(user_id: str, text: str) -> str:
    # One person's code is nothing in the hands of another.
    return f"{user_id} {typed_code(text)}"
