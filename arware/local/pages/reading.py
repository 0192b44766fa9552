"""Reading a request strictly: what is not plainly right gets a clear page, no 500."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from .problems import Problem

#: No form of ours comes near it.
LARGEST_BODY = 65_536
MOST_FIELDS = 50

FORM = "application/x-www-form-urlencoded"

_GARBLED = Problem(400, "Bad request", "The address or the form cannot be read.")
_TWICE = Problem(400, "Bad request", "The same field was sent twice.")
_TOO_LARGE = Problem(413, "Form too large", "Our own forms are smaller.")
_WRONG_TYPE = Problem(415, "Unsupported content type", f"Send the form as {FORM}.")


def read_query(environ: Mapping[str, Any]) -> dict[str, str]:
    """Return the query's parameters. Raises :class:`Problem`."""
    query = str(environ.get("QUERY_STRING") or "")
    return _read_pairs(query.encode("latin-1", "replace"))


def read_form(environ: Mapping[str, Any]) -> dict[str, str]:
    """Return the fields of a form that was sent. Raises :class:`Problem`."""
    body = _read_body(environ)
    kind = str(environ.get("CONTENT_TYPE") or "").partition(";")[0].strip().lower()
    if body and kind != FORM:
        raise _WRONG_TYPE
    return _read_pairs(body)


def _read_body(environ: Mapping[str, Any]) -> bytes:
    stated = str(environ.get("CONTENT_LENGTH") or "").strip()
    if not stated and not environ.get("wsgi.input_terminated"):
        return b""
    if stated and not (stated.isascii() and stated.isdigit()):
        raise _GARBLED
    if stated and (len(stated) > 10 or int(stated) > LARGEST_BODY):
        raise _TOO_LARGE
    length = int(stated) if stated else LARGEST_BODY + 1
    pieces = []
    while length > 0:
        try:
            piece = environ["wsgi.input"].read(length)
        except OSError:  # the client is gone
            raise _GARBLED from None
        if not piece:
            break
        pieces.append(piece)
        length -= len(piece)
    body = b"".join(pieces)
    if len(body) > LARGEST_BODY:
        raise _TOO_LARGE
    if stated and length:
        raise _GARBLED
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
        raise _GARBLED from None
    values = dict(pairs)
    if len(values) != len(pairs):
        raise _TWICE
    return values
