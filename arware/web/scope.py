"""A request as an ASGI scope tells of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from .request import Request

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_SCHEMES = {"ws": "http", "wss": "https"}
_TLS = ("https", "wss")
_PREFLIGHT = b"access-control-request-method"
#: The headers that a request is told by.
_TELLING = frozenset((b"cookie", b"authorization", _PREFLIGHT))


class ScopeRequest(Request):
    """A request as an ASGI scope tells of it."""

    __slots__ = ("_mount", "scope")

    @property
    def method(self) -> str:  # type: ignore[override] # read when it is asked for
        """The method; a websocket's handshake is a GET."""
        method: str = self.scope.get("method", "GET")
        return method

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        root = scope.get("root_path")
        self._mount, self.path = "", scope["path"]
        if root:
            self._mount, self.path = split_path(self.path, root)
        self.secure = scope.get("scheme") in _TLS
        query = scope.get("query_string")
        self.query = query.decode("latin-1") if query else ""
        cookie: str | None = None
        authorizations: tuple[str, ...] = ()
        plain = True
        for name, value in scope["headers"]:
            if name in _TELLING:
                text = value.decode("latin-1")
                if name != b"cookie":
                    plain = False
                    if name != _PREFLIGHT:
                        authorizations += (text,)
                else:
                    # HTTP/2 may split the header (RFC 9113 section 8.2.3).
                    cookie = text if cookie is None else f"{cookie}; {text}"
        self.cookie = cookie
        self.authorizations = authorizations
        self.plain = plain

    def header(self, name: str) -> str | None:
        """Return the value of the header *name* (lower case), ``None`` if absent."""
        wanted = name.encode("ascii")
        for key, value in self.scope["headers"]:
            if key == wanted:
                text: str = value.decode("latin-1")
                return text
        return None

    @property
    def scheme(self) -> str:
        """``http`` or ``https``, as the server says."""
        scheme: str = self.scope.get("scheme", "http")
        return _SCHEMES.get(scheme, scheme)

    @property
    def host(self) -> str:
        """The host the request asks for, with port, unchecked."""
        host = self.header("host")
        if host:
            return host
        name, port = self.scope.get("server") or ("", None)
        return f"{name}:{port}" if port else str(name)

    @property
    def mount(self) -> str:
        """Where the application is mounted, decoded; empty at the root."""
        return self._mount

    @property
    def raw_path(self) -> str | None:
        """The path as the browser wrote it, mount included, if the server tells."""
        raw = self.scope.get("raw_path")
        return raw.partition(b"?")[0].decode("latin-1") if raw else None

    @property
    def client(self) -> str:
        """The address of who asks, as the server says; empty if it does not."""
        return str((self.scope.get("client") or ("",))[0] or "")

    def is_irregular(self) -> bool:
        """Tell whether frameworks may disagree about where the request leads."""
        # As of an environ: a Pyramid application may be mounted below.
        return self.header("x-vhm-root") is not None or super().is_irregular()


def split_path(path: str, root: str) -> tuple[str, str]:
    """
    Return the mount and the path below it.

    *root* counts by whole segments only. Its slash at the end means nothing, though
    servers put the path right behind it (``/shop/`` and ``/a`` are ``/shop//a``).
    """
    mount = root.rstrip("/")
    rest = path.removeprefix(mount)
    if len(mount) + len(rest) == len(path) and rest[:1] in ("", "/"):
        below = path.removeprefix(root)
        doubled = len(below) < len(rest) and below[:1] == "/"
        return mount, below if doubled else rest
    return mount, path
