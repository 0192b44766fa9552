"""Where the realm may send a browser: at or below a registered login URL."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

from arware.kit.canonical import plain
from arware.settings.addresses import SCHEME_PORTS, is_loopback, split_host
from arware.web.urls import without_parameters

#: The longest address that is read, in characters. It leaves room for an application's
#: own longest page, 8,000 characters with what adapters add to it, behind its origin.
LONGEST = 9000

# Far stricter than a browser, on purpose: what browsers fix, servers and proxies
# fix differently. No user name, no backslash, no blank, no control.
_URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>[^/?#]+)"
    r"(?P<path>/[!$%&'()*+,\-./0-9:;=@A-Z_a-z~|\[\]]*)?"
    r"(?:\?(?P<query>[!-\"$-\[\]-~]*))?"
    r"(?:#(?P<fragment>[!-\"$-\[\]-~]*))?",
    re.IGNORECASE,
)
# A dot at the end names the same host, but another origin.
_BAD_NAME = re.compile(r"\.\.|\.$")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_BAD_BYTE = re.compile(r"[\x00-\x1f\x7f\\]")


@dataclass(frozen=True, slots=True)
class Address:
    """A URL taken apart, normalised so that two can be compared."""

    scheme: str
    host: str
    port: int
    path: str
    query: str | None
    #: It never leaves the browser, so it says nothing about where an address leads.
    fragment: str | None = None

    @property
    def origin(self) -> str:
        """The origin as browsers write it, without a default port."""
        port = "" if self.port == SCHEME_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"

    @property
    def is_loopback(self) -> bool:
        """Whether the host is this very machine."""
        return is_loopback(self.host)

    def __str__(self) -> str:
        query = "" if self.query is None else f"?{self.query}"
        fragment = "" if self.fragment is None else f"#{self.fragment}"
        return f"{self.origin}{self.path}{query}{fragment}"


def parse(text: object) -> Address | None:
    """Return *text* taken apart, or ``None`` for all that is not plainly a URL."""
    if not isinstance(text, str) or len(text) > LONGEST:
        return None
    match = _URL.fullmatch(text)
    if match is None:
        return None
    scheme, found = match["scheme"].lower(), split_host(match["host"])
    path = match["path"] or "/"
    if found is None or _BAD_NAME.search(found[0]) or not _is_regular(path):
        return None
    port = SCHEME_PORTS[scheme] if found[1] is None else found[1]
    return Address(scheme, found[0], port, path, match["query"], match["fragment"])


def _is_regular(path: str) -> bool:
    """Refuse paths about which servers disagree, read once or twice."""
    if "//" in path or _BAD_ESCAPE.search(path):
        return False
    once = unquote(path, errors="replace")
    twice = unquote(once, errors="replace")
    # What begins with two slashes, for whoever reads escapes, names a host.
    return not any(
        read.startswith("//") or _BAD_BYTE.search(read) or {".", ".."} & _segments(read)
        for read in (path, once, twice)
    )


def _segments(path: str) -> set[str]:
    """Return the segments of *path* without parameters: to some, ``..;x`` is ``..``."""
    return {segment.partition(";")[0] for segment in path.split("/")}


def covers(login_url: Address, address: Address) -> bool:
    """Tell whether *address* is at or below *login_url*, by whole segments."""
    base = login_url.path.rstrip("/")
    return login_url.origin == address.origin and (
        address.path == base or f"{address.path}/".startswith(f"{base}/")
    )


def allowed(
    text: object,
    login_urls: Iterable[Address],
    *,
    base: Address | None = None,
    loopback: bool = False,
) -> str | None:
    """
    Return the URL to send a browser to, or ``None`` if *text* is not a good one.

    A path (``/manage``) is completed with the origin of *base*, the default login URL,
    as in AuthRocket's own examples; two slashes begin a host, so they are no path.
    With *loopback*, for a realm that is there itself, each address of this machine is
    good. A ``token`` parameter is taken out: who may choose where the realm sends a
    browser must not also choose the token with which it arrives.
    """
    address = parse(completed(text, base))
    if address is None:
        return None
    if not (loopback and address.is_loopback) and not any(
        covers(known, address) for known in login_urls
    ):
        return None
    return str(without_parameter(address, "token"))


def completed(text: object, base: Address | None) -> object:
    """Return *text* behind the origin of *base* if it is a path, else as it is."""
    if base is None or not isinstance(text, str) or text[:1] != "/":
        return text
    return text if text[:2] == "//" else base.origin + text


def is_sent_by(
    environ: Mapping[str, Any], known: Container[str], *, loopback: bool = False
) -> bool:
    """
    Tell whether the browser says that a request was sent by a page that is known.

    *known* are origins, besides the request's own; with *loopback* all of this machine
    are. An address that was typed, or opened from a bookmark, counts as known, too
    (``Sec-Fetch-Site: none``). Whatever else is not said is not known: a stranger's
    page can keep its ``Referer`` back, and cannot make up another's.
    """
    if environ.get("HTTP_SEC_FETCH_SITE") in ("same-origin", "none"):
        return True
    named = environ.get("HTTP_ORIGIN") or environ.get("HTTP_REFERER") or ""
    address = parse("/".join(named.split("/", 3)[:3]))
    if address is None:
        return False
    return address.origin in known or (loopback and address.is_loopback)


def without_parameter(address: Address, name: str) -> Address:
    """Return *address* without the query parameter *name*, however it is spelt."""
    if address.query is None:
        return address
    query = without_parameters(address.query, (name,))
    return address if query == address.query else replace(address, query=query or None)


def loggable(text: str) -> str:
    """
    Return what may be logged of a URL that a stranger wrote, however it is spelt.

    Its origin and its path: no user and password, no parameters, no query, no
    fragment; ASCII on one line, 200 characters at the most.
    """
    place = re.split(r"[?#;]|%3[bf]|%23", text, maxsplit=1, flags=re.IGNORECASE)[0]
    segments = place.replace("\\", "/").split("/")
    return plain("/".join(re.split("@|%40", part)[-1] for part in segments), 200)
