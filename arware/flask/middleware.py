"""The middleware around a Flask application, whose session follows the login."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Flask, current_app, has_request_context, request, session

from arware.errors import Refusal
from arware.exchange import KEY
from arware.framework_session import (
    OWNER,
    belongs_to_another,
    mark,
    must_be_emptied,
    session_may_fail,
)
from arware.web.response import Response
from arware.wsgi import Middleware, WsgiExchange

if TYPE_CHECKING:
    from arware.runtime.authenticator import Authenticator


class FlaskExchange(WsgiExchange):
    """The exchange of a Flask application, whose session follows the login."""

    #: The application that answers: of each there is a class of its own.
    flask: Flask
    #: Flask's session, once it is opened.
    session: Any = None
    #: What the session has to say where Flask itself will not say it.
    cookies: tuple[tuple[str, str], ...] = ()

    def follow(self, owner: str | None, former: str | None) -> None:
        """Have Flask's session be that of *owner*."""
        if exchange_of_request() is self:
            _follow(self.flask, session, owner, former)
        else:  # somebody between the middleware and Flask did it
            self.cookies = _session_cookies(self.flask, self.keys, owner, former)

    def open_session(self, opened: Any) -> None:
        """Look whose the *opened* session is, before the application does."""
        if self.auth.ignored:
            return
        self.session = opened
        if belongs_to_another(opened, self.auth):
            opened.clear()
        # To look counts as an access, on which Flask's answer depends.
        opened.accessed = False

    def process_response(
        self,
        status: int,
        headers: list[tuple[Any, Any]],
        error: BaseException | None = None,
    ) -> Response | list[tuple[Any, Any]]:
        """Return all headers of the response, or the one that takes its place."""
        opened = self.session
        # Flask has saved it. A function of Flask's that runs before costs more than all
        # of this, at each request.
        if opened is not None and opened.accessed and mark(opened, self.auth):
            self.cookies += _saved(self.flask, opened)
        outcome = super().process_response(status, headers, error)
        if not self.cookies:
            return outcome
        if isinstance(outcome, Response):
            self.response = outcome.beside(self.cookies)
            return self.response
        return [*outcome, *self.cookies]


class FlaskMiddleware(Middleware):
    """The middleware around *flask*; *below* is what it had for ``wsgi_app``."""

    def __init__(self, flask: Flask, below: Any, authenticator: Authenticator) -> None:
        super().__init__(below, authenticator=authenticator)
        self._flask = flask
        self.exchange_type = type("OneFlask", (FlaskExchange,), {"flask": flask})

    def own_response(self, response: Response, environ: Any) -> Response:
        """Return *response*, with the session of who has logged in or out."""
        if not response.changes_login:
            return response
        owner, former = response.logs_in, response.replaces
        return response.beside(_session_cookies(self._flask, environ, owner, former))


def exchange_in(app: Flask) -> FlaskExchange | None:
    """Return the exchange of the request that *app* works on, if that passed ours."""
    for exchange in Refusal.observer.get() or ():
        # One above may be of another application.
        if isinstance(exchange, FlaskExchange) and exchange.flask is app:
            return exchange
    return None


def exchange_of_request() -> FlaskExchange | None:
    """Return the same for the request that Flask works on, if there is one."""
    if not has_request_context():
        return None
    exchange = exchange_in(current_app._get_current_object())  # type: ignore[attr-defined]  # a proxy's
    is_of_it = exchange is not None and exchange.auth is request.environ.get(KEY)
    return exchange if is_of_it else None


def _follow(app: Flask, session: Any, owner: str | None, former: str | None) -> None:
    """Have *session* be that of *owner*, emptied if it was somebody else's."""
    if session and must_be_emptied(session, owner, former):
        session.clear()
    interface = app.session_interface
    if owner is None or interface.is_null_session(session):
        return  # without a secret key Flask has no session
    session[OWNER] = owner
    # What Flask-WTF keeps there somebody may have planted.
    session.pop(app.config.get("WTF_CSRF_FIELD_NAME", "csrf_token"), None)
    # A session that is kept on the server gets a new id, which nobody has planted.
    regenerate = getattr(interface, "regenerate", None)
    if regenerate is not None:
        regenerate(session)


def _saved(app: Flask, session: Any) -> tuple[tuple[str, str], ...]:
    """Save *session*, and return its cookies."""
    response = app.response_class()
    with session_may_fail():
        app.session_interface.save_session(app, session, response)
    return _cookies_of(response)


def _cookies_of(response: Any) -> tuple[tuple[str, str], ...]:
    return tuple(item for item in response.headers if item[0] == "Set-Cookie")


def _session_cookies(
    app: Flask, environ: Any, owner: str | None, former: str | None
) -> tuple[tuple[str, str], ...]:
    """
    Return the cookies of Flask's session, once it is that of *owner*.

    No request of Flask's is begun for it: what an application does at the end of one
    may count on what it did at the beginning. If its store is down the browser forgets
    the session.
    """
    interface, response = app.session_interface, app.response_class()
    is_saved = False
    with app.app_context(), session_may_fail():
        asked = app.request_class(environ, populate_request=False)
        opened = interface.open_session(app, asked)
        if opened is not None:
            _follow(app, opened, owner, former)
            interface.save_session(app, opened, response)
        is_saved = True
    if not is_saved:
        response = app.response_class()
        response.delete_cookie(
            interface.get_cookie_name(app),
            interface.get_cookie_path(app),
            interface.get_cookie_domain(app),
            secure=interface.get_cookie_secure(app),
            httponly=interface.get_cookie_httponly(app),
            samesite=interface.get_cookie_samesite(app),
            partitioned=interface.get_cookie_partitioned(app),
        )
    return _cookies_of(response)
