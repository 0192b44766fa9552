"""
What can be done with most resources: list, find, create, update, delete.

Each is a class to inherit from; a resource names those that the API offers for it.
Everywhere these options may stand among the parameters: ``credentials={...}``,
``headers={...}``, ``params={...}`` (then only its content is sent) and, where
something is only read, ``cache=``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

from arware.api.calls import asked, narrowed, segment
from arware.errors import RecordNotFound

from .base import Collection, Resource
from .forms import Changes
from .reading import (
    Absorb,
    Instead,
    ReadFirst,
    ReadList,
    ReadObject,
    ReadOrNone,
    submitted_in,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arware.api.calls import Call, Pages, Steps


class Listed(Resource):
    """Resources that can be listed."""

    __slots__ = ()

    @classmethod
    def all(cls, /, **params: Any) -> Collection[Self]:
        """
        Return one page of what there is, at most 1,000 objects, by default 100.

        *params* filter, sort and page: ``max_results``, ``after`` (an id), ``sort``,
        ``direction``. Raises :class:`~arware.errors.QueryError` if the server refuses
        them. *more_results* of the list tells whether there is another page.
        """
        return cls._class_send(cls._page(params))

    @classmethod
    def _page(cls, params: Mapping[str, Any]) -> Call[Collection[Self]]:
        return asked(params).call("GET", cls._path, ReadList(cls._class))

    @classmethod
    def first(cls, /, **params: Any) -> Self | None:
        """Return the first object that :meth:`all` would, or ``None``."""
        request = asked(params, max_results=1)
        return cls._class_send(request.call("GET", cls._path, ReadFirst(cls._class)))

    @classmethod
    def iterate(cls, /, **params: Any) -> Iterator[Self]:
        """
        Yield all objects, page after page; a page is asked for when it is needed.

        Through an :class:`~arware.AsyncClient` it is an asynchronous iterator.
        """
        return cls._class_each(cls._pages(params))

    @classmethod
    def _pages(cls, params: dict[str, Any]) -> Pages:
        seen: set[str] = set()
        while True:
            page = yield cls._page(params)
            last = page[-1].id if page else None
            # A server that goes round in circles must not keep us for ever.
            if not page.more_results or last is None or last in seen:
                return
            seen.add(last)
            params = narrowed(params, after=last)


class Found(Resource):
    """Resources that can be asked for by id."""

    __slots__ = ()

    @classmethod
    def find(cls, id: str | None, /, **params: Any) -> Self:
        """
        Return the object *id*.

        Raises :class:`~arware.errors.RecordNotFound` if there is none, and, without a
        call, if *id* is blank.
        """
        return cls._class_run(cls._find_steps(id, params))

    @classmethod
    def retrieve(cls, id: str | None, /, **params: Any) -> Self | None:
        """Return the object *id*, or ``None`` if there is none."""
        return cls._class_run(cls._retrieve_steps(id, params))

    @classmethod
    def _find_steps(cls, id: str | None, params: Mapping[str, Any]) -> Steps[Self]:
        asked_id = yield from cls._asked_id(id, params)
        found: Self = yield cls._find_call(asked_id, params)
        return found

    @classmethod
    def _retrieve_steps(
        cls, id: str | None, params: Mapping[str, Any]
    ) -> Steps[Self | None]:
        try:
            asked_id = yield from cls._asked_id(id, params)
            call = cls._find_call(asked_id, params)
        except RecordNotFound:  # what can be no id is asked for nowhere
            return None
        reader = ReadOrNone(call.read)
        found: Self | None = yield asked(params).call("GET", call.path, reader)
        return found

    @classmethod
    def _asked_id(cls, id: str | None, _params: Mapping[str, Any]) -> Steps[str | None]:
        """Return the id to ask for where the caller gave *id*."""
        yield from ()
        return id

    @classmethod
    def _find_call(cls, id: str | None, params: Mapping[str, Any]) -> Call[Self]:
        path = f"{cls._path}/{segment(id)}"
        return asked(params).call("GET", path, ReadObject(cls._class))

    def reload(self, **params: Any) -> Self:
        """Ask for this object again and take the answer in place of all fields."""
        path = self._place()
        request = asked(params, self._context)
        call = request.call("GET", path, Absorb(self, replace=True))
        return self._send(call.then(Instead(self)))


class Created(Resource):
    """Resources that can be created."""

    __slots__ = ()

    @classmethod
    def create(cls, /, **fields: Any) -> Self:
        """
        Create an object with *fields*; always returns one.

        If the server refuses them, the object keeps them, has *errors* and is not
        *valid*. ``request={"ip": ..., "client": ...}`` describes whose doing it is.
        """
        return cls._class_send(cls._create_call(fields))

    @classmethod
    def create_or_raise(cls, /, **fields: Any) -> Self:
        """Create an object, or raise :class:`~arware.errors.RecordInvalid`."""
        return cls._class_send(cls._create_call(fields, strict=True))

    @classmethod
    def _create_call(
        cls, fields: Mapping[str, Any], *, strict: bool = False
    ) -> Call[Self]:
        request = asked(fields)
        submitted = submitted_in(request.sent, cls._kind)
        reader = ReadObject(cls._class, submitted, strict)
        return request.call("POST", cls._path, reader, root=cls._kind)

    def save(self, /, **fields: Any) -> bool:
        """
        Create this object if it has no id, else update it with *fields*.

        Returns whether it went well; if not, *errors* tell why.
        """
        if self.id:
            return _update(self, fields, strict=False)
        request = asked({**self._data, **fields}, self._context)
        reader = Absorb(self, submitted_in(request.sent, self._kind))
        return self._send(request.call("POST", self._path, reader, root=self._kind))


def _update(obj: Resource, fields: Mapping[str, Any], *, strict: bool) -> bool:
    path = obj._place()
    request = asked(fields, obj._context)
    reader = Absorb(obj, submitted_in(request.sent, obj._kind), strict)
    return obj._send(request.call("PUT", path, reader, root=obj._kind))


def _update_by_id(cls: Any, id: str | None, /, **fields: Any) -> Any:
    return _class_update(cls, id, fields, strict=False)


def _update_by_id_or_raise(cls: Any, id: str | None, /, **fields: Any) -> Any:
    return _class_update(cls, id, fields, strict=True)


def _class_update(cls: Any, id: str | None, fields: Any, *, strict: bool) -> Any:
    path = f"{cls._path}/{segment(id)}"
    request = asked(fields)
    submitted = submitted_in(request.sent, cls._kind)
    reader: ReadObject[Any] = ReadObject(cls._class, submitted, strict, id)
    return cls._class_send(request.call("PUT", path, reader, root=cls._kind))


def _delete_by_id(cls: Any, id: str | None, /, **params: Any) -> Any:
    return _class_delete(cls, id, params, strict=False)


def _delete_by_id_or_raise(cls: Any, id: str | None, /, **params: Any) -> Any:
    return _class_delete(cls, id, params, strict=True)


def _class_delete(cls: Any, id: str | None, params: Any, *, strict: bool) -> Any:
    path = f"{cls._path}/{segment(id)}"
    reader: ReadObject[Any] = ReadObject(cls._class, {}, strict, id)
    return cls._class_send(asked(params).call("DELETE", path, reader))


class Updated(Resource):
    """Resources that can be updated."""

    __slots__ = ()

    def _update(self, /, **fields: Any) -> bool:
        """
        Update the object with *fields* and tell whether it went well.

        If not, *errors* tell why, and the object keeps what was submitted. On the
        class the id comes first, and the object is returned.
        """
        return _update(self, fields, strict=False)

    def _update_or_raise(self, /, **fields: Any) -> bool:
        """Update the object, or raise :class:`~arware.errors.RecordInvalid`."""
        return _update(self, fields, strict=True)

    update = Changes(_update_by_id, _update)
    update_or_raise = Changes(_update_by_id_or_raise, _update_or_raise)


class Deleted(Resource):
    """Resources that can be deleted."""

    __slots__ = ()

    def _delete(self, /, **params: Any) -> bool:
        """
        Delete the object and tell whether it went well; if not, *errors* tell why.

        On the class the id comes first, and an object is returned.
        """
        return _delete(self, params, strict=False)

    def _delete_or_raise(self, /, **params: Any) -> bool:
        """Delete the object, or raise :class:`~arware.errors.RecordInvalid`."""
        return _delete(self, params, strict=True)

    delete = Changes(_delete_by_id, _delete)
    delete_or_raise = Changes(_delete_by_id_or_raise, _delete_or_raise)


def _delete(obj: Resource, params: Mapping[str, Any], *, strict: bool) -> bool:
    path = obj._place()
    request = asked(params, obj._context)
    return obj._send(request.call("DELETE", path, Absorb(obj, strict=strict)))
