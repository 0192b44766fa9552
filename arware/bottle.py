"""The adapter for Bottle: a plugin that puts the WSGI middleware around it."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from types import GeneratorType
from typing import TYPE_CHECKING, Any, Unpack

from .errors import ConfigurationError, Refusal
from .exchange import refusal_in
from .runtime.authenticator import Authenticator
from .settings import Fault
from .settings.extras import extra
from .web.environ import EnvironRequest
from .wsgi import Middleware, WsgiExchange, send_response

with extra("bottle"):
    from bottle import Bottle, HTTPResponse, request

if TYPE_CHECKING:
    from .settings import Settings, SettingsKeywords
    from .web.response import Response

#: Where Bottle keeps what is assigned to its request.
_ATTRIBUTE = "bottle.request.ext."
#: Where the exchange finds the Bottle that is about to answer.
_BOTTLE = "arware.bottle"


class Plugin:
    """
    Log people in to a Bottle application: ``app.install(Plugin(...))``.

    *settings* default to the environment's, *overrides* are fields of
    :class:`~arware.settings.Settings`. Sets ``request.current_session``,
    ``current_user``, ``current_membership``, ``current_org`` and ``authrocket`` (the
    auth object). Routes take the option ``require_login=True`` or ``False``.
    """

    name = "arware"
    api = 2

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        clock: Callable[[], float] = time.time,
        **overrides: Unpack[SettingsKeywords],
    ) -> None:
        self.authenticator = Authenticator(
            settings, overrides, clock=clock, by_view=True
        )

    def setup(self, app: Bottle) -> None:
        """
        Stand where Bottle has applications put their middleware: ``app.wsgi``.

        Raises :class:`~arware.errors.ConfigurationError` if *app* has one already.
        """
        if any(isinstance(plugin, Plugin) for plugin in app.plugins):
            raise ConfigurationError([_installed_twice()])
        # Assigned otherwise, Bottle would allow it to one plugin only, and only once.
        vars(app)["wsgi"] = _BottleMiddleware(app, self)

    def apply(self, callback: Callable[..., Any], route: Any) -> Callable[..., Any]:
        """Wrap *callback*: the route's option is decided, refusals are answered."""
        option = route.config.get("require_login")
        flow = self.authenticator.flow

        @functools.wraps(callback)
        def checked(*args: Any, **kwargs: Any) -> Any:
            above = Refusal.observer.get() or ()
            exchange = next((e for e in above if e.auth.belongs_to(flow)), None)
            if exchange is None:
                raise ConfigurationError([_not_run(route)])
            # A hook may have changed the path since the middleware looked at it.
            required = exchange.login_required(_as_routed(), option)
            if required is not None:
                return _as_bottle(required)
            try:
                result = callback(*args, **kwargs)
                return _begun(result) if isinstance(result, GeneratorType) else result
            except Exception as error:
                refusal = refusal_in(error)
                if refusal is None:
                    raise
                return _as_bottle(exchange.refused(refusal))

        return checked


class _BottleExchange(WsgiExchange):
    """The exchange of a Bottle application, which has attributes on its request."""

    def run(self, app: Any) -> Iterable[bytes]:
        """Have Bottle answer, once the route that it is about to choose allows it."""
        if self.auth.user is None:
            # What is mounted, and what skips plugins, is not wrapped by `apply`.
            required = self.login_required(self.auth.request, self._option())
            if required is not None and not self.auth.is_blind_preflight:
                return send_response(required, self.keys, self.send)
            # A preflight is Bottle's to answer, whose hooks do CORS.
            self.answered = False
        return super().run(app)

    def _option(self) -> bool | None:
        path = self.keys.get("PATH_INFO", "").encode("latin-1")
        routed = {**self.keys, "PATH_INFO": path.decode("utf-8", "ignore")}
        try:
            route, _ = self.keys[_BOTTLE].router.match(routed)
        except Exception:  # noqa: BLE001 - 404, 405, a filter's own: Bottle raises it again
            return None
        option: bool | None = route.config.get("require_login")
        return option

    def publish(self) -> None:
        """Set the auth object's keys, now or anew."""
        super().publish()
        environ, auth = self.keys, self.auth
        environ[f"{_ATTRIBUTE}authrocket"] = auth
        environ[f"{_ATTRIBUTE}current_session"] = auth.session
        environ[f"{_ATTRIBUTE}current_user"] = auth.user
        environ[f"{_ATTRIBUTE}current_membership"] = auth.membership
        environ[f"{_ATTRIBUTE}current_org"] = auth.org


class _BottleMiddleware(Middleware):
    """The middleware around *bottle*, as long as *plugin* is installed there."""

    exchange_type = _BottleExchange

    def __init__(self, bottle: Bottle, plugin: Plugin) -> None:
        super().__init__(bottle.wsgi, authenticator=plugin.authenticator)
        self._bottle = bottle
        self._plugin = plugin

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """Answer a request, or have Bottle answer it."""
        if self._plugin not in self._bottle.plugins:
            return self.app(environ, start_response)
        environ[_BOTTLE] = self._bottle
        return super().__call__(environ, start_response)


def _as_routed() -> EnvironRequest:
    """Return the request as Bottle has decoded it, and hooks have changed it."""
    routed = EnvironRequest(request.environ)
    routed.path = request.environ["PATH_INFO"]
    return routed


def _as_bottle(response: Response) -> HTTPResponse:
    return HTTPResponse(response.body, response.status, list(response.headers))


def _installed_twice() -> Fault:
    return Fault(
        "Plugin",
        None,
        "the application has one already",
        "Write app.install(Plugin()) once for each application",
    )


def _not_run(route: Any) -> Fault:
    return Fault(
        "Plugin",
        None,
        f"the plugin of the application of {route.rule} does not run, as it is mounted "
        "in another one",
        "Install a plugin with the same settings in the other one, too, or mount it as "
        "WSGI: parent.mount(prefix, child.wsgi)",
    )


_END = object()
_Parts = Generator[Any, Any, Any]


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
