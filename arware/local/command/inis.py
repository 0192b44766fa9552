"""What is wrong with an ini file, without a word of what stands in it."""

from __future__ import annotations

import configparser
import re


def what_is_wrong(error: Exception) -> str:
    """
    Return why an ini file could not be read, for a :class:`UnicodeDecodeError` or a
    :class:`configparser.Error`.

    Their own texts may quote a line, and that may hold a secret.
    """
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text; save it as UTF-8"
    if isinstance(error, configparser.InterpolationError):
        # A name is told, but not what somebody may have pasted in the place of one.
        named = re.fullmatch(r"[A-Za-z][\w.-]{0,63}", error.option)
        where = f"the value of {error.option}" if named else "a value"
        return f"{where} holds a % that means nothing; a % has to be written %%"
    lines = getattr(error, "errors", None) or [(getattr(error, "lineno", None), "")]
    line = lines[0][0]
    where = f", line {line}" if line else ""
    return f"it is not an ini file ({type(error).__name__}{where})"
