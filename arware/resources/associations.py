"""
How resources belong together: an object's parents and its children.

A parent is an attribute, ``membership.org``; it is used as it came with the object,
or asked for once. Children are methods: ``user.memberships()`` lists, and
``user.find_membership(id)``, ``user.create_membership(...)`` and so on do what the
methods of the class do, with the parent's id added.
"""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Generic,
    Protocol,
    Self,
    TypeVar,
    cast,
    overload,
)

from arware.api.calls import Asked, asked, segment
from arware.errors import RecordNotFound, UnsavedObjectError

from .base import Collection, Resource
from .forms import ByFields, ById
from .reading import ReadList, ReadObject, ReadOrNone, submitted_in
from .registry import class_of, resource_class

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


R = TypeVar("R", bound=Resource)
R_co = TypeVar("R_co", bound=Resource, covariant=True)
F_co = TypeVar("F_co", covariant=True)


class Parent(Generic[R]):
    """
    An object that this one belongs to, ``None`` if it belongs to none.

    The attribute is called as its *kind* is, unless that is given.
    """

    def __init__(self, kind: str = "") -> None:
        self.kind = kind

    def __set_name__(self, owner: type[Resource], name: str) -> None:
        self.name = name
        self.kind = self.kind or name

    @overload
    def __get__(self, obj: None, owner: type[Resource]) -> Self: ...
    @overload
    def __get__(self, obj: Resource, owner: type[Resource]) -> R | None: ...
    def __get__(self, obj: Resource | None, owner: type[Resource]) -> Self | R | None:
        if obj is None:
            return self
        links = obj._links
        if links is not None and self.name in links:
            return cast("R | None", links[self.name])
        found = self._embedded(obj) or self._asked_for(obj)
        if found is not None:
            obj._memo()[self.name] = found
        return found

    def __set__(self, obj: Resource, value: Any) -> None:
        name = type(obj).__name__
        message = (
            f"{name}.{self.name} cannot be assigned: "
            f"use .update({self.name}_id=...), which also tells the server"
        )
        raise AttributeError(message)

    def _embedded(self, obj: Resource) -> R | None:
        data = obj._data.get(self.name)
        if not isinstance(data, dict):
            return None
        expected = resource_class(self.kind)
        return cast("R", class_of(data, expected)._made(data, obj._context))

    def _asked_for(self, obj: Resource) -> R | None:
        id = obj._data.get(f"{self.name}_id")
        if not id:
            return None
        expected = cast("type[R]", resource_class(self.kind))
        path = f"{expected._path}/{segment(id)}"
        request = asked({}, obj._context)
        return obj._send(request.call("GET", path, ReadObject(expected)))


class Lists(Protocol[R]):
    """What an association that lists is called with."""

    def __call__(self, *, reload: bool = False, **params: Any) -> Collection[R]:
        """Return the list."""
        ...


class _Child(Generic[F_co]):
    """
    A method of a parent that does something with children of one *kind*.

    The kind stands in the method's name, after the *verb*: ``create_membership``. With
    ``_or_raise`` behind it, errors are raised.
    """

    verb: ClassVar[str]

    def __set_name__(self, owner: type[Resource], name: str) -> None:
        child = name.removeprefix(self.verb)
        self.kind = child.removesuffix("_or_raise")
        self.strict = child != self.kind

    @overload
    def __get__(self, obj: None, owner: type[Resource]) -> Self: ...
    @overload
    def __get__(self, obj: Resource, owner: type[Resource]) -> F_co: ...
    def __get__(self, obj: Resource | None, owner: type[Resource]) -> Self | F_co:
        return self if obj is None else cast("F_co", partial(self.run, obj))

    @property
    def child(self) -> type[Resource]:
        """The class of the children."""
        return resource_class(self.kind)

    @abstractmethod
    def run(self, obj: Resource, /, *args: Any, **params: Any) -> Any:
        """Do it for the parent *obj*."""

    def asked(self, obj: Resource, params: Mapping[str, Any]) -> Asked:
        """Return what is asked for: *params* and the id of *obj*."""
        if not obj.id:
            message = (
                f"this {type(obj).__name__} has no id yet, so nothing can belong to "
                "it; create it first"
            )
            raise UnsavedObjectError(message)
        return asked(params, obj._context, **{f"{obj._kind}_id": obj.id})

    def place(self, id: str | None) -> str:
        """Return the path of the child *id*."""
        return f"{self.child._path}/{segment(id)}"


