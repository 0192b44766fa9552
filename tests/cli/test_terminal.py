"""The command's words on terminals that cannot show all of them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from .samples import GOOD

ENCODINGS = ("ascii", "cp1252", "ascii:strict")


def run(encoding, *words, stdin=b"", **environ):
    """Run the command in a process whose streams have *encoding*."""
    clean = {n: v for n, v in os.environ.items() if not n.startswith("AUTHROCKET_")}
    return subprocess.run(
        [sys.executable, "-m", "arware", *words],
        input=stdin,
        env=clean | environ | {"PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--help",), 0),
        (("secret",), 0),
        (("check", "--help"), 0),
        (("check",), 0),
        (("check", "--ini", "ĝis.ini"), 1),
        (("token", "inspect", "ĝ.ĝ.ĝ"), 1),
        (("realm", "--help"), 0),
        (("demo", "--help"), 0),
        (("demo", "--adapter", "ĝ"), 2),
    ],
)
def test_f31_the_terminal_never_dies(encoding, words, code) -> None:
    """Whatever its encoding lacks is written as an escape."""
    ended = run(encoding, *words, **GOOD)

    assert ended.returncode == code
    assert b"Traceback" not in ended.stderr


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_f31_a_path_that_cannot_be_shown_is_written_all_the_same(
    encoding, tmp_path
) -> None:
    """On standard output, which is the strict one."""
    file = tmp_path / "ĝis.ini"
    file.write_text("[app:main]\n", "utf-8")
    ended = run(encoding, "check", "--ini", str(file), **GOOD)

    assert ended.returncode == 0
    assert b"\\u011dis.ini and the environment." in ended.stdout


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_f31_a_realm_s_users_are_listed_with_any_name(encoding, tmp_path) -> None:
    """The realm's commands write through the same streams."""
    config = ("--config", str(tmp_path / "realm" / "realm.ini"))
    folder = str(tmp_path / "realm")
    run(encoding, "realm", "init", folder, "--name", "Ĝardeno")
    name = ("--first-name", "Ĝoja", "--last-name", "日本")
    added = run(
        encoding, "realm", "user", "add", "a@example.com", *name, *config,
        stdin=b"seven violet ladders hum quietly\n",
    )  # fmt: skip
    listed = run(encoding, "realm", "user", "list", *config)

    assert (added.returncode, added.stderr.count(b"Traceback")) == (0, 0)
    assert listed.returncode == 0
    assert b"\\u011coja \\u65e5\\u672c" in listed.stdout


def test_f31_input_that_is_no_text_is_told() -> None:
    """Reading fails as writing did, and has its sentence, too."""
    ended = run("ascii", "token", "inspect", "-", stdin="ĝ".encode(), **GOOD)

    assert ended.returncode == 1
    assert ended.stderr == b"arware: standard input is not text, so it is no token\n"
