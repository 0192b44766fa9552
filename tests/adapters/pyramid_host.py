"""The application of ``whoami.py`` as Pyramid's users would write it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from .whoami import ROUTES, Answer, Seen, remote_users_in, streamed, whoami


def seen_by(request: Request) -> Seen:
    """Read what a Pyramid view sees."""
    return Seen(
        auth=request.authrocket,
        session=request.environ["authrocket.session"],
        current_session=request.current_session,
        user=request.current_user,
        membership=request.current_membership,
        org=request.current_org,
        again=lambda: request.current_user,
        remote_user=request.remote_user,
        remote_users=remote_users_in(request.environ),
        path=request.path_info,
        method=request.method,
        query=dict(parse_qsl(request.query_string)),
        # Not .body, which would make a temporary file.
        body=request.body_file.read(request.content_length or 0),
    )


def _response(answer: Answer) -> Response:
    response = Response(answer.body, answer.status)
    if answer.status == 204:
        response.headers.pop("Content-Type", None)
    for name, value in answer.all_headers:
        response.headers[name] = value
    return response


def view_of(route: Callable[[Seen], Answer]) -> Callable[[Request], Response]:
    """Wrap *route* as a view."""

    def view(request: Request) -> Response:
        return _response(route(seen_by(request)))

    return view


def _stream(request: Request) -> Response:
    body = streamed(request.authrocket, request.params.get("with"))
    return Response(app_iter=body, content_type="text/plain")


def make_application(adapter: dict[str, Any], **view_options: Any) -> Any:
    """
    Return the application behind ``config.include("arware.pyramid")``.

    *view_options* go to the views ``/guarded`` (which needs a login) and ``/open``
    (which never does), as ``require_login`` does by default.
    """
    adapter = dict(adapter)
    clock = adapter.pop("clock", None)
    settings = {f"authrocket.{name}": value for name, value in adapter.items()}
    with Configurator(settings=settings) as config:
        if clock is not None:
            config.registry.settings["arware.clock"] = clock
        config.include("arware.pyramid")
        for number, (path, route) in enumerate(ROUTES.items()):
            config.add_route(f"route{number}", path)
            config.add_view(view_of(route), route_name=f"route{number}")
        config.add_route("stream", "/stream")
        config.add_view(_stream, route_name="stream")
        for path, required in (("/guarded", True), ("/open", False)):
            config.add_route(path, path)
            config.add_view(view_of(whoami), route_name=path, require_login=required)
        return config.make_wsgi_app()
