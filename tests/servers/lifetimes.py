"""
The application of :mod:`tests.servers.test_f33_lifetimes`: it counts what is alive.

Paths: ``/page`` answers at once, ``/task`` also starts a task that outlives the
request, ``/sender`` has another task send the answer. ``/alive`` tells how many objects
of each type of arware there are, how many requests' scopes, and how often Python has
looked for young garbage.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
from collections import Counter
from typing import Any

from arware import Auth
from arware.asgi import Middleware

_TASKS: list[asyncio.Task[None]] = []


class Mark:
    """Lies in a scope, and so lives as long as that."""


_MARK = f"{Mark.__module__}.{Mark.__qualname__}"


async def _answer(send: Any, body: bytes) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def _alive() -> bytes:
    # What Cython makes may have no module.
    types = (type(thing) for thing in gc.get_objects())
    names = (f"{kind.__module__}.{kind.__qualname__}" for kind in types)
    ours = (name for name in names if name.startswith(("arware.", _MARK)))
    collections = gc.get_stats()[0]["collections"]
    return json.dumps({"alive": Counter(ours), "collections": collections}).encode()


async def _application(scope: Any, receive: Any, send: Any) -> None:
    assert isinstance(scope["authrocket.auth"], Auth)
    scope["mark"] = Mark()
    match scope["path"]:
        case "/task":
            _TASKS.append(asyncio.create_task(asyncio.sleep(3600)))
            await _answer(send, b"ok")
        case "/sender":
            await asyncio.create_task(_answer(send, b"ok"))
        case "/alive":
            await _answer(send, _alive())
        case _:
            await _answer(send, scope["authrocket.user"].id.encode())


application = Middleware(
    _application,
    loginrocket_url="https://memory.e2.loginrocket.com/",
    jwt_key=os.environ["AUTHROCKET_JWT_KEY"],
    cookie_secret=os.environ["AUTHROCKET_COOKIE_SECRET"],
)
