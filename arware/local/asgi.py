"""
The realm in an ASGI application: its pages, and who is there.

::

    from arware.local.asgi import Middleware

    app.add_middleware(Middleware)  # FastAPI, Starlette

Below it ``scope["authrocket.user"]`` and its like are the person, or ``None``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from arware.kit.mounting import AsgiMiddleware

from .wsgi import Pages

if TYPE_CHECKING:
    from .realm import Realm


class Middleware(AsgiMiddleware):
    """
    Serve the realm's pages, and tell the application *app* who is there.

    It is the middleware of :mod:`.wsgi`; sessions are read, and pages made, by a few
    threads of its own. In a websocket a cookie counts only if the page that opened it
    is of this host (its ``Origin``), and by https where the realm is.
    """

    def __init__(
        self, app: Any, realm: Realm | None = None, *, ignore: str | Iterable[str] = ()
    ) -> None:
        super().__init__(app, Pages(realm), ignore)
