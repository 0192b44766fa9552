"""The transport of coroutines: sends a request with ``httpx``, on asyncio or trio."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from http.client import RemoteDisconnected
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast
from urllib.parse import urlsplit

import anyio
import httpx
from anyio import to_thread
from anyio.lowlevel import current_token
from h11 import RemoteProtocolError

from arware.fork import PerProcess

from . import bodies, certificates
from .failures import FAILURES, TooLarge, failure, failure_of
from .semaphores import BUSY, NO_TIME, POOL, Semaphores

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator, Callable
    from typing import TypeAlias

    from anyio import CapacityLimiter, Semaphore
    from anyio.lowlevel import EventLoopToken

    from arware.errors import Error

    from .answers import Response
    from .attempts import Limits
    from .wire import Request

T = TypeVar("T")

#: How long a connection that nobody uses is kept, in seconds.
_IDLE = 30.0
#: As many headers as ``http.client`` takes.
_MOST_HEADERS = 100
#: As many threads at a time as one event loop uses for what blocks.
_THREADS = 8


class Connections:
    """What one event loop has: a pool, and a semaphore for each origin."""

    def __init__(self, context: ssl.SSLContext) -> None:
        # Not a client of httpx: that would log URLs, keep cookies and add headers.
        self.http = httpx.AsyncHTTPTransport(
            verify=context,
            trust_env=False,
            limits=httpx.Limits(
                max_connections=None,
                max_keepalive_connections=POOL,
                keepalive_expiry=_IDLE,
            ),
        )
        self.semaphores: Semaphores[Semaphore] = Semaphores(anyio.Semaphore)
        self.threads: CapacityLimiter = anyio.CapacityLimiter(_THREADS)

    async def work(self, function: Callable[[], T]) -> T:
        """Return what *function* returns, which a thread does."""
        return await to_thread.run_sync(function, limiter=self.threads)


class _Opened(NamedTuple):
    connections: Connections
    #: It closes the connections when it ends.
    closer: AsyncGenerator[Connections, None]


if TYPE_CHECKING:
    _Loops: TypeAlias = dict[EventLoopToken, _Opened]


class AsyncTransport:
    """
    Sends requests, on any number of event loops; each has connections of its own.

    They read no environment and no ``.netrc``, keep no cookies, follow no redirects and
    check certificates. At most 10 are open to one origin; who finds them busy waits
    for one until the call's deadline. *ca_bundle* is a file or a folder of certificates
    in place of the public ones.
    """

    def __init__(self, limits: Limits, ca_bundle: str | None = None) -> None:
        self.limits = limits
        self._context = certificates.context(ca_bundle)
        self._loops: PerProcess[_Loops] = PerProcess(dict)
        # At once: what they import would hold up the first event loop.
        Connections(self._context)

    async def connections(self) -> Connections:
        """Return those of the event loop that runs here."""
        loops, loop = self._loops.get(), _running_loop()
        opened = loops.get(loop)
        if opened is None:
            for other in filter(_is_closed, tuple(loops)):
                loops.pop(other, None)
            closer = self._open(loops, loop)
            # It does not wait for anything, so no other task comes in between.
            opened = loops[loop] = _Opened(await anext(closer), closer)
        return opened.connections

    async def _open(
        self, loops: _Loops, loop: EventLoopToken
    ) -> AsyncGenerator[Connections, None]:
        """
        Yield connections, and close them when this ends.

        An event loop ends the generators that it has seen before it ends itself, so
        that what nobody has closed is closed too.
        """
        connections = Connections(self._context)
        try:
            yield connections
        finally:
            loops.pop(loop, None)
            await connections.http.aclose()

    async def aclose(self) -> None:
        """Close this loop's connections; the transport can still be used."""
        opened = self._loops.get().get(_running_loop())
        if opened is not None:
            await opened.closer.aclose()

    async def send(self, request: Request, deadline: float) -> Response | Error:
        """
        Return the response to *request*, or the error that stands for its failure.

        *deadline* is in the terms of ``time.monotonic``.
        """
        left = deadline - time.monotonic()
        if left <= 0:
            return failure(request, NO_TIME)
        connections = await self.connections()
        semaphore = connections.semaphores.of(request)
        with anyio.move_on_after(left) as waiting:
            await semaphore.acquire()
        if waiting.cancelled_caught:
            return failure(request, BUSY)
        try:
            with anyio.fail_after(deadline - time.monotonic()):
                return await self._exchanged(connections, request, deadline)
        except (httpx.TransportError, httpx.InvalidURL, *FAILURES) as error:
            return failure_of(error, request, self.limits)
        finally:
            semaphore.release()

    async def _exchanged(
        self, connections: Connections, request: Request, deadline: float
    ) -> Response:
        try:
            response = await connections.http.handle_async_request(
                _prepared(request, self.limits)
            )
        except httpx.RemoteProtocolError as error:
            raise _cause_of(error) from error
        try:
            headers = _headers(response)
            raw = await self._body(response)
        finally:
            await response.aclose()
        limit = self.limits.body
        body = raw
        if "content-encoding" in headers:
            # A little that is compressed may be much that is not.
            decompress = partial(bodies.decompressed, raw, headers, limit, deadline)
            body = await connections.work(decompress)
        elif len(raw) > limit:
            raise TooLarge
        version = 10 if response.http_version == "HTTP/1.0" else 11
        return bodies.whole(request, response.status_code, headers, body, version)

    async def _body(self, response: httpx.Response) -> bytes:
        """Return the body as it came, which may be compressed."""
        chunks: list[bytes] = []
        # What is compressed may be a little larger for it.
        left = self.limits.body + bodies.CHUNK
        try:
            async for chunk in _stream(response):
                chunks.append(chunk)
                left -= len(chunk)
                if left < 0:
                    # It ends the stream, which to leave in the middle would leave it
                    # to the garbage collector.
                    await response.aclose()
        except httpx.TransportError:
            if left >= 0:
                raise
        if left < 0:
            raise TooLarge
        return b"".join(chunks)


