"""A stranger's web site: another host, with pages that lead wherever they are told."""

from __future__ import annotations

import html
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, urlsplit

#: Another site than localhost, and on loopback all the same.
HOST = "127.0.0.2"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        parts = urlsplit(self.path)
        target = parse_qs(parts.query).get("to", [""])[0]
        if parts.path == "/redirect":
            self._answer(302, b"", Location=target)
        elif parts.path == "/link":
            self._page(f'<a href="{html.escape(target)}">Win a prize</a>')
        elif parts.path == "/noreferrer":
            link = f'<a rel="noreferrer" href="{html.escape(target)}">Win a prize</a>'
            self._page(link)
        elif parts.path == "/image":
            self._page(f'<img src="{html.escape(target)}">')
        elif parts.path == "/frame":
            self._page(f'<iframe src="{html.escape(target)}"></iframe>')
        else:
            self._answer(404, b"")

    def _page(self, body):
        self._answer(200, b"<!doctype html><title>A stranger</title>" + body.encode())

    def _answer(self, status, body, **headers):
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name, text)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        """Keep quiet."""


class Stranger:
    """Addresses at the stranger's site that lead to a target."""

    def __init__(self, port: int):
        self.origin = f"http://{HOST}:{port}"

    def address(self, kind: str, target: str) -> str:
        """Return the page that leads to *target*, or embeds it."""
        return f"{self.origin}/{kind}?to={quote(target, safe='')}"


@contextmanager
def stranger_site():
    """Serve the stranger's site while the block runs."""
    with ThreadingHTTPServer((HOST, 0), _Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Stranger(server.server_port)
        finally:
            server.shutdown()
            thread.join()
