"""People whom the application knew before."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import String, create_engine, inspect, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from ... import current, existing
from ...__main__ import main
from ...realm import Realm
from ..conftest import find
from ..support import ADA, PASSWORD, Browser, need, signing_key, sqlite_url


class Base(DeclarativeBase):
    """Of the application."""


class Person(existing.HasLogin, Base):
    """The application's own model, which has got the mixin."""

    __tablename__ = "people"

    number: Mapped[int] = mapped_column(primary_key=True)
    mail: Mapped[str | None] = mapped_column(String(100))
    pw: Mapped[str | None] = mapped_column(String(200))
    first_name: Mapped[str | None] = mapped_column(String(50))


def hashed(password: str) -> str:
    """Return a hash as Django makes it."""
    made = hashlib.pbkdf2_hmac("sha256", password.encode(), b"salt", 1000)
    import base64

    return f"pbkdf2_sha256$1000$salt${base64.b64encode(made).decode()}"


PEOPLE = (
    Person(number=1, mail="Bob@Example.com", pw=hashed(PASSWORD), first_name="Bob"),
    Person(number=2, mail="eve@example.com", pw="md5$x$0123"),
    Person(number=3, mail=None, pw=None),
    Person(number=4, mail=ADA, pw=hashed("another one")),
)


@pytest.fixture
def application(tmp_path: Path, realm: Realm) -> Any:
    """Return an engine for the application's tables, in the realm's database."""
    engine = create_engine(sqlite_url(tmp_path))
    Base.metadata.create_all(engine)
    with Session(engine) as db:
        db.add_all([_copy(person) for person in PEOPLE])
        db.commit()
    yield engine
    engine.dispose()


def _copy(person: Person) -> Person:
    names = "number", "mail", "pw", "first_name"
    return Person(**{name: getattr(person, name) for name in names})


def run_import(tmp_path: Path, *words: str) -> int:
    """Run the command as an operator does."""
    return main([
        "user", "import", "people", "--database", sqlite_url(tmp_path),
        "--column", "id=number", "--column", "email=mail", "--column", "password=pw",
        *words,
    ])  # fmt: skip


@pytest.fixture(autouse=True)
def configured(monkeypatch: Any, tmp_path: Path) -> None:
    """Have the command open the realm of the test."""
    from ..support import SECRET

    monkeypatch.chdir(tmp_path)
    for name, value in {"SECRET": SECRET, "KEY": signing_key()}.items():
        monkeypatch.setenv(f"REALM_{name}", value)
    monkeypatch.setenv("REALM_CHEAP_HASHING", "true")


def test_gn08_their_rows_become_users(
    realm: Realm, tmp_path: Path, application: Any, capsys: Any
) -> None:
    """Once; who cannot is told, and nobody gets the account of somebody else."""
    assert run_import(tmp_path) == 1
    first = capsys.readouterr()
    bob, ada = find(realm, "bob@example.com"), find(realm, ADA)

    assert first.out == "2 added, 0 known already, 2 rows linked\n"
    assert "people 3: email: Enter your e-mail address." in first.err
    assert "people 4: email: somebody else has ada@example.com here" in first.err
    assert "2 rows could not be taken" in first.err
    assert (bob.reference, bob.first_name, bob.email_verified) == ("1", "Bob", False)
    assert ada.reference is None
    assert find(realm, "eve@example.com").password_hash is None
    assert run_import(tmp_path) == 1
    assert capsys.readouterr().out == "0 added, 2 known already, 0 rows linked\n"


def test_gn08_they_log_in_with_the_password_that_they_have(
    realm: Realm, tmp_path: Path, application: Any
) -> None:
    """It is then hashed as the others are."""
    need("password")
    run_import(tmp_path, "--verified")
    browser = Browser(realm)
    browser.log_in("bob@example.com", "wrong", 422)
    browser.log_in("bob@example.com")

    assert browser.is_logged_in
    assert str(find(realm, "bob@example.com").password_hash).startswith("$argon2id$")
    assert find(realm, "bob@example.com").email_verified
    assert Browser(realm).log_in("bob@example.com").status_int == 303


def test_gn08_a_row_is_found_by_who_is_logged_in(
    realm: Realm, tmp_path: Path, application: Any
) -> None:
    """By the one column that the mixin adds."""
    run_import(tmp_path)
    browser = Browser(realm)
    browser.arrive("bob@example.com")
    found = current.find(realm, browser.cookies["arrealm"])
    assert found.user is not None
    with Session(application) as db:
        person = db.scalars(Person.logged_in(found.user)).one()

    assert (person.number, person.pw) == (1, PEOPLE[0].pw)
    assert found.user.reference == "1"


def test_gn08_no_column_is_needed_and_none_is_dropped(
    realm: Realm, tmp_path: Path, application: Any, capsys: Any
) -> None:
    """Without the mixin the application asks by ``user.reference``."""
    with application.begin() as connection:
        connection.execute(text("CREATE TABLE plain (id INT, email TEXT, x TEXT)"))
        connection.execute(text("INSERT INTO plain VALUES (7, 'sue@example.com', 'y')"))
    assert main(["user", "import", "plain", "--database", sqlite_url(tmp_path)]) == 0

    assert capsys.readouterr().out == "1 added, 0 known already, 0 rows linked\n"
    assert find(realm, "sue@example.com").reference == "7"
    columns = [one["name"] for one in inspect(application).get_columns("plain")]
    assert columns == ["id", "email", "x"]
    with application.connect() as connection:
        assert connection.execute(select(text("x FROM plain"))).scalar() == "y"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere"], "there is no table nowhere"),
        (["people"], "people has no column id: number, mail, pw"),
        (["people", "--column", "salary=x"], "salary=x is not like password=pw_hash"),
        (["people", "--from", "mysql://x"], "mysql is not supported"),
        (["people", "--from", "sqlite:///no/x"], "cannot be read (OperationalError)"),
    ],
)
def test_what_is_wrong_is_said(
    tmp_path: Path, application: Any, capsys: Any, words: list[str], said: str
) -> None:
    """And nothing is done."""
    code = main(["user", "import", "--database", sqlite_url(tmp_path), *words])

    assert code == 1
    assert said in capsys.readouterr().err
