"""What the adapters add to a request, as a ratio to what is done everywhere else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from http.cookies import SimpleCookie
from typing import Any

import jwt
from pyramid.config import Configurator
from pyramid.response import Response
from starlette.middleware.sessions import SessionMiddleware

from arware import asgi, wsgi
from arware.testing import Browser, MemoryRealm

from .rounds import Figure, interleaved, timed

CALLS = 200
SECRET = "0123456789abcdef" * 4
ISSUER = "https://authrocket.com"

#: What servers and browsers send with a page, in their own words.
HEADERS = {
    "host": "app.example.com",
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/2010 Firefox/140.0",
    "accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "accept-language": "en-US,en;q=0.5",
    "accept-encoding": "gzip, deflate, br, zstd",
    "referer": "https://app.example.com/projects",
    "dnt": "1",
    "sec-gpc": "1",
    "upgrade-insecure-requests": "1",
    "sec-fetch-dest": "document",
    "sec-fetch-mode": "navigate",
    "sec-fetch-site": "same-origin",
    "sec-fetch-user": "?1",
    "priority": "u=0, i",
    "x-forwarded-for": "192.0.2.7",
    "x-forwarded-proto": "https",
    "x-request-id": "5f0d6c1e4b7a",
}
#: Cookies that live beside ours in most browsers.
NEIGHBOURS = "_ga=GA1.2.1234567890.1700000000; theme=dark; "


def environ(extra: dict[str, str]) -> dict[str, Any]:
    """Return an environ of about 48 keys, every text of it fresh."""
    server = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/projects/42",
        "RAW_URI": "/projects/42?page=2",
        "QUERY_STRING": "page=2",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_SOFTWARE": "gunicorn/23.0.0",
        "REMOTE_ADDR": "192.0.2.7",
        "REMOTE_PORT": "51234",
        "wsgi.url_scheme": "https",
        "wsgi.version": (1, 0),
        "wsgi.errors": None,
        "wsgi.input": None,
        "wsgi.file_wrapper": None,
        "wsgi.input_terminated": True,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "gunicorn.socket": None,
    }
    server |= {f"server.extra{number}": number for number in range(8)}
    for name, value in {**HEADERS, **extra}.items():
        key = f"HTTP_{name.upper().replace('-', '_')}"
        server[key] = "".join(list(value))
    return server


def scope(extra: dict[str, str]) -> dict[str, Any]:
    """Return a scope with the same headers."""
    headers = {**HEADERS, **extra}.items()
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": ("127.0.0.1", 8000),
        "client": ("192.0.2.7", 51234),
        "scheme": "https",
        "method": "GET",
        "root_path": "",
        "path": "/projects/42",
        "raw_path": b"/projects/42",
        "query_string": b"page=2",
        "headers": [(name.encode(), value.encode()) for name, value in headers],
        "state": {},
    }


def bare_wsgi(_: Any, start_response: Any) -> Iterable[bytes]:
    """Answer, and do nothing else."""
    headers = [("Content-Type", "text/plain"), ("Content-Length", "2")]
    start_response("200 OK", headers)
    return [b"ok"]


async def bare_asgi(_: Any, receive: Any, send: Any) -> None:
    """Answer, and do nothing else."""
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok"})


class Reference:
    """What applications do without arware: read the cookie, decode the token."""

    def __init__(self, app: Any, key: Any) -> None:
        self.app = app
        self.key = key

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        cookies = SimpleCookie(environ["HTTP_COOKIE"])
        environ["claims"] = jwt.decode(
            cookies["token"].value, self.key, algorithms=["RS256"], issuer=ISSUER
        )
        return self.app(environ, start_response)


def start_response(status: str, headers: Any, exc_info: Any = None) -> Any:
    """Be a server that takes any answer."""


def run_wsgi(app: Any, extras: Iterable[dict[str, str]]) -> Callable[[], float]:
    """Return a candidate that sends *app* a request for each of *extras*."""
    extras = list(extras)

    def candidate() -> float:
        environs = [environ(extra) for extra in extras]

        def work() -> None:
            for request in environs:
                for _ in app(request, start_response):
                    pass

        return timed(work) / len(environs)

    return candidate


def run_asgi(
    loop: asyncio.AbstractEventLoop, app: Any, extras: Iterable[dict[str, str]]
) -> Callable[[], float]:
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
        scopes = [scope(extra) for extra in extras]
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


def login_cookie(app: Any, realm: MemoryRealm) -> str:
    """Log in through *app* and return the Cookie header the browser then sends."""
    browser = Browser(app, "https://app.example.com")
    browser.arrive("/", realm.token("alice", org="acme"), site=None)
    return "; ".join(
        f"{name}={kept.value}"
        for name, kept in browser.cookies.items()
        if not name.endswith(".s")
    )


def measure() -> list[Figure]:
    """
    Return the figures of the adapters.

    The unit is what SimpleCookie and ``jwt.decode`` add to a bare WSGI application,
    for ASGI what Starlette's SessionMiddleware adds to a bare ASGI application.
    """
    realm = MemoryRealm()
    with realm.serve() as url:
        settings = {"loginrocket_url": url, "cookie_secret": SECRET}
        return _measure(realm, settings)


def _measure(realm: MemoryRealm, settings: dict[str, Any]) -> list[Figure]:
    token = realm.token("alice", org="acme")
    adapter = wsgi.Middleware(bare_wsgi, **settings)
    aadapter = asgi.Middleware(bare_asgi, **settings)
    padapter = pyramid_app(settings)
    cookie = {"cookie": NEIGHBOURS + login_cookie(adapter, realm)}
    known = [cookie] * CALLS
    anonymous = [{"cookie": NEIGHBOURS.rstrip("; ")}] * CALLS
    decoded = [{"cookie": f"{NEIGHBOURS}token={token}"}] * CALLS
    reference = Reference(bare_wsgi, realm.private_key.public_key())
    sessions = SessionMiddleware(bare_asgi, secret_key=SECRET)
    session = {"cookie": NEIGHBOURS + _starlette_session()}
    loop = asyncio.new_event_loop()
    best = interleaved(
        {
            "bare": run_wsgi(bare_wsgi, known),
            "reference": run_wsgi(reference, decoded),
            "known": run_wsgi(adapter, known),
            "anonymous": run_wsgi(adapter, anonymous),
            "asgi bare": run_asgi(loop, bare_asgi, known),
            "asgi known": run_asgi(loop, aadapter, known),
            "asgi session": run_asgi(loop, sessions, [session] * CALLS),
            "pyramid bare": run_wsgi(pyramid_app(None), known),
            "pyramid known": run_wsgi(padapter, known),
        }
    )
    loop.close()
    unit = best["reference"] - best["bare"]
    session_unit = best["asgi session"] - best["asgi bare"]
    pyramid = best["pyramid known"] - best["pyramid bare"]
    return [
        Figure("WSGI, known cookie", (best["known"] - best["bare"]) / unit, 0.10),
        Figure("WSGI, anonymous", (best["anonymous"] - best["bare"]) / unit, 0.05),
        Figure(
            "ASGI, known cookie, to SessionMiddleware",
            (best["asgi known"] - best["asgi bare"]) / session_unit,
            0.45,
        ),
        Figure("Pyramid, known cookie", pyramid / unit, 0.15),
        Figure(
            "first sight of a token",
            _first_sight(realm, settings, run_wsgi(reference, decoded)),
            1.0,
        ),
    ]


def _first_sight(
    realm: MemoryRealm, settings: dict[str, Any], reference: Callable[[], float]
) -> float:
    """Return what new tokens cost, each seen once, to the reference beside them."""
    tokens = [realm.token(f"user{number}", org="acme") for number in range(200)]
    bearers = [{"authorization": f"Bearer {token}"} for token in tokens]

    def fresh() -> float:
        adapter = wsgi.Middleware(bare_wsgi, **settings)
        warm = {"authorization": f"Bearer {realm.token('warm')}"}
        run_wsgi(adapter, [warm])()
        return run_wsgi(adapter, bearers)()

    plain = run_wsgi(bare_wsgi, bearers)
    best = interleaved(
        {"fresh": fresh, "plain": plain, "reference": reference}, rounds=40
    )
    return (best["fresh"] - best["plain"]) / (best["reference"] - best["plain"])


def _starlette_session() -> str:
    import base64
    import json

    import itsdangerous

    data = base64.b64encode(json.dumps({"user": "usr_" + "a" * 22}).encode())
    signed = itsdangerous.TimestampSigner(SECRET).sign(data).decode()
    return f"session={signed}"
