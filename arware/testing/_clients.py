"""Test clients: how each is asked for a page, and which adapter it leads to."""

from __future__ import annotations

import asyncio
import inspect
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from arware.auth import KEY, Auth

from ._calls import Call, asgi_scope, is_asgi, wsgi_environ
from .browser import HTML

if TYPE_CHECKING:
    from arware.core.flow import Flow

#: By what a client shows that it keeps cookies.
_COOKIES = ("cookies", "get_cookie")
#: Where Django's clients say that their requests go.
_DJANGO = "http://testserver"
#: How long a request waits for its answer, in seconds, where none is wanted.
_STAY = 5.0
#: How long an application may take to answer something to be awaited, in seconds.
_STUCK = 10.0


class Answer(NamedTuple):
    """What was answered, in whatever way a client puts it."""

    status: int
    location: str
    text: str


class Client:
    """
    A test client of WebTest, Flask, Django, Starlette, httpx or our own.

    *url* is put in front of each path. None of the frameworks is imported: what tells
    the clients apart is what their objects offer.
    """

    def __init__(self, raw: Any, url: str = "") -> None:
        self._raw = raw
        self._url = url.rstrip("/")
        #: Django's handler is called like an application that answers to its caller.
        self._is_django = hasattr(raw, "handler")
        self._app = _app_of(raw)
        transport = getattr(raw, "_transport", None)
        if transport is None:
            self._is_asgi = is_asgi(self._app)
        else:  # httpx knows, even where the application looks like neither
            self._is_asgi = not hasattr(transport, "script_name")

    def get(self, target: str) -> Answer:
        """Ask for *target* as a program does, and follow no redirect."""
        get = self._raw.get
        parameters = inspect.signature(get).parameters
        options: dict[str, Any] = {"headers": {"Accept": HTML}}
        if "expect_errors" in parameters:  # WebTest raises them otherwise
            options["expect_errors"] = True
        if "follow_redirects" in parameters:
            options["follow_redirects"] = False
        if "secure" in parameters and self._url.startswith("https:"):
            options["secure"] = True
        if hasattr(self._raw, "cookie_header"):  # our own, which plays a person
            options["site"] = None
        return _answer_of(_finished(get(self._url + target, **options)))

    def find_flow(self) -> Flow | None:
        """Return the flow of the first adapter that a request meets, if any."""
        question = _Question()
        call = self._call()
        try:
            if self._is_asgi:
                _finished(self._ask_asgi(asgi_scope(call) | {KEY: question}))
            else:
                self._ask_wsgi(wsgi_environ(call) | {KEY: question})
        except BaseException:
            # Frameworks wrap it, but whoever was asked has been noted.
            if question.flow is None:
                raise
        return question.flow

    def _call(self) -> Call:
        """Return the request for the root below which the adapter is."""
        base = str(getattr(self._raw, "base_url", "") or "").rstrip("/")
        whole = self._url if "://" in self._url else base + self._url
        parts = urlsplit(whole)
        usual = _DJANGO if self._is_django else "http://localhost"
        origin = f"{parts.scheme}://{parts.netloc}" if parts.netloc else usual
        return Call(target=f"{parts.path}/", origin=origin)

    def _ask_wsgi(self, environ: dict[str, Any]) -> None:
        if self._is_django:
            self._app(environ)
            return
        body = self._app(environ, _start)
        deque(body, 0)  # some begin to work when their body is read
        getattr(body, "close", bool)()

    async def _ask_asgi(self, scope: dict[str, Any]) -> None:
        streams = () if self._is_django else (_one_request(), _send)
        await self._app(scope, *streams)


class _Found(BaseException):
    """The request has met an adapter, and is to go no further."""


class _Question(Auth):
    """
    Stand where an outer adapter has its auth object, and learn who looks there.

    An adapter asks such an object whether it may be taken over. This one never may: it
    ends the request instead, before anybody is logged in and the application is called.
    """

    flow: Flow | None = None

    def __init__(self) -> None:
        self.ignored = False

    def __repr__(self) -> str:
        return "<a question>"

    def belongs_to(self, flow: Any) -> bool:
        """Note the flow that asks."""
        self.flow = flow
        raise _Found


def _app_of(raw: Any) -> Any:
    """Return the application that *raw* leads to."""
    has_cookies = any(hasattr(raw, name) for name in _COOKIES)
    # httpx says nowhere else what a client is made for.
    transport = getattr(raw, "_transport", None)
    for holder, name in (
        (raw, "app"),
        (raw, "application"),
        (raw, "handler"),
        (transport, "app"),
    ):
        app = getattr(holder, name, None)
        if callable(app) and has_cookies and callable(getattr(raw, "get", None)):
            return app
    kind = type(raw).__name__
    raise TypeError(
        f"login() takes a test client with cookies and an application, not {kind}: "
        "TestApp(app), app.test_client(), django.test.Client(), TestClient(app), or "
        "httpx.Client(transport=httpx.WSGITransport(app))"
    )


def _answer_of(raw: Any) -> Answer:
    names = ("status_code", "status_int", "status")
    status = next(getattr(raw, name) for name in names if hasattr(raw, name))
    if hasattr(raw.headers, "get"):
        location = raw.headers.get("Location") or ""
    else:
        location = raw.location
    text = raw.text if hasattr(raw, "text") else raw.content.decode("utf-8", "replace")
    return Answer(int(status), location, text)


def _finished(made: Any) -> Any:
    """
    Return *made*, or what comes of it where it is to be awaited.

    That is done in a thread: the caller's own may have a loop, which is running and
    stands still meanwhile. The context is the caller's, by which Django finds the
    thread of its database.
    """
    if not inspect.isawaitable(made):
        return made
    run = copy_context().run
    with ThreadPoolExecutor(1, thread_name_prefix="arware-testing") as pool:
        return pool.submit(run, asyncio.run, _await(made)).result()


async def _await(made: Awaitable[Any]) -> Any:
    try:
        async with asyncio.timeout(_STUCK) as waiting:
            return await made
    except TimeoutError:
        if not waiting.expired():
            raise
        problem = (
            f"the application has not answered for {_STUCK:.0f} seconds. If it waits "
            "for the test's event loop, which stands still while login() runs, write: "
            "await asyncio.to_thread(login, client)"
        )
        raise ValueError(problem) from None


def _start(_status: str, _headers: Any, _exc_info: Any = None) -> Any:
    """Take the head of an answer that nobody wants."""
    return bool


def _one_request() -> Callable[[], Awaitable[dict[str, Any]]]:
    """Return a channel with a request whose sender goes away after some seconds."""
    messages = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> dict[str, Any]:
        message = next(messages, None)
        if message is None:
            # Django stops working for somebody who is gone, so not at once.
            await asyncio.sleep(_STAY)
        return message or {"type": "http.disconnect"}

    return receive


async def _send(_message: Any) -> None:
    """Take a message that nobody wants."""
