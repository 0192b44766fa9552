"""
Each row of Authkit, and each requirement, is shown by a test that names it.

Or it is left out, and those who come from Authkit are told so with the reason.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from .blocks import ROOT

PAGE = ROOT / "docs" / "reference" / "authkit.rst"
EJECTED = ROOT / "arware" / "local" / "tests"

#: How many features, routes, columns, tokens, rules of sessions and of JSON, defaults,
#: defects, wishes and files of examples Authkit has.
AUTHKIT = zip("FRMTSHDBNX", (43, 18, 13, 8, 9, 3, 6, 21, 22, 10), strict=True)
#: How many requirements there are on passwords, hashing, throttling, tokens, sessions,
#: cookies, second factors, enumeration, accounts elsewhere, JWTs and notices.
REQUIREMENTS = zip("PHTKSCMEIJN", (10, 6, 8, 10, 10, 7, 9, 3, 4, 5, 5), strict=True)
ROWS = {
    *(f"AK-{group}{one:02}" for group, last in AUTHKIT for one in range(1, last + 1)),
    *(f"RQ-{group}{one}" for group, last in REQUIREMENTS for one in range(1, last + 1)),
}

#: How many examples each of Authkit's files has.
EXAMPLES = (23, 10, 18, 11, 15, 14, 12, 12, 10, 34)

#: What is left out: the row of the page that says why, and what it stands for.
LEFT_OUT = {
    "Third-party login: log in, sign up, connect, disconnect, provider flags, scopes, "
    "refreshed tokens, collisions of addresses": (
        "AK-F31 AK-F32 AK-F33 AK-F34 AK-F35 AK-F36 AK-F37 AK-F38"
    ),
    "Avatars and uploads": "AK-F42",
    "``/connect``, ``/auth/:provider/callback``, ``/auth/failure``, "
    "``/auth/disconnect/:id``": "AK-R14 AK-R15 AK-R16 AK-R17",
    "``auths``": "AK-M12",
    "``avatars``": "AK-M13",
    "Access token of a provider": "AK-T07",
    "One field for the whole name": "AK-N02",
    "Accounts at Facebook, Twitter, Google": "AK-N06",
    "OAuth server": "AK-N07",
    "Avatars": "AK-N10",
    "Rules for accounts at a provider": "RQ-I1 RQ-I2 RQ-I3 RQ-I4",
    "A chain of hashes over the audit log": "",
    "Rotation of refresh tokens": "RQ-J4",
}


def every_test(folder: Path) -> Iterator[ast.FunctionDef]:
    """Yield each function that is a test."""
    for path in folder.rglob("test_*.py"):
        yield from written_in(path)


def written_in(path: Path) -> Iterator[ast.FunctionDef]:
    """Yield each function of a file that is a test."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node


@cache
def named() -> frozenset[str]:
    """Return each id that stands in the name or in the docstring of a test."""
    said = (
        f"{test.name.upper().replace('_', '-')} {ast.get_docstring(test)}"
        for folder in (ROOT / "tests", EJECTED)
        for test in every_test(folder)
    )
    return frozenset(re.findall(r"\b(?:AK-[A-Z]|RQ-[A-Z])\d+\b", "\n".join(said)))


def left_out_on_the_page() -> set[str]:
    """Return the first cell of each row of the page that says "Not here"."""
    rows = re.findall(
        r"^   \* - (.+(?:\n {7}.+)*)\n     - Not here\b", PAGE.read_text("utf-8"), re.M
    )
    return {" ".join(row.split()) for row in rows}


def test_each_row_is_shown_by_a_test_or_left_out() -> None:
    """None is forgotten, and none that a test shows is called left out."""
    left_out = " ".join(LEFT_OUT.values()).split()

    assert sorted([*named(), *left_out]) == sorted(ROWS)


def test_what_is_left_out_is_told_with_the_reason() -> None:
    """On the page, and nothing else is."""
    assert left_out_on_the_page() == LEFT_OUT.keys()


def test_gn19_each_example_of_authkits_has_a_test_that_is_ejected() -> None:
    """By its number, or by those of its neighbours that it is one test with."""
    shown = set()
    for test in every_test(EJECTED):
        found = re.match(r"test_ak_x(\d\d)_(\d+)_(?:(?:to|and)_(\d+)_)?", test.name)
        if found:
            file, first, last = (int(number or found[2]) for number in found.groups())
            shown |= {(file, one) for one in range(first, last + 1)}
    examples = enumerate(EXAMPLES, start=1)

    assert {(file, n + 1) for file, last in examples for n in range(last)} <= shown
    assert sum(EXAMPLES) == 159
