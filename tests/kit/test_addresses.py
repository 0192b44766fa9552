"""Who is calling is what trusted proxies say, and no more."""

from __future__ import annotations

import logging

import pytest

from arware.kit.addresses import (
    UNIX,
    Clients,
    Proxy,
    client_address,
    neighbourhood,
    parse_network,
)

#: The row of the threat model that these tests are about.
pytestmark = pytest.mark.t73

TRUSTED: list[Proxy] = [
    n for n in map(parse_network, ("10.0.0.0/24", "2001:db8::/64")) if n
]
#: What servers put for the peer of a unix socket: gunicorn, waitress, hypercorn, none.
UNIX_PEERS = ["", "localhost", "unix:", "-", None]


def environ(peer: str | None, forwarded: str | None = None) -> dict[str, str | None]:
    """Return what a server says of a request."""
    return {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": forwarded}


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.1", None, "192.0.2.1"),
        ("192.0.2.1", "198.51.100.1", "192.0.2.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, nonsense", "10.0.0.1"),
        ("10.0.0.1", "6.6.6.6, ", "10.0.0.1"),
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
    """The header is read from its end, as far as the hops are ours (RQ-T3)."""
    assert client_address(environ(peer, forwarded), TRUSTED) == client


@pytest.mark.parametrize(
    ("hop", "client"),
    [
        ("198.51.100.1:4711", "198.51.100.1"),
        ("[2001:db9::7]:4711", "2001:db9::7"),
        ("[2001:db9::7]", "2001:db9::7"),
        ("[::ffff:198.51.100.1]:1", "198.51.100.1"),
        (" 198.51.100.1:4711 , 10.0.0.2:80", "198.51.100.1"),
        ("198.51.100.1:", "10.0.0.1"),
        ("198.51.100.1:port", "10.0.0.1"),
        ("198.51.100.1:123456", "10.0.0.1"),
        ("[]:4711", "10.0.0.1"),
        ("unknown", "10.0.0.1"),
    ],
)
def test_a_hop_may_have_a_port(hop: str, client: str) -> None:
    """Some balancers write the port, with brackets around an IPv6 address."""
    assert client_address(environ("10.0.0.1", hop), TRUSTED) == client


@pytest.mark.parametrize("peer", UNIX_PEERS)
@pytest.mark.parametrize(
    ("trusted", "client"), [([UNIX], "198.51.100.1"), (TRUSTED, ""), ([], "")]
)
def test_the_peer_of_a_unix_socket(
    peer: str | None, trusted: list[Proxy], client: str
) -> None:
    """It has no address, and is believed where the settings say so."""
    assert client_address(environ(peer, "6.6.6.6, 198.51.100.1"), trusted) == client


def test_a_peer_with_an_address_is_no_unix_socket() -> None:
    """The word lets nobody else tell who calls."""
    assert client_address(environ("192.0.2.1", "6.6.6.6"), [UNIX]) == "192.0.2.1"


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
    """An IPv4 address, or the /64 of a household (RQ-T3)."""
    assert neighbourhood(address) == counted


@pytest.mark.parametrize(
    ("peer", "forwarded", "said"),
    [
        ("192.0.2.1", "198.51.100.1", "X-Forwarded-For from 192.0.2.1 is ignored"),
        ("", "198.51.100.1", "no client has an address"),
        ("", None, "no client has an address"),
        ("192.0.2.1", None, None),
        ("10.0.0.1", "198.51.100.1", None),
        # Werkzeug's ProxyFix and uvicorn leave the header there when they have read it.
        ("198.51.100.1", "6.6.6.6, 198.51.100.1", None),
    ],
)
def test_clients_that_look_like_one_are_told_of_once(
    peer: str, forwarded: str | None, said: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    """A proxy that is not trusted shows in the log, and does not fill it."""
    clients = Clients(TRUSTED, logging.getLogger("arware.local"))
    for _ in range(3):
        clients.address(environ(peer, forwarded))

    told = [record.getMessage() for record in caplog.records]
    assert len(told) == (0 if said is None else 1)
    assert all(message.startswith(said or "") for message in told)
