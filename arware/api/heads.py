"""
Heads of HTTP answers that are whole.

``http.client`` takes a connection that ends among the headers for the end of the
headers, and drops what stands behind a line that is no header: an answer that broke
off in its head would be one without a body.
"""

from __future__ import annotations

from http.client import HTTPException, HTTPResponse
from typing import BinaryIO, cast


class HeadBrokeOff(HTTPException):
    """The answer ended in its head, or a line there is no header."""


class WholeHead(HTTPResponse):
    """
    A response whose head ended with an empty line, as RFC 9112, 2.1 has it.

    It is a ``response_class`` for the connections of ``http.client``, which raise
    :class:`HeadBrokeOff` where the head is not whole.
    """

    def begin(self) -> None:
        """Read the head."""
        if self.headers is not None:
            return
        stream = self.fp
        lines = _Lines(stream)
        self.fp = cast("BinaryIO", lines)
        try:
            super().begin()
        finally:
            # It is `None` once `http.client` has given up.
            if self.fp is not None:
                self.fp = stream
        if not lines.last or _left_over(self):
            raise HeadBrokeOff


class _Lines:
    """What reads lines from *stream*, and knows the last: empty where it ended."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.last = b""
        self.close = stream.close

    def readline(self, limit: int) -> bytes:
        self.last = self._stream.readline(limit)
        return self.last


def _left_over(response: HTTPResponse) -> bool:
    """Tell whether the parser of mail, which reads headers, found more than headers."""
    message = response.headers
    payload = None if message.is_multipart() else message.get_payload()
    return bool(payload)
