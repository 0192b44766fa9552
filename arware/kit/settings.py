"""Settings of features: frozen dataclasses, read strictly, asked for by their type."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, cast, get_args, get_origin
from typing import get_type_hints as hints_of

from arware.settings.faults import Fault, unknown
from arware.settings.values import (
    InvalidValue,
    read_choice,
    read_file,
    read_flag,
    read_list,
    read_needed,
    read_number,
)

T = TypeVar("T")
Reader = Callable[[Any], Any]

#: The greatest whole number, where a field does not say less: what all databases hold.
MOST = 2**31 - 1


@dataclass(frozen=True)
class Presets:
    """What a field is by default where the realm has one of these presets, by name."""

    values: Mapping[str, Any]


def preset(**values: Any) -> Presets:
    """Say in the annotation of a field what it is by default in presets."""
    return Presets(values)


class FeatureSettings:
    """
    What was given for the features of one realm, as objects of their classes.

    A class is a frozen dataclass whose fields all have defaults, and its name in
    snake case is how settings begin: ``minutes`` of ``EmailChange`` is
    ``email_change.minutes``, in ini files as in keywords. Instead of single values an
    object may be given, by the class's name: ``email_change=EmailChange(minutes=30)``;
    it is read like all others, so its values are checked, too.

    A field is read by its type: ``bool``, ``int`` (0 or more), ``str`` (not blank),
    ``Path``, ``tuple[str, ...]`` (split at white space), ``Literal`` of texts, and each
    of them ``| None``. ``Annotated[int, read_number(5, 60)]`` names another reader: a
    function that returns the value or raises
    :class:`~arware.settings.values.InvalidValue`. Blank text counts as absent. The same
    raised by ``__post_init__`` says that values contradict one another. With the name
    of a *preset*, fields whose annotation has a :func:`preset` of that name begin with
    its value.
    """

    def __init__(self, values: Mapping[str, Any], preset: str = "") -> None:
        self._values = dict(values)
        self._preset = preset
        self._read: dict[type, Any] = {}
        self._wrong: dict[type, list[Fault]] = {}

    def __repr__(self) -> str:
        return f"FeatureSettings({', '.join(map(section_of, self._read))})"

    def add(self, kind: type) -> None:
        """
        Read the settings of the class *kind*; a second time changes nothing.

        What cannot be read has its default, and a fault in :attr:`faults`. Raises
        :class:`TypeError` for a class that is no such dataclass.
        """
        if kind in self._read:
            return
        section, wrong = section_of(kind), []
        given, meant = self._given(kind), _preset_of(kind, self._preset)
        for name, (item, read) in _readers(kind).items():
            value = given.get(name)
            if name not in given or (isinstance(value, str) and not value.strip()):
                continue
            try:
                meant[name] = read(value)
            except InvalidValue as invalid:
                setting = f"{section}.{item.name}"
                wrong.append(Fault(setting, None, invalid.problem, invalid.fix))
        try:
            made = kind(**meant)
        except InvalidValue as invalid:
            # Values that only together are wrong; where one is by itself, it is told.
            made = kind()
            told = Fault(section, None, invalid.problem, invalid.fix)
            wrong = wrong or [told]
        self._read[kind], self._wrong[kind] = made, wrong

    def __getitem__(self, kind: type[T]) -> T:
        """Return the settings of *kind*; :class:`KeyError` if it was not added."""
        return cast("T", self._read[kind])

    @property
    def faults(self) -> list[Fault]:
        """What is wrong: values that cannot be read, and names that no class has."""
        names = {
            f"{section_of(kind)}.{item.name}"
            for kind in self._read
            for item in _fields(kind)
        }
        sections = {section_of(kind): kind for kind in self._read}
        strange = [
            unknown(name, name, {known: known for known in names})
            for name, value in self._values.items()
            if name not in names and not isinstance(value, sections.get(name, NoneType))
        ]
        return [*(fault for wrong in self._wrong.values() for fault in wrong), *strange]

    def _given(self, kind: type) -> dict[str, Any]:
        """Return what is given for *kind*: the object's values under single ones."""
        section = section_of(kind)
        whole = self._values.get(section)
        given = {
            item.name: getattr(whole, item.name)
            for item in (_fields(kind) if isinstance(whole, kind) else ())
        }
        return given | {
            name.removeprefix(f"{section}."): value
            for name, value in self._values.items()
            if name.startswith(f"{section}.")
        }


def section_of(kind: type) -> str:
    """Return how the settings of *kind* begin: ``email_change`` for ``EmailChange``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", kind.__name__).lower()


def _fields(kind: type) -> tuple[Field[Any], ...]:
    if not is_dataclass(kind):
        raise TypeError(f"{kind.__name__} is not a dataclass")
    return fields(kind)


def _readers(kind: type) -> dict[str, tuple[Field[Any], Reader]]:
    """Return the fields of *kind* by name, each with its reader."""
    if not is_dataclass(kind) or not kind.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        raise TypeError(f"{kind.__name__} is not a frozen dataclass")
    hints = hints_of(kind, include_extras=True)
    for item in fields(kind):
        if item.default is MISSING and item.default_factory is MISSING:
            raise TypeError(f"{kind.__name__}.{item.name} has no default")
    return {item.name: (item, reader_of(hints[item.name])) for item in fields(kind)}


def _preset_of(kind: type, name: str) -> dict[str, Any]:
    """Return the values of the fields that the preset *name* says something of."""
    return {
        field: one.values[name]
        for field, hint in hints_of(kind, include_extras=True).items()
        for one in getattr(hint, "__metadata__", ())
        if isinstance(one, Presets) and name in one.values
    }


def reader_of(hint: Any) -> Reader:
    """Return what reads values of the type *hint*. Raises :class:`TypeError`."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        named = next((part for part in arguments[1:] if callable(part)), None)
        return cast("Reader", named) if named else reader_of(arguments[0])
    if origin in (Union, UnionType) and NoneType in arguments:
        (kind,) = (part for part in arguments if part is not NoneType)
        return _or_none(reader_of(kind))
    if origin is Literal:
        return read_choice(hint)
    if hint == tuple[str, ...]:
        return read_list
    if hint in _READERS:
        return _READERS[hint]
    raise TypeError(f"{hint} is no type that settings can have")


def _or_none(read: Reader) -> Reader:
    return lambda value: None if value is None else read(value)


def _read_path(value: Any) -> Path:
    name = read_file(value)
    if name is None:
        raise InvalidValue("it is empty", "Give the path of a file or a folder")
    return Path(name)


_READERS: dict[Any, Reader] = {
    bool: read_flag,
    int: read_number(0, MOST),
    str: read_needed,
    Path: _read_path,
}
