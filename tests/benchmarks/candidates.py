"""What is measured in one process: candidates that each do a round and time it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Any

import flask
import flask_login
from pyramid.config import Configurator
from pyramid.response import Response
from starlette.middleware.sessions import SessionMiddleware

from arware import asgi, wsgi
from arware.flask import AuthRocket, current_user
from arware.testing import MemoryRealm

from . import traffic
from .reference import DecodeEachTime
from .rounds import timed
from .traffic import NEIGHBOURS, SECRET, bare_asgi, bare_wsgi, start_response

CALLS = 200

Candidate = Callable[[], float]
Extras = Iterable[dict[str, str]]


def run_wsgi(app: Any, extras: Extras) -> Candidate:
    """Return a candidate that sends *app* a request for each of *extras*."""
    extras = list(extras)

    def candidate() -> float:
        environs = [traffic.environ(extra) for extra in extras]

        def work() -> None:
            for request in environs:
                for _ in app(request, start_response):
                    pass

        return timed(work) / len(environs)

    return candidate


def run_asgi(loop: asyncio.AbstractEventLoop, app: Any, extras: Extras) -> Candidate:
    """Return a candidate that sends *app* a request for each of *extras*."""
    extras = list(extras)

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        pass

    async def work(scopes: list[dict[str, Any]]) -> float:
        began = time.thread_time()
        for request in scopes:
            await app(request, receive, send)
        return time.thread_time() - began

    def candidate() -> float:
        scopes = [traffic.scope(extra) for extra in extras]
        return loop.run_until_complete(work(scopes)) / len(scopes)

    return candidate


def pyramid_app(settings: dict[str, Any] | None) -> Any:
    """Return a Pyramid application of one view, with our adapter if *settings*."""
    config = Configurator(
        settings={f"authrocket.{k}": v for k, v in (settings or {}).items()}
    )
    if settings:
        config.include("arware.pyramid")
    config.add_route("project", "/projects/{id}")
    config.add_view(lambda request: Response("ok"), route_name="project")
    return config.make_wsgi_app()


def flask_app(view: Callable[[], str]) -> flask.Flask:
    """Return a Flask application of one view, that could have a session."""
    app = flask.Flask("benchmark")
    app.secret_key = SECRET
    app.add_url_rule("/projects/<id>", "project", lambda id: view())
    return app


def arware_flask(settings: dict[str, Any]) -> flask.Flask:
    """Return it with our extension; the view reads who is there."""
    app = flask_app(lambda: current_user.id)
    AuthRocket(app, **settings)
    return app


class Member(flask_login.UserMixin):
    """A user as Flask-Login wants one; it takes no look-up to have it."""

    id = "usr_" + "a" * 22


def flask_login_app() -> flask.Flask:
    """Return it with Flask-Login; the view reads who is there, too."""
    app = flask_app(lambda: flask_login.current_user.id)
    manager, member = flask_login.LoginManager(app), Member()
    manager.user_loader(lambda user_id: member)
    app.add_url_rule("/login", "login", lambda: str(flask_login.login_user(member)))
    return app


def flask_login_cookie(app: flask.Flask) -> str:
    """Return the Cookie header of who has logged in to *app* by Flask-Login."""
    agent = {"User-Agent": traffic.HEADERS["user-agent"]}
    client = app.test_client()
    client.get("/login", headers=agent, environ_base={"REMOTE_ADDR": "192.0.2.7"})
    cookie = client.get_cookie("session")
    assert cookie is not None
    return f"{NEIGHBOURS}; session={cookie.value}"


def candidates(realm: MemoryRealm, url: str) -> dict[str, Candidate]:
    """Return all candidates by name; *realm* serves its keys at *url*."""
    settings = {"loginrocket_url": url, "cookie_secret": SECRET}
    token = realm.token("alice", org="acme")
    adapter = wsgi.Middleware(bare_wsgi, **settings)
    known = [{"cookie": traffic.login_cookie(adapter, realm)}] * CALLS
    anonymous = [{"cookie": NEIGHBOURS}] * CALLS
    decoded = [{"cookie": f"{NEIGHBOURS}; token={token}"}] * CALLS
    session = [{"cookie": traffic.session_cookie()}] * CALLS
    reference = DecodeEachTime(bare_wsgi, realm.private_key.public_key())
    native, theirs = arware_flask(settings), flask_login_app()
    login = [{"cookie": flask_login_cookie(theirs)}] * CALLS
    loop = asyncio.new_event_loop()
    sessions = SessionMiddleware(bare_asgi, secret_key=SECRET)
    return {
        "bare": run_wsgi(bare_wsgi, known),
        "reference": run_wsgi(reference, decoded),
        "known": run_wsgi(adapter, known),
        "anonymous": run_wsgi(adapter, anonymous),
        "asgi bare": run_asgi(loop, bare_asgi, known),
        "asgi known": run_asgi(loop, asgi.Middleware(bare_asgi, **settings), known),
        "asgi session": run_asgi(loop, sessions, session),
        "pyramid bare": run_wsgi(pyramid_app(None), known),
        "pyramid known": run_wsgi(pyramid_app(settings), known),
        "flask bare": run_wsgi(flask_app(lambda: "usr_" + "a" * 22), known),
        "flask known": run_wsgi(native, known),
        "flask login": run_wsgi(theirs, login),
        "first sight": first_sight(realm, settings),
    }


def first_sight(realm: MemoryRealm, settings: dict[str, Any]) -> Candidate:
    """Return a candidate for new tokens, each seen once by an adapter with keys."""
    tokens = [realm.token(f"user{number}", org="acme") for number in range(CALLS)]
    bearers = [{"authorization": f"Bearer {token}"} for token in tokens]
    warm = [{"authorization": f"Bearer {realm.token('warm')}"}]

    def candidate() -> float:
        adapter = wsgi.Middleware(bare_wsgi, **settings)
        run_wsgi(adapter, warm)()
        return run_wsgi(adapter, bearers)()

    return candidate
