"""The middleware around a Flask application, whose session follows the login."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask, has_request_context, request, session

from arware.exchange import KEY
from arware.web.response import Response
from arware.wsgi import Middleware, WsgiExchange

if TYPE_CHECKING:
    from arware.auth import Auth
    from arware.runtime.authenticator import Authenticator

#: Where the exchange finds the Flask that is about to answer.
_FLASK = "arware.flask"
#: Where Flask's own session keeps whose it is.
_OWNER = "_authrocket_user"


class _FlaskExchange(WsgiExchange):
    """The exchange of a Flask application, whose session follows the login."""

    #: What the session has to say where Flask itself will not say it.
    cookies: tuple[tuple[str, str], ...] = ()

    def changed(self, auth: Auth) -> None:
        """Publish *auth* anew, and have Flask's session follow."""
        if auth is not self.auth:
            return
        former = self.keys["authrocket.user"]
        super().changed(auth)
        user_id = None if auth.user is None else auth.user.id
        former_id = None if former is None else former.id
        app = self.keys[_FLASK]
        if has_request_context() and request.environ.get(KEY) is auth:
            _follow(app, session, user_id, former_id)
        else:  # somebody between the middleware and Flask did it
            self.cookies = _session_cookies(app, self.keys, user_id, former_id)

    def process_response(
        self,
        status: int,
        headers: list[tuple[Any, Any]],
        error: BaseException | None = None,
    ) -> Response | list[tuple[Any, Any]]:
        """Return all headers of the response, or the one that takes its place."""
        outcome = super().process_response(status, headers, error)
        if not self.cookies:
            return outcome
        if isinstance(outcome, Response):
            self.response = outcome.beside(self.cookies)
            return self.response
        return [*outcome, *self.cookies]


class FlaskMiddleware(Middleware):
    """The middleware around *flask*; *below* is what it had for ``wsgi_app``."""

    exchange_type = _FlaskExchange

    def __init__(self, flask: Flask, below: Any, authenticator: Authenticator) -> None:
        super().__init__(below, authenticator=authenticator)
        self._flask = flask

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """Answer a request, or have Flask answer it."""
        environ[_FLASK] = self._flask
        return super().__call__(environ, start_response)

    def own_response(self, response: Response, environ: Any) -> Response:
        """Return *response*, with the session of who has logged in or out."""
        if response.logs_in is None and not response.logs_out:
            return response
        app, user_id, former = self._flask, response.logs_in, response.replaces
        return response.beside(_session_cookies(app, environ, user_id, former))


def _follow(app: Flask, session: Any, user_id: str | None, former: str | None) -> None:
    """
    Have *session* be that of *user_id*, emptied if it was somebody else's.

    What somebody who was not logged in put there, a basket say, stays at the login.
    """
    owner = session.get(_OWNER, former)
    if session and (user_id is None or owner not in (None, user_id)):
        session.clear()
    interface = app.session_interface
    if user_id is None or interface.is_null_session(session):
        return  # without a secret key Flask has no session
    session[_OWNER] = user_id
    # A session that is kept on the server gets a new id, which nobody has planted.
    regenerate = getattr(interface, "regenerate", None)
    if regenerate is not None:
        regenerate(session)


def _session_cookies(
    app: Flask, environ: Any, user_id: str | None, former: str | None
) -> tuple[tuple[str, str], ...]:
    """
    Return the cookies of Flask's session, once it is that of *user_id*.

    No request of Flask's is begun for it: what an application does at the end of one
    may count on what it did at the beginning.
    """
    interface = app.session_interface
    with app.app_context():
        asked = app.request_class(environ, populate_request=False)
        opened = interface.open_session(app, asked)
        if opened is None:
            return ()
        _follow(app, opened, user_id, former)
        response = app.response_class()
        interface.save_session(app, opened, response)
    return tuple(item for item in response.headers if item[0] == "Set-Cookie")
