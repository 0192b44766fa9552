"""Two small servers that run in a thread each and stop without a trace."""

from __future__ import annotations

import http.client
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import socket

#: How long a request that is under way may take once the servers are to stop.
STOP_SECONDS = 5


class Server(Protocol):
    """What runs in a thread of its own until it is stopped."""

    def start(self) -> None:
        """Begin to answer."""

    def stop(self) -> None:
        """Stop answering and return when the thread has ended."""


class WsgiServer:
    """Waitress in a thread."""

    def __init__(self, application: Any, listener: socket.socket) -> None:
        from waitress.server import create_server

        self._map: dict[int, Any] = {}
        self._server = create_server(
            application, map=self._map, sockets=[listener], threads=8, ident=None
        )
        self._thread = threading.Thread(
            target=self._server.run, name="arware demo (WSGI)", daemon=True
        )

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering and return when the thread has ended."""
        if self._thread.is_alive():
            # The trigger runs it in the server's own thread: nobody closes a socket
            # that another thread is waiting on.
            self._server.trigger.pull_trigger(self._close)
        self._thread.join(STOP_SECONDS + 1)

    def _close(self) -> None:
        from waitress import wasyncore

        self._server.task_dispatcher.shutdown(timeout=STOP_SECONDS)
        wasyncore.close_all(self._map, ignore_all=True)


class AsgiServer:
    """Uvicorn in a thread."""

    def __init__(self, application: Any, listener: socket.socket) -> None:
        import uvicorn

        self._server = uvicorn.Server(
            uvicorn.Config(
                application,
                access_log=False,
                lifespan="off",
                log_config=None,
                log_level="warning",
                server_header=False,
                timeout_graceful_shutdown=STOP_SECONDS,
                ws="none",
            )
        )
        self._thread = threading.Thread(
            target=self._server.run,
            kwargs={"sockets": [listener]},
            name="arware demo (ASGI)",
            daemon=True,
        )

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering and return when the thread has ended."""
        self._server.should_exit = True
        self._thread.join(STOP_SECONDS + 1)


def wait_until_answered(url: str, path: str, seconds: float = 15) -> bool:
    """Return whether the first answer to *path* comes in *seconds* and is a 200."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            return _status(url, path) == 200
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)
    return False


def _status(url: str, path: str) -> int:
    place = urlsplit(url).netloc
    with closing(http.client.HTTPConnection(place, timeout=5)) as connection:
        connection.request("GET", path, headers={"Connection": "close"})
        with closing(connection.getresponse()) as response:
            response.read()
            return response.status
