"""Reading a request strictly: what is not plainly right gets a clear page, no 500."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import parse_qsl

#: No form of ours comes near it.
LARGEST_BODY = 65_536
MOST_FIELDS = 50

FORM = "application/x-www-form-urlencoded"

#: Why a request cannot be read, and the status of the answer (RFC 9110).
Fault = Literal["garbled", "twice", "too_large", "wrong_type"]
STATUSES: dict[Fault, int] = {
    "garbled": 400,
    "twice": 400,
    "too_large": 413,
    "wrong_type": 415,
}


class Unreadable(Exception):
    """A request that is not plainly right. *fault* says why, *status* how grave."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault
        self.status = STATUSES[fault]


def read_query(environ: Mapping[str, Any]) -> dict[str, str]:
    """Return the query's parameters. Raises :class:`Unreadable`."""
    query = str(environ.get("QUERY_STRING") or "")
    return _read_pairs(query.encode("latin-1", "replace"))


def read_form(environ: Mapping[str, Any]) -> dict[str, str]:
    """Return the fields of a form that was sent. Raises :class:`Unreadable`."""
    body = _read_body(environ)
    kind = str(environ.get("CONTENT_TYPE") or "").partition(";")[0].strip().lower()
    if body and kind != FORM:
        raise Unreadable("wrong_type")
    return _read_pairs(body)


def _read_body(environ: Mapping[str, Any]) -> bytes:
    stated = str(environ.get("CONTENT_LENGTH") or "").strip()
    if not stated and not environ.get("wsgi.input_terminated"):
        return b""
    if stated and not (stated.isascii() and stated.isdigit()):
        raise Unreadable("garbled")
    if stated and (len(stated) > 10 or int(stated) > LARGEST_BODY):
        raise Unreadable("too_large")
    length = int(stated) if stated else LARGEST_BODY + 1
    pieces = []
    while length > 0:
        try:
            piece = environ["wsgi.input"].read(length)
        except OSError:  # the client is gone
            raise Unreadable("garbled") from None
        if not piece:
            break
        pieces.append(piece)
        length -= len(piece)
    body = b"".join(pieces)
    if len(body) > LARGEST_BODY:
        raise Unreadable("too_large")
    if stated and length:
        raise Unreadable("garbled")
    return body


def _read_pairs(data: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            data.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise Unreadable("garbled") from None
    values = dict(pairs)
    if len(values) != len(pairs):
        raise Unreadable("twice")
    return values
