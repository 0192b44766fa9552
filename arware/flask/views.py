"""What Flask's views ask for, and how they are refused."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, overload

from flask import Response, current_app, request
from flask.globals import request_ctx
from flask.views import View
from werkzeug.datastructures import Headers

from arware.errors import Refusal
from arware.exchange import KEY, Exchange, check_view, refusal_in, require

from .middleware import exchange_in
from .proxies import current_auth

if TYPE_CHECKING:
    from flask import Flask

    from arware.auth import Permissions
    from arware.resources.org import Org

ViewT = TypeVar("ViewT", bound=Callable[..., Any])


@overload
def login_required(view: ViewT, /) -> ViewT: ...
@overload
def login_required(
    *, permission: Permissions = (), org: Org | str | None = None
) -> Callable[[ViewT], ViewT]: ...
def login_required(
    view: Any = None,
    /,
    *,
    permission: Permissions = (),
    org: Org | str | None = None,
) -> Any:
    """
    Let only those see a view who are logged in and meet all conditions.

    The conditions are those of :meth:`arware.Auth.require`; *org* may also be the name
    of a parameter of the URL. Stands below ``@app.route``, on a function or a
    class-based view, or on a ``before_request`` function for a whole blueprint.
    """
    if view is None:
        return functools.partial(login_required, permission=permission, org=org)
    check_view(view)
    if isinstance(view, type) and issubclass(view, View):
        decorator = functools.partial(login_required, permission=permission, org=org)
        view.decorators = [*view.decorators, decorator]
        return view

    @functools.wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        parameters = request.view_args or {}
        require(current_auth, permission=permission, org=org, parameters=parameters)
        return current_app.ensure_sync(view)(*args, **kwargs)

    return checked


def _exchange() -> Exchange | None:
    """Return the exchange of this request; without our middleware there is none."""
    auth = request.environ.get(KEY)
    above = Refusal.observer.get() or ()
    return next((exchange for exchange in above if exchange.auth is auth), None)


def open_session(sender: Flask, **extra: Any) -> None:  # noqa: ARG001 - the signal's
    """Hear that a request begins: its session is nobody else's."""
    exchange = exchange_in(sender)
    if exchange is not None:
        context = request_ctx._get_current_object()  # type: ignore[attr-defined]  # a proxy's
        if context.request.environ.get(KEY) is exchange.auth:
            exchange.open_session(context.session)


def answer_refusal(refusal: Refusal) -> Response:
    """Be Flask's error handler for refusals, so that its hooks see the response."""
    exchange = _exchange()
    if exchange is None:
        raise refusal
    response = exchange.refused(refusal)
    answer = Response(response.body, response.status)
    answer.headers = Headers(response.headers)  # Flask's own would have a type of body
    return answer


def examine_error(sender: Flask, exception: Exception, **extra: Any) -> None:  # noqa: ARG001 - the signal's
    """
    Hear of an error that no handler took, before Flask logs it.

    One that is there because of a refusal is answered as that, by the middleware; any
    other is an error, also after a refusal that the application has dealt with.
    """
    refusal = refusal_in(exception)
    if refusal is not None:
        # Flask keeps the error in a frame that its traceback holds.
        exception.__traceback__ = None
        raise refusal
    exchange = _exchange()
    if exchange is not None:
        exchange.auth.refusal = None
