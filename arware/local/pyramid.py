"""
The realm in a Pyramid application: its pages, and who is there.

``config.include`` of this package is all it takes. The realm is configured by
``realm.*`` in the ini file, or as :mod:`.configuration` says. There are
``request.current_session``, ``.current_user``, ``.current_membership`` and
``.current_org``, and the same in the environ.
"""

from __future__ import annotations

from typing import Any

from pyramid.events import NewRequest
from pyramid.httpexceptions import HTTPServiceUnavailable
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.wsgi import wsgiapp

from arware.kit import mounting

from . import current
from .configuration import of_pyramid, open_realm
from .wsgi import Pages

#: Where the realm stands in the application's registry, and the name of its route.
REALM = "authrocket.realm"


def includeme(config: Any) -> None:
    """Join the application."""
    realm = open_realm(of_pyramid(config.registry.settings))
    config.registry[REALM] = realm
    pages = Pages(realm)
    config.add_route_predicate("is_realm_page", _PagePredicate)
    config.add_route(REALM, "/*page", is_realm_page=pages)
    config.add_view(
        wsgiapp(pages.wsgi_app),
        route_name=REALM,
        permission=NO_PERMISSION_REQUIRED,
        require_csrf=False,  # the realm checks its own forms
    )
    config.add_request_method(_current, "_current", reify=True)
    for name in ("session", "user", "membership", "org"):
        config.add_request_method(_reader(name), f"current_{name}", property=True)
    config.add_request_method(_auth, "authrocket", property=True)
    config.add_subscriber(_look, NewRequest)


class _PagePredicate:
    """
    Whether a request is for one of the *pages*.

    A pattern cannot tell: it begins where the application is mounted, and the realm's
    path where the origin does.
    """

    def __init__(self, pages: Pages, _config: Any) -> None:
        self.pages = pages

    def text(self) -> str:
        """Return what ``proutes`` shows, and what tells it from others."""
        return "is_realm_page"

    phash = text

    def __call__(self, _info: Any, request: Any) -> bool:
        """Tell whether *request* is for one of them."""
        return _is_one_of(self.pages, request.environ)


def _is_one_of(pages: Pages, environ: dict[str, Any]) -> bool:
    return mounting.is_below(mounting.whole_path(environ), [pages.path])


def _reader(name: str) -> Any:
    return lambda request: getattr(request._current, name)


def _auth(request: Any) -> current.Current:
    found: current.Current = request._current
    return found


def _look(event: Any) -> None:
    """Read who is there, before the application finds its view."""
    event.request.environ.update(event.request._current.environ_keys())


def _current(request: Any) -> current.Current:
    """
    Return who is there, read once a request, by whoever is the first to ask.

    That may be a tween, as pyramid_tm asks for the id of the user, or a program that
    has made itself a request, in which there is nobody.
    """
    pages, environ = Pages(request.registry[REALM]), request.environ
    if _is_one_of(pages, environ):
        return current.ANONYMOUS  # the pages read it themselves
    try:
        found = pages.find(pages.cookie_in(environ.get("HTTP_COOKIE", "")))
    except mounting.Unavailable:
        head, body = mounting.unavailable(pages)
        raise HTTPServiceUnavailable(headers=head, body=body) from None

    def finish(_request: Any, response: Any) -> None:
        response.headerlist = mounting.with_headers(response.headerlist, found)

    request.add_response_callback(finish)
    return found
