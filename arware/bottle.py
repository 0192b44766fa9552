"""The adapter for Bottle: a plugin that sits on the hooks."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Generator, Iterator
from contextvars import Token
from types import GeneratorType
from typing import TYPE_CHECKING, Any

from bottle import HTTPResponse, request, response

from .auth import Auth
from .errors import ConfigurationError, LoginRequired, Refusal, observer
from .runtime.authenticator import Authenticator
from .settings import Fault, Settings
from .web.response import Response
from .wsgi import KEY, Answer, EnvironRequest, leave, show

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


#: Set once the answer is one of ours.
_REPLIED = "arware.bottle.replied"

#: Where Bottle keeps what is assigned to its request.
_ATTRIBUTE = "bottle.request.ext."

_END = object()

_Parts = Generator[Any, Any, Any]


class Plugin:
    """
    Log people in to a Bottle application: ``app.install(Plugin(...))``.

    *settings* default to the environment's, *overrides* are fields of
    :class:`~arware.settings.Settings`. Sets ``request.current_session``,
    ``current_user``, ``current_membership``, ``current_org`` and ``authrocket`` (the
    auth). Routes take the option ``require_login=True`` or ``False``.
    """

    name = "arware"
    api = 2

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        clock: Callable[[], float] = time.time,
        **overrides: Any,
    ) -> None:
        self._authenticator = Authenticator(
            settings, overrides, clock=clock, by_view=True
        )
        self._remote_user = self._authenticator.settings.remote_user
        # Of its own: a mounted application with its own plugin shares the environ.
        self._key = f"arware.bottle.{id(self)}"

    def setup(self, app: Any) -> None:
        """Sit on the hooks of *app*, so that paths without a route count too."""
        app.add_hook("before_request", self._enter)
        app.add_hook("after_request", self._leave)
        self._app = app
        # Assigned otherwise, Bottle would allow it to one plugin only, and only once.
        vars(app)["wsgi"] = functools.partial(self._wsgi, app.wsgi)

    def close(self) -> None:
        """Leave the hooks, when the plugin is uninstalled."""
        self._app.remove_hook("before_request", self._enter)
        self._app.remove_hook("after_request", self._leave)

    def apply(self, callback: Callable[..., Any], route: Any) -> Callable[..., Any]:
        """Wrap *callback*: the route's option is decided, refusals are answered."""
        option = route.config.get("require_login")

        @functools.wraps(callback)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            flow = self._authenticator.flow
            auth = request.environ.get(KEY)
            if not isinstance(auth, Auth) or not auth.is_of(flow.likeness):
                raise ConfigurationError([_not_entered(route)])
            try:
                view = _request_of(request.environ)
                if auth.user is None and flow.needs_login(view, option):
                    raise LoginRequired
                result = callback(*args, **kwargs)
                if isinstance(result, GeneratorType):
                    return _begun(result)
                return result
            except Refusal as refusal:
                auth.note(refusal)
                raise _response(flow.refuse(auth)) from None

        return guarded

    def _option_of_route(self, environ: dict[str, Any]) -> bool | None:
        """Return what the route says that Bottle is about to choose, if any."""
        try:
            route, _ = environ["bottle.app"].router.match(environ)
        except HTTPResponse:  # Bottle's 404 and 405
            return None
        option: bool | None = route.config.get("require_login")
        return option

    def _enter(self) -> None:
        environ = request.environ
        outer = environ.get(KEY)
        view = _request_of(environ)
        auth = self._authenticator.enter(view, outer)
        if isinstance(auth, Response):
            raise _response(auth)
        flow = self._authenticator.flow
        # Decided here already: what is mounted, and what skips plugins, is not wrapped.
        if auth.user is None and flow.needs_login(view, self._option_of_route(environ)):
            raise _response(flow.ask_login(auth, view))
        stage = _Stage(auth, environ, self._remote_user)
        stage.changed(auth)
        # After a RouteReset the auth object that stands there already is our own.
        before: _Passage | None = environ.get(self._key)
        nested = auth is outer and (before is None or before.nested)
        environ[self._key] = _Passage(auth, observer.set(stage), nested)

    def _leave(self) -> None:
        environ = request.environ
        passage: _Passage | None = environ.get(self._key)
        replied = environ.pop(_REPLIED, False)
        # Another hook may have answered before ours saw the request.
        if passage is None or passage.token is None:
            return
        observer.reset(passage.token)
        passage.token = None
        if replied or passage.nested:  # the outer adapter asks what the answer needs
            return
        outcome = leave(
            self._authenticator.flow,
            passage.auth,
            response.status_code,
            response.headerlist,
        )
        if isinstance(outcome, Response):
            raise _response(outcome)
        for name in outcome.replaced:
            response.headers.pop(name.title(), None)
        for name, value in outcome.headers:
            response.add_header(name, value)

    def _wsgi(
        self,
        serve: WSGIApplication,
        environ: WSGIEnvironment,
        start_response: StartResponse,
    ) -> Iterable[bytes]:
        """
        Have *serve* answer, and see to what Bottle makes of faults behind the hooks.

        Where the hooks do not run (any more), nothing is done.
        """
        answers: list[Answer] = []

        def start(status: str, headers: Any, exc_info: Any = None) -> Any:
            passage: _Passage | None = environ.get(self._key)
            if passage is None or passage.nested or not _is_unseen(status, headers):
                return start_response(status, headers, exc_info)
            answer = Answer(
                self._authenticator.flow,
                passage.auth,
                environ,
                start_response,
                self._remote_user,
            )
            answers.append(answer)
            return answer.start(status, headers, exc_info)

        body = serve(environ, start)
        if answers and answers[-1].response is not None:
            return answers[-1].instead_of(body)
        return body


