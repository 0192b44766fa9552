"""The sample in plain ASGI: one function, and the adapter in front of it."""

from __future__ import annotations

import json
from typing import Any

from arware.asgi import Middleware
from arware.demo import pages


def make_application(**settings: Any) -> Middleware:
    """Return the sample with an adapter that is set up by *settings*."""
    # Where the adapter does nothing, a CDN may keep the answers.
    return Middleware(application, ignore=["/static"], **settings)


async def application(
    scope: Any,
    receive: Any,  # noqa: ARG001 - the sample reads no bodies
    send: Any,
) -> None:
    """Answer a request; the adapter has put the auth object into *scope*."""
    auth, path = scope["authrocket.auth"], scope["path"]

    async def answer(
        body: bytes,
        headers: dict[str, str] = pages.PRIVATE,
        kind: str = "text/html; charset=utf-8",
        status: int = 200,
    ) -> None:
        pairs = [("Content-Type", kind), *headers.items()]
        raw = [(name.lower().encode(), text.encode()) for name, text in pairs]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": body})

    if file := pages.static(path):
        return await answer(file[1], kind=file[0], headers=pages.SAFE)
    if path == "/":
        headers = pages.PRIVATE if auth.user else pages.SAFE
        return await answer(pages.html("home", auth), headers)

    auth.require()  # Every other page needs a login: nobody can forget it.

    if path == "/private":
        query = scope["query_string"].decode("latin-1")
        return await answer(pages.html("private", auth, query=query))
    if path == "/reports":
        auth.require(permission=pages.REPORTS)
        return await answer(pages.html("reports", auth))
    if path == "/api/me":
        body = json.dumps(pages.who(auth)).encode()
        return await answer(body, kind="application/json")
    return await answer(pages.html("missing", auth), status=404)
