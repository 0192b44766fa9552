"""The command ``arware``: what it says, and how it ends."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from arware.cli import main
from arware.version import __version__

ROOT = Path(__file__).parents[2]


def test_python_dash_m_is_the_same_command():
    """``python -m arware`` works where the script is not on the path."""
    words = [sys.executable, "-m", "arware", "--version"]
    result = subprocess.run(
        words, capture_output=True, text=True, cwd=ROOT, check=False
    )

    assert (0, f"arware {__version__}\n") == (result.returncode, result.stdout)


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("nonsense",),
        ("token",),
        ("demo", "--adapter", "cgi"),
        ("demo", "--port", "x"),
        ("secret", "--nonsense"),
        ("realm", "user", "list", "--nonsense"),
        ("realm", "key", "rotate", "--keep", "x"),
    ],
)
def test_what_is_not_understood_ends_with_two(words, capsys):
    """One line says what is wrong, of which command, and what lists its options."""
    with pytest.raises(SystemExit) as stopped:
        main(words)

    said = capsys.readouterr().err
    assert stopped.value.code == 2
    assert said.count("\n") == 1
    assert re.fullmatch(r"(arware[ a-z]*): .+ \(see \1 --help\)\n", said)


@pytest.mark.parametrize("port", ["-1", "65536", "８０００", "1e3"])
def test_a_port_has_to_be_one(port, capsys):
    """The complaint says what a port is."""
    with pytest.raises(SystemExit):
        main(["demo", f"--port={port}"])

    assert "give a number from 0 to 65535" in capsys.readouterr().err


def test_the_command_needs_nothing_beside_the_standard_library():
    """Importing it and making a secret load no framework and no extra."""
    program = (
        "import sys, arware.cli; arware.cli.main(['secret']);"
        "names = ('requests', 'jwt', 'pyramid', 'sqlalchemy', 'jinja2', 'waitress');"
        "print(*[name for name in names if name in sys.modules])"
    )
    words = [sys.executable, "-c", program]
    result = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=True)

    assert result.stdout.splitlines()[1] == ""


@pytest.mark.parametrize("command", ["demo", "realm serve"])
def test_a_missing_extra_is_named_with_its_mend(command):
    """Without the extra the command says what to install."""
    program = (
        "import sys; sys.modules['sqlalchemy'] = sys.modules['jinja2'] = None;"
        f"from arware.cli import main; sys.exit(main('{command}'.split()))"
    )
    words = [sys.executable, "-c", program]
    result = subprocess.run(
        words, capture_output=True, text=True, cwd=ROOT, check=False
    )

    assert result.returncode == 1
    assert re.search(
        r"arware: this command needs the package (sqlalchemy|jinja2); "
        r"pip install 'arware\[local\]'\n$",
        result.stderr,
    )


def test_a_secret_is_fresh_and_long_enough(run):
    """Each is accepted as a cookie secret and none comes twice."""
    secrets = {run("secret")[1].strip() for _ in range(5)}

    assert len(secrets) == 5
    assert all(len(secret) >= 64 for secret in secrets)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+", secret) for secret in secrets)


def test_the_output_can_be_cut_off():
    """A reader that has seen enough, like ``head``, causes no traceback."""
    words = [sys.executable, "-m", "arware", "secret"]
    reader, writer = os.pipe()
    os.close(reader)
    result = subprocess.run(
        words, stdout=writer, stderr=subprocess.PIPE, text=True, check=False, cwd=ROOT
    )
    os.close(writer)

    assert (result.returncode, result.stderr) == (1, "")
