"""The sample in Bottle: ``app.install(Plugin(...))`` and ordinary routes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bottle import Bottle, request, response, static_file

from arware.bottle import Plugin
from arware.demo import pages

FILES = Path(__file__).parent / "static"


def make_application(**settings: Any) -> Bottle:
    """Return the sample with a plugin that is set up by *settings*."""
    app = Bottle()
    # Every route needs a login unless it says require_login=False. Where the adapter
    # does nothing, a CDN may keep the answers.
    app.install(Plugin(require_login=True, ignore=["/static"], **settings))
    app.route("/", callback=home, require_login=False)
    app.route("/static/<name>", callback=static, require_login=False)
    app.route("/private", callback=private)
    app.route("/reports", callback=reports)
    app.route("/api/me", callback=me)
    app.error(404, callback=missing)
    return app


def page(name: str, **values: Any) -> bytes:
    """Return a page; it is private as soon as somebody is logged in."""
    auth = request.environ["authrocket.auth"]
    response.headers.update(pages.PRIVATE if auth.user else pages.SAFE)
    return pages.html(name, auth, **values)


def home() -> bytes:
    """Welcome a stranger, or tell a user what is known."""
    return page("home")


def private() -> bytes:
    """Show the query with which it was asked for."""
    return page("private", query=request.query_string)


def reports() -> bytes:
    """Show the reports to those who have the permission."""
    request.environ["authrocket.auth"].require(permission=pages.REPORTS)
    return page("reports")


def me() -> dict[str, Any]:
    """Tell a program who is logged in."""
    response.headers.update(pages.PRIVATE)
    return pages.who(request.environ["authrocket.auth"])


def missing(_error: Any) -> bytes:
    """Answer for all other paths."""
    return page("missing")


def static(name: str) -> Any:
    """Serve a file that needs no login."""
    return static_file(name, root=FILES, headers=dict(pages.SAFE))
