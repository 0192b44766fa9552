"""A request as a value: what adapters tell of it, and what follows from that."""

from __future__ import annotations

import re

from .paths import is_irregular
from .urls import encoded_path, local_location

#: A media type of pages (RFC 9110 section 12.5.1), but for one that is declined.
_HTML = re.compile(
    r"(?:text/html|application/xhtml\+xml)(?!\s*;\s*q=0(?:\.0{0,3})?\s*(?:,|\Z))"
)

#: How browsers and libraries mark what is fetched before the person has decided to
#: come: Sec-Purpose (Fetch), and its many forerunners.
_SPECULATIVE = ("sec-purpose", "purpose", "x-moz", "x-sec-purpose", "x-purpose")


class Request:
    """
    What an adapter tells of a request; each way of serving derives its own.

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
    def client(self) -> str:
        """The address of who asks, as the server says; empty if it does not."""
        raise NotImplementedError

    # --- Where it leads ------------------------------------------------------------

    @property
    def full_path(self) -> str:
        """The whole path, encoded."""
        return encoded_path(self.mount + self.path, self.raw_path)

    @property
    def root(self) -> str:
        """Where the application begins, encoded, with its slash."""
        return local_location(f"{encoded_path(self.mount, None)}/", "")

    @property
    def start(self) -> str | None:
        """Where the application begins; ``None`` if that is asked for."""
        return None if self.path in ("", "/") else self.root

    def is_irregular(self) -> bool:
        """Tell whether frameworks may disagree about where the request leads."""
        return is_irregular(self.path)

    # --- What the browser says of it -----------------------------------------------

    def _fetch(self, name: str) -> str | None:
        """Return what the browser says in ``Sec-Fetch-<name>``, in lower case."""
        value = self.header(f"sec-fetch-{name}")
        return None if value is None else value.strip().lower()

    def tells_fetch(self) -> bool:
        """Tell whether the browser sends ``Sec-Fetch-*`` (Fetch Metadata) at all."""
        names = ("site", "mode", "dest", "user")
        return any(self._fetch(name) is not None for name in names)

    def is_preflight(self) -> bool:
        """Tell whether a browser asks ahead for CORS (Fetch, CORS-preflight fetch)."""
        return (
            self.method == "OPTIONS"
            and self.header("origin") is not None
            and self.header("access-control-request-method") is not None
        )

    def is_speculative(self) -> bool:
        """Tell whether it is fetched ahead: nobody has decided to come (yet)."""
        if self.header("hx-preloaded") is not None:
            return True
        marks = ((self.header(name) or "").lower() for name in _SPECULATIVE)
        return any(
            word in mark
            for mark in marks
            for word in ("prefetch", "prerender", "preview")
        )

    def is_document(self) -> bool:
        """Tell whether it is for a page of its own, where the browser says so."""
        return self._fetch("dest") in (None, "document") and self._fetch("mode") in (
            None,
            "navigate",
        )

    def accepts_page(self) -> bool:
        """Tell whether a person waits for a page that may as well be another one."""
        accept = (self.header("accept") or "").lower()
        return self.is_document() and _HTML.search(accept) is not None

    def is_navigation(self) -> bool:
        """Tell whether a browser opens a page, so that it can be led elsewhere."""
        return self.method in ("GET", "HEAD") and self.accepts_page()

    def is_form(self) -> bool:
        """Tell whether a browser sends a form, and shows what comes back."""
        return self.method == "POST" and self.accepts_page()
