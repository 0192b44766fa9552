"""
The fields of a resource: typed descriptors over what the server sent.

A field is declared once, ``email = text()``, and a type checker then knows that
``user.email`` is ``str | None``. Values are converted when they are read, so that an
object costs next to nothing to make, and what the server sends beyond the declared
fields is kept as it came.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Generic, Never, NoReturn, Self, TypeVar, overload

if TYPE_CHECKING:
    from .base import Resource

T_co = TypeVar("T_co", covariant=True)


class Shared(dict[str, Any]):
    """
    Data that several objects share, so that none may change it.

    An object whose data are shared takes a copy of its own before it hands out
    anything that could be changed in place.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        # It holds the token, and shows up wherever locals are printed.
        return f"Shared(<{', '.join(self)}>)"


def fresh(value: Any) -> Any:
    """Copy *value*, which is what JSON can hold, all the way down."""
    if isinstance(value, dict):
        return {name: fresh(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [fresh(item) for item in value]
    return value


def own(resource: Resource) -> dict[str, Any]:
    """Return the data of *resource*, made its own first if they are shared."""
    data = resource._data
    if type(data) is Shared:
        data = resource._data = fresh(data)
    return data


class Field(Generic[T_co]):
    """
    One field of a resource; on the class it is itself, on an object its value.

    *secret* fields are never shown. Assigning a field raises ``AttributeError`` and
    names ``update()``, because an assignment would not reach the server.
    """

    __slots__ = ("name", "secret")

    def __init__(self, *, secret: bool = False) -> None:
        self.name = ""
        self.secret = secret

    def __set_name__(self, owner: type[Resource], name: str) -> None:
        # Event and Session call theirs `request_data`, the wire says `request`.
        self.name = self.name or name

    @overload
    def __get__(self, obj: None, owner: type[Resource]) -> Self: ...
    @overload
    def __get__(self, obj: Resource, owner: type[Resource]) -> T_co: ...
    def __get__(self, obj: Resource | None, owner: type[Resource]) -> Self | T_co:
        return self if obj is None else self.read(obj)

    def __set__(self, obj: Resource, value: Never) -> NoReturn:
        raise AttributeError(refusal(obj, self.name))

    def __delete__(self, obj: Resource) -> NoReturn:
        raise AttributeError(refusal(obj, self.name))

    def read(self, obj: Resource) -> T_co:
        """Return the value as it came."""
        value: T_co = obj._data.get(self.name)  # type: ignore[assignment]  # JSON has no static type
        return value


def refusal(obj: Resource, name: str) -> str:
    """Say why *name* cannot be assigned, and what to do instead."""
    return (
        f"{type(obj).__name__}.{name} cannot be assigned: "
        f"use .update({name}=...), which also tells the server"
    )


class _Changeable(Field[T_co]):
    """A field whose value can be changed in place, so each object has its own."""

    __slots__ = ()

    def read(self, obj: Resource) -> T_co:
        value: T_co = own(obj).get(self.name)  # type: ignore[assignment]  # JSON has no static type
        return value


class _Moment(Field["datetime | None"]):
    __slots__ = ()

    def read(self, obj: Resource) -> datetime | None:
        value: datetime | None = as_moment(obj._data.get(self.name))
        return value


class _Texts(Field["list[str]"]):
    __slots__ = ()

    def read(self, obj: Resource) -> list[str]:
        value = obj._data.get(self.name)
        if type(value) is list and type(obj._data) is not Shared:
            return value
        # The documentation knows both one permission as a text and a list of them.
        items = value if isinstance(value, list | tuple | set | frozenset) else ()
        texts = [value] if isinstance(value, str) else [*items]
        own(obj)[self.name] = texts
        return texts


def as_moment(value: Any) -> Any:
    """
    Turn seconds since the epoch, or a text, into an aware datetime in UTC.

    Texts are ISO 8601, RFC 9110's dates, and times as Ruby writes them, with a date
    in front. What is none is returned as it came, and ``None`` stays ``None``.
    """
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        if isinstance(value, str):
            moment = _parsed(value.strip())
            # A time without a zone is the service's own, which is UTC.
            return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        pass
    return value


#: ``2025-01-01 00:00:00 UTC``, also with slashes and with ``+0100`` or ``+01:00``.
_RUBY = re.compile(
    r"(\d{4})[-/](\d\d)[-/](\d\d)[T ]+(\d\d:\d\d(?::\d\d(?:\.\d+)?)?)"
    r" *(UTC|GMT|Z|[+-]\d\d:?\d\d)?",
    re.IGNORECASE,
)
#: A date with the month's name and a time, as mails and HTTP have it.
_NAMED = re.compile(r"(?=.*\b\d{4}\b)(?=.*\b\d\d:\d\d)(?=.*\b[A-Z][a-z]{2}\b).*")


def _parsed(text: str) -> datetime:
    ruby = _RUBY.fullmatch(text)
    if ruby is not None:
        year, month, day, time, zone = ruby.groups()
        named = {"UTC": "+00:00", "GMT": "+00:00", "Z": "+00:00", "": ""}
        zone = named.get((zone or "").upper(), zone)
        return datetime.fromisoformat(f"{year}-{month}-{day}T{time}{zone}")
    if _NAMED.fullmatch(text) is not None:
        return parsedate_to_datetime(text)
    return datetime.fromisoformat(text)


def as_id(value: Any) -> Any:
    """Return an id as text, also one that the server sent as a number."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if is_number else value


class _Id(Field["str | None"]):
    __slots__ = ()

    def read(self, obj: Resource) -> str | None:
        value: str | None = as_id(obj._data.get(self.name))
        return value


def identifier() -> Field[str | None]:
    """Declare a field that holds an id."""
    return _Id()


def text(*, secret: bool = False) -> Field[str | None]:
    """Declare a field that holds text."""
    return Field(secret=secret)


def number(*, secret: bool = False) -> Field[int | None]:
    """Declare a field that holds a whole number."""
    return Field(secret=secret)


def flag() -> Field[bool | None]:
    """Declare a field that is true or false."""
    return Field()


def moment() -> Field[datetime | None]:
    """Declare a field that holds a moment: an aware datetime in UTC."""
    return _Moment()


def texts() -> Field[list[str]]:
    """Declare a field that is always a list of texts, empty if there are none."""
    return _Texts()


def mapping(name: str = "") -> Field[dict[str, Any] | None]:
    """Declare a field that holds named values; *name* is the wire's, if it differs."""
    field: Field[dict[str, Any] | None] = _Changeable()
    field.name = name
    return field


def anything(*, secret: bool = False) -> Field[Any]:
    """Declare a field of the Configuration API whose form is not documented."""
    return _Changeable(secret=secret)
