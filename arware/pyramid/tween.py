"""The tween: it stands above the exception views."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pyramid.exceptions import URLDecodeError
from pyramid.httpexceptions import HTTPBadRequest
from pyramid.response import Response as PyramidResponse

from arware.errors import Refusal
from arware.exchange import KEY, Exchange, close_body, refusal_in
from arware.framework_session import mark, session_may_fail
from arware.runtime.authenticator import Authenticator
from arware.web.environ import EnvironRequest
from arware.web.response import Response

from .session import (
    check,
    flash_logout,
    follow,
    wrap_factory,
)
from .views import AUTHENTICATOR, DECIDED, publish

if TYPE_CHECKING:
    from arware.bridge.pages import MountedRealm


def tween_factory(handler: Callable[[Any], Any], registry: Any) -> Callable[[Any], Any]:
    """Return the tween."""
    authenticator: Authenticator = registry[AUTHENTICATOR]
    wrap_factory(registry)  # now that the application is whole

    def tween(request: Any) -> Any:
        environ = request.environ
        outer = environ.get(KEY)
        environ.pop(DECIDED, None)  # by a view of a request that this is a copy of
        auth = authenticator.process_request(EnvironRequest(environ), outer)
        if isinstance(auth, Response):
            if auth.changes_login:
                with session_may_fail():
                    follow(request, auth.logs_in, auth.replaces)
            return _as_pyramid(auth, request)
        flow, nested = authenticator.flow, auth is outer
        exchange = _PyramidExchange(flow, auth, environ, None, nested)
        exchange.request = request
        exchange.publish()
        if "session" in vars(request):  # a tween above may have asked for it
            check(request.session, auth)
        observer = exchange.observers()
        token = Refusal.observer.set(observer)
        try:
            return exchange.finish(exchange.target(handler)(request))
        except URLDecodeError:
            # Pyramid's router raises it for a path that is not UTF-8.
            return exchange.finish(HTTPBadRequest("The address is not UTF-8."))
        except Exception as error:
            refusal = refusal_in(error)
            if refusal is None:
                raise
            return _as_pyramid(exchange.refused(refusal), request)
        finally:
            observer.clear()  # for contexts that were copied meanwhile
            Refusal.observer.reset(token)

    return tween


class _PyramidExchange(Exchange):
    """The exchange that publishes the auth object on the *request*, too."""

    request: Any

    def publish(self) -> None:
        """Set the auth object's keys and attributes, now or anew."""
        Exchange.publish(self)
        publish(self.request, self.auth)

    def follow(self, owner: str | None, former: str | None) -> None:
        """Have Pyramid's session be that of *owner*."""
        follow(self.request, owner, former)

    def realm_pages(self, mounted: MountedRealm) -> Callable[[Any], Any]:
        """Return what asks *mounted* for Pyramid's response."""
        return lambda request: request.get_response(mounted.wsgi_app)

    def mark_session(self) -> None:
        """Have Pyramid's session say whose it is."""
        if "session" in vars(self.request):
            mark(self.request.session, self.auth)

    def finish(self, response: Any) -> Any:
        """Return *response* with what it needs, or ours in its place."""
        auth = self.auth
        self.mark_session()
        outcome: Any = None
        # If no view has decided nothing is there, and the path may need a login.
        if auth.user is None and auth.change is None and DECIDED not in self.keys:
            outcome = self.login_required(EnvironRequest(self.keys))
        if outcome is None:
            status, headers = int(response.status[:3]), response.headerlist
            error = getattr(self.request, "exception", None) if status >= 500 else None
            outcome = self.process_response(status, headers, error)
        if not isinstance(outcome, Response):
            headers[:] = outcome
            return response
        close_body(response.app_iter)
        return _as_pyramid(outcome, self.request)


def _as_pyramid(response: Response, request: Any) -> Any:
    """Return *response* as Pyramid's; a logout leaves its flash text behind."""
    if response.logs_out:
        with session_may_fail():
            flash_logout(request)
    body = [response.body_for(request.method)]
    return _Plain(
        status=response.status, headerlist=list(response.headers), app_iter=body
    )


class _Plain(PyramidResponse):
    """A response whose Location stays as the core wrote it."""

    def __call__(self, environ: Any, start_response: Any) -> Any:  # noqa: ARG002 - WSGI
        """Answer; WebOb would complete the Location with what Host says."""
        start_response(self.status, self.headerlist)
        return self.app_iter