class Children(_Child[Lists[R]], Generic[R]):
    """
    List the children, all of them or what *params* select.

    The whole list is remembered until ``reload=True``; what came embedded in the
    parent is used without a call. A parent without an id has none.
    """

    def __set_name__(self, owner: type[Resource], name: str) -> None:
        self.name = name
        self.kind = name.removesuffix("s")

    def run(
        self, obj: Resource, /, *args: Any, reload: bool = False, **params: Any
    ) -> Any:
        """Return the list."""
        if args:
            message = f"{self.name}() takes its filters by name"
            raise TypeError(message)
        if not obj.id:
            return Collection[Any]()
        if params:
            return self.fetch(obj, params)
        links = obj._memo()
        if reload or self.name not in links:
            embedded = None if reload else self.embedded(obj)
            links[self.name] = self.fetch(obj, {}) if embedded is None else embedded
        elif not isinstance(links[self.name], Collection):
            # The objects of a token make the list when somebody asks for it.
            links[self.name] = links[self.name].memberships_of(obj)
        return links[self.name]

    def fetch(self, obj: Resource, params: Mapping[str, Any]) -> Collection[Any]:
        """Ask the server for the list."""
        request = self.asked(obj, params)
        found = obj._send(request.call("GET", self.child._path, ReadList(self.child)))
        return self._linked(obj, found)

    def embedded(self, obj: Resource) -> Collection[Any] | None:
        """Return the list that came with *obj*, if one did."""
        data = obj._data.get(self.name)
        if not isinstance(data, list):
            return None
        items = [item for item in data if isinstance(item, dict)]
        made = (class_of(i, self.child)._made(i, obj._context) for i in items)
        return self._linked(obj, Collection(made))

    def _linked(self, obj: Resource, found: Collection[Any]) -> Collection[Any]:
        """Tell the children who their parent is, so that nobody has to ask."""
        for child in found:
            child._memo()[obj._kind] = obj
        return found


class EmbeddedChildren(Children[R], Generic[R]):
    """List children that only come with their parent, which is asked for again."""

    def fetch(self, obj: Resource, params: Mapping[str, Any]) -> Collection[Any]:
        """Ask the server for the parent."""
        request = asked(params, obj._context)
        reader = ReadObject(type(obj))
        again = obj._send(request.call("GET", obj._place(), reader))
        if again.errors:
            return Collection(metadata=again.metadata)
        obj._data = {**obj._data, self.name: again._data.get(self.name) or []}
        return self.embedded(obj) or Collection()


class FindChild(_Child[ById[R]], Generic[R]):
    """Return the child *id*, or raise ``RecordNotFound``."""

    verb = "find_"

    def run(self, obj: Resource, /, *args: Any, **params: Any) -> Any:
        """Return the child."""
        request = self.asked(obj, params)
        return obj._send(request.call("GET", self.place(*args), ReadObject(self.child)))


class RetrieveChild(_Child[ById[R | None]], Generic[R]):
    """Return the child *id*, or ``None`` if there is none."""

    verb = "retrieve_"

    def run(self, obj: Resource, /, *args: Any, **params: Any) -> Any:
        """Return the child or ``None``."""
        request = self.asked(obj, params)
        try:
            path = self.place(*args)
        except RecordNotFound:  # what can be no id is asked for nowhere
            return None
        reader = ReadOrNone(ReadObject(self.child))
        return obj._send(request.call("GET", path, reader))


class CreateChild(_Child[ByFields[R]], Generic[R]):
    """Create a child; *strict*, it raises ``RecordInvalid`` on errors."""

    verb = "create_"

    def run(self, obj: Resource, /, *args: Any, **fields: Any) -> Any:
        """Return the child."""
        if args:
            message = "the fields are given by name"
            raise TypeError(message)
        request = self.asked(obj, fields)
        root = self.child._kind
        submitted = submitted_in(request.sent, root)
        reader = ReadObject(self.child, submitted, self.strict)
        return obj._send(request.call("POST", self.child._path, reader, root=root))


class UpdateChild(_Child[ById[R]], Generic[R]):
    """Update the child *id*; *strict*, it raises ``RecordInvalid`` on errors."""

    verb = "update_"

    def run(self, obj: Resource, /, *args: Any, **fields: Any) -> Any:
        """Return the child."""
        path = self.place(*args)
        request = self.asked(obj, fields)
        root = self.child._kind
        submitted = submitted_in(request.sent, root)
        reader = ReadObject(self.child, submitted, self.strict, *args)
        return obj._send(request.call("PUT", path, reader, root=root))


class DeleteChild(_Child[ById[R]], Generic[R]):
    """Delete the child *id*; *strict*, it raises ``RecordInvalid`` on errors."""

    verb = "delete_"

    def run(self, obj: Resource, /, *args: Any, **params: Any) -> Any:
        """Return the child."""
        path = self.place(*args)
        request = self.asked(obj, params)
        reader = ReadObject(self.child, {}, self.strict, *args)
        return obj._send(request.call("DELETE", path, reader))


def one_of(objects: Iterable[R], id: str, kind: str) -> R:
    """Return the one of *objects* with that *id*, or raise ``RecordNotFound``."""
    for found in objects:
        if found.id is not None and found.id == id:
            return found
    message = f"there is no such {kind} here"
    raise RecordNotFound(message)
