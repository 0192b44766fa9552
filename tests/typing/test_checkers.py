"""What type checkers know: the programs of this folder, checked by two of them."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.typing.awaited import STUB, stub

FOLDER = Path(__file__).parent
PROGRAMS = ("api", "async_api", "settings", "fastapi_app", "testing_app")


def run(*words: str) -> str:
    """Run a checker of this environment; return its output."""
    result = subprocess.run(
        [sys.executable, "-m", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=FOLDER.parent.parent,
    )
    return result.stdout or result.stderr


@pytest.fixture(scope="module")
def mypy() -> str:
    """What strict mypy says of all programs."""
    names = [f"{name}{kind}.py" for name in PROGRAMS for kind in ("", "_mistakes")]
    return run("mypy", "--strict", *(str(FOLDER / name) for name in names))


@pytest.fixture(scope="module")
def pyright() -> list[dict[str, str]]:
    """What strict pyright says of all programs; node comes with the package."""
    project = ("-p", str(FOLDER / "pyrightconfig.json"))
    said = json.loads(
        run("basedpyright", *project, "--pythonpath", sys.executable, "--outputjson")
    )
    return [
        {
            "place": f"{Path(one['file']).stem}:{one['range']['start']['line'] + 1}",
            "severity": one["severity"],
            "message": one["message"],
        }
        for one in said["generalDiagnostics"]
    ]


def expected() -> dict[str, str]:
    """Return the types that the programs' comments tell."""
    return {
        f"{name}:{number}": line.partition("  # ")[2]
        for name in PROGRAMS
        for number, line in enumerate(_lines(name), 1)
        if line.lstrip().startswith("reveal_type(")
    }


def _lines(name: str) -> list[str]:
    return (FOLDER / f"{name}.py").read_text("utf-8").splitlines()


def plain(text: str) -> str:
    """Return a type without the modules of its names."""
    return re.sub(r"\b(?:arware\.(?:\w+\.)+|datetime\.)", "", text)


def test_f28_mypy_accepts_and_refuses_what_it_should(mypy: str) -> None:
    """Lists, texts and numbers are taken; an ignore that is not needed is an error."""
    assert re.findall(r".*error:.*", mypy) == []
    assert "Success" in mypy


def test_f28_pyright_agrees(pyright: list[dict[str, str]]) -> None:
    """In its strict mode, and about the mistakes as well."""
    assert [one for one in pyright if one["severity"] != "information"] == []


def test_types_are_what_the_comments_say_to_mypy(mypy: str) -> None:
    """Of fields, lists, created objects, both forms of a method, and settings."""
    revealed = re.findall(r'(\w+)\.py:(\d+): note: Revealed type is "(.*)"', mypy)
    told = {f"{name}:{line}": plain(text) for name, line, text in revealed}

    assert told == expected()
    assert len(told) > 30


def test_types_are_what_the_comments_say_to_pyright(
    pyright: list[dict[str, str]],
) -> None:
    """Both checkers see the same."""
    told = {
        one["place"]: re.sub(r'^Type of ".*" is "(.*)"$', r"\1", one["message"])
        for one in pyright
        if one["severity"] == "information"
    }

    assert told == expected()


def test_the_types_of_the_asynchronous_client_are_those_of_the_resources() -> None:
    """``python -m tests.typing.awaited`` has been run since they changed."""
    written = STUB.read_text("utf-8")

    assert ast.dump(ast.parse(written)) == ast.dump(ast.parse(stub()))


def test_the_types_of_the_asynchronous_client_are_classes_when_it_runs() -> None:
    """``AsyncOrg`` is ``Org``, so that annotations can be read."""
    from arware import Org
    from arware.api import awaited
    from arware.api.awaited import AsyncOrg

    assert AsyncOrg is Org
    with pytest.raises(AttributeError, match="AsyncOther"):
        str(awaited.AsyncOther)  # type: ignore[attr-defined]  # there is none
