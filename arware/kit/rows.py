"""Rows of a file, CSV or JSON lines, one by one, with the numbers of their lines."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

#: Bytes of a line. What is longer is no list of people, or of no use in one.
LONGEST_LINE = 1 << 16

FORMATS = ("csv", "jsonl")


class UnreadableFile(ValueError):
    """A sentence about what is wrong with a file as a whole."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row: the number of its first *line*, and its *values*, or a *problem*."""

    line: int
    values: Mapping[str, Any]
    problem: str = ""


def read_rows(file: BinaryIO, form: str) -> Iterator[FileRow]:
    """
    Yield the rows of a file of one of :data:`FORMATS`, in UTF-8.

    A CSV file has a head with the names; an empty cell is ``""``. A row that cannot be
    read is one with a problem, and the next one follows. Raises
    :class:`UnreadableFile` where nothing more can be made of the file.
    """
    rows = _csv(_lines(file)) if form == "csv" else _jsonl(_lines(file))
    for row in rows:
        # What is no UTF-8 was read as halves of pairs, which are no text.
        is_text = all(map(_is_text, (*row.values, *row.values.values())))
        yield row if is_text else FileRow(row.line, {}, "this is not UTF-8")


def _is_text(value: object) -> bool:
    return not isinstance(value, str) or not any(
        "\ud800" <= c < "\ue000" for c in value
    )


def _lines(file: BinaryIO) -> Iterator[str]:
    number = 0
    while line := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise UnreadableFile(f"line {number} is longer than {LONGEST_LINE} bytes")
        text = line.decode("utf-8", "surrogateescape")
        yield text.removeprefix("\ufeff") if number == 1 else text


def _csv(lines: Iterator[str]) -> Iterator[FileRow]:
    reader = csv.reader(lines, strict=True)
    try:
        head = next(reader, None)
    except csv.Error:
        head = None
    if not head or not all(head) or len({*head}) < len(head):
        raise UnreadableFile("the first line is not a head: names, each once")
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield FileRow(line, {}, f"this is not CSV: {error}")
            continue
        if len(cells) == len(head):
            yield FileRow(line, dict(zip(head, cells, strict=True)))
        elif cells:
            said = f"there are {len(cells)} cells, and {len(head)} in the head"
            yield FileRow(line, {}, said)


def _jsonl(lines: Iterator[str]) -> Iterator[FileRow]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except (ValueError, RecursionError):
            values = None
        if isinstance(values, dict):
            yield FileRow(number, values)
        else:
            yield FileRow(number, {}, "this is not a JSON object on one line")
