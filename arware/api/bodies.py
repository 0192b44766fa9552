"""Answers that are whole, and no larger than the limits allow."""

from __future__ import annotations

import time
from email.utils import formatdate
from io import BytesIO
from typing import TYPE_CHECKING

from urllib3 import HTTPResponse
from urllib3.exceptions import ProtocolError

from .answers import Response
from .failures import TooLarge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .wire import Request

CHUNK = 64 * 1024


def read(raw: HTTPResponse, limit: int, deadline: float) -> bytes:
    """
    Return the body of *raw*, decompressed.

    Raises :class:`TooLarge` beyond *limit* bytes, before there are many more, and
    ``TimeoutError`` after the *deadline*, in the terms of ``time.monotonic``.
    """
    chunks: list[bytes] = []
    size = 0
    for chunk in raw.stream(CHUNK, decode_content=True):
        size += len(chunk)
        if size > limit:
            raise TooLarge
        if time.monotonic() > deadline:
            raise TimeoutError
        chunks.append(chunk)
    return b"".join(chunks)


def decompressed(
    body: bytes, headers: Mapping[str, str], limit: int, deadline: float
) -> bytes:
    """Return *body* as :func:`read` would; the names of *headers* are lower case."""
    coding = {"content-encoding": headers.get("content-encoding", "")}
    raw = HTTPResponse(BytesIO(body), coding, preload_content=False)
    return read(raw, limit, deadline)


def whole(
    request: Request, status: int, headers: dict[str, str], body: bytes, version: int
) -> Response:
    """
    Return the response to *request*; the names of *headers* are lower case.

    *version* is 10 or 11. Raises ``ProtocolError`` if it may have been cut off.
    """
    if not body and _may_be_cut_off(status, headers, version):
        raise ProtocolError
    # 9110 6.6.1: who has a clock notes when an answer without a date came.
    headers.setdefault("date", formatdate(usegmt=True))
    return Response(status, headers, body, request.call, request.host)


def _may_be_cut_off(status: int, headers: Mapping[str, str], version: int) -> bool:
    """
    Tell whether an answer that came without a body may have been cut off.

    9112 6.3: one that says no length ends where the connection does, so it may have
    ended before its time. That it has no body is believed only of who says in time
    that the connection will end. (Part of an object is no JSON anyway.)
    """
    if not 200 <= status < 300 or status in (204, 205):
        return False
    if headers.get("content-length", "").isdigit() or "transfer-encoding" in headers:
        return False
    ends = version < 11 or "close" in headers.get("connection", "").lower()
    return not ends or "content-encoding" in headers
