"""
The hosts of the behaviour suite: every adapter, and every framework as a framework.

A new host is one function that takes an adapter's keywords and returns the application
of ``whoami.py``, adapter and validators included.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qsl
from wsgiref.validate import validator

from .whoami import (
    ROUTES,
    Answer,
    Seen,
    after_login,
    respond,
    seen_in,
    streamed,
)

METHODS = ["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"]


@dataclass(frozen=True)
class Host:
    """One way to run the application; *build* takes the adapter's keywords."""

    name: str
    interface: Literal["wsgi", "asgi"]
    build: Callable[..., Any]

    def __str__(self) -> str:
        return self.name


def seen_in_environ(environ: dict[str, Any]) -> Seen:
    """Read what a WSGI application sees."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    return seen_in(
        environ,
        remote_user=environ.get("REMOTE_USER"),
        path=environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace"),
        method=environ["REQUEST_METHOD"],
        query=dict(parse_qsl(environ["QUERY_STRING"])),
        body=environ["wsgi.input"].read(length) if length else b"",
    )


# --- WSGI --------------------------------------------------------------------------

REASONS = {200: "OK", 204: "No Content", 302: "Found"}


def wsgi_application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Be the application without a framework."""
    seen = seen_in_environ(environ)
    if seen.path == "/stream":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return streamed(seen.auth, seen.query.get("with"))
    answer = respond(seen)
    status = f"{answer.status} {REASONS.get(answer.status, 'Whatever')}"
    start_response(status, answer.all_headers)
    return [] if seen.method == "HEAD" else [answer.body]


def raw_wsgi(**adapter: Any) -> Any:
    """Run it bare, with validators on both sides of the adapter."""
    from arware.wsgi import Middleware

    return validator(Middleware(validator(wsgi_application), **adapter))


def late_wsgi(**adapter: Any) -> Any:
    """Run it as a generator: it starts its answer when the first chunk is wanted."""
    from arware.wsgi import Middleware

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        yield from wsgi_application(environ, start_response)

    return validator(Middleware(validator(application), **adapter))


def flask_host(**adapter: Any) -> Any:
    """Run it in Flask, through the extension."""
    from .flask_host import make_application

    return validator(make_application(adapter))


def django_host(**adapter: Any) -> Any:
    """Run it in Django, through the middleware."""
    from .django_host import make_application

    return validator(make_application(adapter, "wsgi"))


def pyramid_host(**adapter: Any) -> Any:
    """Run it in Pyramid, through the include."""
    from .pyramid_host import make_application

    return validator(make_application(adapter))


def bottle_host(**adapter: Any) -> Any:
    """Run it in Bottle, through the plugin."""
    from .bottle_host import make_application

    return validator(make_application(adapter))


def falcon_host(**adapter: Any) -> Any:
    """Run it in Falcon, the middleware around it."""
    from .falcon_host import make_application

    return validator(make_application(adapter))


# --- ASGI --------------------------------------------------------------------------


