"""Who is calling: the client's network address, through proxies that are trusted."""

from __future__ import annotations

import ipaddress
import logging
import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
#: A network of proxies, or the word for whoever is at the other end of a unix socket.
Proxy = Network | Literal["unix"]

UNIX: Literal["unix"] = "unix"

#: ``192.0.2.1:443``, ``[2001:db8::1]:443`` and ``[2001:db8::1]`` (RFC 7239 6).
_WITH_PORT = re.compile(r"([0-9.]+):\d{1,5}|\[([^\]]*)\](?::\d{1,5})?")


def parse_network(text: str) -> Network | None:
    """Return the network or the single address that *text* names."""
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return None


def parse_address(text: str) -> IPAddress | None:
    """Return the address that *text* names; IPv4 inside IPv6 is IPv4."""
    try:
        address = ipaddress.ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def parse_hop(text: str) -> IPAddress | None:
    """Return the address in an item of ``X-Forwarded-For``, which may have a port."""
    found = _WITH_PORT.fullmatch(text.strip())
    return parse_address(text if found is None else found[1] or found[2])


def client_address(environ: Mapping[str, Any], trusted: Iterable[Proxy]) -> str:
    """
    Return the client's address as text, ``""`` when it cannot be told.

    ``X-Forwarded-For`` is read from its end, and only as long as the hop before is
    *trusted*: what stands further to the left anybody may have written (RQ-T3). A unix
    socket's peer has no address; it is trusted where :data:`UNIX` is among *trusted*.
    """
    proxies = tuple(trusted)
    address, hops = _peer(environ), _hops(environ)
    while hops and _is_trusted(address, proxies):
        before = parse_hop(hops.pop())
        if before is None:
            break
        address = before
    return "" if address is None else str(address)


def neighbourhood(text: str) -> str:
    """
    Return what is counted as one client: the address, or the /64 of an IPv6 one.

    A single household commands all 2^64 addresses of its /64. ``""`` stays ``""``.
    """
    address = parse_address(text)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network(f"{address}/64", strict=False))
    return "" if address is None else str(address)


class Clients:
    """
    The addresses of those who call, through *trusted* proxies.

    What makes many clients look like one is written to *log*, once: a proxy that is
    not trusted, and a peer without an address.
    """

    def __init__(self, trusted: Iterable[Proxy], log: logging.Logger) -> None:
        self.trusted = tuple(trusted)
        self._log = log
        self._told: set[str] = set()

    def address(self, environ: Mapping[str, Any]) -> str:
        """Return what :func:`client_address` does."""
        address = client_address(environ, self.trusted)
        peer, hops = _peer(environ), _hops(environ)
        if not address:
            self._tell(
                "no client has an address, so limits for each client are off; behind a "
                "unix socket add the word unix to trusted_proxies, and have the proxy "
                "send X-Forwarded-For"
            )
        # A server or framework that reads the header itself has put its last hop there.
        elif (
            hops and not _is_trusted(peer, self.trusted) and parse_hop(hops[-1]) != peer
        ):
            self._tell(
                "X-Forwarded-For from %s is ignored, so all who come through it count "
                "as one client; if it is your proxy, add it to trusted_proxies",
                address,
            )
        return address

    def _tell(self, message: str, *values: str) -> None:
        if message not in self._told:
            self._told.add(message)
            self._log.warning(message, *values)


def _peer(environ: Mapping[str, Any]) -> IPAddress | None:
    """Return the address at the other end; servers name that of a unix socket oddly."""
    return parse_address(str(environ.get("REMOTE_ADDR") or ""))


def _hops(environ: Mapping[str, Any]) -> list[str]:
    text = str(environ.get("HTTP_X_FORWARDED_FOR") or "")
    return text.split(",") if text else []


def _is_trusted(address: IPAddress | None, proxies: Iterable[Proxy]) -> bool:
    if address is None:
        return UNIX in proxies
    return any(proxy != UNIX and address in proxy for proxy in proxies)
