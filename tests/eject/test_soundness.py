"""What a merge without marks may still have wrong."""

from __future__ import annotations

import pytest

from arware.eject.soundness import problem

ONE = b"def one():\n    return 1\n"
TWICE = ONE * 2
METHOD = b"class Page:\n" + b"    def show(self):\n        return 1\n"
METHODS = METHOD + b"    def show(self):\n        return 2\n"
#: merged, then base, yours and theirs, and what is said.
FOUND = {
    "no Python": ((b"return 1\n", b"", b"", b""), "are no Python: 'return' outside"),
    "NUL": ((b"a = '\0'\n", b"", b"", b""), "are no Python"),
    "a function twice": ((TWICE, b"", ONE, ONE), "both changes define one"),
    "a method twice": ((METHODS, b"class Page: 1\n", METHOD, METHOD), "Page.show"),
    "twice, without a base": ((TWICE, ONE, ONE), "both changes define one"),
    "twice, beside no Python": ((TWICE, b"(", ONE, ONE), "both changes define one"),
}
#: What is as its authors have it.
SOUND = {
    "once": (ONE, b"", ONE, ONE),
    "twice in the base": (TWICE, TWICE, TWICE, TWICE),
    "twice in yours": (TWICE, b"", TWICE, ONE),
    "in yours alone": (ONE, b"", ONE, b""),
    "what Python warns of": (b"a = '\\d'\n", b"", b"", b""),
}


@pytest.mark.parametrize("name", FOUND)
def test_changes_that_do_not_go_together_are_found(name: str) -> None:
    """GN-15: nothing is merged in silence of which it is known that it is wrong."""
    versions, said = FOUND[name]

    assert said in problem("page.py", *versions)


@pytest.mark.parametrize("name", SOUND)
def test_what_somebody_wrote_so_is_let_be(name: str) -> None:
    """Only what comes of the merge is a conflict."""
    assert problem("page.py", *SOUND[name]) == ""


def test_other_files_are_not_looked_into() -> None:
    """A template may look like anything."""
    assert problem("page.html", b"return (", b"", b"", b"") == ""
