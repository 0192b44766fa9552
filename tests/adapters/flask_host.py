"""The application of ``whoami.py`` as Flask's users would write it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flask

from .whoami import ROUTES, Answer, Seen, remote_users_in, streamed

METHODS = ["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"]


def seen_by_flask() -> Seen:
    """Read what a Flask view sees; ``None`` stands for a proxy that is false."""
    from arware.flask import (
        current_auth,
        current_membership,
        current_org,
        current_session,
        current_user,
    )

    request = flask.request
    return Seen(
        auth=current_auth,
        session=request.environ["authrocket.session"],
        current_session=current_auth.session and current_session._get_current_object(),
        user=current_user or None,
        membership=current_membership or None,
        org=current_org or None,
        again=lambda: current_user or None,
        remote_user=request.remote_user,
        remote_users=remote_users_in(request.environ),
        path=request.path,
        method=request.method,
        query=request.args.to_dict(),
        body=request.get_data(),
    )


def view_of(route: Callable[[Seen], Answer]) -> Callable[[], flask.Response]:
    """Wrap *route* as a view."""

    def view() -> flask.Response:
        answer = route(seen_by_flask())
        response = flask.Response(answer.body, answer.status, answer.all_headers)
        if answer.status == 204:
            response.headers.pop("Content-Type")
        return response

    return view


def _stream() -> flask.Response:
    auth = flask.request.environ["authrocket.auth"]
    body = streamed(auth, flask.request.args.get("with"))
    return flask.Response(body, mimetype="text/plain")


def make_application(adapter: dict[str, Any]) -> flask.Flask:
    """Return the application with ``arware.flask.AuthRocket`` installed."""
    from arware.flask import AuthRocket

    app = flask.Flask("host")
    AuthRocket(app, **adapter)
    for number, (path, route) in enumerate(ROUTES.items()):
        app.add_url_rule(path, f"view{number}", view_of(route), methods=METHODS)
    app.add_url_rule("/stream", "stream", _stream)
    return app
