"""Rows of files, with the numbers of their lines."""

from __future__ import annotations

import io

import pytest

from arware.kit.rows import FileRow, UnreadableFile, read_rows


def rows(data: bytes, form: str) -> list[FileRow]:
    """Return the rows of *data*."""
    return list(read_rows(io.BytesIO(data), form))


def test_lines_are_those_of_the_file() -> None:
    """Also after a cell of two lines, an empty line, and a mark at the beginning."""
    found = rows(b'\xef\xbb\xbfa,b\n1,"x\ny"\n\n2,z\n', "csv")

    assert found == [
        FileRow(2, {"a": "1", "b": "x\ny"}),
        FileRow(5, {"a": "2", "b": "z"}),
    ]
    assert rows(b'{"a": 1}\n\n{"a": 2}', "jsonl") == [
        FileRow(1, {"a": 1}),
        FileRow(3, {"a": 2}),
    ]


@pytest.mark.parametrize(
    ("data", "form", "problem"),
    [
        (b"a,b\n1\n3,4", "csv", "there are 1 cells, and 2 in the head"),
        (b'a,b\n"x"y,2\n3,4', "csv", "this is not CSV"),
        (b"a,b\n\xff,2\n3,4", "csv", "this is not UTF-8"),
        (b'\n[1]\n{"a": "3", "b": "4"}', "jsonl", "this is not a JSON object"),
        (b'\n{"a"\n{"a": "3", "b": "4"}', "jsonl", "this is not a JSON object"),
        (b'\n{"a": "\xff"}\n{"a": "3", "b": "4"}', "jsonl", "this is not UTF-8"),
        (b"\n" + b"[" * 60_000 + b'\n{"a": "3", "b": "4"}', "jsonl", "not a JSON obj"),
    ],
)
def test_a_row_that_cannot_be_read_is_told(
    data: bytes, form: str, problem: str
) -> None:
    """The next one is read."""
    bad, good = rows(data, form)

    assert (bad.line, problem in bad.problem) == (2, True)
    assert good == FileRow(3, {"a": "3", "b": "4"})


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (b"", "csv"),
        (b"a,a\n", "csv"),
        (b"a,\n", "csv"),
        (b'"a\n1\n', "csv"),
        (b"x" * 70_000, "jsonl"),
    ],
)
def test_a_file_of_which_nothing_can_be_made(data: bytes, form: str) -> None:
    """No head, one that repeats itself or never ends, and lines that never end."""
    with pytest.raises(UnreadableFile):
        rows(data, form)
