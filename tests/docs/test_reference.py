"""The reference says what the code says: nothing missing, nothing made up."""

from __future__ import annotations

import argparse
import os
import pkgutil
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path

import pytest

import arware
import arware.django
import arware.errors
import arware.fastapi
import arware.local
import arware.starlette
import arware.testing
from arware.core.standing import REVOCATION_SECONDS
from arware.core.verdict import VERDICTS
from arware.kit.settings import section_of
from arware.local.app import joined
from arware.local.command import add_parsers
from arware.local.mail_settings import Mail
from arware.local.settings import RealmSettings
from arware.runtime.key_store import REFRESH_SECONDS
from arware.settings import VARIABLES

from .blocks import ROOT

DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"

_DOCUMENTED = re.compile(
    r"^ *\.\. (?:py:)?(?:auto)?"
    r"(currentmodule|module|class|exception|function|data|attribute)"
    r":: *([\w.]+)",
    re.MULTILINE,
)


def table(page: str, name: str) -> list[list[str]]:
    """Return the rows of the list-table of class *name* on *page*, without the head."""
    text = (REFERENCE / page).read_text("utf-8")
    start = re.search(rf"\.\. list-table::\n(?:   :.*\n)*?   :class: {name}\n", text)
    if start is None:
        raise AssertionError(f"{page} has no table {name}")
    body = re.split(r"\n(?=\S)", text[start.end() :], maxsplit=1)[0]
    rows = re.split(r"^   \* - ", body, flags=re.MULTILINE)[1:]
    cells = [re.split(r"^     -", row, flags=re.MULTILINE) for row in rows]
    return [[" ".join(cell.split()) for cell in row] for row in cells[1:]]


def plain(cell: str) -> str:
    """Return what a literal cell holds."""
    return cell.strip("`")


def shown(default: object) -> str:
    """Return how the table shows a default; what has none has an empty cell."""
    return "" if default is None else repr(default).replace("'", '"')


def documented_names() -> Iterator[str]:
    """Yield every dotted name that a page describes with a directive of its own."""
    for path in sorted(DOCS.rglob("*.rst")):
        module = ""
        for kind, name in _DOCUMENTED.findall(path.read_text("utf-8")):
            if kind in ("currentmodule", "module"):
                module = name
            elif name.startswith("arware."):
                yield name
            else:
                yield f"{module}.{name}"


def test_the_settings_table_names_each_field_its_variable_and_its_default() -> None:
    """What the table of settings says is what :class:`arware.Settings` does."""
    said = [
        (*[*re.findall("``(.+?)``", names), ""][:2], plain(default))
        for names, default, _ in table("settings.rst", "settings")
    ]
    done = [
        (item.name, VARIABLES.get(item.name, ""), shown(item.default))
        for item in fields(arware.Settings)
    ]

    assert done == said


def test_the_realms_table_names_each_of_its_settings() -> None:
    """What the table of the realm's settings says is what a realm takes."""
    said = [plain(row[0]) for row in table("realm.rst", "realm-settings")]

    own = [item.name for item in fields(RealmSettings) if item.name != "features"]

    assert own == said


@pytest.mark.parametrize("name", ["mail-settings", "feature-settings"])
def test_the_tables_name_the_settings_of_each_feature(name: str) -> None:
    """Each is there by its name, and those of features with their default (AK-B21)."""
    kinds = {"mail-settings": lambda kind: kind is Mail,
             "feature-settings": lambda kind: kind is not Mail}  # fmt: skip
    done = [
        (f"{section_of(kind)}.{item.name}", str(item.default))
        for kind in joined().settings
        if kinds[name](kind)
        for item in fields(kind)
    ]
    said = [(plain(row[0]), plain(row[1])) for row in table("realm.rst", name)]

    if name == "mail-settings":  # their defaults follow from one another
        assert [setting for setting, _ in done] == [setting for setting, _ in said]
    else:
        assert sorted(done) == sorted(said)


def test_the_table_of_presets_says_what_they_are() -> None:
    """Each setting that a preset changes is there, with what it is in either."""
    found = {}
    for preset in ("default", "authkit"):
        settings = RealmSettings.read(preset=preset)
        settings.join(joined().settings)
        values = {item.name: getattr(settings, item.name) for item in fields(settings)}
        for kind in joined().settings:
            values |= {
                f"{section_of(kind)}.{item.name}": getattr(settings[kind], item.name)
                for item in fields(kind)
            }
        found[preset] = values
    one, other = found["default"], found["authkit"]
    done = {
        (name, str(one[name]), str(other[name]))
        for name in one.keys() - {"preset", "features"}
        if one[name] != other[name]
    }

    said = [tuple(map(plain, row[:3])) for row in table("realm.rst", "presets")]
    assert sorted(done) == sorted(said)


