"""Access logs without tokens: the guide's line for each server, in the real one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path

import pytest

from arware.testing import MemoryRealm
from tests.docs.blocks import rst_blocks
from tests.servers.test_servers import ROOT
from tests.services import HOST, free_port, running, wait_until

GUIDE = ROOT / "docs" / "how-to" / "logs.rst"

IMPORTS = """
import logging

from arware.logs import TokenFilter
"""

WSGI = """
from arware.wsgi import Middleware


def hello(environ, start_response):
    start_response("200 OK", [("Content-Length", "5")])
    return [b"hello"]


app = Middleware(hello)
"""

ASGI = """
from arware.asgi import Middleware


async def hello(scope, receive, send):
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close"})
        return
    headers = [(b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hello"})


app = Middleware(hello)
"""

TRANSLOGGER = """
from paste.translogger import TransLogger

app = TransLogger(app)
"""

FLASK = """
import flask

from arware.flask import AuthRocket

app = flask.Flask(__name__)
AuthRocket(app)


@app.get("/")
def home():
    return "hello"
"""

DJANGO = """
import sys

from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"], DEBUG=True, ROOT_URLCONF=__name__,
    SECRET_KEY="k" * 50, WSGI_APPLICATION="served.app",
)

import django
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

from arware.wsgi import Middleware

urlpatterns = [path("", lambda request: HttpResponse("hello"))]
app = Middleware(get_wsgi_application())

if __name__ == "__main__":
    from django.core.management import execute_from_command_line

    sys.modules["served"] = sys.modules["__main__"]
    execute_from_command_line(sys.argv)
"""

#: By the caption of its line in the guide: an application, and how it is started.
SERVERS = {
    "gunicorn": (WSGI, ["gunicorn", "-b", "{address}", "--access-logfile=-"]),
    "uvicorn": (ASGI, ["uvicorn", "--host", HOST, "--port", "{port}"]),
    "hypercorn": (
        ASGI,
        ["hypercorn", "-b", "{address}", "--access-logfile=-",
         '--access-logformat=%(h)s "%(R)s" %(s)s "%(f)s"'],
    ),
    "waitress, with Paste's TransLogger": (
        WSGI + TRANSLOGGER,
        ["waitress", "--listen={address}"],
    ),
    "flask run": (FLASK, ["flask", "--app", "served", "run", "--port", "{port}"]),
    "manage.py runserver": (
        DJANGO,
        ["served", "runserver", "--noreload", "--skip-checks", "{address}"],
    ),
}  # fmt: skip
#: Those that are told the application last.
NAMED = ("gunicorn", "uvicorn", "hypercorn", "waitress, with Paste's TransLogger")

#: Asks a server on a port, and returns what the log then says at last.
Visit = Callable[[int], str]


@pytest.fixture(scope="module")
def realm() -> MemoryRealm:
    """Return a realm for all the tests of this module."""
    return MemoryRealm()


def line_of(server: str) -> str:
    """Return the guide's line for *server*."""
    (block,) = (block for block in rst_blocks(GUIDE) if block.name == server)
    return block.code


def log_of(
    server: str, folder: Path, realm: MemoryRealm, visit: Visit, line: str | None = None
) -> str:
    """Run *server* with the guide's line in *folder*; return all that it wrote."""
    application, words = SERVERS[server]
    line = line_of(server) if line is None else line
    (folder / "served.py").write_text(IMPORTS + line + application)
    port = free_port()
    words = [word.format(port=port, address=f"{HOST}:{port}") for word in words]
    if server in NAMED:
        words.append("served:app")
    values = realm.settings()
    environ = {
        **os.environ,
        "PYTHONPATH": f"{ROOT}{os.pathsep}{folder}",
        "PYTHONUNBUFFERED": "1",
        "LOGINROCKET_URL": values["loginrocket_url"],
        "AUTHROCKET_COOKIE_SECRET": values["cookie_secret"],
        "AUTHROCKET_JWT_KEY": values["jwt_key"],
    }
    with (folder / "log").open("wb") as log:
        options = {"stdout": log, "stderr": subprocess.STDOUT, "env": environ}
        command = [sys.executable, "-m", *words]
        with running(command, port=port, cwd=folder, **options) as service:
            last = visit(port)
            # Some write the line once the answer is on its way.
            wait_until(lambda: last in (folder / "log").read_text(), what=last)
            service.process.terminate()
            service.process.wait(60)
    return (folder / "log").read_text()


def visit_as_alice(realm: MemoryRealm, token: str) -> Visit:
    """Return a visit in which alice comes back from the login pages."""

    def visit(port: int) -> str:
        headers = {"Referer": f"http://{HOST}:{port}/?token={token}"}
        for query in (f"token={token}&x=1", f"x=2&%74oken={token}", "x=3"):
            connection = HTTPConnection(HOST, port, timeout=60)
            connection.request("GET", f"/?{query}", headers=headers)
            answer = connection.getresponse()
            answer.read()
            connection.close()
            assert answer.status == (200 if query == "x=3" else 303)
        return "x=3"

    return visit


@pytest.mark.parametrize("server", SERVERS)
def test_no_token_is_in_the_access_log(
    server: str, realm: MemoryRealm, tmp_path: Path
) -> None:
    """The requests are, each with what else stood in its URL."""
    token = realm.token("alice")
    log = log_of(server, tmp_path, realm, visit_as_alice(realm, token))

    assert token not in log
    assert token.rpartition(".")[2] not in log
    assert "?token=***&x=1" in log
    assert "oken=***" in log.partition("x=2")[2]
    assert "x=3" in log
    assert "Traceback" not in log


@pytest.mark.parametrize("server", SERVERS)
def test_without_the_line_it_would_be(
    server: str, realm: MemoryRealm, tmp_path: Path
) -> None:
    """So the line is what hides it."""
    token = realm.token("alice")
    log = log_of(server, tmp_path, realm, visit_as_alice(realm, token), line="")

    assert token in log


def test_nor_is_that_of_a_websocket(realm: MemoryRealm, tmp_path: Path) -> None:
    """Uvicorn writes it to another logger."""
    token = realm.token("alice")

    def visit(port: int) -> str:
        lines = [f"GET /ws?token={token} HTTP/1.1", f"Host: {HOST}:{port}",
                 "Upgrade: websocket", "Connection: Upgrade",
                 "Sec-WebSocket-Version: 13",
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "", ""]  # fmt: skip
        with socket.create_connection((HOST, port), 60) as connection:
            connection.sendall("\r\n".join(lines).encode())
            assert b" 101 " in connection.recv(65536)
        return "/ws"

    log = log_of("uvicorn", tmp_path, realm, visit)

    assert token not in log
    assert "/ws?token=***" in log
