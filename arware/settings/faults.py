"""What can be wrong with the settings, one thing at a time."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from .names import URI, VARIABLES, FromUri

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Fault:
    """
    One thing that is wrong with the settings.

    *setting* is the field's name, *variable* its environment variable or ``None``,
    *problem* says what is wrong and *fix* what to do about it. *kind* is ``missing``,
    ``wrong``, or ``unknown`` for a name that is none.
    """

    setting: str
    variable: str | None
    problem: str
    fix: str
    kind: Literal["missing", "wrong", "unknown"] = "wrong"

    def __str__(self) -> str:
        name = f"{self.setting} ({self.variable})" if self.variable else self.setting
        return f"{name}: {self.problem}. {self.fix}"


def fault_of(name: str, problem: str, fix: str, given: object = None) -> Fault:
    """Return what is wrong with the setting *name*; *given* knows where it is from."""
    variable = URI if isinstance(given, FromUri) else VARIABLES.get(name)
    return Fault(name, variable, problem, fix)


def missing(name: str, fix: str, problem: str = "it is missing") -> Fault:
    """Return the fault that the setting *name* is not there."""
    return Fault(name, VARIABLES.get(name), problem, fix, "missing")


def unknown(key: str, name: str, names: Mapping[str, str]) -> Fault:
    """
    Return the fault that there is no *name*, which was written as *key*.

    *names* are those that exist, each with how it would have been written.
    """
    near = difflib.get_close_matches(name, names, n=1)
    fix = f"Did you mean {names[near[0]]}?" if near else "See the reference for names"
    return Fault(key, None, "there is no such setting", fix, "unknown")
