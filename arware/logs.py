"""
Logs without tokens: a callback's URL stands in every access log, and so would a login.

The same goes for a logout's, which names the session.

::

    import logging
    from arware.logs import TokenFilter

    logging.getLogger("gunicorn.access").addFilter(TokenFilter())
"""

from __future__ import annotations

import copy
import logging
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from .tokens.api_tokens import PREFIX, is_api_token

__all__ = ["TokenFilter", "hide_tokens"]

#: What stands in the place of a token.
_HIDDEN = "***"

# All repetitions are possessive and the parts of the pattern exclude one another, so
# that no line, whoever wrote it, takes longer than its length.

# A percent sign; encoded once more, as in a URL within a URL, it is %25.
_PERCENT = r"%(?:25)*+"


def _encoded(characters: str) -> str:
    """Return the pattern of *characters*, each as it is or percent-encoded."""
    return "".join(
        rf"(?:{re.escape(character)}|{_PERCENT}(?i:{ord(character):02X}))"
        for character in characters
    )


#: What may stand before a parameter's name: nothing, or the end of what was before.
_BEFORE = rf"(?:\A|[?&;\s\"'(<]|{_PERCENT}(?i:3F|26|3B))"
_NAME = f"(?:{_encoded('token')}|{_encoded('ar_state')}){_encoded('=')}"
_IN_VALUE = r"(?:[^\s&;#\"'<>%\\,(){}\[\]|]|%(?!(?:25)*+(?i:2[0236]|3B)))"
#: Up to what ends a parameter, encoded or not. Commas and brackets do not, but the last
#: ones belong to what is around it.
_VALUE = rf"(?:{_IN_VALUE}|[,(){{}}\[\]|]++(?={_IN_VALUE}))++"
_DOT = _encoded(".")
# Where nothing else of the kind goes on. In a URL within a URL an escape comes before.
_START = rf"(?:(?<![\w-])|{_PERCENT}[0-9A-Fa-f]{{2}})"
# From where something goes on up to the first header in it: what ends that, ends all.
_GLUED = r"(?<![\w-])(?>[\w-]*?(?=eyJ))"
_HEADER = rf"eyJ[\w-]{{8,}}+{_DOT}"
_REST = rf"[\w-]++(?:(?:{_DOT}[\w-]++)++|{_DOT})"

#: What the ids of sessions begin with: `/logout?session=` ends one.
_SESSION = "kss_"
_ID = "[0-9A-Za-z]{12,40}+"

_TOKEN = re.compile(
    rf"(?P<name>{_BEFORE}{_NAME}){_VALUE}"
    rf"|(?P<start>{_START}){_HEADER}{_REST}"
    # After a letter it may be any word. The claims, an object too, tell them apart.
    rf"|(?P<glued>{_GLUED}){_HEADER}(?=e[wy]){_REST}"
    rf"|(?P<api>{PREFIX}[0-9A-Za-z]{{28,70}}+)"
    rf"|(?P<session>{_SESSION}){_ID}",
    re.ASCII,
)
#: Without one of these no text holds a token.
_SIGNS = ("token", "ar_state", "eyJ", PREFIX, _SESSION, "%")


def hide_tokens(text: str) -> str:
    """
    Return *text* with ``***`` for each token in it.

    These are the values of the parameters ``token`` and ``ar_state`` in a URL, also in
    one that is the parameter of another; JWTs, whose letters are not percent-encoded,
    whatever stands before them; a realm's API tokens; and the ids of sessions, since
    who names one can end it. The rest stays as it is.
    """
    if not any(sign in text for sign in _SIGNS):
        return text
    return _TOKEN.sub(_hidden, text)


def _hidden(match: re.Match[str]) -> str:
    api_token = match["api"]
    if api_token is not None:
        return f"{PREFIX}{_HIDDEN}" if is_api_token(api_token) else api_token
    before = match["name"] or match["start"] or match["glued"] or match["session"] or ""
    return f"{before}{_HIDDEN}"


class TokenFilter(logging.Filter):
    """
    A filter for loggers and handlers that hides tokens, see :func:`hide_tokens`.

    Every record passes (or, with *name*, those that :class:`logging.Filter` lets pass).
    Message and arguments are looked at, also where they do not fit one another, and
    tracebacks are not. A record without tokens stays as it is, and whatever is in one,
    no exception is raised.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Hide the tokens in *record*; return whether it is to be logged."""
        with suppress(Exception):  # logging itself will tell what is wrong with it
            _clean(record)
        return bool(super().filter(record))


def _clean(record: logging.LogRecord) -> None:
    # First the arguments by themselves, as uvicorn's formatter reads them one by one.
    if isinstance(record.args, Mapping):
        record.args = _clean_mapping(record.args)
    elif record.args:
        record.args = tuple(_clean_value(value) for value in record.args)
    try:
        message = record.getMessage()
    except Exception:
        # Then logging shows the parts.
        record.msg, record.args = _clean_part(record.msg), _clean_part(record.args)
        raise
    cleaned = hide_tokens(message)
    if cleaned != message:
        record.msg, record.args = cleaned, ()


def _clean_part(part: Any) -> Any:
    """Return *part*, or, where it holds a token, its text without."""
    text = part if isinstance(part, str) else repr(part)
    cleaned = hide_tokens(text)
    return part if cleaned == text else cleaned


def _clean_value(value: Any) -> Any:
    if isinstance(value, str):
        cleaned = hide_tokens(value)
        return value if cleaned == value else cleaned
    if isinstance(value, bytes):
        text = value.decode("latin-1")
        cleaned = hide_tokens(text)
        return value if cleaned == text else cleaned.encode("latin-1")
    return value


def _clean_mapping(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return *values* without tokens, of their own class if it is a dictionary's."""
    changed = {
        name: cleaned
        for name, value in values.items()
        if (cleaned := _clean_value(value)) is not value
    }
    if not changed:
        return values
    other = copy.copy(values) if isinstance(values, dict) else dict(values)
    other.update(changed)
    return other
