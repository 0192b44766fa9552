"""Migrations of a release go on behind those that a team has added."""

from __future__ import annotations

import pytest

from arware.eject.repositories import CannotMerge
from arware.eject.revisions import relinked


def revision(name: str, after: str | None, more: str = "") -> bytes:
    """Return a migration."""
    return f'revision = "{name}"\ndown_revision = {after!r}{more}\n'.encode()


OLD = {"01.py": revision("one", None), "02.py": revision("two", "one")}
NEW = {"03.py": revision("three", "two"), "04.py": revision("four", "three")}


@pytest.mark.parametrize(
    ("yours", "moved"),
    [
        ({}, {}),
        ({"a.py": b"no revision", "b.py": b"x =", "c.py": b"revision = f()"}, {}),
        ({"a.py": revision("a", "two")}, {"03.py": revision("three", "a")}),
        (
            {"a.py": revision("a", "two"), "b.py": revision("b", "a")},
            {"03.py": revision("three", "b")},
        ),
        (
            {"a.py": revision("a", "two"), "b.py": revision("b", "two"),
             "c.py": b'revision = "c"\ndown_revision = ("a", "b")\n'},
            {"03.py": revision("three", "c")},
        ),
    ],
    ids=["none", "others", "one", "two", "joined"],
)  # fmt: skip
def test_gn10_only_the_first_new_one_is_put_behind_theirs(yours, moved):
    """And only where they have any."""
    found = relinked(OLD | NEW | yours, [*NEW])

    assert found == {path: text.replace(b"'", b'"') for path, text in moved.items()}


def test_gn10_all_else_in_the_file_stays():
    """To the byte, whatever stands in the line."""
    new = {"03.py": "# é\r\n".encode() + revision("three", "two", "  # é\r")}
    found = relinked(OLD | new | {"a.py": revision("a", "two")}, [*new])

    assert found == {"03.py": new["03.py"].replace(b"'two'", b'"a"')}


def test_gn10_behind_several_heads_nothing_can_be_put():
    """The team joins them first."""
    yours = {"a.py": revision("a", "two"), "b.py": revision("b", "two")}
    with pytest.raises(CannotMerge, match="several heads, a, b: join them"):
        relinked(OLD | NEW | yours, [*NEW])
