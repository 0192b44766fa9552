"""The ends of lines: a merge is about what stands before them."""

from __future__ import annotations

from collections.abc import Iterable

LF, CRLF = b"\n", b"\r\n"


def is_text(content: bytes) -> bool:
    """Tell whether *content* may be merged by lines; NUL has no place in a text."""
    return b"\0" not in content


def usual_ending(contents: Iterable[bytes]) -> bytes:
    """Return the ending that most lines of *contents* have, LF if there are none."""
    ends = [_counted(content) for content in contents if is_text(content)]
    return CRLF if sum(crlf for _, crlf in ends) > sum(lf for lf, _ in ends) else LF


def only_ending(content: bytes) -> bytes | None:
    """Return the ending that all lines of a text have, if there is one."""
    lf, crlf = _counted(content)
    if not is_text(content) or bool(lf) == bool(crlf):
        return None
    return CRLF if crlf else LF


def with_ending(content: bytes, ending: bytes | None) -> bytes:
    """Return a text with *ending* after each line; anything else stays as it is."""
    if ending is None or not is_text(content):
        return content
    return content.replace(CRLF, LF).replace(LF, ending)


def _counted(content: bytes) -> tuple[int, int]:
    crlf = content.count(CRLF)
    return content.count(LF) - crlf, crlf