def _is_unseen(status: str, headers: Iterable[tuple[str, str]]) -> bool:
    """
    Tell whether an answer has a head that the hooks never saw.

    So it is with the page that Bottle makes of an exception, once the hooks have run.
    """
    vary = (value.lower() for name, value in headers if name.lower() == "vary")
    return status[0] == "5" and not any("cookie" in v or "*" in v for v in vary)


def _not_entered(route: Any) -> Fault:
    return Fault(
        "Plugin",
        None,
        f"the hooks of the application of {route.rule} do not run, as it is mounted in "
        "another one",
        "Install a plugin with the same settings in the other one, too, or mount it as "
        "WSGI: parent.mount(prefix, child.wsgi)",
    )


def _request_of(environ: dict[str, Any]) -> EnvironRequest:
    # Bottle re-codes PATH_INFO before plugins see it, and loses bytes that are not
    # UTF-8 on the way. What a hook made of it since is what Bottle goes by.
    raw, path = environ["bottle.raw_path"], environ["PATH_INFO"]
    if path == raw or path == raw.encode("latin1").decode("utf8", "ignore"):
        return EnvironRequest(environ, raw)
    view = EnvironRequest(environ)
    view.path = path
    return view


class _Passage:
    """One request on its way through a plugin; *token* is ``None`` once it left."""

    __slots__ = ("nested", "token", "auth")

    def __init__(self, auth: Auth, token: Token[Any], nested: bool) -> None:
        self.auth = auth
        self.token: Token[Any] | None = token
        self.nested = nested


class _Stage:
    """Where the application looks for the auth object: the environ and Bottle's request."""

    __slots__ = ("_environ", "_remote_user", "_auth")

    def __init__(self, auth: Auth, environ: dict[str, Any], remote_user: bool) -> None:
        self._auth = auth
        self._environ = environ
        self._remote_user = remote_user

    def note(self, refusal: Refusal) -> None:
        """Have the auth object remember *refusal*."""
        self._auth.note(refusal)

    def changed(self, auth: Auth) -> None:
        """Show *auth*, now or anew."""
        environ = self._environ
        show(auth, environ, remote_user=self._remote_user)
        environ[f"{_ATTRIBUTE}authrocket"] = auth
        environ[f"{_ATTRIBUTE}current_session"] = auth.session
        environ[f"{_ATTRIBUTE}current_user"] = auth.user
        environ[f"{_ATTRIBUTE}current_membership"] = auth.membership
        environ[f"{_ATTRIBUTE}current_org"] = auth.org


def _response(response: Response) -> HTTPResponse:
    request.environ[_REPLIED] = True
    return HTTPResponse(response.body, response.status, list(response.headers))


def _begun(parts: _Parts) -> Iterator[Any]:
    """Take the first part, so that a refusal comes while it can still be answered."""
    first = next(parts, _END)
    return iter(()) if first is _END else _rest(first, parts)


def _rest(first: Any, parts: _Parts) -> Iterator[Any]:
    try:
        yield first
        yield from parts
    finally:
        parts.close()
