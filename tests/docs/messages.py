"""
Find what the product can say, by reading its source.

A value in a message, whatever it is, is shown as ``...``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from inspect import signature
from pathlib import Path

from arware.settings.faults import missing

from .blocks import ROOT

#: Which argument of a call says what is wrong with a setting.
_PROBLEMS = {
    "CheckWarning": 0,
    "Fault": 2,
    "InvalidValue": 0,
    "KeyFault": 0,
    "UnusableKey": 0,
    "_fault": 0,
    "_missing": 2,
    "fault_of": 1,
    "invalid": 0,
    "missing": 2,
}
#: Which argument of a call is the title of a page, or where there is none the sentence
#: of a refusal.
_TITLES = {"Reason": (3, 1), "_worded": (2, 1), "_values": (0,)}
#: Methods of a logger, from a warning up, and of what tells one once.
_LOUD = frozenset(("warning", "error", "exception", "critical", "_tell"))
#: What only the sample applications and the tests of others say.
_OTHERS = ("demo", "testing")


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A message that is put together elsewhere: the *code* at *place*."""

    place: str
    code: str


def problems() -> Iterator[str | Unresolved]:
    """Yield what a ConfigurationError can say is wrong."""
    yield signature(missing).parameters["problem"].default
    yield from _said({name: (at,) for name, at in _PROBLEMS.items()})


def causes() -> Iterator[str]:
    """Yield the causes that the page of a failed login can name."""
    tree = ast.parse((ROOT / "arware" / "web" / "pages.py").read_text("utf-8"))
    for step in tree.body:
        if isinstance(step, ast.Assign) and ast.unparse(step.targets[0]) == "_CAUSES":
            yield from ast.literal_eval(step.value).values()


def titles() -> Iterator[str | Unresolved]:
    """Yield why the pages refuse something, and the titles of those that say it."""
    yield from _said(_TITLES)


def log_lines() -> Iterator[str | Unresolved]:
    """Yield what is logged as a warning or worse."""
    yield from _said(dict.fromkeys(_LOUD, (0,)), only_loggers=True)


def _said(
    places: dict[str, tuple[int, ...]], *, only_loggers: bool = False
) -> Iterator[str | Unresolved]:
    package = ROOT / "arware"
    for path in sorted(package.rglob("*.py")):
        if path.relative_to(package).parts[0] in _OTHERS:
            continue
        module = Module(path)
        for call, part in module.calls():
            name = _name_of(call, only_loggers=only_loggers)
            given = [at for at in places.get(name, ()) if len(call.args) > at]
            for at in given[:1]:
                yield from module.texts(call.args[at], part)


def _name_of(call: ast.Call, *, only_loggers: bool) -> str:
    function = call.func
    if isinstance(function, ast.Attribute):
        owner = function.value
        is_logger = isinstance(owner, ast.Name) and owner.id in ("log", "self")
        return function.attr if is_logger or not only_loggers else ""
    return function.id if isinstance(function, ast.Name) and not only_loggers else ""


class Module:
    """The source at *path*."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tree = ast.parse(path.read_text("utf-8"))
        #: Names that are being looked up: one may be made of what it was before.
        self._asked: set[str] = set()

    def calls(self) -> Iterator[tuple[ast.Call, ast.AST]]:
        """Yield each call with the function, class or statement that it stands in."""
        for part in self.tree.body:
            for node in ast.walk(part):
                if isinstance(node, ast.Call):
                    yield node, part

    def texts(self, node: ast.AST, part: ast.AST) -> Iterator[str | Unresolved]:
        """Yield what *node*, an argument in *part*, can be."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield plain(node.value)
        elif isinstance(node, ast.JoinedStr):
            yield plain("".join(self._piece(piece, part) for piece in node.values))
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "_":
            yield from self.texts(node.args[0], part)  # to be translated
        elif isinstance(node, ast.IfExp):
            yield from self.texts(node.body, part)
            yield from self.texts(node.orelse, part)
        else:
            place = f"{self.path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
            found = list(self._named(node, part))
            yield from found or [Unresolved(place, ast.unparse(node))]

    def _piece(self, piece: ast.AST, part: ast.AST) -> str:
        """Return a piece of a text: what stands there, or a name's only text."""
        if isinstance(piece, ast.Constant):
            return str(piece.value)
        found = list(self._named(piece.value, part))
        return found[0] if len(found) == 1 and isinstance(found[0], str) else "..."

    def _named(self, node: ast.AST, part: ast.AST) -> Iterator[str | Unresolved]:
        """Yield the texts that a name, or a name's items, stand for."""
        name = node.value if isinstance(node, ast.Subscript) else node
        if not isinstance(name, ast.Name) or name.id in self._asked:
            return
        self._asked.add(name.id)
        values = [v for n, v in _assignments(part) if n == name.id]
        values = values or [v for n, v in _assignments(self.tree) if n == name.id]
        for value in values:
            items = value.values if isinstance(value, ast.Dict) else [value]
            for item in items:
                yield from self.texts(item, part)
        self._asked.remove(name.id)


def _assignments(part: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield each name that is given a value in *part*, and the value."""
    for step in ast.walk(part):
        if isinstance(step, ast.Assign):
            yield from _pairs(step.targets[0], step.value)
        elif isinstance(step, ast.For) and isinstance(step.iter, ast.Tuple):
            for row in step.iter.elts:
                yield from _pairs(step.target, row)


def _pairs(target: ast.AST, value: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, its in zip(target.elts, value.elts, strict=True):
            yield from _pairs(one, its)


def plain(text: str) -> str:
    """Return *text* with its values as ``...`` and single spaces."""
    return " ".join(re.sub(r"%(\.\d+)?[sdrf]|\$\{\w+\}", "...", text).split())
