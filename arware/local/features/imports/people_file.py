"""A file of people, with whatever names its columns have."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from arware.kit.foreign_hashes import firebase, firebase_parameters
from arware.kit.operator import NotDone
from arware.kit.rows import FORMATS, FileRow, read_rows

from ...seeding import FIELDS
from .flow import Row

#: The names that a file may have: those of a user, and of Firebase the salt.
NAMES = (*FIELDS, "salt")


class PeopleFile:
    """
    A file of people.

    *columns* says what a column is called there, where it is not as we call it;
    *parameters* is the file with what Firebase's console shows of its hashes. Names
    that mean nothing here are *ignored*, and kept, so that they can be told.
    """

    def __init__(self, columns: Mapping[str, str], parameters: Path | None) -> None:
        named = {name: name for name in NAMES} | dict(columns)
        self._ours = {theirs: ours for ours, theirs in named.items()}
        self._parameters = None if parameters is None else _parameters(parameters)
        self.ignored: set[str] = set()

    @contextmanager
    def opened(self, name: str, form: str | None) -> Iterator[Iterator[Row]]:
        """Open the file, ``-`` for what is piped in; its rows have line numbers."""
        form = form or _format_of(name)
        if name == "-":
            yield map(self._row, read_rows(sys.stdin.buffer, form))
            return
        try:
            file = Path(name).open("rb")  # noqa: SIM115  Closed below.
        except OSError as error:
            raise NotDone(
                f"{name} cannot be read: {error.strerror}", "no_file"
            ) from None
        with file:
            yield map(self._row, read_rows(file, form))

    def _row(self, row: FileRow) -> Row:
        self.ignored |= row.values.keys() - self._ours.keys()
        values = {
            self._ours[name]: value
            for name, value in row.values.items()
            if name in self._ours
        }
        salt, stored = values.pop("salt", None), values.get("password_hash")
        if self._parameters and stored:
            values["password_hash"] = firebase(
                str(stored), str(salt or ""), **self._parameters
            )
        return Row(row.line, values, row.problem)


def _format_of(name: str) -> str:
    ending = Path(name).suffix.lower().lstrip(".")
    found = {"ndjson": "jsonl", "json": "jsonl"}.get(ending, ending)
    if found not in FORMATS:
        raise NotDone("say what it is: --format csv, or jsonl for one object a line")
    return found


def _parameters(path: Path) -> dict[str, Any]:
    """Return the parameters of Firebase's hashes, as the console shows them."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise NotDone(f"{path} cannot be read", "no_file") from None
    try:
        return firebase_parameters(text)
    except ValueError as error:
        raise NotDone(f"{path} {error}") from None
