"""Reading a request strictly: what is not plainly right gets a clear page, no 500."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import parse_qsl

from arware.kit.urls import LONGEST

#: No form of ours comes near it.
LARGEST_BODY = 65_536
MOST_FIELDS = 50
#: A redirect_uri as long as any, each character written as ``%XX``, and what goes with
#: it.
LARGEST_QUERY = 3 * LONGEST + 1000

#: Unicode's Cc.
CONTROL = frozenset(map(chr, (*range(32), *range(127, 160))))

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"

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
    if len(query) > LARGEST_QUERY:
        raise Unreadable("too_large")
    pairs = _read_pairs(query.encode("latin-1", "replace"))
    # No parameter of ours has a line's end or a tab; databases refuse NUL.
    if any(CONTROL & set(text) for pair in pairs.items() for text in pair):
        raise Unreadable("garbled")
    return pairs


def read_fields(environ: Mapping[str, Any]) -> dict[str, str]:
    """
    Return the fields of a form, or of a JSON object. Raises :class:`Unreadable`.

    The object may hold texts, ``true`` (a box that is ticked), ``false`` and ``null``
    (a field that is absent).
    """
    body = _read_body(environ)
    kind = media_type(environ)
    if body and kind not in (FORM, JSON):
        raise Unreadable("wrong_type")
    fields = _read_json(body) if body and kind == JSON else _read_pairs(body)
    if any("\0" in text for pair in fields.items() for text in pair):
        raise Unreadable("garbled")
    return fields


def media_type(environ: Mapping[str, Any]) -> str:
    """Return what the request says that its body is, without parameters."""
    kind = str(environ.get("CONTENT_TYPE") or "")
    return kind.partition(";")[0].strip().lower()


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


class _Object(list[tuple[str, Any]]):
    """A JSON object, in which a name may have come twice."""


def _read_json(data: bytes) -> dict[str, str]:
    try:
        found = json.loads(data.decode(), object_pairs_hook=_Object)
    except (ValueError, RecursionError):
        raise Unreadable("garbled") from None
    if not isinstance(found, _Object):
        raise Unreadable("garbled")
    if len({name for name, _ in found}) != len(found):
        raise Unreadable("twice")
    return {
        _whole(name): "true" if value is True else _whole(value)
        for name, value in found
        if value is not None and value is not False
    }


def _whole(value: object) -> str:
    """Return a text. JSON can write halves of pairs (RFC 8259 8.2)."""
    if not isinstance(value, str) or any("\ud800" <= c <= "\udfff" for c in value):
        raise Unreadable("garbled")
    return value
