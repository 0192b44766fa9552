"""The tutorial: its files are the examples, and each does what it says."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from arware.testing import Browser
from tests.services import free_port, running

from .blocks import ROOT, rst_blocks, run
from .person import PERSON, Form, Links, Person

TUTORIAL = ROOT / "docs" / "tutorial.rst"
EXAMPLES = ROOT / "docs" / "examples"
#: How the second application is started.
COMMANDS = {
    "flask": "flask --app team run --port 8000",
    "fastapi": "uvicorn --factory team:create_app --port 8000",
}


@pytest.mark.parametrize(
    ("caption", "files"),
    [
        ("app.py", ["flask/app.py", "fastapi/app.py", "wsgi/app.py"]),
        ("team.py", ["flask/team.py", "fastapi/team.py"]),
        ("test_team.py", ["flask/test_team.py"]),
    ],
)
def test_what_it_shows_are_the_examples(caption: str, files: list[str]) -> None:
    """Each of its files is one of the examples, to the letter, in this order."""
    shown = [block.code for block in rst_blocks(TUTORIAL) if block.name == caption]

    assert shown == [(EXAMPLES / file).read_text("utf-8") for file in files]


@pytest.mark.parametrize("command", COMMANDS.values())
def test_it_starts_the_second_application_like_this(command: str) -> None:
    """The commands that are tried here stand in the tutorial."""
    assert f"\n   {command}\n" in TUTORIAL.read_text("utf-8")


@pytest.fixture(params=sorted(COMMANDS))
def person(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Person]:
    """Start the second application in a folder of its own; give somebody at it."""
    shutil.copy(EXAMPLES / request.param / "team.py", tmp_path)
    port = free_port()
    program, *words = COMMANDS[request.param].replace("8000", str(port)).split()
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    arguments = [str(Path(sysconfig.get_path("scripts"), program)), *words]
    with (
        running(arguments, port=port, cwd=tmp_path, env=environ),
        Person(f"http://localhost:{port}") as somebody,
    ):
        yield somebody


def test_the_links_of_the_second_application_lead_where_they_say(
    person: Person,
) -> None:
    """Somebody signs up, sees the owners' page and their profile, and logs out."""
    stranger = person.open("/")
    person.follow("signup=1")
    home = person.send(**PERSON)
    owners = person.follow("/owners")
    person.open("/")
    profile = person.follow("/auth/profile")
    person.open("/")
    goodbye = person.follow("/logout")

    assert "Nobody is logged in." in stranger.text
    assert "Hello Ada Lovelace. You act for" in home.text
    assert "Only owners see this." in owners.text
    assert PERSON["email"] in profile.text
    assert "Nobody is logged in." in goodbye.text


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_tutorials_tests_pass(name: str, tmp_path: Path) -> None:
    """The reader's ``test_team.py`` is green for the reader's ``team.py``."""
    for file in ("team.py", "test_team.py"):
        shutil.copy(EXAMPLES / name / file, tmp_path)

    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )

    assert "2 passed" in result.stdout
    assert result.returncode == 0


def test_the_guide_to_realms_mounts_one_in_the_applications_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody signs up at a realm below ``/auth``, and comes back logged in."""
    page = ROOT / "docs" / "how-to" / "own-realm.rst"
    (block,) = (block for block in rst_blocks(page) if block.name == "mounted.py")
    myapp = ModuleType("myapp")
    myapp.application = greet
    monkeypatch.setitem(sys.modules, "myapp", myapp)
    monkeypatch.chdir(tmp_path)
    names = run(block, page)
    with names["realm"]:
        browser = Browser(names["app"], "http://127.0.0.1:8000")
        login = browser.click(browser.get("/private?x=1").location)
        (link,) = [url for url in Links(login.text).targets if "/auth/signup" in url]
        page = browser.click(link)
        form = Form(page.text)
        path = (form.action or page.url).removeprefix(browser.origin)
        answer = browser.post(path, form.values | PERSON)
        back = browser.click(answer.location)

    assert back.url == "http://127.0.0.1:8000/private?x=1"
    assert back.body == b"Hello Ada Lovelace"


def greet(environ, start_response):
    """Be a reader's application."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"Hello {environ['authrocket.user'].name}".encode()]
