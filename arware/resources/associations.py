"""
How resources belong together: an object's parents and its children.

A parent is an attribute, ``membership.org``; it is used as it came with the object,
or asked for once. Children are methods: ``user.memberships()`` lists, and
``user.find_membership(id)``, ``user.create_membership(...)`` and so on do what the
methods of the class do, with the parent's id added.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Generic,
    NoReturn,
    Protocol,
    Self,
    TypeVar,
    cast,
    overload,
)

from arware.api.calls import Asked, asked, segment
from arware.errors import RecordNotFound, UnsavedObjectError

from .base import Collection, Resource
from .fields import as_id
from .forms import ByFields, ById
from .reading import ReadList, ReadObject, ReadOrNone, ReadQueried, submitted_in
from .registry import class_of, resource_class

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from arware.api.calls import Call, Context, Steps


R = TypeVar("R", bound=Resource)
R_co = TypeVar("R_co", bound=Resource, covariant=True)
F_co = TypeVar("F_co", covariant=True)
Found = TypeVar("Found", bound=Resource | Collection[Any])


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
        step: Any = self.step(obj)
        return cast("R | None", obj._given(step))

    def __set__(self, obj: Resource, value: Any) -> None:
        name = type(obj).__name__
        message = (
            f"{name}.{self.name} cannot be assigned: "
            f"use .update({self.name}_id=...), which also tells the server"
        )
        raise AttributeError(message)

    def step(self, obj: Resource) -> Call[R] | R | None:
        """Return the parent of *obj* if it is at hand, else the call that asks."""
        links = obj._links
        if links is not None and self.name in links:
            return cast("R | None", links[self.name])
        found = self._embedded(obj)
        if found is None:
            return self._asked_for(obj)
        obj._memo()[self.name] = found
        return found

    def _embedded(self, obj: Resource) -> R | None:
        data = obj._data.get(self.name)
        if not isinstance(data, dict):
            return None
        expected = resource_class(self.kind)
        return cast("R", class_of(data, expected)._made(data, obj._context))

    def _asked_for(self, obj: Resource) -> Call[R] | None:
        id = as_id(obj._data.get(f"{self.name}_id"))
        if not id:
            return None
        expected = cast("type[R]", resource_class(self.kind))
        path = f"{expected._path}/{segment(id)}"
        request = asked({}, obj._context)
        call = request.call("GET", path, ReadObject(expected))
        return call.then(Remember(obj, self.name))


@dataclass(frozen=True, slots=True)
class Remember:
    """Have *obj* remember what was found as *name*, unless it came with errors."""

    obj: Resource
    name: str

    def __call__(self, found: Found) -> Found:
        """Return what was found."""
        if isinstance(found, list) or found.valid:
            self.obj._memo()[self.name] = found
        return found


class Lists(Protocol[R]):
    """What an association that lists is called with."""

    def __call__(self, *, reload: bool = False, **params: Any) -> Collection[R]:
        """Return the list."""
        ...


class Bound:
    """An association of one object, to be called."""

    __slots__ = ("_association", "_obj")

    def __init__(self, association: _Child[Any], obj: Resource) -> None:
        self._association = association
        self._obj = obj

    def __call__(self, /, *args: Any, **params: Any) -> Any:
        """Do it."""
        return self._association.run(self._obj, *args, **params)

    def __repr__(self) -> str:
        return f"<{self._association.name} of {self._obj!r}>"

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]  # of each its own
        return self._association.__doc__

    def _refuse(self, *_: object) -> NoReturn:
        name = f"{self._obj._kind}.{self._association.name}"
        message = f"{name} is a method; call it: {name}()"
        raise TypeError(message)

    # Who forgets the parentheses is told, and not that there is nothing.
    __iter__ = __len__ = __bool__ = __getitem__ = __contains__ = _refuse


class _Child(Generic[F_co]):
    """
    A method of a parent that does something with children of one *kind*.

    The kind stands in the method's name, after the *verb*: ``create_membership``. With
    ``_or_raise`` behind it, errors are raised.
    """

    verb: ClassVar[str]

    def __set_name__(self, owner: type[Resource], name: str) -> None:
        self.name = name
        child = name.removeprefix(self.verb)
        self.kind = child.removesuffix("_or_raise")
        self.strict = child != self.kind

    @overload
    def __get__(self, obj: None, owner: type[Resource]) -> Self: ...
    @overload
    def __get__(self, obj: Resource, owner: type[Resource]) -> F_co: ...
    def __get__(self, obj: Resource | None, owner: type[Resource]) -> Self | F_co:
        return self if obj is None else cast("F_co", Bound(self, obj))

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
        return obj._given(self.step(obj, reload=reload, **params))

    def step(
        self, obj: Resource, /, *, reload: bool = False, **params: Any
    ) -> Call[Collection[R]] | Collection[R]:
        """Return the list if it is at hand, else the call that asks for it."""
        if not obj.id:
            return Collection()
        if params:
            return self.call(obj, params)
        links = obj._memo()
        if reload or self.name not in links:
            embedded = None if reload else self.made(obj, obj._data, obj._context)
            if embedded is None:
                return self.call(obj, {}).then(Remember(obj, self.name))
            links[self.name] = embedded
        elif not isinstance(links[self.name], Collection):
            # The objects of a token make the list when somebody asks for it.
            links[self.name] = links[self.name].memberships_of(obj)
        return cast("Collection[R]", links[self.name])

    def call(self, obj: Resource, params: Mapping[str, Any]) -> Call[Collection[R]]:
        """Return the call that asks for the list."""
        request = self.asked(obj, params)
        child = cast("type[R]", self.child)
        call = request.call("GET", child._path, ReadList(child))
        return call.then(OfParent(obj))

    def made(
        self, obj: Resource, data: Mapping[str, Any], context: Context | None
    ) -> Collection[R] | None:
        """Return the list in *data*, which came with *obj*; ``None`` without one."""
        items = data.get(self.name)
        if not isinstance(items, list):
            return None
        dicts = [item for item in items if isinstance(item, dict)]
        made = (class_of(item, self.child)._made(item, context) for item in dicts)
        return OfParent(obj)(Collection(cast("Iterator[R]", made)))


@dataclass(frozen=True, slots=True)
class OfParent:
    """Tell the children that were found who their parent is: nobody need ask."""

    obj: Resource

    def __call__(self, found: Collection[R]) -> Collection[R]:
        """Return what was found."""
        kind = self.obj._kind
        known = f"{kind}_id"
        for child in found:
            child._memo()[kind] = self.obj
            # What comes embedded may leave out whom it belongs to.
            if known in child._fields and child._data.get(known) is None:
                child._data = {**child._data, known: self.obj.id}
        return found


class EmbeddedChildren(Children[R], Generic[R]):
    """List children that only come with their parent, which is asked for again."""

    def call(self, obj: Resource, params: Mapping[str, Any]) -> Call[Collection[R]]:
        """Return the call that asks for the parent."""
        request = asked(params, obj._context)
        call = request.call("GET", obj._place(), ReadQueried(type(obj)))
        return call.then(EmbeddedIn(self, obj))


@dataclass(frozen=True, slots=True)
class EmbeddedIn(Generic[R]):
    """Take the list of *association* out of its parent, asked for again."""

    association: EmbeddedChildren[R]
    obj: Resource

    def __call__(self, again: Resource) -> Collection[R]:
        """Return the list, empty if there is none."""
        found = self.association.made(self.obj, again._data, again._context)
        return Collection() if found is None else found


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
            return obj._ready(None)
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


def parents_of(
    children: Collection[Any], association: Parent[R]
) -> Steps[Collection[R]]:
    """Return the parents of *children*, those that they have, in their order."""
    found = Collection[R](metadata=children.metadata)
    for child in children:
        parent = yield association.step(child)
        if parent is not None:
            found.append(parent)
    return found
