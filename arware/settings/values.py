"""How the value of one setting is read, and what is wrong with one that cannot be."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from inspect import iscoroutinefunction
from typing import Any, get_args


class InvalidValue(Exception):
    """A value that cannot be read; *problem* and *fix* are for a person."""

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.fix = fix


def is_blank(value: Any) -> bool:
    """Tell whether *value* says as little as an absent one."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or value == () or value == []


def read_as_is(value: Any) -> Any:
    """Return *value*: who uses it finds out whether it is good."""
    return value


# --- Texts -------------------------------------------------------------------------


def read_text(value: Any) -> str | None:
    """Return *value* without white space around it, ``None`` if nothing is left."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise InvalidValue(f"it is {type(value).__name__}, not text", "Give it as text")
    check_encoding(value)
    text = value.strip()
    # The object itself where it can be, for it may know where it comes from.
    return (value if text == value else text) or None


def read_needed(value: Any) -> str:
    """Return text without white space around it, and not blank."""
    text = read_text(value)
    if text is None:
        raise InvalidValue("it is empty", "Take it out to get the default")
    return text


def check_encoding(text: str) -> None:
    """Refuse what the environment holds in another encoding than UTF-8."""
    if re.search(r"[\ud800-\udfff]", text):
        raise InvalidValue("it holds bytes that are not UTF-8", "Write it in UTF-8")


def read_choice(choices: Any) -> Callable[[Any], str | None]:
    """Return the reader of one of the texts in *choices*, a ``Literal``."""
    texts = get_args(choices)

    def read(value: Any) -> str | None:
        text = read_text(value)
        if text not in texts:
            problem = f"{text!r} is not one of its values"
            raise InvalidValue(problem, f"Use one of {', '.join(texts)}")
        return text

    return read


def read_cookie_name(value: Any) -> str:
    """Return a name for cookies, without the prefixes that browsers act upon."""
    name = read_text(value) or ""
    if name.startswith("__"):
        fix = "Leave the prefix out; __Host- is put in front on https"
        raise InvalidValue("it begins with two underscores", fix)
    if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name) is None:
        problem = "it is not 1 to 64 letters, digits, - or _"
        raise InvalidValue(problem, "Use a name like myapp_login")
    return name


def read_file(value: Any) -> str | None:
    """Return the name of a file or a folder, which need not be there."""
    return read_text(value.__fspath__() if hasattr(value, "__fspath__") else value)


def read_realm(value: Any) -> Any:
    """Return a realm, or what does as one; text and numbers do not."""
    if is_blank(value):
        return None
    if isinstance(value, str | bytes | int | float):
        problem = f"it is {type(value).__name__}, which is no realm"
        fix = 'Give arware.local.Realm("sqlite:///users.db", url=...)'
        raise InvalidValue(problem, fix)
    return value


def read_function(value: Any) -> Any:
    """Return a function, or the name of one, like ``myapp.views:draw``."""
    if is_blank(value):
        return None
    if isinstance(value, str):
        name = value.strip()
        if re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*[.:][^\W\d]\w*", name) is None:
            fix = "Write module:function, as in myapp.views:draw"
            raise InvalidValue(f"{name!r} is no name of a function", fix)
        return name
    if not callable(value):
        problem = f"it is {type(value).__name__}, which cannot be called"
        raise InvalidValue(problem, "Give a function")
    if iscoroutinefunction(value):
        raise InvalidValue("it is a coroutine function", "Write it with def")
    return value


def read_list(value: Any) -> tuple[str, ...]:
    """Return the texts in *value*, which are split at white space."""
    if value is None:
        return ()
    if isinstance(value, str):
        return tuple(value.split())
    if isinstance(value, Iterable):
        items = list(value)
        if all(isinstance(item, str) for item in items):
            return tuple(items)
    raise InvalidValue("it is not a list of texts", "Give a list, like ['/static']")


# --- Flags and numbers -------------------------------------------------------------

TRUE = frozenset(("true", "yes", "on", "y", "t", "1"))
FALSE = frozenset(("false", "no", "off", "n", "f", "0", ""))


def read_flag(value: Any) -> bool:
    """Return what *value* says, yes or no; blank is no."""
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower() if isinstance(value, str | int) else None
    if text in TRUE:
        return True
    if text in FALSE or value is None:
        return False
    raise InvalidValue("it is neither true nor false", "Set it to true or false")


def read_number(low: int, high: int) -> Callable[[Any], int]:
    """Return the reader of whole numbers from *low* to *high*."""

    def read(value: Any) -> int:
        try:
            number = low - 1 if isinstance(value, bool) else int(str(value).strip())
        except ValueError:
            number = low - 1
        if not low <= number <= high:
            problem = "it is not a whole number in its range"
            raise InvalidValue(problem, f"Give a number from {low} to {high}")
        return number

    return read


def read_seconds(value: Any) -> float | None:
    """Return a number above 0, ``None`` for blank."""
    if is_blank(value):
        return None
    try:
        if isinstance(value, bool):
            raise TypeError
        if isinstance(value, timedelta):
            value = value.total_seconds()
        seconds = float(value)
    except (TypeError, ValueError, OverflowError):
        seconds = -1.0
    if not 0 < seconds < 1e10:
        raise InvalidValue("it is not a number of seconds", "Give a number above 0")
    return seconds


def read_seconds_or_never(value: Any) -> float | None:
    """Return a number, 0 for what says that it is never to be done."""
    text = value.strip().lower() if isinstance(value, str) else value
    never = text in (0, timedelta(0)) if not isinstance(text, str) else text in FALSE
    return 0.0 if never and not is_blank(value) else read_seconds(value)


#: The greatest difference between two clocks that is put up with, in seconds.
MOST_LEEWAY = 120


def read_leeway(value: Any) -> float:
    """Return 0 to 120 seconds, 5 for blank."""
    seconds = read_seconds_or_never(value)
    if seconds is not None and seconds > MOST_LEEWAY:
        raise InvalidValue(
            f"it is over {MOST_LEEWAY} seconds, so expired tokens would count for long",
            "Have the clocks set (NTP), and leave it at 5",
        )
    return 5.0 if seconds is None else seconds


# --- Headers -----------------------------------------------------------------------


def read_headers(value: Any) -> Mapping[str, Any]:
    """Return names and values, which may be lines of ``name: value``."""
    headers = _lines(value) if isinstance(value, str) else value or {}
    if not isinstance(headers, Mapping) or not all(
        isinstance(name, str) and (isinstance(text, str) or callable(text))
        for name, text in headers.items()
    ):
        raise InvalidValue("it is not a mapping of texts", "Give names and values")
    for name, text in headers.items():
        # What is a function is called for each call, and looked at then.
        if not re.fullmatch(r"[A-Za-z0-9_-]+", name) or (
            isinstance(text, str) and re.search(r"[^\t\x20-\x7e]", text)
        ):
            raise InvalidValue(f"{name!r} cannot be a header", "Use letters and dashes")
    return dict(headers)


def _lines(text: str) -> dict[str, str]:
    lines = [line.partition(":") for line in text.splitlines() if line.strip()]
    if not all(colon for _, colon, _ in lines):
        raise InvalidValue("a line of it has no colon", "Write name: value, one a line")
    return {name.strip(): text.strip() for name, _, text in lines}
