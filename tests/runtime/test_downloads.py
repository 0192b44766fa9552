"""Downloads of key documents: bounded, and nowhere but where they are."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from arware.errors import KeysUnavailable
from arware.runtime import key_store
from arware.runtime.key_store import download_keys
from arware.tokens.keys import parse_key_document
from arware.version import __version__
from tests.making import realm

BODY = json.dumps(realm().jwks()).encode()


class Handler(BaseHTTPRequestHandler):
    """Answer as the test says."""

    answer: tuple[int, dict[str, str], bytes]
    seen: list[tuple[str, dict[str, str]]]

    def do_GET(self) -> None:
        status, headers, body = self.answer
        self.seen.append((self.path, dict(self.headers.items())))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the output of tests quiet."""


@contextmanager
def served(
    body: bytes = BODY,
    status: int = 200,
    handler: type[Handler] = Handler,
    **headers: str,
) -> Iterator[tuple[str, Any]]:
    """Serve one answer on loopback; yield the URL and what was seen."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    handler = type("Answering", (handler,), {
        "answer": (status, names, body), "seen": []})  # fmt: skip
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/connect/jwks", handler.seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_s54_a_document_is_downloaded_without_credentials(monkeypatch) -> None:
    """No proxy, no .netrc, nothing compressed is asked for."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9/")
    monkeypatch.setenv("AUTHROCKET_API_KEY", "ks_secret")
    with served() as (url, seen):
        body, keys = download_keys(url)
    [(path, headers)] = seen

    assert body == BODY
    assert keys.by_kid == parse_key_document(BODY).by_kid
    assert path == "/connect/jwks"
    assert headers["Accept"] == "application/json"
    assert headers["Accept-Encoding"] == "identity"
    assert headers["User-Agent"] == f"arware/{__version__}"
    assert not {"Authorization", "Authrocket-Api-Key", "Cookie"} & set(headers)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({"status": 302, "Location": "https://evil.example/"},
         "the key host answered 302"),
        ({"status": 404}, "the key host answered 404"),
        ({"status": 500}, "the key host answered 500"),
        ({"status": 204, "body": b""}, "the key host answered 204"),
        ({"Content_Encoding": "gzip"}, "the key host answered with a compressed body"),
        ({"body": b" " * (128 * 1024 + 1)}, "the document is over 131072 bytes"),
        ({"body": b"<html>"}, "the key document is not JSON"),
        ({"body": b'{"keys": []}'}, "the key document has no usable key"),
    ],
)  # fmt: skip
def test_t22_anything_but_a_plain_document_is_refused(answer, problem) -> None:
    """Redirects are not followed, and no more is read than a document may have."""
    with served(**answer) as (url, _), pytest.raises(KeysUnavailable) as caught:
        download_keys(url)

    assert str(caught.value) == problem


def test_a_document_may_have_128_kib() -> None:
    """White space counts."""
    body = BODY + b" " * (128 * 1024 - len(BODY))
    with served(body) as (url, _):
        assert download_keys(url)[0] == body


def test_a_host_that_is_down_is_named_without_the_path() -> None:
    """The error says what kind of failure it was."""
    with served() as (url, _):
        pass
    with pytest.raises(KeysUnavailable) as caught:
        download_keys(url)

    place = url.removeprefix("http://").removesuffix("/connect/jwks")
    assert str(caught.value) == f"ConnectionRefusedError while asking {place}"


class Dripping(Handler):
    """Answer with a body that never ends, one byte at a time."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        with suppress(OSError):
            while True:
                self.wfile.write(b" ")
                time.sleep(0.01)


def test_t22_a_host_that_drips_is_given_up(monkeypatch) -> None:
    """The deadline counts for the whole; this host would go on for ever."""
    monkeypatch.setattr(key_store, "DOWNLOAD_SECONDS", 0.3)
    with served(handler=Dripping) as (url, _), pytest.raises(KeysUnavailable):
        download_keys(url)


class CutOff(Handler):
    """Send a document whose head ends in the middle of a header."""

    def do_GET(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-")


def test_a_host_that_breaks_off_in_its_head_is_named() -> None:
    """It is the host's fault, not the document's."""
    with (
        served(handler=CutOff) as (url, _),
        pytest.raises(KeysUnavailable, match="HeadBrokeOff while asking 127"),
    ):
        download_keys(url)


def test_a_host_that_breaks_off_is_no_host() -> None:
    """Half a document might hold half of the keys."""
    length = {"Content_Length": str(len(BODY) + 10)}
    with served(BODY, **length) as (url, _), pytest.raises(KeysUnavailable) as caught:
        download_keys(url)

    assert "broke off" in str(caught.value) or "IncompleteRead" in str(caught.value)


def test_over_https_the_host_must_prove_itself() -> None:
    """One that speaks no TLS is not asked in the clear."""
    with served() as (url, seen), pytest.raises(KeysUnavailable) as caught:
        download_keys(url.replace("http:", "https:"))

    assert "SSLError while asking" in str(caught.value)
    assert seen == []
