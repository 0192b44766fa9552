"""The examples: each is started as its reader starts it, and lets somebody in."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services import free_port, running

from .blocks import ROOT
from .person import PERSON, Person

EXAMPLES = ROOT / "docs" / "examples"
#: How each is started. The documents say port 8000, or nothing.
COMMANDS = {
    "asgi": "uvicorn app:app --port {port}",
    "bottle": "python -m bottle --bind localhost:{port} app:app",
    "django": "django-admin runserver --noreload --pythonpath . --settings app {port}",
    "fastapi": "uvicorn app:app --port {port}",
    "flask": "flask run --port {port}",
    "pyramid": "waitress-serve --listen=localhost:{port} app:app",
    "starlette": "uvicorn app:app --port {port}",
    "wsgi": "waitress-serve --listen=localhost:{port} app:app",
}


@pytest.fixture(params=sorted(COMMANDS))
def person(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Person]:
    """Start an example in a folder that holds nothing else; give somebody at it."""
    shutil.copy(EXAMPLES / request.param / "app.py", tmp_path)
    port = free_port()
    program, *words = COMMANDS[request.param].format(port=port).split()
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    arguments = [str(Path(sysconfig.get_path("scripts"), program)), *words]
    with (
        running(arguments, port=port, cwd=tmp_path, env=environ),
        Person(f"http://localhost:{port}") as somebody,
    ):
        yield somebody


def test_somebody_signs_up_logs_out_and_logs_in(person: Person) -> None:
    """Each page is reached by a link or a form, and no address ever holds a token."""
    login = person.open("/?page=2")
    person.follow("/auth/signup")
    greeting = person.send(**PERSON)
    logged_out = person.open("/logout")
    again = person.send(email=PERSON["email"], password=PERSON["password"])

    assert login.url.startswith(f"{person.origin}/auth/login?")
    assert greeting.url == f"{person.origin}/?page=2"
    assert "Hello Ada Lovelace" in greeting.text
    assert "/logout" in greeting.text
    assert logged_out.url.startswith(f"{person.origin}/auth/login?")
    assert again.url == f"{person.origin}/"
    assert again.text == greeting.text
    assert [url for url in person.seen if "token=" in url] == []


def test_who_forgets_the_extra_is_told_what_to_install() -> None:
    """The fix stands in the last line, where a traceback is read first."""
    program = (
        "import sys; sys.modules['alembic'] = sys.modules['sqlalchemy'] = None\n"
        "from arware.local import Realm\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )

    assert re.fullmatch(
        r"ModuleNotFoundError: (alembic|sqlalchemy) is not installed: "
        r'pip install "arware\[local\]"',
        result.stderr.splitlines()[-1],
    )


def test_every_example_is_started_here() -> None:
    """No folder of examples is left out."""
    assert sorted(path.name for path in EXAMPLES.iterdir()) == sorted(COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_an_example_is_short(name: str) -> None:
    """A whole login takes a reader twelve lines or fewer."""
    text = (EXAMPLES / name / "app.py").read_text("utf-8")

    assert len([line for line in text.splitlines() if line.strip()]) <= 12


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_name_cannot_be_code(name: str) -> None:
    """What a person calls themselves is escaped, or the page is plain text."""
    text = (EXAMPLES / name / "app.py").read_text("utf-8")

    assert "escape(" in text or 'renderer="string"' in text
