"""What a type checker accepts of settings; it is only ever type-checked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, reveal_type

from starlette.applications import Starlette
from starlette.middleware import Middleware as Layer

from arware import Settings
from arware.asgi import Middleware
from arware.settings import PageName, PageValues
from arware.wsgi import Middleware as WsgiMiddleware

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication


def draw(page: PageName, values: PageValues) -> str:
    """Draw a page: a strict template knows what it is given."""
    reveal_type(values["texts"])  # list[str]
    reveal_type(values["note"])  # str | None
    return values["title"]


def draw_loosely(page: str, values: Mapping[str, Any]) -> str:
    """Draw a page by a template that takes anything."""
    return f"{page} {values}"


# What is given may be of more types than what is held.
settings = Settings(
    cookie_secret="...",
    require_login=["/app"],
    exempt=["/app/public"],
    ignore="/static /favicon.ico",
    within="300",
    check_session=timedelta(minutes=5),
    leeway=10,
    ca_bundle=Path("/etc/ca.pem"),
    unsolicited_login="refuse",
    login_path=None,
    app_name="Acme",
    render=draw,
)
Settings(render=draw_loosely)
Settings(render="myapp.views:draw")
reveal_type(settings.cookie_secret)  # tuple[str, ...]
reveal_type(settings.require_login)  # bool | tuple[str, ...]
reveal_type(settings.exempt)  # tuple[str, ...]
reveal_type(settings.check_session)  # float | None
reveal_type(settings.ca_bundle)  # str | None
reveal_type(Settings.from_environ())  # Settings
reveal_type(Settings.from_mapping({}, prefix="AUTHROCKET_"))  # Settings

app = Starlette(middleware=[Layer(Middleware, require_login=["/x"])])
app.add_middleware(Middleware, require_login=["/x"], exempt={"/x/y"})
app.add_middleware(Middleware, settings, logout_path=None)
Middleware(app, settings, require_login=True)


def wrapped(wsgi: WSGIApplication) -> WSGIApplication:
    """Return *wsgi* with a login."""
    return WsgiMiddleware(wsgi, require_login=["/x"], cookie_secret=["..."])
