"""The application of ``whoami.py`` in Falcon, as the documentation adapts it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import falcon

from arware.errors import Refusal
from arware.wsgi import Middleware

from .whoami import ROUTES, Answer, Seen, seen_in, streamed

METHODS = ("get", "head", "post", "put", "delete", "options")


def seen_by(request: falcon.Request) -> Seen:
    """Read what a Falcon resource sees."""
    return seen_in(
        request.env,
        remote_user=request.env.get("REMOTE_USER"),
        path=request.path,
        method=request.method,
        query=request.params,
        body=request.bounded_stream.read(),
    )


def answer_with(response: falcon.Response, answer: Answer) -> None:
    """Translate an answer."""
    response.status = answer.status
    response.data = answer.body
    for name, value in answer.all_headers:
        response.append_header(name, value)


def resource_of(route: Callable[[Seen], Answer]) -> Any:
    """Return a resource whose methods are *route*."""

    def respond(self: Any, request: Any, response: Any) -> None:
        answer_with(response, route(seen_by(request)))

    responders = {f"on_{method}": respond for method in METHODS}
    return type("Resource", (), responders)()


def pass_on(request: Any, response: Any, error: Refusal, params: Any) -> None:
    """Hand a refusal on to the middleware."""
    raise error


class Stream:
    """Answer in parts."""

    def on_get(self, request: Any, response: Any) -> None:
        """Hand the parts over."""
        response.content_type = "text/plain"
        auth = request.env["authrocket.auth"]
        response.stream = streamed(auth, request.params.get("with"))


def make_application(adapter: dict[str, Any]) -> Any:
    """Return the application, and the middleware around it."""
    app = falcon.App()
    for path, route in ROUTES.items():
        app.add_route(path, resource_of(route))
    app.add_route("/stream", Stream())
    app.add_error_handler(Refusal, pass_on)
    return Middleware(app, **adapter)
