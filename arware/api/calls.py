"""
Calls are values: what is asked of the API, and how to read the answer.

A resource's method makes a :class:`Call` and hands it to a :class:`Sender`. Because
that is all it does, a call can be compared, shown and kept, and a sender of another
kind, an asynchronous one for instance, needs no change of any resource: what is to be
done with an answer is part of the call (:meth:`Call.then`), and what takes several
calls is a :data:`Steps`, which yields them.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from math import isfinite
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeAlias, TypeVar
from urllib.parse import quote_plus

from arware.errors import RecordNotFound

if TYPE_CHECKING:
    from .answers import Response
    from .namespace import Namespace

T = TypeVar("T")
U = TypeVar("U")
Method: TypeAlias = Literal["GET", "POST", "PUT", "DELETE"]
Params: TypeAlias = Mapping[str, Any]


class Sender(Protocol):
    """What sends calls: a client."""

    def send(self, call: Call[T]) -> T:
        """Send *call* and return what it reads from the answer."""
        ...

    def ready(self, value: T) -> T:
        """Return *value*, for which nothing has to be sent, as :meth:`send` would."""
        ...

    def run(self, steps: Steps[T]) -> T:
        """Send what *steps* yields, and return what it returns."""
        ...


def default_client() -> Namespace:
    """Return the client that the methods of the classes use."""
    # The one import that goes up, and so a late one: who makes no call loads no client.
    from .provider import default_client as found

    return found()


@dataclass(frozen=True, slots=True)
class Context:
    """Where an object came from, and so where its own calls go."""

    sender: Sender | None
    credentials: Params | None = field(default=None, repr=False)


Reader: TypeAlias = Callable[["Response", Context], T]


@dataclass(frozen=True, slots=True, repr=False)
class Call(Generic[T]):
    """
    One call: *method*, *path* below the API's URL, encoded *query*, *body*, *read*.

    *credentials*, *headers* and *cache* are what the caller asked for.
    """

    method: Method
    path: str
    query: str
    body: dict[str, Any] | None
    read: Reader[T]
    credentials: Params | None = None
    headers: Params | None = None
    cache: Any = None

    def then(self, function: Callable[[T], U]) -> Call[U]:
        """Return the same call, whose answer goes through *function* as well."""
        return replace(self, read=Then(self.read, function))  # type: ignore[arg-type, return-value]  # it reads another type

    def __str__(self) -> str:
        """Name the call for people and logs, without what may be a credential."""
        return f"{self.method} {shown_path(self.path)}"

    def __repr__(self) -> str:
        return f"Call({str(self)!r})"


@dataclass(frozen=True, slots=True)
class Then(Generic[T, U]):
    """Read as *reader* does and give that to *function*."""

    reader: Reader[T]
    function: Callable[[T], U]

    def __call__(self, response: Response, context: Context) -> U:
        """Return what *function* does."""
        return self.function(self.reader(response, context))


@dataclass(frozen=True, slots=True)
class Work(Generic[T]):
    """What *function* does, which is no call but may take its time."""

    function: Callable[[], T]


#: Several calls, one after the other: each is yielded and what it reads is sent back,
#: and so is :class:`Work`. What needs neither is yielded as it is, and comes back so.
Steps: TypeAlias = Generator[Any, Any, T]
#: Calls for the pages of a list; each page is sent back.
Pages: TypeAlias = "Generator[Call[Any], Any, None]"


def run(steps: Steps[T], send: Callable[[Call[Any]], Any]) -> T:
    """Return what *steps* returns, whose calls *send* sends."""
    result = None
    while True:
        try:
            step = steps.send(result)
        except StopIteration as end:
            value: T = end.value
            return value
        if isinstance(step, Call):
            result = send(step)
        else:
            result = step.function() if isinstance(step, Work) else step


async def arun(
    steps: Steps[T],
    send: Callable[[Call[Any]], Awaitable[Any]],
    work: Callable[[Callable[[], Any]], Awaitable[Any]],
) -> T:
    """Return what *steps* returns; *send* and *work* are awaited."""
    result = None
    while True:
        try:
            step = steps.send(result)
        except StopIteration as end:
            value: T = end.value
            return value
        if isinstance(step, Call):
            result = await send(step)
        else:
            result = await work(step.function) if isinstance(step, Work) else step


def each(pages: Pages, send: Callable[[Call[Any]], Any]) -> Iterator[Any]:
    """Yield what is on *pages*, whose calls *send* sends."""
    page = None
    while True:
        try:
            call = pages.send(page)
        except StopIteration:
            return
        page = send(call)
        yield from page


class Each:
    """
    The same where *send* is awaited.

    It is no asynchronous generator: who leaves one in the middle leaves it to the event
    loop to end it.
    """

    def __init__(
        self, pages: Pages, send: Callable[[Call[Any]], Awaitable[Any]]
    ) -> None:
        self._pages = pages
        self._send = send
        self._page: Any = None
        self._left: Iterator[Any] = iter(())

    def __aiter__(self) -> Each:
        return self

    async def __anext__(self) -> Any:
        for item in self._left:
            return item
        try:
            call = self._pages.send(self._page)
        except StopIteration:
            raise StopAsyncIteration from None
        try:
            self._page = await self._send(call)
        except BaseException:
            # As a generator does, it ends with the first error.
            self._pages.close()
            raise
        self._left = iter(self._page)
        return await anext(self)


def shown_path(path: str) -> str:
    """Return *path* with the ids left out that would be worth stealing."""
    parts = path.split("/")
    # An invitation's id may be its token.
    hidden = [False, *(part == "invitations" for part in parts)]
    return "/".join(
        "..." if known or is_credential(part) else part
        for part, known in zip(parts, hidden, strict=False)
    )


def is_credential(id: str) -> bool:
    """Tell whether *id*, a segment of a path, may be what would be worth stealing."""
    return is_secret(id) or _LIKE_CREDENTIALS.search(id) is not None


_LIKE_CREDENTIALS = re.compile(r"^(t[a-z]{2}|kli)%3A|\.|^.{65}")


def is_secret(value: str) -> bool:
    """Tell whether *value* has the form of a credential, whatever it is called."""
    return _SECRET.search(value) is not None


# Session ids log in at LoginRocket; JWTs, one-time tokens and API keys anywhere.
_SECRET = re.compile(r"^(kss|ks|key|jsk|art)_|^(t[a-z]{2}|kli):\S|^eyJ")


def is_secrets_name(name: str) -> bool:
    """Tell whether what is called *name* is a secret, whatever it looks like."""
    return _SECRETS_NAME.search(name) is not None


_SECRETS_NAME = re.compile(
    r"password(_confirmation)?$|secret$|token$|^key$"
    r"|(access|api|encryption|jwt|private|secret|signing)[_-]?key$"
    r"|^(session|invitation)_id$|^provisioning_",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Asked:
    """What a method was given: the options of the call, and what to send."""

    credentials: Params | None = field(repr=False)
    headers: Params | None = field(repr=False)
    cache: Any
    sent: dict[str, Any] = field(repr=False)

    def call(
        self, method: Method, path: str, read: Reader[T], root: str | None = None
    ) -> Call[T]:
        """Make the call; with *root* the parameters are wrapped in it."""
        if method in ("GET", "DELETE"):
            query, body = encode_query(self.sent), None
        else:
            query, body = "", wrap(self.sent, root)
        return Call(
            method, path, query, body, read, self.credentials, self.headers, self.cache
        )


def asked(params: Params, context: Context | None = None, **added: Any) -> Asked:
    """
    Split *params* into the options and what to send.

    With a ``params`` among them only its content is sent. *added* is sent as well,
    beside a root that the caller wrapped around the rest. Credentials that the caller
    does not give are those of *context*.
    """
    rest = dict(params)
    credentials = rest.pop("credentials", None)
    if credentials is None and context is not None:
        credentials = context.credentials
    headers = rest.pop("headers", None)
    cache = rest.pop("cache", None)
    if isinstance(rest.get("params"), Mapping):
        rest = dict(rest["params"])
    rest.update(added)
    return Asked(credentials, headers, cache, rest)


def narrowed(params: Params, **more: Any) -> dict[str, Any]:
    """Return *params* with *more* of what is sent, be that wrapped in ``params=``."""
    inner = params.get("params")
    if isinstance(inner, Mapping):
        return {**params, "params": {**inner, **more}}
    return {**params, **more}


def wrap(params: Params, root: str | None) -> dict[str, Any]:
    """
    Wrap *params* in *root*, unless they have a mapping under it already.

    A text under it is a field that is called as its resource, like a domain's.
    ``request``, which describes the person's own request, stands beside the root.
    """
    if root is None or isinstance(params.get(root), Mapping):
        return dict(params)
    inner = dict(params)
    outer = {"request": inner.pop("request")} if "request" in inner else {}
    return {root: inner, **outer}


def segment(id: object) -> str:
    """
    Escape *id* as one segment of a path, as forms are escaped.

    Raises :class:`~arware.errors.RecordNotFound` for what can be no id: nothing, and
    the two segments (``.`` and ``..``) that would lead to another path.
    """
    if id is not None and not isinstance(id, str):
        kind = type(id).__name__
        raise RecordNotFound(
            f"an id is text, and this is of type {kind}; nothing was asked"
        )
    text = id or ""
    try:
        escaped = quote_plus(text, safe="")
    except UnicodeEncodeError:
        escaped = ""
    if not text.strip() or escaped in ("", ".", ".."):
        wrong = "none was given" if id is None else "this is blank or can be none"
        raise RecordNotFound(f"an id is needed, and {wrong}; nothing was asked")
    return escaped


def encode_query(params: Params) -> str:
    """
    Encode *params* in the API's own manner, sorted by name.

    ``None`` is ``k=``, a list ``k[]=a&k[]=b``, a mapping ``k[a]=1``. Raises
    ``TypeError`` for anything deeper, which the API does not know.
    """
    pairs: list[str] = []
    for name in sorted(params):
        value = params[name]
        key = _escape(name)
        if isinstance(value, Mapping):
            inner = sorted(value.items())
            pairs += [f"{key}[{_escape(n)}]={_scalar(v)}" for n, v in inner]
        elif isinstance(value, list | tuple | set | frozenset):
            items = _sorted(name, [plain(item) for item in value])
            pairs += [f"{key}[]={_scalar(item)}" for item in items]
            if not value:
                pairs.append(f"{key}[]")
        else:
            pairs.append(f"{key}={_scalar(value)}")
    return "&".join(pairs)


def _sorted(name: str, values: Any) -> list[Any]:
    try:
        return sorted(values)
    except TypeError:
        message = f"the values of {name!r} are of several kinds; give only one"
        raise TypeError(message) from None


def _escape(text: Any) -> str:
    return quote_plus(str(text), safe="", errors="replace")


def _scalar(value: Any) -> str:
    value = plain(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int) or (isinstance(value, float) and isfinite(value)):
        return _escape(value)
    shown = value if isinstance(value, float) else type(value).__name__
    message = f"{shown} cannot stand in a query; give text or numbers"
    raise TypeError(message)


def plain(value: Any) -> Any:
    """Return *value* as the wire has it: moments are seconds since the epoch."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            message = "a datetime without a time zone could be any moment; give it one"
            raise ValueError(message)
        return value.timestamp()
    if isinstance(value, Enum):
        return value.value
    return value
