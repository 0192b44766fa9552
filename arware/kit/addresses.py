"""Who is calling: the client's network address, through proxies that are trusted."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


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


def client_address(environ: Mapping[str, Any], trusted: Iterable[Network]) -> str:
    """
    Return the client's address as text, ``""`` when it cannot be told.

    ``X-Forwarded-For`` is read from its end, and only as long as the hop before is
    *trusted*: what stands further to the left anybody may have written.
    """
    address = parse_address(str(environ.get("REMOTE_ADDR") or ""))
    hops = str(environ.get("HTTP_X_FORWARDED_FOR") or "").split(",")
    networks = tuple(trusted)
    while address is not None and hops and any(address in n for n in networks):
        before = parse_address(hops.pop())
        if before is None:
            break
        address = before
    return "" if address is None else str(address)


def neighbourhood(text: str) -> str:
    """
    Return what is counted as one client: the address, or the /64 of an IPv6 one.

    A single household commands all 2^64 addresses of its /64.
    """
    address = parse_address(text)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network(f"{address}/64", strict=False))
    return "" if address is None else str(address)
