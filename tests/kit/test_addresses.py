"""Who is calling is what trusted proxies say, and no more."""

from __future__ import annotations

import pytest

from arware.kit.addresses import client_address, neighbourhood, parse_network

#: The row of the threat model that these tests are about.
pytestmark = pytest.mark.t73

TRUSTED = [n for n in map(parse_network, ("10.0.0.0/24", "2001:db8::/64")) if n]


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.1", None, "192.0.2.1"),
        ("192.0.2.1", "198.51.100.1", "192.0.2.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.2, 10.0.0.3", "10.0.0.2"),
        ("::ffff:192.0.2.1", None, "192.0.2.1"),
        ("2001:db8::1", "2001:db9::7", "2001:db9::7"),
        ("fe80::1%eth0", None, "fe80::1"),
        ("nonsense", "198.51.100.1", ""),
        (None, None, ""),
    ],
)
def test_the_client_behind_proxies(
    peer: str | None, forwarded: str | None, client: str
) -> None:
    """The header is read from its end, as far as the hops are ours."""
    environ = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": forwarded}

    assert client_address(environ, TRUSTED) == client


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", ""),
    ],
)
def test_what_counts_as_one_client(address: str, counted: str) -> None:
    """An IPv4 address, or the /64 of a household."""
    assert neighbourhood(address) == counted
