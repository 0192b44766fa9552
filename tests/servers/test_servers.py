"""Each adapter under the servers that people run: one login from end to end."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import requests

from arware.testing import MemoryRealm
from tests.services import HOST, free_port, running

ROOT = Path(__file__).parent.parent.parent
APPLICATION = "tests.servers.serve:application"

SERVERS = {
    "gunicorn": ["gunicorn", "--threads", "4", "-b", "{address}", APPLICATION],
    "waitress": ["waitress", "--listen={address}", APPLICATION],
    "uvicorn": [
        *("uvicorn", "--host", HOST, "--port", "{port}", "--no-access-log"),
        APPLICATION,
    ],
    "hypercorn": ["hypercorn", "-b", "{address}", APPLICATION],
}
PAIRS = [
    *((server, host) for server in ("gunicorn", "waitress") for host in ("wsgi",)),
    *((server, "pyramid") for server in ("gunicorn", "waitress")),
    *((server, "bottle") for server in ("gunicorn", "waitress")),
    *((server, host) for server in ("uvicorn", "hypercorn") for host in ("asgi",)),
    ("uvicorn", "starlette"),
    ("hypercorn", "fastapi"),
]


@dataclass
class Served:
    """A site behind a real server."""

    realm: MemoryRealm
    port: int
    server: str

    @property
    def origin(self) -> str:
        """Where it is."""
        return f"http://{HOST}:{self.port}"

    def get(
        self, session: requests.Session, path: str, **headers: str
    ) -> requests.Response:
        """Ask as a browser does, without following redirects."""
        given = {"Accept": "text/html", **headers}
        url = urljoin(self.origin, path)
        return session.get(url, headers=given, allow_redirects=False, timeout=60)

    def raw(self, target: str, **headers: str) -> tuple[int, bytes, bytes]:
        """Send *target* byte by byte and return status, head and body."""
        lines = [f"GET {target} HTTP/1.1", f"Host: {HOST}:{self.port}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines += ["Connection: close", "", ""]
        with socket.create_connection((HOST, self.port), 60) as connection:
            connection.sendall("\r\n".join(lines).encode("latin-1"))
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
        head, _, body = answer.partition(b"\r\n\r\n")
        return int(head.split(b" ", 2)[1]), head, body


@pytest.fixture(scope="module")
def realm() -> Iterator[MemoryRealm]:
    """Serve one realm to all the servers of this module."""
    realm = MemoryRealm()
    with realm.serve():
        yield realm


@pytest.fixture(scope="module", params=PAIRS, ids="-".join)
def served(request: pytest.FixtureRequest, realm: MemoryRealm) -> Iterator[Served]:
    """Run a server with a host's application for the tests that follow."""
    server, host = request.param
    port = free_port()
    settings = realm.settings()
    environ = {
        **os.environ,
        "ARWARE_TEST_HOST": host,
        "LOGINROCKET_URL": settings["loginrocket_url"],
        "AUTHROCKET_COOKIE_SECRET": settings["cookie_secret"],
    }
    arguments = [
        part.format(port=port, address=f"{HOST}:{port}") for part in SERVERS[server]
    ]
    with running(
        [sys.executable, "-m", *arguments], port=port, env=environ, cwd=ROOT
    ) as service:
        yield Served(realm, port, server)
        service.process.send_signal(signal.SIGTERM)
        code = service.process.wait(60)

    # waitress and uvicorn let the signal end them, the others return by themselves.
    assert code in (0, -signal.SIGTERM)


@pytest.fixture
def session() -> Iterator[requests.Session]:
    """Return a client that keeps cookies and reads no configuration."""
    with requests.Session() as session:
        session.trust_env = False
        yield session


def test_one_login_from_end_to_end(served: Served, session: requests.Session) -> None:
    """Sent to log in, back on the page, known there, logged out, gone."""
    answer = served.get(session, "/private?x=1&y=%2F")
    (uri,) = parse_qs(urlsplit(answer.headers["Location"]).query)["redirect_uri"]

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(served.realm.url + "login?")
    assert uri.startswith(f"{served.origin}/private?x=1&y=%2F&ar_state=")

    callback = served.get(session, f"{uri}&token={served.realm.token('alice')}")

    assert callback.status_code == 303
    assert urljoin(callback.url, callback.headers["Location"]) == (
        f"{served.origin}/private?x=1&y=%2F"
    )
    assert "HttpOnly" in callback.headers["Set-Cookie"]

    page = served.get(session, callback.headers["Location"])

    assert page.json()["user"] == "usr_alice"
    assert page.headers["Cache-Control"] == "private, no-cache"

    kept = dict(session.cookies)
    out = served.get(session, "/logout")

    assert out.status_code == 302
    assert out.headers["Location"].startswith(served.realm.url + "logout?")
    assert served.get(session, "/").json()["user"] is None

    with requests.Session() as replay:
        replay.trust_env = False
        replay.cookies.update(kept)
        assert served.get(replay, "/").json()["user"] is None


