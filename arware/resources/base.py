"""What all resources share."""

from __future__ import annotations

import difflib
import re
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Self, TypeVar

from arware.api.calls import (
    Call,
    Context,
    default_client,
    each,
    is_credential,
    is_secret,
    is_secrets_name,
    run,
    segment,
)
from arware.errors import UnsavedObjectError

from .fields import Field, fresh, identifier, own, refusal
from .registry import class_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from arware.api.calls import Pages, Sender, Steps

R = TypeVar("R")
T = TypeVar("T")


@dataclass(slots=True)
class Outcome:
    """What an answer said beside the data."""

    errors: list[str]
    metadata: dict[str, Any] = field(repr=False)


class Collection(list[R]):
    """
    A list of objects, as one answer held it.

    *more_results* tells whether the server has more; *metadata* is what stood beside
    the list.
    """

    def __init__(
        self, items: Iterable[R] = (), metadata: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(items)
        self.metadata = dict(metadata or {})

    def __reduce__(self) -> tuple[Any, ...]:
        metadata = without_secrets(self.metadata)
        return type(self), ((), metadata), None, iter(self)

    @property
    def more_results(self) -> bool:
        """Whether the server has more objects after the last of these."""
        return bool(self.metadata.get("more_results"))


class Resource:
    """
    An object of the API: its fields, and what the server said about it.

    Fields are read as attributes or, like whatever else the server sent, as
    ``obj["name"]``. Two objects are equal if they are of one class and have the same
    id. Made without a call, ``Org(name="Acme")`` can feed a form. With
    ``credentials={...}`` the object's own calls use those.
    """

    __slots__ = ("_context", "_data", "_links", "_outcome")

    #: The wire's word for it: the root of what is sent, and ``object`` in answers.
    _kind: ClassVar[str] = ""
    _path: ClassVar[str] = ""
    #: Whether who knows the id could use it in place of a token.
    _id_is_secret: ClassVar[bool] = False
    #: The class itself, also where a client stands in for it.
    _class: ClassVar[type[Any]]
    _context: Context | None
    _data: dict[str, Any]
    _links: dict[str, Any] | None
    _outcome: Outcome | None

    id = identifier()

    _fields: ClassVar[dict[str, Field[Any]]] = {"id": id}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._class = cls
        declared = {n: f for n, f in vars(cls).items() if isinstance(f, Field)}
        cls._fields = {**cls._fields, **declared}

    def __init__(self, **fields: Any) -> None:
        credentials = fields.pop("credentials", None)
        for name in fields:
            if name not in self._fields:
                message = f"{type(self).__name__} has no field {name!r}"
                raise TypeError(message + hint(name, self._fields))
        self._context = self._class_context(credentials)
        self._data = {self._fields[n].name: value for n, value in fields.items()}
        self._links = None
        self._outcome = None

    @classmethod
    def _made(cls, data: dict[str, Any], context: Context | None) -> Self:
        """Make an object of *data* as the server sent them, without a check."""
        made = object.__new__(cls)
        made._data = data
        made._context = context
        made._links = made._outcome = None
        return made

    # --- Reading -------------------------------------------------------------------

    # A type checker that saw it would take any name for an attribute.
    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            message = f"{type(self).__name__} has no attribute {name!r}"
            # Templates and copiers ask every object for names with underscores.
            if not name.startswith("_"):
                if name in self._data:
                    message += f'; the server sent it, so read it as obj["{name}"]'
                else:
                    message += hint(name, dir(type(self)))
            raise AttributeError(message, name=name, obj=self)

    def __getitem__(self, name: str) -> Any:
        field = self._fields.get(name)
        if field is not None:
            return field.read(self)
        value = self._data[name]
        if isinstance(value, dict | list):
            # Under a name of its own: an association of that name is another thing.
            value = self._linked(f"[{name}]", own(self)[name])
        return value

    def __setitem__(self, name: str, value: Any) -> NoReturn:
        raise TypeError(refusal(self, name))

    def __contains__(self, name: object) -> bool:
        return name in self._data or name in self._fields

    # Without this, Python would try obj[0], obj[1] ...
    __iter__ = None

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other) or not isinstance(other, Resource):
            return NotImplemented
        return self.id is not None and self.id == other.id

    def __hash__(self) -> int:
        return object.__hash__(self) if self.id is None else hash((type(self), self.id))

    # A pickle may be stored, or read by others, and a copy may become one: neither
    # holds a credential. A pickle has no client either; a copy keeps the client.

    def __getstate__(self) -> tuple[Any, ...]:
        links = self._links or {}
        linked = {name: links[name] for name in links if not name.startswith("[")}
        said = self.errors, without_secrets(self.metadata)
        return without_secrets(self._data, type(self)), linked, said

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self._data, self._links, said = state
        self._outcome = Outcome(*said)
        self._context = None

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        made = memo[id(self)] = object.__new__(type(self))
        made.__setstate__(deepcopy(self.__getstate__(), memo))
        made._context = self._context
        return made

    def __copy__(self) -> Self:
        return deepcopy(self)

    def __repr__(self) -> str:
        problem = "" if self.valid else f", errors={len(self.errors)}"
        return f"{type(self).__name__}(id={self._shown_id()!r}{problem})"

    def _shown_id(self) -> str | None:
        """Return the id as ``repr`` may show it."""
        id = self.id
        if not isinstance(id, str) or not (self._id_is_secret or is_credential(id)):
            return id
        kind = re.match(r"[a-z]{2,4}[_:]", id)
        return f"{kind[0] if kind else ''}..."

    @classmethod
    def _keeps_secret(cls, name: str) -> bool:
        """Tell whether what the wire calls *name* is a secret of this class."""
        if name == "id":
            return cls._id_is_secret
        return is_secrets_name(name) or any(
            field.secret for field in cls._fields.values() if field.name == name
        )

    @property
    def errors(self) -> list[str]:
        """What the server said against the last call; empty if it said nothing."""
        return [] if self._outcome is None else self._outcome.errors

    @property
    def metadata(self) -> dict[str, Any]:
        """What stood beside the errors or the data of the last answer."""
        return {} if self._outcome is None else self._outcome.metadata

    @property
    def valid(self) -> bool:
        """Whether the last call left no errors."""
        return not self.errors

    @property
    def attributes(self) -> dict[str, Any]:
        """A copy of the data, as the server sent them."""
        copied: dict[str, Any] = fresh(self._data)
        return copied

    # --- Linked objects ------------------------------------------------------------

    def _linked(self, name: str, value: Any) -> Any:
        """Turn what is an object on the wire into one, and remember it as *name*."""
        links = self._memo()
        if name not in links:
            links[name] = objects_in(value, self._context)
        return links[name]

    def _memo(self) -> dict[str, Any]:
        if self._links is None:
            self._links = {}
        return self._links

    # --- Calls ---------------------------------------------------------------------

    @classmethod
    def _class_send(cls, call: Call[T]) -> T:
        """Send a call of the class with the default client; a client has its own."""
        return default_client().send(call)

    @classmethod
    def _class_run(cls, steps: Steps[T]) -> T:
        """Send the calls of *steps* with the default client."""
        return run(steps, cls._class_send)

    @classmethod
    def _class_each(cls, pages: Pages) -> Iterator[Any]:
        """Yield what is on *pages*, asked for with the default client."""
        return each(pages, cls._class_send)

    @classmethod
    def _class_context(cls, credentials: Mapping[str, Any] | None) -> Context | None:
        """Return where objects of the class come from that no call brought."""
        return Context(None, credentials) if credentials else None

    def _send(self, call: Call[T]) -> T:
        """Send a call of this object to where the object came from."""
        return self._sender().send(call)

    def _run(self, steps: Steps[T]) -> T:
        """Send the calls of *steps* to where the object came from."""
        return self._sender().run(steps)

    def _ready(self, value: T) -> T:
        """Return *value* as a call would, for which nothing has to be sent."""
        sender = self._context.sender if self._context else None
        return value if sender is None else sender.ready(value)

    def _sender(self) -> Sender:
        sender = self._context.sender if self._context else None
        return sender or default_client()

    def _given(self, step: Call[T] | T) -> T:
        """Return what is at hand, or what the call asks for."""
        return self._send(step) if isinstance(step, Call) else self._ready(step)

    def _place(self, *below: str) -> str:
        """Return the path of this object."""
        if not (self.id or "").strip():
            message = f"this {type(self).__name__} has no id yet; create it first"
            raise UnsavedObjectError(message)
        return "/".join((self._path, segment(self.id), *below))

    def _absorb(
        self, data: Mapping[str, Any], outcome: Outcome, *, replace: bool = False
    ) -> None:
        """Take over what an answer said."""
        self._data = dict(data) if replace else {**fresh(self._data), **data}
        self._links = None
        self._outcome = outcome


class Record(Resource):
    """An object of a kind that this version of arware does not know."""

    __slots__ = ()
    _kind = "record"


def objects_in(value: Any, context: Context | None) -> Any:
    """Return *value* with objects in place of the mappings that name their kind."""
    if isinstance(value, dict) and isinstance(value.get("object"), str):
        return class_of(value, Record)._made(value, context)
    if isinstance(value, list):
        return [objects_in(item, context) for item in value]
    return value


def without_secrets(value: Any, cls: type[Resource] = Record) -> Any:
    """Copy *value*, which is what JSON can hold, for a *cls*, without credentials."""
    if isinstance(value, dict):
        cls = class_of(value, cls)
        return {
            name: without_secrets(item)
            for name, item in value.items()
            if not cls._keeps_secret(name) and not _is_secret(item)
        }
    if isinstance(value, list | tuple):
        return [without_secrets(item, cls) for item in value if not _is_secret(item)]
    return value


def _is_secret(value: Any) -> bool:
    return isinstance(value, str) and is_secret(value)


def hint(name: str, names: Iterable[str]) -> str:
    """Return a question about the nearest of *names*, or nothing."""
    near = difflib.get_close_matches(name, names, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
