"""How the answers of calls become objects; each way is a value, as calls are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from arware.api.answers import Answer, evidence, understand
from arware.errors import QueryError, RecordInvalid, RecordNotFound

from .base import Collection, Outcome, Resource
from .registry import class_of

if TYPE_CHECKING:
    from arware.api.answers import Response
    from arware.api.calls import Context, Reader

R = TypeVar("R", bound=Resource)


def submitted_in(sent: Mapping[str, Any], root: str) -> dict[str, Any]:
    """
    Return the fields in *sent*, whether the caller wrapped them in *root* or not.

    An ``id`` is left out: an object that the service refused to change would else
    stand for another.
    """
    inner = sent.get(root)
    fields = inner if isinstance(inner, Mapping) else sent
    return {name: value for name, value in fields.items() if name != "id"}


def _data(
    answer: Answer, response: Response, cls: type[Resource], sent: Mapping[str, Any]
) -> dict[str, Any]:
    """
    Return the fields of *answer*; what was *sent* if it has errors or says nothing.

    A 204, say, means that what was sent has been taken over; secrets are not shown.
    """
    if answer.errors:
        return dict(sent)
    if answer.data or response.status == 215:
        return answer.data if isinstance(answer.data, dict) else {}
    secrets = {field.name for field in cls._fields.values() if field.secret}
    unseen = secrets | {"request"}
    return {name: value for name, value in sent.items() if name not in unseen}


def _outcome(answer: Answer) -> Outcome:
    return Outcome(answer.errors, answer.metadata)


@dataclass(frozen=True, slots=True)
class ReadObject(Generic[R]):
    """
    Read one object, of *expected* unless the answer names another kind.

    An answer with errors becomes an object that keeps what was *submitted*; with
    *strict* it raises :class:`~arware.errors.RecordInvalid`. The *id*, where it is
    known, stands in for one that the answer leaves out.
    """

    expected: type[R]
    submitted: Mapping[str, Any] = field(default_factory=dict, repr=False)
    strict: bool = False
    id: str | None = None

    def __call__(self, response: Response, context: Context) -> R:
        """Return the object."""
        answer = understand(response)
        data = _data(answer, response, self.expected, self.submitted)
        if self.id is not None and "id" not in data:
            data["id"] = self.id
        made = class_of(data, self.expected)._made(data, context)
        made._outcome = _outcome(answer)
        if answer.errors and self.strict:
            raise RecordInvalid(made, **evidence(response))
        return cast("R", made)


@dataclass(frozen=True, slots=True)
class ReadOrNone(Generic[R]):
    """Read as *reader* does; what is not found is ``None``."""

    reader: Reader[R]

    def __call__(self, response: Response, context: Context) -> R | None:
        """Return the object or ``None``."""
        try:
            return self.reader(response, context)
        except RecordNotFound:
            return None


@dataclass(frozen=True, slots=True)
class ReadQueried(Generic[R]):
    """Read one object of a query, whose errors raise ``QueryError``."""

    expected: type[R]

    def __call__(self, response: Response, context: Context) -> R:
        """Return the object."""
        made = ReadObject(self.expected)(response, context)
        if made.errors:
            raise QueryError(made.errors, **evidence(response))
        return made


@dataclass(frozen=True, slots=True)
class ReadList(Generic[R]):
    """Read a list of *expected*; errors raise ``QueryError``."""

    expected: type[R]

    def __call__(self, response: Response, context: Context) -> Collection[R]:
        """Return the list."""
        answer = understand(response)
        if answer.errors:
            raise QueryError(answer.errors, **evidence(response))
        found = Collection[R](metadata=answer.metadata)
        for data in answer.data if isinstance(answer.data, list) else ():
            if isinstance(data, dict):
                made = class_of(data, self.expected)._made(data, context)
                found.append(cast("R", made))
        return found


@dataclass(frozen=True, slots=True)
class ReadFirst(Generic[R]):
    """Read the first of a list, ``None`` if it is empty."""

    expected: type[R]

    def __call__(self, response: Response, context: Context) -> R | None:
        """Return the first object or ``None``."""
        found = ReadList(self.expected)(response, context)
        return found[0] if found else None


@dataclass(frozen=True, slots=True)
class Absorb:
    """
    Read an answer into *target* and tell whether it had no errors.

    With errors the target keeps what was *submitted*; with *strict* they raise
    ``RecordInvalid``; with *replace* the answer takes the place of all data.
    """

    target: Resource
    submitted: Mapping[str, Any] = field(default_factory=dict, repr=False)
    strict: bool = False
    replace: bool = False

    def __call__(self, response: Response, _context: Context) -> bool:
        """Take over the answer."""
        answer = understand(response)
        data = _data(answer, response, type(self.target), self.submitted)
        # An answer may be another object: what was made for the target, say.
        if class_of(data, type(self.target)) is not type(self.target):
            data = {}
        replace = self.replace and bool(data) and not answer.errors
        self.target._absorb(data, _outcome(answer), replace=replace)
        if answer.errors and self.strict:
            raise RecordInvalid(self.target, **evidence(response))
        return not answer.errors


@dataclass(frozen=True, slots=True)
class Instead(Generic[R]):
    """Return *value* in the place of what was read."""

    value: R

    def __call__(self, _read: object) -> R:
        """Return it."""
        return self.value


@dataclass(frozen=True, slots=True)
class ReadIssued:
    """
    Read what the service issues for *user*: a session or a token.

    A refusal is ``False``, and its errors stand on the user.
    """

    user: Resource

    def __call__(self, response: Response, context: Context) -> Any:
        """Return the object or ``False``."""
        issued = ReadObject(type(self.user))(response, context)
        if issued.errors:
            self.user._outcome = Outcome(issued.errors, issued.metadata)
            return False
        return issued
