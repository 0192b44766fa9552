"""
What the benchmarks run under real servers: ``served.py SERVER APPLICATION PORT``.

Every application answers ``/usage`` with what its process has used so far, told by the
operating system and by Python itself.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
from collections.abc import Callable
from typing import Any

from .worker import use_checkout


def usage() -> bytes:
    """Return the user CPU of this process, and how often it collected young garbage."""
    seconds = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    return json.dumps([seconds, gc.get_stats()[0]["collections"]]).encode()


def asgi_app(kind: str) -> Any:
    """Return the ASGI application *kind*."""
    from . import traffic

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] != "/usage":
            await traffic.bare_asgi(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": usage()})

    if kind == "arware":
        from arware.asgi import Middleware

        return Middleware(app, **settings())
    if kind == "session":
        from starlette.middleware.sessions import SessionMiddleware

        return SessionMiddleware(app, secret_key=traffic.SECRET)
    return app


def wsgi_app(kind: str) -> Any:
    """Return the WSGI application *kind*."""
    from . import traffic

    def app(environ: Any, start_response: Any) -> Any:
        if environ["PATH_INFO"] != "/usage":
            return traffic.bare_wsgi(environ, start_response)
        start_response("200 OK", [("Content-Type", "application/json")])
        return [usage()]

    if kind == "arware":
        from arware.wsgi import Middleware

        return Middleware(app, **settings())
    if kind == "decode":
        from .reference import DecodeEachTime

        return DecodeEachTime(app, os.environ["AUTHROCKET_JWT_KEY"])
    return app


def settings() -> dict[str, str]:
    """Return settings that need no network."""
    return {
        "jwt_key": os.environ["AUTHROCKET_JWT_KEY"],
        "loginrocket_url": "https://memory.e2.loginrocket.com/",
        "cookie_secret": os.environ["AUTHROCKET_COOKIE_SECRET"],
    }


def run_uvicorn(kind: str, port: int) -> None:
    """Serve the application *kind* by uvicorn with httptools."""
    import uvicorn

    uvicorn.run(
        asgi_app(kind),
        port=port,
        http="httptools",
        loop="asyncio",
        lifespan="off",
        access_log=False,
        log_level="warning",
    )


def run_gunicorn(kind: str, port: int) -> None:
    """Serve the application *kind* by gunicorn, one sync worker."""
    from gunicorn.app.base import BaseApplication

    class Application(BaseApplication):
        def load_config(self) -> None:
            self.cfg.set("bind", f"127.0.0.1:{port}")
            self.cfg.set("loglevel", "warning")

        def load(self) -> Any:
            return wsgi_app(kind)

    Application().run()


SERVERS: dict[str, Callable[[str, int], None]] = {
    "uvicorn": run_uvicorn,
    "gunicorn": run_gunicorn,
}

if __name__ == "__main__":
    use_checkout()
    SERVERS[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
