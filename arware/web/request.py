"""What a adapter tells the flow of a request."""

from __future__ import annotations

import re

from .urls import encoded_path, local_location

#: A media type of pages (RFC 9110 section 12.5.1), but for one that is declined.
_HTML = re.compile(
    r"(?:text/html|application/xhtml\+xml)(?!\s*;\s*q=0(?:\.0{0,3})?\s*(?:,|\Z))"
)


class Request:
    """
    What a adapter tells of a request; each adapter derives its own.

    *path* is decoded and below the mount, *query* is raw, *cookie* the joined Cookie
    header or ``None``, *authorizations* each Authorization header's value, *secure*
    whether it came over TLS, as far as the server knows. *plain* is one without
    Authorization and without a preflight's ``Access-Control-Request-Method``.
    """

    __slots__ = (
        "authorizations",
        "cookie",
        "method",
        "path",
        "plain",
        "query",
        "secure",
    )

    method: str
    path: str
    query: str
    cookie: str | None
    authorizations: tuple[str, ...]
    secure: bool
    plain: bool

    def header(self, name: str) -> str | None:
        """Return the value of the header *name* (lower case), ``None`` if absent."""
        raise NotImplementedError

    @property
    def scheme(self) -> str:
        """``http`` or ``https``, as the server says."""
        raise NotImplementedError

    @property
    def host(self) -> str:
        """The host the request asks for, with port, unchecked."""
        raise NotImplementedError

    @property
    def mount(self) -> str:
        """Where the application is mounted, decoded; empty at the root."""
        raise NotImplementedError

    @property
    def raw_path(self) -> str | None:
        """The path as the browser wrote it, mount included, if the server tells."""
        raise NotImplementedError

    @property
    def full_path(self) -> str:
        """Return the whole path, encoded."""
        return encoded_path(self.mount + self.path, self.raw_path)

    @property
    def start(self) -> str | None:
        """Where the application begins, encoded; ``None`` if that is asked for."""
        if self.path in ("", "/"):
            return None
        return local_location(f"{encoded_path(self.mount, None)}/", "")

    def is_preflight(self) -> bool:
        """Tell whether a browser asks ahead for CORS (Fetch, CORS-preflight fetch)."""
        return (
            self.method == "OPTIONS"
            and self.header("origin") is not None
            and self.header("access-control-request-method") is not None
        )

    def is_navigation(self) -> bool:
        """Tell whether a person waits for a page that may as well be another one."""
        if self.method not in ("GET", "HEAD"):
            return False
        mode = self.header("sec-fetch-mode")
        if mode is not None and mode.strip().lower() != "navigate":
            return False
        accept = (self.header("accept") or "").lower()
        return _HTML.search(accept) is not None
