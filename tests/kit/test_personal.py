"""A copy of what tables hold about somebody, and its end, in an application's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import BigInteger, ForeignKey, String, create_engine, event, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from arware.kit import personal
from arware.kit.personal import Personal


class Base(DeclarativeBase):
    """The tables of these tests."""


class Person(Base):
    """Somebody."""

    __tablename__ = "people"
    personal = Personal("person", ("secret",), of="id")

    id: Mapped[str] = mapped_column(String(5), primary_key=True)
    email: Mapped[str | None] = mapped_column(String(50))
    secret: Mapped[str] = mapped_column(String(9), default="s3cret")


class Letter(Base):
    """What was sent to an address."""

    __tablename__ = "letters"
    personal = Personal("letters", of="recipient", by="email")

    number: Mapped[int] = mapped_column(primary_key=True)
    recipient: Mapped[str | None] = mapped_column(String(50))
    sent_at: Mapped[int | None] = mapped_column(BigInteger)


class Deed(Base):
    """What somebody did, which stays as a record."""

    __tablename__ = "deeds"
    personal = Personal("deeds", ("number",), emptied={"place": ""})

    number: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(String(5))
    place: Mapped[str] = mapped_column(String(9))
    at: Mapped[int] = mapped_column(BigInteger)


class Badge(Base):
    """What somebody has: it goes before its owner."""

    __tablename__ = "badges"
    personal = Personal("badges")

    user_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)


class Rule(Base):
    """What is nobody's."""

    __tablename__ = "rules"

    number: Mapped[int] = mapped_column(primary_key=True)


@pytest.fixture
def db() -> Iterator[Session]:
    """Return a transaction in which Ada and Bob have something of each kind."""
    engine = create_engine("sqlite://")
    event.listen(
        engine, "connect", lambda one, _: one.execute("PRAGMA foreign_keys=ON")
    )
    Base.metadata.create_all(engine)
    with Session(engine) as db:
        for name, email in (("ada", "ada@example.com"), ("bob", None)):
            db.add(Person(id=name, email=email))
            db.flush()
            db.add(Letter(recipient=email, sent_at=None if email is None else 0))
            db.add(Deed(user_id=name, place="here", at=60))
            db.add(Badge(user_id=name))
        db.add(Rule())
        db.flush()
        yield db
    engine.dispose()


def test_a_copy_is_what_each_table_says(db: Session) -> None:
    """Without what is withheld, and with times that people can read."""
    assert personal.copy(db, Base, db.get(Person, "ada")) == {
        "person": [{"id": "ada", "email": "ada@example.com"}],
        "letters": [
            {
                "number": 1,
                "recipient": "ada@example.com",
                "sent_at": "1970-01-01T00:00:00Z",
            }
        ],
        "deeds": [{"user_id": "ada", "place": "here", "at": "1970-01-01T00:01:00Z"}],
        "badges": [{"user_id": "ada"}],
    }


def test_who_has_no_address_has_nothing_by_it(db: Session) -> None:
    """A letter to nobody is not theirs."""
    assert personal.copy(db, Base, db.get(Person, "bob"))["letters"] == []


def test_all_of_somebody_goes_and_a_record_stays(db: Session) -> None:
    """Emptied; and nothing of others."""
    personal.erase(db, Base, db.get(Person, "ada"))

    assert db.scalars(select(Person.id)).all() == ["bob"]
    assert db.scalars(select(Badge.user_id)).all() == ["bob"]
    assert db.scalars(select(Letter.recipient)).all() == [None]
    rows = db.execute(select(Deed.user_id, Deed.place, Deed.at)).all()
    assert sorted(map(tuple, rows)) == [("ada", "", 60), ("bob", "here", 60)]
    assert len(db.scalars(select(Rule)).all()) == 1
