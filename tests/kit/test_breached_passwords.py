"""A service is asked for leaked passwords, is told little and may fail."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from arware.kit.breached_passwords import LONGEST_BYTES, SLOTS, BreachedPasswords
from arware.kit.password_rules import PasswordRules
from arware.kit.urls import parse
from tests.services import free_port

#: The row of the threat model that these tests are about.
pytestmark = pytest.mark.t72

LEAKED = "walrus tangerine lighthouse"
DIGEST = hashlib.sha1(LEAKED.encode()).hexdigest().upper()
OTHER = "0" * 35

Answer = Callable[[BaseHTTPRequestHandler], None]


class Service(ThreadingHTTPServer):
    """A range service on loopback that remembers what it was asked."""

    daemon_threads = True

    def __init__(self, answer: Answer) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = answer
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.closing = threading.Event()

    @property
    def passwords(self) -> BreachedPasswords:
        """What asks it."""
        return asking(self.server_address[1])


class Handler(BaseHTTPRequestHandler):
    """Hands each request to the test's own answer."""

    server: Service

    def do_GET(self) -> None:
        """Answer."""
        self.server.asked.append((self.path, dict(self.headers.items())))
        self.server.answer(self)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def asking(port: int, seconds: float = 1) -> BreachedPasswords:
    """Return what asks the service on *port*."""
    url = parse(f"http://127.0.0.1:{port}/range/")
    assert url is not None
    return BreachedPasswords(url, seconds=seconds)


@contextmanager
def service(answer: Answer) -> Iterator[Service]:
    """Serve while the block lasts."""
    with Service(answer) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        try:
            yield server
        finally:
            server.closing.set()
            server.shutdown()


def send(handler: BaseHTTPRequestHandler, body: str | bytes, status: int = 200) -> None:
    """Send a whole answer."""
    data = body.encode() if isinstance(body, str) else body
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(data)))
    if status in (301, 302, 307, 308):
        handler.send_header("Location", "/elsewhere/")
    handler.end_headers()
    handler.wfile.write(data)


def lists(*lines: str) -> Answer:
    """Return an answer of these lines."""
    return lambda handler: send(handler, "\r\n".join(lines))


@pytest.mark.parametrize(
    ("line", "leaked"),
    [
        (f"{DIGEST[5:]}:42", True),
        (f"{DIGEST[5:].lower()}:1", True),
        (f"{DIGEST[5:]}:0", False),  # padding
        (f"{OTHER}:42", False),
    ],
)
def test_a_leaked_password_is_found(line: str, leaked: bool) -> None:
    """By the rest of its digest; what was padded with never occurred."""
    with service(lists(f"{OTHER}:3", line)) as server:
        assert server.passwords.has(LEAKED) is leaked


def test_the_service_learns_five_digits() -> None:
    """Of the password's digest, asks for padding, and is not told who asks."""
    with service(lists(f"{OTHER}:3")) as server:
        assert not server.passwords.has(LEAKED)

    ((path, headers),) = server.asked
    assert path == f"/range/{DIGEST[:5]}"
    assert headers.pop("Host").startswith("127.0.0.1:")
    assert headers == {
        "Accept-Encoding": "identity",
        "Add-Padding": "true",
        "User-Agent": "arware",
    }


def drip(handler: BaseHTTPRequestHandler) -> None:
    """Send a good answer, one character every tenth of a second."""
    handler.send_response(200)
    handler.end_headers()
    server: Service = handler.server
    for letter in f"{DIGEST[5:]}:42\r\n" * 9:
        if server.closing.wait(0.1):
            return
        handler.wfile.write(letter.encode())


def hang(handler: BaseHTTPRequestHandler) -> None:
    """Say nothing until the test is over."""
    server: Service = handler.server
    server.closing.wait()
    handler.close_connection = True


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    """Close the connection without a word."""
    handler.close_connection = True


FAILURES: dict[str, tuple[Answer, str]] = {
    "hanging": (hang, "timeout"),
    "dripping": (drip, "timeout"),
    "hung up": (hang_up, "RemoteDisconnected"),
    "not HTTP": (lambda h: h.wfile.write(b"\x00garbage\r\n\r\n"), "BadStatusLine"),
    "redirect": (lambda h: send(h, "", 302), "status_302"),
    "error": (lambda h: send(h, f"{DIGEST[5:]}:42", 503), "status_503"),
    "page": (lambda h: send(h, "<html>Log in to our wifi</html>"), "not_a_range"),
    "half a line": (lists(f"{DIGEST[5:]}:42", DIGEST[:9]), "not_a_range"),
    "bytes": (lambda h: send(h, b"\xff\xfe\x00" * 99), "not_a_range"),
    "nothing": (lambda h: send(h, ""), "not_a_range"),
    "endless": (lists(*[f"{DIGEST[5:]}:42"] * (LONGEST_BYTES // 30)), "too_long"),
}


@pytest.mark.parametrize(("answer", "reason"), FAILURES.values(), ids=FAILURES)
def test_a_service_that_fails_refuses_nobody(
    answer: Answer, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The password is taken; one line says why, and nothing of the password (RQ-P6)."""
    with service(answer) as server, caplog.at_level(logging.DEBUG):
        assert not server.passwords.has(LEAKED)
        assert len(server.asked) == 1

    assert caplog.messages == [f"breached passwords not asked reason={reason}"]


def test_a_service_that_is_not_there(caplog: pytest.LogCaptureFixture) -> None:
    """It fails like one that is broken."""
    assert not asking(free_port()).has(LEAKED)
    assert caplog.messages == [
        "breached passwords not asked reason=ConnectionRefusedError"
    ]


@pytest.mark.parametrize("answer", [hang, drip])
def test_nobody_waits_longer(answer: Answer) -> None:
    """The time is for the whole query, not for each byte of the answer."""
    with service(answer) as server:
        began = time.monotonic()
        assert not asking(server.server_address[1], seconds=0.3).has(LEAKED)
        waited = time.monotonic() - began

    # The whole answer takes more than 30 seconds.
    assert 0.3 <= waited < 10


def test_a_service_that_hangs_keeps_no_threads(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Who finds all places taken does not wait; the places are free again after."""
    with service(hang) as server:
        passwords = asking(server.server_address[1], seconds=2)
        askers = [
            threading.Thread(target=lambda: passwords.has(LEAKED)) for _ in range(SLOTS)
        ]
        for asker in askers:
            asker.start()
        while len(server.asked) < SLOTS:
            time.sleep(0.01)
        assert not passwords.has(LEAKED)
        for asker in askers:
            asker.join()
        server.answer = lists(f"{DIGEST[5:]}:42")
        reasons = [message.partition("=")[2] for message in caplog.messages]
        assert sorted(reasons) == ["busy", *["timeout"] * SLOTS]
        while not passwords.has(LEAKED):  # the threads were woken, and end
            time.sleep(0.01)


def test_the_service_is_asked_last(caplog: pytest.LogCaptureFixture) -> None:
    """It is not told of passwords that are refused anyway."""
    with service(lists(f"{DIGEST[5:]}:42")) as server:
        rules = PasswordRules(breached=server.passwords)

        assert rules.flaw("password123456789") == "guessable"
        assert rules.flaw("short") == "too_short"
        assert server.asked == []
        assert rules.flaw(LEAKED) == "breached"
        assert rules.flaw("we were dressed in green") is None
    assert caplog.messages == []
