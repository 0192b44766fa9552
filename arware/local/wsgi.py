"""
The realm in a WSGI application: its pages, and who is there.

::

    from arware.local.wsgi import Middleware

    app.wsgi_app = Middleware(app.wsgi_app)  # Flask; Bottle has app.wsgi

Below it ``environ["authrocket.user"]`` and its like are the person, or ``None``.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from arware.kit.mounting import WsgiMiddleware

from . import current
from .configuration import is_command, open_realm
from .request import MOUNTED

if TYPE_CHECKING:
    from .realm import Realm


class Pages:
    """
    The pages of *realm*, as an application mounts them: :class:`arware.kit.mounting`.

    Without one it is opened as :mod:`.configuration` says: here, so that what is wrong
    is told where the application is made, unless that happens in a command.
    """

    anonymous, unavailable = current.ANONYMOUS, current.UNAVAILABLE

    def __init__(self, realm: Realm | None = None) -> None:
        self._given = realm
        if not is_command():
            self.realm  # noqa: B018 - opens it

    @cached_property
    def realm(self) -> Realm:
        """The realm."""
        return self._given or open_realm()

    @property
    def path(self) -> str:
        """The whole path that they are below."""
        return self.realm.settings.base_path

    @property
    def is_https(self) -> bool:
        """Whether browsers reach them over https."""
        return self.realm.settings.is_https

    def wsgi_app(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Be them."""
        answer: Iterable[bytes] = self.realm.wsgi_app(
            {**environ, MOUNTED: self.realm}, start_response
        )
        return answer

    def cookie_in(self, header: str) -> str:
        """Return the session's cookie in the header ``Cookie``, ``""`` for none."""
        return current.cookie_in(self.realm, header)

    def find(self, cookie: str) -> current.Current:
        """Return who holds *cookie*."""
        return current.find(self.realm, cookie)


class Middleware(WsgiMiddleware):
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
        super().__init__(app, Pages(realm), ignore)
