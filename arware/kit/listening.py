"""Ports: how commands read them, and how they are opened, or refused in a sentence."""

from __future__ import annotations

import argparse
import errno
import os
import socket

#: The machine itself, as browsers reach it.
LOOPBACK = "127.0.0.1"


class CannotListen(Exception):
    """A port cannot be listened on; the message is one sentence for a person."""


def port_number(text: str) -> int:
    """
    Return the port that *text* names, for :mod:`argparse`; 0 stands for any free one.

    Raises :class:`argparse.ArgumentTypeError`.
    """
    return _number(text, 0, 65535, "a port")


def thread_count(text: str) -> int:
    """
    Return how many threads *text* asks for, for :mod:`argparse`: 1 to 1000.

    Raises :class:`argparse.ArgumentTypeError`.
    """
    return _number(text, 1, 1000, "a number of threads")


def _number(text: str, low: int, high: int, what: str) -> int:
    # Longer digits than these are refused unread: int() gives up at some length.
    if text.isascii() and text.isdigit() and len(text) < 10:
        number = int(text)
        if low <= number <= high:
            return number
    message = f"{text!r} is not {what}; give a number from {low} to {high}"
    raise argparse.ArgumentTypeError(message)


def listen(port: int, option: str = "--port", host: str = LOOPBACK) -> socket.socket:
    """
    Return a socket that listens on *port* of the address *host*, any free one for 0.

    Raises :class:`CannotListen`, which names what is at fault: the host, or the port
    and the *option* that chooses another one.
    """
    host = host.removeprefix("[").removesuffix("]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        # First by itself: a server's own error does not tell a wrong name apart.
        address = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)[0][4]
        return socket.create_server(address, family=family)
    except (socket.gaierror, UnicodeError):
        problem = f"host {host!r} is not an address; give one of this machine's"
        raise CannotListen(problem) from None
    except OSError as error:
        number = error.errno or 0
        if number in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
            problem = f"host {host!r} is not an address of this machine"
            raise CannotListen(problem) from None
        problem = {
            errno.EADDRINUSE: "is taken by another program",
            errno.EACCES: "may not be opened by you",
        }.get(number, f"cannot be opened ({os.strerror(number)})")
        message = f"port {port} {problem}; choose another one with {option}"
        raise CannotListen(message) from None


def place(listener: socket.socket) -> str:
    """Return where *listener* listens, as URLs write it: ``127.0.0.1:8001``."""
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
