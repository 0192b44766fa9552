"""
Writes ``arware/api/awaited.pyi``: what an ``AsyncClient`` returns, for type checkers.

``python -m tests.typing.awaited`` writes it anew, from the resources.
"""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from arware.api import awaited
from arware.api.namespace import Namespace
from arware.resources.operations import Created, Deleted, Found, Listed, Updated
from arware.resources.registry import CLASSES, resource_class

STUB = Path(awaited.__file__).with_suffix(".pyi")
RESOURCES = sorted(CLASSES.items())
OPERATIONS = (Listed, Found, Created, Updated, Deleted)

HEAD = '''
"""
What an ``AsyncClient`` returns, as type checkers see it.

Made by tests/typing/awaited.py from the resources.
"""

# What returns something to await is in the place of what does not.
# mypy: disable-error-code="override,assignment,misc"

from collections.abc import AsyncIterator, Coroutine, Mapping
from datetime import timedelta
from typing import Any, ClassVar, Literal, Self, TypeVar, overload

{imports}

R = TypeVar("R", bound=Resource)

class _Changes:
    @overload
    def __get__(self, obj: None, owner: type[R]) -> ById[Coroutine[Any, Any, R]]: ...
    @overload
    def __get__(
        self, obj: Resource, owner: type[R]
    ) -> ByFields[Coroutine[Any, Any, bool]]: ...

class _Listed(Listed):
    @classmethod
    async def all(cls, /, **params: Any) -> Collection[Self]: ...
    @classmethod
    async def first(cls, /, **params: Any) -> Self | None: ...
    @classmethod
    def iterate(cls, /, **params: Any) -> AsyncIterator[Self]: ...

class _Found(Found):
    @classmethod
    async def find(cls, id: str | None, /, **params: Any) -> Self: ...
    @classmethod
    async def retrieve(cls, id: str | None, /, **params: Any) -> Self | None: ...
    async def reload(self, **params: Any) -> Self: ...

class _Created(Created):
    @classmethod
    async def create(cls, /, **fields: Any) -> Self: ...
    @classmethod
    async def create_or_raise(cls, /, **fields: Any) -> Self: ...
    async def save(self, /, **fields: Any) -> bool: ...

class _Updated(Updated):
    update: ClassVar[_Changes]
    update_or_raise: ClassVar[_Changes]

class _Deleted(Deleted):
    delete: ClassVar[_Changes]
    delete_or_raise: ClassVar[_Changes]
'''

#: What it imports beside the resources.
IMPORTS = (
    "from arware.api.namespace import Namespace",
    "from arware.resources.base import Collection, Resource",
    "from arware.resources.claims import Identity",
    "from arware.resources.forms import Both, ByFields, ById",
    "from arware.resources.operations import Created, Deleted, Found, Listed, Updated",
)

#: What a method of an association takes and returns, by the association's name.
ASSOCIATIONS = {
    "Children": ("*, reload: bool = ..., **params: Any", "Collection[{}]"),
    "EmbeddedChildren": ("*, reload: bool = ..., **params: Any", "Collection[{}]"),
    "FindChild": ("id: str | None, /, **params: Any", "{}"),
    "RetrieveChild": ("id: str | None, /, **params: Any", "{} | None"),
    "CreateChild": ("**fields: Any", "{}"),
    "UpdateChild": ("id: str | None, /, **fields: Any", "{}"),
    "DeleteChild": ("id: str | None, /, **params: Any", "{}"),
}
#: By what a method shows that it asks.
ASKS = {"_class_send", "_class_run", "_send", "_run", "_post", "post"}


def stub() -> str:
    """Return the whole stub."""
    resources = (f"arware.resources.{kind} import {name}" for kind, name in RESOURCES)
    imports = sorted([*IMPORTS, *(f"from {each}" for each in resources)])
    parts = [HEAD.format(imports="\n".join(imports)).lstrip()]
    parts += ["\n".join(class_of(resource_class(kind))) for kind, _ in RESOURCES]
    parts.append("\n".join(client()))
    return "\n".join(part + "\n" for part in parts)


def class_of(resource: type[Any]) -> Iterator[str]:
    """Yield the lines of the class for *resource*."""
    name = resource.__name__
    bases = [f"_{each.__name__}" for each in OPERATIONS if issubclass(resource, each)]
    yield f"class Async{name}({', '.join([*bases, name])}):"
    lines = [line for each in members(resource) for line in each]
    yield from lines or ["    pass"]


def members(resource: type[Any]) -> Iterator[list[str]]:
    """Yield the lines of each member that asks, or might."""
    for name, text in inspect.get_annotations(resource).items():
        if not name.startswith("_"):
            yield association(name, str(text))
    for name, found in vars(resource).items():
        if not name.startswith("_") and asks(found):
            yield method(name, found)


def association(name: str, text: str) -> list[str]:
    """Return the lines for the association *name*, annotated with *text*."""
    kind, _, inner = text.removesuffix("]").partition("[")
    if kind == "Parent":
        returned = f"Coroutine[Any, Any, {awaitable(inner)} | None]"
        return ["    @property", f"    def {name}(self) -> {returned}: ..."]
    if kind == "Both":
        both = [f"        Coroutine[Any, Any, {awaitable(x)}]," for x in split(inner)]
        return [f"    {name}: ClassVar[Both[", *both, "    ]]"]
    takes, returned = ASSOCIATIONS[kind]
    return [
        f"    async def {name}(",
        f"        self, {takes}",
        f"    ) -> {returned.format(awaitable(inner))}: ...",
    ]


def split(text: str) -> list[str]:
    """Return what stands between the commas in *text*, but for those in brackets."""
    return re.split(r", (?![^\[]*\])", text)


def asks(found: Any) -> bool:
    """Tell whether what a class holds is a method that asks."""
    function = getattr(found, "__func__", found)
    return inspect.isfunction(function) and bool(ASKS & {*function.__code__.co_names})


def method(name: str, found: Any) -> list[str]:
    """Return the lines for a method, which takes what the resource's takes."""
    function = getattr(found, "__func__", found)
    takes = str(inspect.signature(function)).replace("'", "").replace("= None", "= ...")
    before, _, returned = takes.rpartition(" -> ")
    lines = ["    @classmethod"] if isinstance(found, classmethod) else []
    parameters = split(before.removeprefix("(").removesuffix(")"))
    return [
        *lines,
        f"    async def {name}(",
        *(f"        {parameter}," for parameter in parameters),
        f"    ) -> {awaitable(returned)}: ...",
    ]


def awaitable(text: str) -> str:
    """Return a type with the classes of this module in place of the resources'."""
    return re.sub(rf"\b({'|'.join(CLASSES.values())})\b", r"Async\1", text)


def client() -> Iterator[str]:
    """Yield the lines of the class with all that a client offers."""
    yield "class AsyncResources(Namespace):"
    for name, found in vars(Namespace).items():
        getter = getattr(found, "fget", None)
        if getter is not None and not name.startswith("_"):
            returned = str(inspect.signature(getter).return_annotation)
            yield "    @property"
            yield f"    def {name}(self) -> {awaitable(returned)}: ..."
    yield from method("verify", Namespace.verify)


if __name__ == "__main__":
    STUB.write_text(stub(), "utf-8")
    subprocess.run([sys.executable, "-m", "ruff", "format", STUB], check=True)
