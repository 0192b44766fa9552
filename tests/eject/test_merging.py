"""What becomes of a file, by what you did to it and what a release did."""

from __future__ import annotations

import pytest

from arware.eject.merging import MergedFile, Outcome, merge
from arware.eject.repositories import CannotMerge

PARTS = 8
#: Eight functions, so that what happens in one is far from what happens in another.
PLAIN = b"\n\n".join(
    b"def part_%d():\n    value = %d\n    kept = value\n    return kept\n" % (n, n)
    for n in range(PARTS)
)


def edited(part: int, value: bytes, of: bytes = PLAIN) -> bytes:
    """Return *of* with another value in one *part*."""
    return of.replace(b"value = %d\n" % part, b"value = " + value + b"\n")


def crlf(content: bytes) -> bytes:
    """Return *content* with the line endings of Windows."""
    return content.replace(b"\n", b"\r\n")


MINE, NEW = edited(1, b"'mine'"), edited(6, b"'new'")
BOTH = edited(6, b"'new'", MINE)
LATIN = b"# coding: latin-1\n"
RIVAL = edited(1, b"'rival'")

A, B, C = "pages/a.py", "pages/b.py", "views/c.py"

#: base, yours, theirs and what comes of it: by path the outcome, the content and the
#: path of before; what is not named is not there.
CASES = {
    "nobody changed": ({A: PLAIN}, {A: PLAIN}, {A: PLAIN}, {A: ("unchanged", PLAIN)}),
    "you changed it": ({A: PLAIN}, {A: MINE}, {A: PLAIN}, {A: ("unchanged", MINE)}),
    "they changed it": ({A: PLAIN}, {A: PLAIN}, {A: NEW}, {A: ("replaced", NEW)}),
    "both did the same": ({A: PLAIN}, {A: NEW}, {A: NEW}, {A: ("unchanged", NEW)}),
    "both, at two places": ({A: PLAIN}, {A: MINE}, {A: NEW}, {A: ("merged", BOTH)}),
    "yours alone": ({}, {A: MINE}, {}, {A: ("unchanged", MINE)}),
    "new": ({}, {}, {A: NEW}, {A: ("added", NEW)}),
    "both new and the same": ({}, {A: NEW}, {A: NEW}, {A: ("unchanged", NEW)}),
    "they deleted it": ({A: PLAIN}, {A: PLAIN}, {}, {A: ("deleted", None)}),
    "both deleted it": ({A: PLAIN}, {}, {}, {}),
    "you deleted it": ({A: PLAIN}, {}, {A: PLAIN}, {}),
    "you deleted what changed": (
        {A: PLAIN}, {}, {A: NEW}, {A: ("stays deleted", None)},
    ),
    "you deleted what they renamed": (
        {A: PLAIN}, {}, {C: NEW}, {C: ("stays deleted", None, A)},
    ),
    "you renamed it": (
        {A: PLAIN}, {B: PLAIN}, {A: PLAIN}, {B: ("unchanged", PLAIN, A)},
    ),
    "you renamed what changed": (
        {A: PLAIN}, {B: PLAIN}, {A: NEW}, {B: ("replaced", NEW, A)},
    ),
    "you renamed and edited it": (
        {A: PLAIN}, {B: MINE}, {A: NEW}, {B: ("merged", BOTH, A)},
    ),
    "you deleted one empty file and made another": (
        {A: b"", C: PLAIN}, {B: b"", C: PLAIN}, {A: b"", C: PLAIN},
        {B: ("unchanged", b""), C: ("unchanged", PLAIN)},
    ),
    "they renamed it": (
        {A: PLAIN}, {A: PLAIN}, {C: PLAIN},
        {A: ("deleted", None), C: ("replaced", PLAIN, A)},
    ),
    "they renamed and changed what you edited": (
        {A: PLAIN}, {A: MINE}, {C: NEW},
        {A: ("deleted", None), C: ("merged", BOTH, A)},
    ),
    "both renamed it alike": (
        {A: PLAIN}, {C: MINE}, {C: NEW}, {C: ("merged", BOTH, A)},
    ),
    "a file of CRLF": (
        {A: PLAIN}, {A: crlf(MINE)}, {A: NEW}, {A: ("merged", crlf(BOTH))},
    ),
    "only the line endings are yours": (
        {A: PLAIN}, {A: crlf(PLAIN)}, {A: NEW}, {A: ("replaced", crlf(NEW))},
    ),
    "new among files of CRLF": (
        {A: PLAIN}, {A: crlf(PLAIN)}, {A: PLAIN, B: b"new\n"},
        {A: ("unchanged", crlf(PLAIN)), B: ("added", b"new\r\n")},
    ),
    "a renamed file of CRLF among others of LF": (
        {A: PLAIN}, {B: crlf(MINE), C: PLAIN * 3}, {A: NEW},
        {B: ("merged", crlf(BOTH), A), C: ("unchanged", PLAIN * 3)},
    ),
    "one line of CRLF": (
        {A: PLAIN}, {A: MINE.replace(b"4\n", b"4\r\n")}, {A: NEW},
        {A: ("merged", BOTH.replace(b"4\n", b"4\r\n"))},
    ),
    "released with CRLF, untouched": (
        {A: crlf(PLAIN)}, {A: crlf(PLAIN)}, {A: crlf(NEW)},
        {A: ("replaced", crlf(NEW))},
    ),
    "no text, untouched": (
        {"a.png": b"\0\r\n"}, {"a.png": b"\0\r\n"}, {"a.png": b"\0\n1"},
        {"a.png": ("replaced", b"\0\n1")},
    ),
    "no end of the last line": (
        {A: PLAIN[:-1]}, {A: MINE[:-1]}, {A: NEW[:-1]}, {A: ("merged", BOTH[:-1])},
    ),
    "no UTF-8": (
        {A: LATIN + PLAIN},
        {A: LATIN + edited(1, b"'\xe9'")},
        {A: LATIN + NEW},
        {A: ("merged", LATIN + edited(1, b"'\xe9'", NEW))},
    ),
    "a name to be quoted": (
        {'a "b"\\[é]*?.py': PLAIN}, {'a "b"\\[é]*?.py': MINE},
        {'a "b"\\[é]*?.py': NEW}, {'a "b"\\[é]*?.py': ("merged", BOTH)},
    ),
    "attributes among the files": (
        {A: PLAIN, ".gitattributes": b"* -merge eol=crlf ident\n"},
        {A: MINE, ".gitattributes": b"* -merge eol=crlf ident\n"},
        {A: NEW, ".gitattributes": b"* -merge eol=crlf ident\n"},
        {
            ".gitattributes": ("unchanged", b"* -merge eol=crlf ident\n"),
            A: ("merged", BOTH),
        },
    ),
    "nothing at all": ({}, {}, {}, {}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_release_is_merged(name: str) -> None:
    """GN-15: unedited is replaced, edits apart are merged, renames are followed."""
    base, yours, theirs, expected = CASES[name]

    merged = merge(base, yours, theirs)

    told = {path: summary(file) for path, file in merged.files.items()}
    assert told == {path: (*each, None)[:3] for path, each in expected.items()}
    assert merged.conflicts == {}


def summary(file: MergedFile) -> tuple[str, bytes | None, str | None]:
    """Return what the table says of a file."""
    return file.outcome.value, file.content, file.renamed_from


#: base, yours, theirs, then the conflict's path, its stages and what the file holds.
CONFLICTS = {
    "both, at one place": (
        {A: PLAIN}, {A: MINE}, {A: RIVAL},
        A, {1: PLAIN, 2: MINE, 3: RIVAL}, [b"'mine'", b"value = 1\n", b"'rival'"],
    ),
    "in a file of CRLF": (
        {A: PLAIN}, {A: crlf(MINE)}, {A: RIVAL},
        A, {1: crlf(PLAIN), 2: crlf(MINE), 3: crlf(RIVAL)},
        [b"<<<<<<< HEAD\r\n", b"'mine'\r\n", b"value = 1\r\n", b"'rival'\r\n"],
    ),
    "both new": (
        {}, {A: MINE}, {A: RIVAL}, A, {2: MINE, 3: RIVAL}, [b"'mine'", b"'rival'"],
    ),
    "they deleted what you edited": (
        {A: PLAIN}, {A: MINE}, {}, A, {1: PLAIN, 2: MINE}, [MINE],
    ),
    "they deleted what you renamed": (
        {A: PLAIN}, {B: MINE}, {}, B, {1: PLAIN, 2: MINE}, [MINE],
    ),
    "you renamed it": (
        {A: PLAIN}, {B: MINE}, {A: RIVAL},
        B, {1: PLAIN, 2: MINE, 3: RIVAL}, [b"'mine'", b"value = 1\n", b"'rival'"],
    ),
    "they renamed it": (
        {A: PLAIN}, {A: MINE}, {C: RIVAL},
        C, {1: PLAIN, 2: MINE, 3: RIVAL}, [b"'mine'", b"value = 1\n", b"'rival'"],
    ),
    "both renamed it": (
        {A: PLAIN}, {B: MINE}, {C: NEW}, B, {1: PLAIN, 2: MINE, 3: NEW}, [BOTH],
    ),
    "both renamed it, and at one place": (
        {A: PLAIN}, {B: crlf(MINE)}, {C: RIVAL},
        B, {1: crlf(PLAIN), 2: crlf(MINE), 3: crlf(RIVAL)},
        [b"'mine'\r\n", b"value = 1\r\n", b"'rival'\r\n"],
    ),
    "you renamed it to what is new": (
        {A: PLAIN}, {B: MINE}, {A: PLAIN, B: b"new = 1\n"},
        B, {2: MINE, 3: b"new = 1\n"}, [b"'mine'", b"new = 1\n"],
    ),
    "no text": (
        {"a.png": b"\0" + PLAIN}, {"a.png": b"\0" + MINE}, {"a.png": b"\0" + NEW},
        "a.png", {1: b"\0" + PLAIN, 2: b"\0" + MINE, 3: b"\0" + NEW}, [b"\0" + MINE],
    ),
    # Git itself looks at the first 8,000 bytes only.
    "no text, which shows late": (
        {"a [b].bin": PLAIN * 50 + b"\0"}, {"a [b].bin": MINE + PLAIN * 49 + b"\0"},
        {"a [b].bin": PLAIN * 49 + NEW + b"\0"},
        "a [b].bin",
        {
            1: PLAIN * 50 + b"\0",
            2: MINE + PLAIN * 49 + b"\0",
            3: PLAIN * 49 + NEW + b"\0",
        },
        [MINE + PLAIN * 49 + b"\0"],
    ),
    "no Python": (
        {A: b"if True:\n    a = 1\n    b = 2\n    c = 3\n    d = 4\n"},
        {A: b"if True:\n    a = 1\n    b = 2\n    c = 3\n    d = 4\n    e = 5\n"},
        {A: b"a = 1\nb = 2\nc = 3\nd = 4\n"},
        A,
        {
            1: b"if True:\n    a = 1\n    b = 2\n    c = 3\n    d = 4\n",
            2: b"if True:\n    a = 1\n    b = 2\n    c = 3\n    d = 4\n    e = 5\n",
            3: b"a = 1\nb = 2\nc = 3\nd = 4\n",
        },
        [b"    e = 5\n"],
    ),
    "apart, and the same new name": (
        {A: PLAIN}, {A: b"def more():\n    return 'mine'\n\n\n" + PLAIN},
        {A: PLAIN + b"\n\ndef more():\n    return 'new'\n"},
        A,
        {
            1: PLAIN,
            2: b"def more():\n    return 'mine'\n\n\n" + PLAIN,
            3: PLAIN + b"\n\ndef more():\n    return 'new'\n",
        },
        [b"    return 'mine'\n", b"    return 'new'\n"],
    ),
    "apart, and no Python together": (
        {A: b"total = (\n    1\n    + 2\n    + 3\n    + 4\n    + 5\n)\n"},
        {A: b"total = [\n    1\n    + 2\n    + 3\n    + 4\n    + 5\n]\n"},
        {A: b"total = (\n    1\n    + 2\n    + 3), (3\n    + 4\n    + 5\n)\n"},
        A,
        {
            1: b"total = (\n    1\n    + 2\n    + 3\n    + 4\n    + 5\n)\n",
            2: b"total = [\n    1\n    + 2\n    + 3\n    + 4\n    + 5\n]\n",
            3: b"total = (\n    1\n    + 2\n    + 3), (3\n    + 4\n    + 5\n)\n",
        },
        [b"total = [\n    1\n    + 2\n    + 3), (3\n    + 4\n    + 5\n]\n"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CONFLICTS)
def test_what_overlaps_is_a_conflict_with_its_base(name: str) -> None:
    """GN-15: an overlap has git's three stages, and nothing of either side is lost."""
    base, yours, theirs, path, stages, texts = CONFLICTS[name]

    merged = merge(base, yours, theirs)

    assert merged.conflicts == {path: stages}
    assert merged.files[path].outcome is Outcome.CONFLICT
    for text in texts:
        assert text in merged.tree[path]


def test_the_marks_of_a_conflict_say_whose_lines_they_are() -> None:
    """They are git's, with a name in place of the number of a commit that is gone."""
    content = merge({A: PLAIN}, {A: MINE}, {A: RIVAL}).tree[A].decode()

    assert [line for line in content.splitlines() if line[:1] in "<|=>" and line] == [
        "<<<<<<< HEAD",
        "||||||| the release before",
        "=======",
        ">>>>>>> the new release",
    ]


@pytest.mark.parametrize(
    ("base", "yours", "theirs", "path", "note"),
    [
        ({A: PLAIN}, {}, {A: NEW}, A, "you deleted it; the release changed it"),
        ({A: PLAIN}, {A: MINE}, {}, A, "you changed it; else it would be deleted"),
        ({A: PLAIN}, {A: PLAIN}, {C: PLAIN}, A, f"renamed to {C}"),
        ({A: PLAIN}, {B: PLAIN}, {C: PLAIN}, B, f"the release renamed it to {C}"),
        (*CONFLICTS["apart, and no Python together"][:3], A, "are no Python"),
        (*CONFLICTS["apart, and the same new name"][:3], A, "both changes define more"),
    ],
)  # fmt: skip
def test_what_is_not_plain_is_told(base, yours, theirs, path, note) -> None:
    """A note says what the outcome alone does not."""
    assert note in merge(base, yours, theirs).files[path].note


@pytest.mark.parametrize(
    "path",
    ["", "/etc/passwd", "../a", "a/../b", "./a", "a//b", ".git/config", "a/.GIT/x",
     "a\nb", "a\0b"],
)  # fmt: skip
@pytest.mark.parametrize("side", [0, 1, 2])
def test_a_path_that_leads_elsewhere_is_refused(path: str, side: int) -> None:
    """No tree can write outside of its folder, or into what git keeps there."""
    trees: list[dict[str, bytes]] = [{}, {}, {}]
    trees[side][path] = b"1"

    with pytest.raises(CannotMerge):
        merge(*trees)


@pytest.mark.parametrize("base", [{}, {"mail": b"before\n"}])
def test_a_file_with_the_name_of_a_folder_is_refused(base) -> None:
    """Both cannot stand there, so a person has to move yours."""
    with pytest.raises(CannotMerge, match=r"^mail is a file on one side"):
        merge(base, {"mail": b"mine\n"}, {"mail/send.py": b"new\n"})
