"""
The adapter for FastAPI: that of Starlette, with dependencies.

::

    app = FastAPI()
    install(app)

    @app.get("/me")
    def me(user: CurrentUser):
        return {"name": user.name}

    @app.get("/reports", dependencies=[Depends(require(permission="reports:read"))])
    def reports(): ...
"""

# FastAPI reads these annotations, some of objects without a module's globals, so they
# are no texts.

import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any, cast

from . import exchange
from .auth import Auth, Permissions
from .errors import Forbidden
from .resources.org import Org
from .resources.user import User
from .settings.extras import extra

with extra("fastapi"):
    from fastapi import Depends
    from fastapi.openapi.models import HTTPBearer
    from fastapi.security.base import SecurityBase
    from starlette.requests import HTTPConnection

    from .starlette import auth, install

__all__ = [
    "CurrentAuth",
    "CurrentOrg",
    "CurrentUser",
    "OptionalUser",
    "auth",
    "current_auth",
    "current_org",
    "current_user",
    "install",
    "optional_user",
    "require",
]


class _Scheme(SecurityBase):
    """
    The auth object, and how to log in as OpenAPI describes it.

    The middleware has found out already who is there.
    """

    def __init__(self) -> None:
        self.scheme_name = "AuthRocket"
        self.model = HTTPBearer(
            bearerFormat="JWT",
            description="A login token or an API token. A browser that is logged in "
            "needs none: its cookie counts too.",
        )

    async def __call__(self, connection: HTTPConnection) -> Auth:
        return auth(connection)


current_auth = _Scheme()

#: The :class:`~arware.auth.Auth` of the request or websocket.
CurrentAuth = Annotated[Auth, Depends(current_auth)]


async def optional_user(auth: CurrentAuth) -> User | None:
    """Depend on the user, ``None`` when nobody is logged in."""
    return auth.user


async def current_user(auth: CurrentAuth) -> User:
    """Depend on a user; who is not logged in is asked to log in."""
    auth.require()
    return cast("User", auth.user)  # or it would have raised


async def current_org(auth: CurrentAuth) -> Org:
    """Depend on the org in which somebody acts; without one it is forbidden."""
    auth.require()
    if auth.org is None:
        raise Forbidden("this needs an organization")
    return auth.org


#: The :class:`~arware.User` who is logged in; others are asked to log in.
CurrentUser = Annotated[User, Depends(current_user)]
#: The :class:`~arware.User` who is logged in, or ``None``.
OptionalUser = Annotated[User | None, Depends(optional_user)]
#: The :class:`~arware.Org` in which the user acts; without one it is forbidden.
CurrentOrg = Annotated[Org, Depends(current_org)]


def require(
    *, permission: Permissions = (), org: Org | str | None = None
) -> Callable[..., Coroutine[Any, Any, User]]:
    """
    Return a dependency on a user who meets all conditions together.

    They are those of :meth:`Auth.require() <arware.auth.Auth.require>`; *org* may also
    be the name of a parameter of the path. Two with the same conditions are equal, so
    that ``app.dependency_overrides`` finds them.
    """
    if isinstance(permission, str | re.Pattern):
        permission = (permission,)
    org_id = org.id if isinstance(org, Org) else org
    return _Requirement(tuple(permission), org_id)


@dataclass(frozen=True)
class _Requirement:
    """A dependency on a user with all of *permissions*, in *org*."""

    permissions: tuple[str | re.Pattern[str], ...]
    org: str | None

    async def __call__(self, connection: HTTPConnection, auth: CurrentAuth) -> User:
        parameters, permission = connection.path_params, self.permissions
        exchange.require(
            auth, permission=permission, org=self.org, parameters=parameters
        )
        return cast("User", auth.user)  # who meets the conditions
