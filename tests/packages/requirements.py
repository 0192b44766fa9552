"""What ``pyproject.toml`` asks for: each requirement, its floor and its extra."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent

#: Extras for work on arware itself; nobody who uses it installs them.
WORKSHOP = frozenset(("dev", "docs"))
#: Tools of the extra ``dev`` that look at sources, or at a browser: no test that runs
#: against an installation needs them.
SOURCE_TOOLS = frozenset((
    "axe-playwright-python", "basedpyright", "mypy", "playwright", "ruff",
    "types-requests",
))  # fmt: skip

_REQUIREMENT = re.compile(
    r"(?P<name>[\w.-]+)(?P<extras>\[[\w,-]+\])?>=(?P<floor>[\d.]+)(?P<marker>;.*)?"
)


@dataclass(frozen=True)
class Requirement:
    """One line of ``pyproject.toml``: ``psycopg[binary]>=3.2.2``."""

    text: str
    name: str
    floor: str


@cache
def project() -> dict[str, Any]:
    """Return the table ``project`` of ``pyproject.toml``."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    table: dict[str, Any] = tomllib.loads(text)["project"]
    return table


def extras() -> dict[str, list[str]]:
    """Return the lines of each extra, under the empty name those that are required."""
    return {"": project()["dependencies"], **project()["optional-dependencies"]}


def requirements(extra: str) -> list[Requirement]:
    """Return what *extra* itself brings, without the extras that it includes."""
    found = []
    for text in extras()[extra]:
        if not text.startswith("arware["):
            match = _REQUIREMENT.fullmatch(text)
            if match is None:
                raise ValueError(f"{text!r} has no floor, or more than a floor")
            found.append(Requirement(text, match["name"], match["floor"]))
    return found


def offered() -> list[str]:
    """Return the names of the extras that are there for users."""
    return [name for name in project()["optional-dependencies"] if name not in WORKSHOP]


def needed_by() -> dict[str, dict[str, str]]:
    """Return for each package that users may get its floor by extra."""
    table: dict[str, dict[str, str]] = {}
    for extra in ["", *offered()]:
        for item in requirements(extra):
            table.setdefault(item.name, {})[extra] = item.floor
    return table


def floors() -> list[str]:
    """Return constraints that hold each package that users may get at its floor."""
    return [
        f"{name}=={floor}"
        for name, table in needed_by().items()
        for floor in set(table.values())
    ]


def tools() -> list[str]:
    """Return what the tests themselves need beside an installation."""
    return [item.text for item in requirements("dev") if item.name not in SOURCE_TOOLS]
