"""The sample in Pyramid: ``config.include("arware.pyramid")`` and ordinary views."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyramid.config import Configurator
from pyramid.events import NewResponse, subscriber
from pyramid.view import notfound_view_config, view_config

from arware.demo import pages
from arware.web.text import shown

FILES = Path(__file__).parent / "static"

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from pyramid.request import Request


def make_application(**settings: Any) -> WSGIApplication:
    """Return the sample; in an ini file the settings begin with ``authrocket.`` too."""
    named = {f"authrocket.{name}": value for name, value in settings.items()}
    # Every view needs a login unless it says require_login=False.
    named["authrocket.require_login"] = True
    # Where the adapter does nothing, a CDN may keep the answers.
    named["authrocket.ignore"] = ["/static"]
    # What people chose to be called may hold characters that do not show.
    named["jinja2.filters"] = {"shown": shown}
    with Configurator(settings=named) as config:
        config.include("arware.pyramid")
        config.include("pyramid_jinja2")
        config.add_jinja2_renderer(".html")
        # A path, since pkg_resources finds no files of packages that pytest has loaded.
        config.add_static_view("static", str(FILES))
        config.add_route("home", "/")
        config.add_route("private", "/private")
        config.add_route("reports", "/reports")
        config.add_route("me", "/api/me")
        config.scan(__name__)
        return config.make_wsgi_app()


@view_config(route_name="home", renderer="templates/home.html", require_login=False)
def home(request: Request) -> dict[str, Any]:
    """Welcome a stranger, or tell a user what is known."""
    if request.current_user:
        request.response.cache_control = "no-store"
    return {"auth": request.authrocket}


# http_cache=0 sends `no-store`: the browser keeps nothing for its back button to show
# after the logout.
@view_config(route_name="private", renderer="templates/private.html", http_cache=0)
def private(request: Request) -> dict[str, Any]:
    """Show the query with which it was asked for."""
    return {"auth": request.authrocket, "query": request.query_string}


@view_config(route_name="reports", renderer="templates/reports.html", http_cache=0)
def reports(request: Request) -> dict[str, Any]:
    """Show the reports to those who have the permission."""
    request.authrocket.require(permission=pages.REPORTS)
    return {"auth": request.authrocket}


@view_config(route_name="me", renderer="json", http_cache=0)
def me(request: Request) -> dict[str, Any]:
    """Tell a program who is logged in."""
    return pages.who(request.authrocket)


@notfound_view_config(renderer="templates/missing.html", http_cache=0)
def missing(request: Request) -> dict[str, Any]:
    """Answer for all other paths."""
    request.response.status = 404
    return {"auth": request.authrocket}


@subscriber(NewResponse)
def harden(event: NewResponse) -> None:
    """
    Give every answer the headers that keep foreign scripts and frames out.

    An answer that has its own keeps them: arware's small pages allow their own style
    sheet, and nothing else.
    """
    for name, value in pages.SAFE.items():
        event.response.headers.setdefault(name, value)
