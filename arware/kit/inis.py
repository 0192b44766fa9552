"""Reading ini files, with what is wrong told without a word of what stands in them."""

from __future__ import annotations

import configparser
import re
from pathlib import Path


class InvalidIni(ValueError):
    """An ini file cannot be read; the text is a sentence for a person."""


class NoSection(InvalidIni):
    """An ini file has no section of the name; the text names those that it has."""


def read_ini(path: Path, section: str) -> dict[str, str]:
    """
    Return the *section* of the file at *path*, as Pyramid reads it.

    ``%(here)s`` stands for the file's folder and ``%(__file__)s`` for the file; a ``%``
    is written ``%%``. What the section ``[DEFAULT]`` says holds as well. Raises
    :class:`InvalidIni`.
    """
    whole = str(path.resolve()).replace("%", "%%")
    defaults = {"here": str(Path(whole).parent), "__file__": whole}
    parser = configparser.ConfigParser(defaults)
    try:
        with path.open(encoding="utf-8") as lines:
            parser.read_file(lines)
        found = parser[section]
        return {name: found[name] for name in found if name not in defaults}
    except OSError as error:
        raise InvalidIni(f"{path} cannot be read: {error.strerror}") from None
    except KeyError:
        known = ", ".join(parser.sections()) or "none at all"
        raise NoSection(f"{path} has no section [{section}] but {known}") from None
    except (UnicodeDecodeError, configparser.Error) as error:
        raise InvalidIni(f"{path} cannot be read: {_what_is_wrong(error)}") from None


def _what_is_wrong(error: Exception) -> str:
    # Their own texts may quote a line, and that may hold a secret.
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