async def body_of(receive: Any) -> bytes:
    """Read a request's whole body."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body


def path_in(scope: dict[str, Any]) -> str:
    """Return the path below the mount."""
    return scope["path"].removeprefix(scope["root_path"]) or "/"


async def respond_async(seen: Seen) -> Answer:
    """Answer as the route does; a login may fetch keys here."""
    if seen.path == "/alogin-by-app":
        await seen.auth.alogin(seen.query["with"])
        return after_login(seen)
    return respond(seen)


async def send_answer(send: Any, answer: Answer, method: str) -> None:
    """Send a whole answer."""
    headers = [
        (name.lower().encode(), value.encode()) for name, value in answer.all_headers
    ]
    start = {"type": "http.response.start", "status": answer.status}
    await send(start | {"headers": headers})
    body = b"" if method == "HEAD" else answer.body
    await send({"type": "http.response.body", "body": body})


async def asgi_application(scope: Any, receive: Any, send: Any) -> None:
    """Be the application without a framework."""
    if scope["type"] == "websocket":
        await receive()
        user = scope["authrocket.user"]
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": user.id if user else "nobody"})
        await send({"type": "websocket.close", "code": 1000})
        return
    if path_in(scope) == "/stream":
        headers = [(b"content-type", b"text/plain")]
        start = {"type": "http.response.start", "status": 200}
        await send(start | {"headers": headers})
        query = dict(parse_qsl(scope["query_string"].decode()))
        for chunk in streamed(scope["authrocket.auth"], query.get("with")):
            body = {"type": "http.response.body", "body": chunk}
            await send(body | {"more_body": True})
        await send({"type": "http.response.body"})
        return
    seen = seen_in(
        scope,
        remote_user=scope.get("REMOTE_USER"),
        path=path_in(scope),
        method=scope["method"],
        query=dict(parse_qsl(scope["query_string"].decode())),
        body=await body_of(receive),
    )
    await send_answer(send, await respond_async(seen), seen.method)


def raw_asgi(**adapter: Any) -> Any:
    """Run it bare."""
    from arware.asgi import Middleware

    return Middleware(asgi_application, **adapter)


async def seen_by_starlette(request: Any) -> Seen:
    """Read what a Starlette or FastAPI view sees."""
    return seen_in(
        request.scope,
        remote_user=request.scope.get("REMOTE_USER"),
        path=path_in(request.scope),
        method=request.method,
        query=dict(request.query_params),
        body=await request.body(),
    )


def starlette_answer(answer: Answer) -> Any:
    """Translate an answer."""
    from starlette.responses import Response

    response = Response(answer.body, answer.status)
    for name, value in answer.all_headers:
        response.headers.append(name, value)
    return response


async def stream_async(auth: Any, token: str | None) -> Any:
    """Yield the body of ``/stream``."""
    for chunk in streamed(auth, token):
        yield chunk


def stream_by_starlette(request: Any) -> Any:
    """Answer ``/stream``."""
    from starlette.responses import StreamingResponse

    auth, token = request.scope["authrocket.auth"], request.query_params.get("with")
    return StreamingResponse(stream_async(auth, token), media_type="text/plain")


def starlette_framework(**adapter: Any) -> Any:
    """Run it in Starlette, through the integration."""
    from starlette.applications import Starlette
    from starlette.routing import Route, WebSocketRoute

    from arware.starlette import install

    def view_of(route: Callable[[Seen], Answer]) -> Callable[[Any], Awaitable[Any]]:
        async def view(request: Any) -> Any:
            return starlette_answer(route(await seen_by_starlette(request)))

        return view

    async def alogin(request: Any) -> Any:
        return starlette_answer(await respond_async(await seen_by_starlette(request)))

    async def stream(request: Any) -> Any:
        return stream_by_starlette(request)

    routes = [
        Route(path, view_of(route), methods=METHODS) for path, route in ROUTES.items()
    ]
    routes.append(Route("/alogin-by-app", alogin))
    routes.append(Route("/stream", stream))
    routes.append(WebSocketRoute("/ws", starlette_websocket))
    app = Starlette(routes=routes)
    install(app, **adapter)
    return app


async def starlette_websocket(websocket: Any) -> None:
    """Say who is there."""
    user = websocket.scope["authrocket.user"]
    await websocket.accept()
    await websocket.send_text(user.id if user else "nobody")
    await websocket.close()


def fastapi_framework(**adapter: Any) -> Any:
    """Run it in FastAPI, with plain functions for views, which it puts in threads."""
    from fastapi import Depends, FastAPI, Request
    from starlette.routing import WebSocketRoute

    from arware.fastapi import install

    app = FastAPI()

    async def seen_of(request: Request) -> Any:
        return await seen_by_starlette(request)

    # Evaluated here, as the annotations of this module are text.
    seen_of.__annotations__["request"] = Request

    def view_of(route: Callable[[Seen], Answer]) -> Callable[[Any], Any]:
        def view(seen: Any = Depends(seen_of)) -> Any:  # noqa: B008 - FastAPI's way
            return starlette_answer(route(seen))

        return view

    async def alogin(seen: Any = Depends(seen_of)) -> Any:  # noqa: B008 - FastAPI's way
        return starlette_answer(await respond_async(seen))

    async def stream(request: Any) -> Any:
        return stream_by_starlette(request)

    stream.__annotations__["request"] = Request

    for path, route in ROUTES.items():
        app.add_api_route(
            path, view_of(route), methods=METHODS, include_in_schema=False
        )
    app.add_api_route("/alogin-by-app", alogin)
    app.add_api_route("/stream", stream)
    app.router.routes.append(WebSocketRoute("/ws", starlette_websocket))
    install(app, **adapter)
    return app


def django_asgi_host(**adapter: Any) -> Any:
    """Run it in Django, asynchronously."""
    from .django_host import make_application

    return make_application(adapter, "asgi")


def tornado_host(**adapter: Any) -> Any:
    """Run it in Tornado, with the adapter of the documentation."""
    from .tornado_host import make_application

    return make_application(adapter)


HOSTS = (
    Host("wsgi", "wsgi", raw_wsgi),
    Host("wsgi-late", "wsgi", late_wsgi),
    Host("flask", "wsgi", flask_host),
    Host("django", "wsgi", django_host),
    Host("pyramid", "wsgi", pyramid_host),
    Host("bottle", "wsgi", bottle_host),
    Host("falcon", "wsgi", falcon_host),
    Host("asgi", "asgi", raw_asgi),
    Host("starlette", "asgi", starlette_framework),
    Host("fastapi", "asgi", fastapi_framework),
    Host("django-asgi", "asgi", django_asgi_host),
    Host("tornado", "asgi", tornado_host),
)
WSGI_HOSTS = tuple(host for host in HOSTS if host.interface == "wsgi")
ASGI_HOSTS = tuple(host for host in HOSTS if host.interface == "asgi")
HOST = {host.name: host for host in HOSTS}
