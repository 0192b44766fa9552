"""The guide to deployment: its commands serve an example, in several processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services import find_program, free_port, running

from .blocks import ROOT, Block, rst_blocks
from .person import PERSON, Person

PAGE = ROOT / "docs" / "how-to" / "deploy.rst"
BLOCKS = {block.code.split()[0]: block for block in rst_blocks(PAGE)}
#: The programs of the guide, and which example each serves.
EXAMPLES = {"gunicorn": "wsgi", "uvicorn": "asgi", "uwsgi": "flask"}


def arguments_of(program: str, port: int, folder: Path) -> list[str]:
    """Return what the guide says to start, on *port*."""
    if program == "uwsgi":
        text = BLOCKS["[uwsgi]"].code.replace(":8000", f":{port}")
        (folder / "uwsgi.ini").write_text(text)
        beside = Path(sysconfig.get_path("scripts"), program)
        found = str(beside) if beside.exists() else find_program(program)
        return [
            *(found, "--ini", "uwsgi.ini"),
            *("--die-on-term", "--virtualenv", sys.prefix),
        ]
    block: Block = BLOCKS[program]
    _, *words = block.code.replace("\\\n", " ").replace("8000", str(port)).split()
    return [str(Path(sysconfig.get_path("scripts"), program)), *words]


@pytest.fixture(params=sorted(EXAMPLES))
def person(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Person]:
    """Serve an example as the guide says; give somebody at it."""
    example = ROOT / "docs" / "examples" / EXAMPLES[request.param] / "app.py"
    shutil.copy(example, tmp_path)
    port = free_port()
    arguments = arguments_of(request.param, port, tmp_path)
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    with (
        running(arguments, port=port, cwd=tmp_path, env=environ),
        Person(f"http://127.0.0.1:{port}") as somebody,
    ):
        yield somebody


def test_every_process_knows_who_signed_up_at_one_of_them(person: Person) -> None:
    """They begin at once with an empty folder, and share its database and secrets."""
    person.open("/")
    person.follow("/auth/signup")
    person.send(**PERSON)
    pages = [person.open("/").text for _ in range(20)]

    assert all("Hello Ada Lovelace" in page for page in pages)


def test_nginx_understands_its_lines(tmp_path: Path) -> None:
    """``nginx -t`` takes the guide's configuration, but for the certificate."""
    nginx = find_program("nginx", folders="usr/sbin")
    lines = BLOCKS["server"].code.replace("443 ssl", "8443")
    (tmp_path / "nginx.conf").write_text(
        f"error_log {tmp_path}/error.log; pid {tmp_path}/pid; events {{}}\n"
        f"http {{ access_log off;\n{lines}\n}}\n"
    )
    checked = subprocess.run(
        [nginx, "-t", "-c", str(tmp_path / "nginx.conf")],
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stderr