def _running_loop() -> EventLoopToken:
    try:
        return current_token()
    except RuntimeError as error:
        message = (
            "neither asyncio nor trio runs here, and AsyncClient needs one of them: "
            "use asyncio.run(...), or arware.Client, which needs none"
        )
        raise RuntimeError(message) from error


def _is_closed(loop: EventLoopToken) -> bool:
    """Tell whether *loop* was closed without the end of its generators."""
    native = loop.native_token
    return isinstance(native, asyncio.AbstractEventLoop) and native.is_closed()


def _prepared(request: Request, limits: Limits) -> httpx.Request:
    """Return *request* as ``httpx`` sends it."""
    parts = urlsplit(request.url)
    # The wire has it as it was written, which an URL of httpx is not.
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    timeout = {"connect": limits.connect, "read": limits.read, "write": limits.read}
    prepared = httpx.Request(
        request.method,
        f"{parts.scheme}://{parts.netloc}/",
        headers=[(n.encode(), v.encode("latin-1")) for n, v in request.headers],
        content=request.body,
        extensions={"timeout": timeout, "target": target.encode()},
    )
    prepared.stream = _Body(request.body or b"")
    return prepared


class _Body(httpx.AsyncByteStream):
    """
    The *body* of a request.

    httpx's own is a generator, which a connection that breaks off leaves in the middle.
    """

    def __init__(self, body: bytes) -> None:
        self._left = [body]

    def __aiter__(self) -> _Body:
        return self

    async def __anext__(self) -> bytes:
        if not self._left:
            raise StopAsyncIteration
        return self._left.pop()


def _headers(response: httpx.Response) -> dict[str, str]:
    """Return the headers by their lower-case names; several of one name are joined."""
    pairs = response.headers.raw
    if len(pairs) > _MOST_HEADERS:
        message = "too many headers"
        raise httpx.RemoteProtocolError(message)
    found: dict[str, str] = {}
    for name, value in pairs:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


def _stream(response: httpx.Response) -> httpx.AsyncByteStream:
    return cast("httpx.AsyncByteStream", response.stream)


def _cause_of(error: httpx.RemoteProtocolError) -> Exception:
    """Return what *error* means, by who found it."""
    # What is no HTTP ``h11`` finds; without that the connection ended before an answer.
    found = error.__cause__ and error.__cause__.__context__
    return error if isinstance(found, RemoteProtocolError) else RemoteDisconnected("")
