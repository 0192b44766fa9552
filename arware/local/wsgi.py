"""
The realm in a WSGI application: its pages, and who is there.

::

    from arware.local.wsgi import Middleware

    app.wsgi_app = Middleware(app.wsgi_app)  # Flask; Bottle has app.wsgi

Below it ``environ["authrocket.user"]`` and its like are the person, or ``None``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from . import current
from .configuration import is_command, open_realm
from .request import MOUNTED

if TYPE_CHECKING:
    from .realm import Realm


class Pages:
    """
    The pages of *realm*, served by an application below a path of its own.

    Without one it is opened as :mod:`.configuration` says: here, so that what is wrong
    is told where the application is made, unless that happens in a command.
    """

    def __init__(self, realm: Realm | None = None) -> None:
        self._given = realm
        if not is_command():
            self.realm  # noqa: B018 - opens it

    @cached_property
    def realm(self) -> Realm:
        """The realm."""
        return self._given or open_realm()

    def are_at(self, path: str) -> bool:
        """Tell whether the whole *path* is one of theirs."""
        return current.is_below(path, [self.realm.settings.base_path])

    def wsgi_app(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Be them."""
        answer: Iterable[bytes] = self.realm.wsgi_app(
            {**environ, MOUNTED: self.realm}, start_response
        )
        return answer


class Middleware:
    """
    Serve the realm's pages, and tell the application *app* who is there.

    *realm* is opened as :mod:`.configuration` says if it is not given. Paths at or
    below one of *ignore* (static files, so that others may cache them) have nobody
    there, and nothing is read for them. Where the database does not tell who holds a
    cookie the answer is 503.
    """

    def __init__(
        self, app: Any, realm: Realm | None = None, *, ignore: str | Iterable[str] = ()
    ) -> None:
        self.app = app
        self.ignore = (ignore,) if isinstance(ignore, str) else tuple(ignore)
        self.pages = Pages(realm)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request, or have the application answer it."""
        path = environ.get("PATH_INFO") or "/"
        realm = self.pages.realm
        if self.pages.are_at(current.whole_path(environ)):
            return self.pages.wsgi_app(environ, start_response)
        if current.is_below(path, self.ignore):
            return self._answer(environ, current.ANONYMOUS, start_response)
        cookie = current.cookie_in(realm, environ.get("HTTP_COOKIE", ""))
        try:
            found = current.find(realm, cookie)
        except current.Unavailable:
            start_response("503 Service Unavailable", current.UNAVAILABLE_HEAD)
            return [current.UNAVAILABLE]
        return self._answer(environ, found, _starter(start_response, found))

    def _answer(
        self, environ: dict[str, Any], found: current.Current, start: Any
    ) -> Iterable[bytes]:
        # No copy: what is around us may look there for what the application wrote.
        environ.update(found.environ_keys())
        answer: Iterable[bytes] = self.app(environ, start)
        return answer


def _starter(start_response: Any, found: current.Current) -> Callable[..., Any]:
    def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
        return start_response(status, current.with_headers(headers, found), *error)

    return start
