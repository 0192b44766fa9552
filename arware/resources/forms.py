"""Methods that work on the class, the id first, and on an object."""

from __future__ import annotations

from types import MethodType
from typing import (
    TYPE_CHECKING,
    Any,
    Generic,
    Protocol,
    TypeVar,
    cast,
    overload,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from .base import Resource

R = TypeVar("R", bound="Resource")
OnClass = TypeVar("OnClass")
OnObject = TypeVar("OnObject")
T_co = TypeVar("T_co", covariant=True)


class ById(Protocol[T_co]):
    """A method of the class: the id first, then fields and options."""

    def __call__(self, id: str | None, /, **params: Any) -> T_co:
        """Make the call."""
        ...


class ByFields(Protocol[T_co]):
    """A method that takes fields and options."""

    def __call__(self, **params: Any) -> T_co:
        """Make the call."""
        ...


class Forms:
    """
    A method with two forms.

    ``Org.update("org_1", name="x")`` calls *on_class*, ``org.update(name="x")`` calls
    *on_object*.
    """

    def __init__(
        self, on_class: Callable[..., Any], on_object: Callable[..., Any]
    ) -> None:
        self.on_class = on_class
        self.on_object = on_object
        self.__doc__ = on_object.__doc__

    def bound(self, obj: Resource | None, owner: type[Resource]) -> Any:
        """Return the form for *obj*, or for its class *owner* if there is none."""
        if obj is None:
            return MethodType(self.on_class, owner)
        return MethodType(self.on_object, obj)


class Changes(Forms):
    """On the class it returns an object, on an object whether it went well."""

    @overload
    def __get__(self, obj: None, owner: type[R]) -> ById[R]: ...
    @overload
    def __get__(self, obj: Resource, owner: type[R]) -> ByFields[bool]: ...
    def __get__(self, obj: Resource | None, owner: type[R]) -> ById[R] | ByFields[bool]:
        return cast("ById[R] | ByFields[bool]", self.bound(obj, owner))


class Both(Forms, Generic[OnClass, OnObject]):
    """On the class it returns the one, on an object the other."""

    @overload
    def __get__(self, obj: None, owner: type[Resource]) -> ById[OnClass]: ...
    @overload
    def __get__(self, obj: Resource, owner: type[Resource]) -> ByFields[OnObject]: ...
    def __get__(
        self, obj: Resource | None, owner: type[Resource]
    ) -> ById[OnClass] | ByFields[OnObject]:
        return cast("ById[OnClass] | ByFields[OnObject]", self.bound(obj, owner))
