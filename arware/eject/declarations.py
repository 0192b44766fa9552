"""What the code declares of itself: addresses, settings, numbers, and what it does."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

#: As it stands in comments: RQ-T1, or a number of the ASVS.
_REQUIREMENT = re.compile(r"\bRQ-[A-Z]+\d+|\bASVS 5\.0 \d+\.\d+\.\d+")


@dataclass(frozen=True, slots=True)
class Declared:
    """A *name* with the text of its *value*; *about* is what a comment says of it."""

    path: str
    name: str
    value: str
    about: str


@dataclass(frozen=True)
class Module:
    """A module at *path*, below the package."""

    path: str
    source: str

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.source)

    @property
    def feature(self) -> str:
        """The feature that it belongs to, ``""`` for the core."""
        room, _, rest = self.path.partition("/")
        return rest.partition("/")[0] if room == "features" and "/" in rest else ""

    @property
    def about(self) -> str:
        """The first sentence of its docstring."""
        return first_sentence(ast.get_docstring(self.tree) or "")

    def routes(self) -> Iterator[Declared]:
        """Yield the addresses that it adds."""
        for call in self._calls("add_route"):
            name, pattern = (_literal(value) for value in call.args[:2])
            yield Declared(self.path, name, pattern, self.about)

    def numbers(self) -> Iterator[Declared]:
        """Yield its constants that have a number in them and a comment of their own."""
        for node in self.tree.body:
            if isinstance(node, ast.Assign) and _is_number(node.value):
                name = ast.unparse(node.targets[0]).strip("()")
                about = self._comment(node.lineno)
                if name.isupper() and about:
                    yield Declared(self.path, name, ast.unparse(node.value), about)

    def classes(self) -> Iterator[ast.ClassDef]:
        """Yield its classes."""
        yield from (node for node in self.tree.body if isinstance(node, ast.ClassDef))

    def fields(self, owner: ast.ClassDef) -> Iterator[Declared]:
        """Yield the fields of one of its classes that have a default."""
        for node in owner.body:
            if isinstance(node, ast.AnnAssign) and node.value is not None:
                name, value = ast.unparse(node.target), _default(node.value)
                if value is not None:
                    about = self._comment(node.lineno)
                    yield Declared(self.path, name, ast.unparse(value), about)

    def settings(self) -> Iterator[str]:
        """Yield the names of the classes whose fields are settings."""
        for call in self._calls("add_feature_settings"):
            yield ast.unparse(call.args[0])

    def requirements(self) -> set[str]:
        """Return the requirements that it names."""
        return requirements(self.source)

    def _calls(self, name: str) -> Iterator[ast.Call]:
        """Yield its calls of *name*; most modules have none, and are not walked."""
        for node in ast.walk(self.tree) if name in self.source else ():
            if isinstance(node, ast.Call) and _is_called(node, name):
                yield node

    def _comment(self, line: int) -> str:
        """Return what the lines ``#:`` above a *line* say."""
        lines = self.source.splitlines()
        said: list[str] = []
        while line > 1 and lines[line - 2].strip().startswith("#:"):
            line -= 1
            said.insert(0, lines[line - 1].strip().removeprefix("#:").strip())
        return " ".join(said)


def modules(folder: str, files: Mapping[str, bytes]) -> list[Module]:
    """Return the modules among *files* that are read and changed, in their order."""
    found = []
    for path in sorted(files):
        place = path.removeprefix(f"{folder}/")
        room = place.partition("/")[0]
        if path.endswith(".py") and room not in ("tests", "migrations", "vendored"):
            found.append(Module(place, files[path].decode()))
    return found


def requirements(source: str) -> set[str]:
    """Return the requirements that a text names."""
    return set(_REQUIREMENT.findall(source))


def first_sentence(text: str) -> str:
    """Return the first sentence of a docstring, on one line."""
    paragraph = " ".join(text.strip().partition("\n\n")[0].split())
    return re.split(r"(?<=\.) ", paragraph)[0]


def _is_called(node: ast.Call, name: str) -> bool:
    function = node.func
    return name == getattr(function, "attr", getattr(function, "id", None))


def _is_number(node: ast.expr) -> bool:
    """Tell whether there is a number in it, other than the status of an answer."""
    if isinstance(node, ast.Call) and _is_called(node, "Reason"):
        return False
    values = (n.value for n in ast.walk(node) if isinstance(n, ast.Constant))
    return any(isinstance(value, int | float) for value in values)


def _default(node: ast.expr) -> ast.expr | None:
    """Return the default of a field, ``None`` if it is made anew for each."""
    if isinstance(node, ast.Call) and _is_called(node, "_setting"):
        return node.args[0]
    if isinstance(node, ast.Call) and _is_called(node, "field"):
        given = (one.value for one in node.keywords if one.arg == "default")
        return next(given, None)
    return node


def _literal(node: ast.expr) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else ast.unparse(node)
