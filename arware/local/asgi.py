"""
The realm in an ASGI application: its pages, and who is there.

::

    from arware.local.asgi import Middleware

    app.add_middleware(Middleware)  # FastAPI, Starlette

Below it ``scope["authrocket.user"]`` and its like are the person, or ``None``.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from arware.bridge.pages import MountedRealm
from arware.bridge.threads import Crowded, Threads

from . import current
from .wsgi import Pages

if TYPE_CHECKING:
    from .realm import Realm

#: How long a request waits for a thread that reads its session, in seconds.
PATIENCE = 10.0


class Middleware:
    """
    Serve the realm's pages, and tell the application *app* who is there.

    It is the middleware of :mod:`.wsgi`; sessions are read, and pages made, by a few
    threads of its own. In a websocket a cookie counts only if the page that opened it
    is of this host (its ``Origin``), and by https where the realm is.
    """

    def __init__(
        self, app: Any, realm: Realm | None = None, *, ignore: str | Iterable[str] = ()
    ) -> None:
        self.app = app
        self.ignore = (ignore,) if isinstance(ignore, str) else tuple(ignore)
        self._pages = Pages(realm)
        self._mounted = MountedRealm(self._pages)
        self._threads = Threads("arware-sessions")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request, or have the application answer it."""
        kind = scope["type"]
        if kind not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        # Some servers put the mount in front of the path, others do not.
        root, path = scope.get("root_path", "").rstrip("/"), scope["path"]
        below = path.removeprefix(root) if current.is_below(path, [root]) else path
        if kind == "http" and self._pages.are_at(root + below):
            await self._mounted.asgi_app(scope, receive, send)
            return
        if current.is_below(below or "/", self.ignore):
            keys = {**scope, **current.ANONYMOUS.environ_keys()}
            await self.app(keys, receive, send)
            return
        try:
            found = await self._find(scope)
        except (current.Unavailable, Crowded):
            await _refuse(kind, send)
            return
        keys = {**scope, **found.environ_keys()}
        await self.app(keys, receive, partial(_send, send, found))

    async def _find(self, scope: Any) -> current.Current:
        cookies = b"; ".join(_header(scope, b"cookie")).decode("latin-1")
        realm = self._pages.realm
        cookie = current.cookie_in(realm, cookies)
        if not cookie or (scope["type"] == "websocket" and not _is_own(scope, realm)):
            return current.ANONYMOUS
        return await self._threads.run(partial(current.find, realm, cookie), PATIENCE)


def _header(scope: Any, name: bytes) -> list[bytes]:
    return [value for key, value in scope["headers"] if key.lower() == name]


def _is_own(scope: Any, realm: Realm) -> bool:
    """Tell whether a page of this host opens the websocket, as safe as the realm's."""
    origins, hosts = _header(scope, b"origin"), _header(scope, b"host")
    if len(origins) != 1 or len(hosts) != 1:
        return False
    origin = urlsplit(origins[0].decode("latin-1"))
    # A page that came without https may be anybody's on the way. A proxy may have ended
    # https, so that it is the realm's URL that says what there is.
    is_safe = origin.scheme == "https" or not realm.settings.is_https
    return is_safe and origin.netloc == hosts[0].decode("latin-1")


async def _send(send: Any, found: current.Current, message: Any) -> None:
    if message["type"] == "http.response.start":
        given = message.get("headers", ())
        texts = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in given]
        headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in current.with_headers(texts, found)
        ]
        message = {**message, "headers": headers}
    await send(message)


async def _refuse(kind: str, send: Any) -> None:
    if kind == "websocket":
        await send({"type": "websocket.close", "code": 1013})  # try again later
        return
    headers = [
        (name.lower().encode(), value.encode())
        for name, value in current.UNAVAILABLE_HEAD
    ]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": current.UNAVAILABLE})
