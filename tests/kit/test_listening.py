"""Ports are opened, or one sentence says what is at fault."""

from __future__ import annotations

import socket

import pytest

from arware.kit.listening import CannotListen, listen, place


def test_any_free_port_is_found_and_told() -> None:
    """0 is not what it listens on."""
    with listen(0) as listener:
        host, _, port = place(listener).rpartition(":")

    assert host == "127.0.0.1"
    assert int(port) > 0


@pytest.mark.parametrize("host", ["::1", "[::1]"])
def test_an_address_of_ip_six_is_written_as_in_urls(host: str) -> None:
    """With or without the brackets when it is given, with them when it is told."""
    with listen(0, host=host) as listener:
        assert place(listener).startswith("[::1]:")


def test_a_port_that_is_taken_is_told_with_its_option() -> None:
    """It names the port and the option that chooses another one."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen) as caught:
            listen(port, "--realm-port")

    assert str(caught.value) == (
        f"port {port} is taken by another program; choose another one with --realm-port"
    )


@pytest.mark.parametrize(
    "host", ["999.1.1.1", "no-such-host.invalid", "a..b", "203.0.113.9", "2001:db8::1"]
)
def test_a_host_that_is_at_fault_is_named(host: str) -> None:
    """What is no address, and what is another machine's."""
    with pytest.raises(CannotListen) as caught:
        listen(0, host=host)

    assert str(caught.value).startswith(f"host {host!r} is not an address")