@pytest.mark.parametrize(
    ("row", "formula"),
    [
        ("Key downloads", lambda n, people, processes: processes / REFRESH_SECONDS),
        (
            "Reads of a shared cache",
            lambda n, people, processes: min(
                n, people * processes / REVOCATION_SECONDS
            ),
        ),
        ("Calls of the API", lambda n, people, processes: min(n, people / 300)),
        (
            "The same, without",
            lambda n, people, processes: min(n, people * processes / 300),
        ),
        (
            "Logins that a process remembers",
            lambda n, people, processes: 100 * min(1, VERDICTS / people),
        ),
        ("Logins a second", lambda n, people, processes: people / 28_800),
        ("Hashing", lambda n, people, processes: 0.2 * people / 28_800),
        (
            "arware's own work",
            lambda n, people, processes: (
                n * (100e-6 - 94e-6 * min(1, VERDICTS / people))
            ),
        ),
    ],
)
def test_the_arithmetic_of_a_fleet_is_right(
    row: str, formula: Callable[[float, float, float], float]
) -> None:
    """Each number of the page on scaling follows from the product's constants."""
    rows = {
        name: [float(re.sub("[,%]", "", cell)) for cell in cells]
        for name, _, *cells in table("../explanation/scaling.rst", "fleet")
    }
    (said,) = [cells for name, cells in rows.items() if name.startswith(row)]
    requests = [10, 1_000, 100_000]
    done = map(formula, requests, rows["People at once"], rows["Processes"])

    assert said == pytest.approx(list(done), rel=0.06)


def test_every_reason_is_explained() -> None:
    """Each word that ``auth.reason`` may hold has its line."""
    said = [plain(row[0]) for row in table("auth.rst", "reasons")]

    assert list(arware.Reason) == said


@pytest.mark.parametrize(
    ("name", "words"), [("commands", []), ("realm-commands", ["realm"])]
)
def test_every_command_is_described(name: str, words: list[str]) -> None:
    """Each sub-command has its line, and no line names one that is not there."""
    said = [plain(row[0]).split()[-1] for row in table("command.rst", name)]
    done = re.findall(r"^    ([a-z-]+)(?: +|$)", command_help(words), re.MULTILINE)

    assert done == said


def test_what_programs_read_is_described() -> None:
    """Each command that takes ``--json`` has its line, and no other."""
    rows = table("command.rst", "realm-json")
    said = {name for row in rows for name in re.findall("``(.+?)``", row[0])}

    parser = argparse.ArgumentParser()
    add_parsers(parser.add_subparsers())
    assert set(_leaves("", parser)) == said


def _leaves(name: str, parser: argparse.ArgumentParser) -> Iterator[str]:
    if "--json" in parser._option_string_actions:
        yield name
    for action in parser._actions:
        if not isinstance(action.choices, dict):
            continue
        for word, inner in action.choices.items():
            yield from _leaves(f"{name} {word}".strip(), inner)


COMMANDS = (
    *("demo", "check", "token inspect"),
    *("realm init", "realm serve", "realm user add", "realm key rotate"),
    "realm token add",
)


@pytest.mark.parametrize("words", COMMANDS)
def test_every_option_is_described(words: str) -> None:
    """What the help of a command offers is explained on its page."""
    page = (REFERENCE / "command.rst").read_text("utf-8")
    options = set(re.findall(r"^  (--[a-z-]+)", command_help(words.split()), re.M))

    assert {option for option in options if option not in page} == set()


def command_help(words: list[str]) -> str:
    """Return what the command prints when it is asked for help."""
    result = subprocess.run(
        [sys.executable, "-m", "arware", *words, "--help"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"COLUMNS": "200"},
    )
    return result.stdout


def test_every_public_name_is_documented() -> None:
    """What ``arware`` exports has a place in the reference."""
    described = {id(pkgutil.resolve_name(name)) for name in documented_names()}
    forgotten = [
        name
        for name in arware.__all__
        if not name.startswith("__")
        and not isinstance(getattr(arware, name), type(arware))
        and id(getattr(arware, name)) not in described
    ]

    assert forgotten == []


def test_every_documented_name_is_public() -> None:
    """The reference describes nothing of ``arware`` that it does not export."""
    names = [name for name in documented_names() if name.count(".") == 1]

    assert [n for n in names if n.removeprefix("arware.") not in arware.__all__] == []


PUBLIC_MODULES = {
    "arware.django": arware.django.__all__,
    "arware.errors": [
        name
        for name, value in vars(arware.errors).items()
        if isinstance(value, type) and issubclass(value, Exception)
    ],
    # The others are what stands behind the dependencies.
    "arware.fastapi": [n for n in arware.fastapi.__all__ if "_" not in n],
    "arware.local": arware.local.__all__,
    "arware.starlette": arware.starlette.__all__,
    "arware.testing": arware.testing.__all__,
}


@pytest.mark.parametrize("module", sorted(PUBLIC_MODULES))
def test_every_name_of_a_public_module_is_documented(module: str) -> None:
    """Each error, each tool for tests, and the realm are described."""
    described = {id(pkgutil.resolve_name(name)) for name in documented_names()}
    names = [f"{module}.{name}" for name in PUBLIC_MODULES[module]]

    assert [n for n in names if id(pkgutil.resolve_name(n)) not in described] == []


def test_every_page_is_reachable() -> None:
    """No page stands outside of a table of contents, and none is promised in vain."""
    pages = {path.relative_to(DOCS).with_suffix("") for path in DOCS.rglob("*.rst")}
    listed = {Path("index")}
    for path in DOCS.rglob("*.rst"):
        for block in re.findall(
            r"\.\. toctree::\n((?: +.*\n| *\n)*)", path.read_text("utf-8")
        ):
            for entry in re.findall(r"^ +([^:\s]\S*)$", block, re.MULTILINE):
                place = (path.parent / entry).resolve().relative_to(DOCS)
                found = {page for page in pages if page.match(str(place))}
                listed |= found or {place}

    assert pages == listed
