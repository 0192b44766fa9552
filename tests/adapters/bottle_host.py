"""The application of ``whoami.py`` as Bottle's users would write it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import bottle
from bottle import request

from .whoami import ROUTES, Answer, Seen, remote_users_in, streamed, whoami


def seen_by_bottle() -> Seen:
    """Read what a Bottle view sees."""
    return Seen(
        auth=request.environ["authrocket.auth"],
        session=request.environ["authrocket.session"],
        current_session=request.current_session,
        user=request.current_user,
        membership=request.current_membership,
        org=request.current_org,
        again=lambda: request.current_user,
        remote_user=request.environ.get("REMOTE_USER"),
        remote_users=remote_users_in(request.environ),
        path=request.path,
        method=request.method,
        query=dict(request.query.decode()),
        body=request.body.read(),
    )


def _response(answer: Answer) -> bottle.HTTPResponse:
    response = bottle.HTTPResponse(answer.body, answer.status)
    for name, value in answer.headers:
        response.add_header(name, value)
    if "Content-Type" not in response.headers and answer.status != 204:
        response.content_type = "text/plain"
    return response


def view_of(route: Callable[[Seen], Answer]) -> Callable[[], bottle.HTTPResponse]:
    """Wrap *route* as a view."""

    def view() -> bottle.HTTPResponse:
        return _response(route(seen_by_bottle()))

    return view


def _stream() -> Iterator[bytes]:
    return streamed(request.environ["authrocket.auth"], request.query.get("with"))


def make_application(adapter: dict[str, Any]) -> bottle.Bottle:
    """Return the application with ``arware.bottle.Plugin`` installed."""
    from arware.bottle import Plugin

    app = bottle.Bottle()
    app.install(Plugin(**adapter))
    for path, route in ROUTES.items():
        app.route(path, "ANY", view_of(route))
    app.route("/stream", "GET", _stream)
    app.route("/guarded", "ANY", view_of(whoami), require_login=True)
    app.route("/open", "ANY", view_of(whoami), require_login=False)
    return app
