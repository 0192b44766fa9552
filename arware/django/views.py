"""What Django's views ask for, and the view that ``LOGIN_URL`` may name."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, overload

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.decorators import method_decorator

from arware.errors import LoginRequired
from arware.exchange import check_view, require

if TYPE_CHECKING:
    from arware.auth import Auth, Permissions
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
    of a parameter of the URL. Stands on a function or a class-based view, sync or
    async. It goes by AuthRocket's login: whether the local user is active counts for
    Django's own ``login_required``.
    """
    if view is None:
        return functools.partial(login_required, permission=permission, org=org)
    check_view(view)

    if isinstance(view, type):
        decorator = login_required(permission=permission, org=org)
        return method_decorator(decorator, name="dispatch")(view)

    def check(request: HttpRequest, parameters: dict[str, Any]) -> None:
        auth = auth_of(request)
        require(auth, permission=permission, org=org, parameters=parameters)

    if iscoroutinefunction(view):

        @functools.wraps(view)
        async def achecked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            check(request, kwargs)
            return await view(request, *args, **kwargs)

        return achecked

    @functools.wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        check(request, kwargs)
        return view(request, *args, **kwargs)

    return checked


def login(request: HttpRequest) -> HttpResponse:
    """
    Lead to the login page, and back to ``next``, else to ``LOGIN_REDIRECT_URL``.

    A view for ``LOGIN_URL``, and in the place of the admin's own login. Who is logged
    in and is sent here all the same may not see the page, and is told so.
    """
    auth, home = auth_of(request), resolve_url(settings.LOGIN_REDIRECT_URL)
    back = auth.links.local(request.GET.get(REDIRECT_FIELD_NAME) or None)
    if back is None and auth.user is not None:
        return HttpResponseRedirect(home)
    raise LoginRequired(back or home)


# What Django's LoginRequiredMiddleware looks for.
login.login_required = False  # type: ignore[attr-defined]  # as Django sets it


# --- Without our middleware --------------------------------------------------------


def auth_of(request: HttpRequest) -> Auth:
    """Return the auth object of *request*."""
    auth: Auth | None = getattr(request, "authrocket", None)
    if auth is None:
        raise AttributeError(_missing("authrocket"))
    return auth


class MissingAttribute:
    """
    What ``request.current_user`` is without our middleware: an error that says so.

    The middleware sets attributes of each request, which are found before this.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, request: HttpRequest | None, owner: type | None = None) -> Any:
        if request is None:
            return self
        raise AttributeError(_missing(self.name))


def _missing(name: str) -> str:
    return (
        f"request.{name} is set by arware's middleware, which this request did not "
        'pass. Add "arware.django.Middleware" at the end of MIDDLEWARE. In tests, use '
        "django.test.Client: a RequestFactory calls no middleware."
    )
