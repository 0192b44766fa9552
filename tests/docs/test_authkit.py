"""
Each row of Authkit, and each requirement, is shown by a test that names it.

Or it is left out, and those who come from Authkit are told so with the reason.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

from .blocks import ROOT

PAGE = ROOT / "docs" / "reference" / "authkit.rst"
TESTS = (ROOT / "tests", ROOT / "arware" / "local" / "tests")

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
    "A key beside the hash of a password": "RQ-H3",
    "Rules for accounts at a provider": "RQ-I1 RQ-I2 RQ-I3 RQ-I4",
    "Rotation of refresh tokens": "RQ-J4",
}


def every_test() -> Iterator[ast.FunctionDef]:
    """Yield each function that is a test."""
    for folder in TESTS:
        for path in folder.rglob("test_*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                    yield node


@cache
def named() -> frozenset[str]:
    """Return each id that stands in the name or in the docstring of a test."""
    said = (
        f"{test.name.upper().replace('_', '-')} {ast.get_docstring(test)}"
        for test in every_test()
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