def test_bearer_and_two_of_them(served: Served, session: requests.Session) -> None:
    """A token in a header counts; the header twice is nobody, however it is joined."""
    token = served.realm.token("bob")
    answer = served.get(session, "/", Authorization=f"Bearer {token}")

    assert answer.json()["user"] == "usr_bob"

    connection = HTTPConnection(HOST, served.port, timeout=60)
    try:
        connection.putrequest("GET", "/")
        connection.putheader("Authorization", f"Bearer {token}")
        connection.putheader("Authorization", f"Bearer {token}")
        connection.endheaders()
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()

    # A server may refuse such a request outright, which is as good.
    assert response.status == 400 or json.loads(body)["user"] is None


@pytest.mark.parametrize("path", ["/caf%C3%A9", "/a%2Fb", "/page%20x"])
def test_the_spelling_of_a_path_survives_a_callback(served: Served, path: str) -> None:
    """These servers tell the raw target, so even %2F stays, but under waitress."""
    target = f"{path}?q=%C3%A9&token={served.realm.token()}"
    status, head, _ = served.raw(target)
    (location,) = (
        line.split(b": ", 1)[1].decode()
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"location:")
    )
    reached = urljoin(served.origin + path, location)

    assert status == 303
    assert reached in (
        f"{served.origin}{path}?q=%C3%A9",
        f"{served.origin}{path.replace('%2F', '/')}?q=%C3%A9",
    )
    if served.server != "waitress":
        assert reached == f"{served.origin}{path}?q=%C3%A9"


def test_cafe_is_found(served: Served, session: requests.Session) -> None:
    """The application sees the path that was asked for."""
    assert served.get(session, "/caf%C3%A9").json()["path"] == "/café"


CRLF = [
    "%0d%0aSet-Cookie:%20evil=1",
    "%0D%0A%0D%0A<script>",
    "%E5%98%8A%E5%98%8DSet-Cookie:evil=1",
    "%0aevil:1",
    "%00",
    "\\r\\nevil:1",
]


@pytest.mark.parametrize("payload", CRLF)
def test_t41_nothing_breaks_out_of_a_header(served: Served, payload: str) -> None:
    """Read raw off the socket, no answer holds a header that a URL brought along."""
    token = served.realm.token()
    for target in (
        f"/page{payload}?token={token}",
        f"/page?q={payload}&token={token}",
        f"/private?q={payload}",
        f"/{payload}",
        f"/logout?{payload}",
    ):
        status, head, _ = served.raw(target, Accept="text/html")
        names = {line.split(b":")[0].lower() for line in head.split(b"\r\n")[1:]}

        assert status < 500
        assert b"evil" not in names
        assert b"evil=1" not in b"".join(
            line
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"set-cookie")
        )
        assert all(byte in (9, 10, 13) or 32 <= byte < 127 for byte in head), head


@pytest.mark.parametrize("target", ["//evil.example/page", "/\\evil.example/page"])
def test_t40_a_callback_stays_on_its_origin(served: Served, target: str) -> None:
    """A path that looks like another host is a path."""
    status, head, _ = served.raw(f"{target}?token={served.realm.token()}")
    locations = [
        line.split(b": ", 1)[1].decode()
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"location:")
    ]

    assert status in (303, 400, 404)
    for location in locations:
        assert not location.startswith(("//", "/\\"))
        assert urljoin(served.origin + "/x", location).startswith(served.origin + "/")


def test_t52_a_stream_arrives(served: Served, session: requests.Session) -> None:
    """Chunk by chunk and whole."""
    assert served.get(session, "/stream").content == b"one two three"


def test_head_and_post(served: Served, session: requests.Session) -> None:
    """Other methods go to the application."""
    head = session.head(served.origin + "/", timeout=60)
    post = session.post(served.origin + "/", data={"a": "1"}, timeout=60)

    assert (head.status_code, head.content) == (200, b"")
    assert post.json()["body"] == "a=1"
