"""A request as a WSGI environ tells of it (PEP 3333)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .request import Request

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_PREFLIGHT = "HTTP_ACCESS_CONTROL_REQUEST_METHOD"


class EnvironRequest(Request):
    """A request as a WSGI environ tells of it."""

    __slots__ = ("_script_name", "environ")

    def __init__(self, environ: WSGIEnvironment) -> None:
        get = environ.get
        # A copy: the environ will hold the auth object, which holds this.
        self.environ = environ.copy()
        # Kept now: dispatchers and Django write to it before the answer starts.
        self._script_name = get("SCRIPT_NAME", "")
        self.method = environ["REQUEST_METHOD"]
        self.path = decoded(get("PATH_INFO", ""))
        self.query = get("QUERY_STRING", "")
        self.secure = environ["wsgi.url_scheme"] == "https"
        self.cookie = get("HTTP_COOKIE")
        authorization = get("HTTP_AUTHORIZATION")
        self.authorizations = () if authorization is None else (authorization,)
        self.plain = authorization is None and _PREFLIGHT not in environ

    def header(self, name: str) -> str | None:
        """Return the value of the header *name* (lower case), ``None`` if absent."""
        value: str | None = self.environ.get(f"HTTP_{name.upper().replace('-', '_')}")
        return value

    @property
    def scheme(self) -> str:
        """``http`` or ``https``, as the server says."""
        scheme: str = self.environ["wsgi.url_scheme"]
        return scheme

    @property
    def host(self) -> str:
        """The host the request asks for (PEP 3333, URL reconstruction)."""
        environ = self.environ
        return (
            environ.get("HTTP_HOST")
            or f"{environ.get('SERVER_NAME')}:{environ.get('SERVER_PORT')}"
        )

    @property
    def mount(self) -> str:
        """Where the application is mounted, decoded; empty at the root."""
        return decoded(self._script_name).rstrip("/")

    @property
    def raw_path(self) -> str | None:
        """The path as the browser wrote it, mount included, if the server tells."""
        target = self.environ.get("RAW_URI") or self.environ.get("REQUEST_URI")
        return target.partition("?")[0] if isinstance(target, str) else None

    @property
    def client(self) -> str:
        """The address of who asks, as the server says; empty if it does not."""
        client: str = self.environ.get("REMOTE_ADDR") or ""
        return client

    def is_irregular(self) -> bool:
        """Tell whether frameworks may disagree about where the request leads."""
        # Pyramid has it move the root of traversal, and any client can send it.
        return "HTTP_X_VHM_ROOT" in self.environ or super().is_irregular()


def decoded(path: str) -> str:
    """Return *path*, which WSGI spells in latin-1, as the UTF-8 text it is."""
    if path.isascii():
        return path
    return path.encode("latin-1", "replace").decode("utf-8", "surrogateescape")
