"""How the kit's values are read from settings: strictly, from text or from a value."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from arware.settings.addresses import read_url
from arware.settings.values import InvalidValue, read_file, read_needed, read_text

from .addresses import UNIX, Proxy, parse_network
from .urls import Address, parse


def read_safe_url(value: Any) -> Address:
    """Return a URL that is https, or http on loopback."""
    address = parse(read_url(read_needed(value)))
    if address is None:
        raise InvalidValue(
            "its path is one about which servers disagree",
            "Give it in full and plainly, like https://login.example.com/",
        )
    return address


def read_base_url(value: Any) -> Address:
    """Return a URL without a query."""
    address = read_safe_url(value)
    if address.query is not None:
        raise InvalidValue("it has a query", "Give the address up to the ?")
    return address


def read_range_url(value: Any) -> Address | None:
    """Return the URL that five digits are appended to; blank is none."""
    if read_text(value) is None:
        return None
    address = read_base_url(value)
    return replace(address, path=f"{address.path.rstrip('/')}/")


def read_path(value: Any) -> Path | None:
    """Return a path, ``None`` for none."""
    name = read_file(value)
    return None if name is None else Path(name)


def read_folder(value: Any) -> Path | None:
    """Return a folder that is there, ``None`` for none."""
    path = read_path(value)
    if path is not None and not path.is_dir():
        raise InvalidValue(f"{path} is no folder", "Name one that is there")
    return path


def read_key(value: Any) -> str | Path | None:
    """Return PEM text as it is, anything else as a path."""
    if isinstance(value, str) and "-----BEGIN " in value:
        return value.replace("\\n", "\n").strip() + "\n"
    return read_path(value)


def read_proxies(value: Any) -> tuple[Proxy, ...]:
    """Return networks, and perhaps the word ``unix``; text is split at white space."""
    items = value.split() if isinstance(value, str) else value
    if not isinstance(items, Iterable):
        raise InvalidValue("it is not a list", "Give addresses or networks")
    return tuple(map(_read_proxy, items))


def _read_proxy(item: Any) -> Proxy:
    if str(item).strip() == UNIX:
        return UNIX
    network = parse_network(str(item))
    if network is None or network.prefixlen == 0:
        raise InvalidValue(
            "one of them is not an address or a network, or is all the world",
            "Give the proxies' addresses, like 10.0.0.5 or 10.0.0.0/24, or unix",
        )
    return network


def read_clock(value: Any) -> Callable[[], float]:
    """Return a function that tells the time."""
    if not callable(value):
        raise InvalidValue("it cannot be called", "Give a function, like time.time")
    clock: Callable[[], float] = value
    return clock
