"""Requests as servers and browsers send them, and applications that only answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from arware.testing import Browser

if TYPE_CHECKING:
    from arware.testing import MemoryRealm

SECRET = "0123456789abcdef" * 4
ISSUER = "https://authrocket.com"
BODY = b"ok"

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
NEIGHBOURS = "_ga=GA1.2.1234567890.1700000000; theme=dark"

_SERVER = {
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
    **{f"server.extra{number}": number for number in range(8)},
}


def environ(extra: dict[str, str]) -> dict[str, Any]:
    """Return an environ of about 48 keys; every header's text is fresh."""
    headers = {
        f"HTTP_{name.upper().replace('-', '_')}": "".join(list(value))
        for name, value in {**HEADERS, **extra}.items()
    }
    return {**_SERVER, **headers}


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


def start_response(status: str, headers: Any, exc_info: Any = None) -> Any:
    """Be a server that takes any answer."""


def bare_wsgi(_: Any, start_response: Any) -> Iterable[bytes]:
    """Answer, and do nothing else."""
    headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(BODY)))]
    start_response("200 OK", headers)
    return [BODY]


async def bare_asgi(_: Any, receive: Any, send: Any) -> None:
    """Answer, and do nothing else."""
    length = str(len(BODY)).encode()
    headers = [(b"content-type", b"text/plain"), (b"content-length", length)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": BODY})


def login_cookie(
    app: Any, realm: MemoryRealm, origin: str = "https://app.example.com"
) -> str:
    """Log in through *app* and return the Cookie header the browser then sends."""
    browser = Browser(app, origin)
    browser.arrive("/", realm.token("alice", org="acme"), site=None)
    kept = [
        f"{name}={cookie.value}"
        for name, cookie in browser.cookies.items()
        if ".s" not in name
    ]
    assert kept, "the adapter did not log alice in"
    return "; ".join([NEIGHBOURS, *kept])


def session_cookie() -> str:
    """Return a Cookie header with a session of Starlette's SessionMiddleware."""
    import base64
    import json

    import itsdangerous

    data = base64.b64encode(json.dumps({"user": "usr_" + "a" * 22}).encode())
    signed = itsdangerous.TimestampSigner(SECRET).sign(data).decode()
    return f"{NEIGHBOURS}; session={signed}"
