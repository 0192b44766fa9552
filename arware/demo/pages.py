"""
What the four samples share: the pages' looks, words and files.

Everything here is plain HTML made by Jinja2 with escaping on. A sample gives the auth
object of the request to a template, and the template asks it who is there.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from arware.web.text import shown

if TYPE_CHECKING:
    from arware import Auth

#: The permission that the page of reports asks for.
REPORTS = "reports:read"

#: Headers of every page: no foreign script, no frame, no guessing of content types.
SAFE = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; object-src 'none';"
    " frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}

#: Headers of a private page. Without ``no-store`` the browser keeps it, and its back
#: button shows it to whoever sits down at the machine after the logout.
PRIVATE = SAFE | {"Cache-Control": "no-store"}

_FILES = {
    "/static/style.css": "text/css; charset=utf-8",
    "/static/icon.svg": "image/svg+xml",
}

_templates = Environment(
    loader=PackageLoader("arware.demo"), autoescape=True, undefined=StrictUndefined
)
# What people chose to be called may hold characters that do not show.
_templates.filters["shown"] = shown


def html(name: str, auth: Auth, **values: Any) -> bytes:
    """Return the page *name* as UTF-8; whatever it shows of *values* is escaped."""
    page = _templates.get_template(f"{name}.html")
    return page.render(auth=auth, **values).encode()


def who(auth: Auth) -> dict[str, Any]:
    """Return what the JSON endpoint tells about an auth object."""
    user, org, membership = auth.user, auth.org, auth.membership
    return {
        "user": user and {"id": user.id, "name": user.name, "email": user.email},
        "org": org and {"id": org.id, "name": org.name},
        "permissions": membership.permissions if membership else [],
    }


@cache
def static(path: str) -> tuple[str, bytes] | None:
    """Return content type and bytes of the public file at *path*, if there is one."""
    if path not in _FILES:
        return None
    return _FILES[path], (files("arware.demo") / path.lstrip("/")).read_bytes()
