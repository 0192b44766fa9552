"""The sample in plain WSGI: one function, and the adapter in front of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from arware.demo import pages
from arware.wsgi import Middleware

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


def make_application(**settings: Any) -> WSGIApplication:
    """Return the sample with an adapter that is set up by *settings*."""
    # Where the adapter does nothing, a CDN may keep the answers.
    return Middleware(application, ignore=["/static"], **settings)


def application(
    environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    """Answer a request; the adapter has put the auth object into *environ*."""
    auth, path = environ["authrocket.auth"], environ["PATH_INFO"]

    def answer(
        body: bytes,
        headers: dict[str, str] = pages.PRIVATE,
        kind: str = "text/html; charset=utf-8",
        status: str = "200 OK",
    ) -> Iterable[bytes]:
        start_response(status, [("Content-Type", kind), *headers.items()])
        return [body]

    if file := pages.static(path):
        return answer(file[1], kind=file[0], headers=pages.SAFE)
    if path == "/":
        headers = pages.PRIVATE if auth.user else pages.SAFE
        return answer(pages.html("home", auth), headers)

    auth.require()  # Every other page needs a login: nobody can forget it.

    if path == "/private":
        return answer(pages.html("private", auth, query=environ["QUERY_STRING"]))
    if path == "/reports":
        auth.require(permission=pages.REPORTS)
        return answer(pages.html("reports", auth))
    if path == "/api/me":
        body = json.dumps(pages.who(auth)).encode()
        return answer(body, kind="application/json")
    return answer(pages.html("missing", auth), status="404 Not Found")
