"""What went wrong with a connection, told apart, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import urllib3.exceptions

from arware import errors
from arware.errors import Error

if TYPE_CHECKING:
    from .attempts import Limits
    from .wire import Request

SLOW = "try again; if it stays, see the service's status page"
STRANGE = "check AUTHROCKET_URL, and what stands between here and there"

#: What went wrong with a connection, by the names of the exceptions, and the fix.
_PROBLEMS: tuple[tuple[set[str], str, str], ...] = (
    (
        {"SSLError", "SSLCertVerificationError"},
        "its certificate could not be verified, or it speaks no TLS",
        (
            "check the host in AUTHROCKET_URL, and this machine's clock; if a private "
            "authority made it, set ca_bundle to that authority's certificate"
        ),
    ),
    (
        {"NameResolutionError", "gaierror"},
        "its name could not be resolved",
        "check the host in AUTHROCKET_URL",
    ),
    (
        {"ConnectionRefusedError"},
        "it refused the connection",
        "check host and port in AUTHROCKET_URL",
    ),
    (
        {
            *("TimeoutError", "ReadTimeoutError", "ConnectTimeoutError"),
            # httpx's and httpcore's, below which there may be none of the others.
            *("ConnectTimeout", "ReadTimeout", "WriteTimeout"),
        },
        "it did not answer in time",
        SLOW,
    ),
    (
        {"ConnectionResetError", "RemoteDisconnected", "BrokenPipeError"},
        "it closed the connection without an answer",
        SLOW,
    ),
)


class TooLarge(Exception):
    """An answer has more bytes than the limits allow."""


#: What an exchange may raise that failed.
FAILURES = (TooLarge, OSError, urllib3.exceptions.HTTPError, ValueError)


def failure(request: Request, problem: str, fix: str = SLOW) -> Error:
    """Return the error that tells of a *problem* with the connection."""
    return _made(errors.ConnectionError, request, problem, fix)


def failure_of(error: Exception, request: Request, limits: Limits) -> Error:
    """Return the error of ours that stands for *error*, one of :data:`FAILURES`."""
    if isinstance(error, TooLarge):
        problem = f"the answer exceeds {limits.body} bytes"
        fix = "ask for less, with max_results for instance"
        return _made(Error, request, problem, fix)
    if isinstance(error, urllib3.exceptions.DecodeError):
        return _made(Error, request, "its answer was compressed wrongly", STRANGE)
    return failure(request, *_told_apart(error))


def _told_apart(error: Exception) -> tuple[str, str]:
    """Return what went wrong with the connection, and what to do about it."""
    kinds = _kinds(error)
    for names, problem, fix in _PROBLEMS:
        if kinds & names:
            return problem, fix
    return "the connection broke off, or spoke no HTTP", STRANGE


def _kinds(error: BaseException) -> set[str]:
    """Return the names of *error*'s class and of those it came from."""
    # httpx's, say, has the name of httpcore's, which it came from.
    found: dict[int, str] = {}
    seen: list[object] = [error]
    while seen and len(found) < 50:
        one = seen.pop()
        if isinstance(one, BaseException) and id(one) not in found:
            found[id(one)] = type(one).__name__
            seen += [one.__cause__, one.__context__, *one.args]
            seen.append(getattr(one, "reason", None))
            # All addresses of a host may fail, each in its own way.
            seen += getattr(one, "exceptions", ())
    return set(found.values())


def _made(kind: type[Error], request: Request, problem: str, fix: str) -> Error:
    message = f"{request.call} on {request.host}: {problem}; {fix}"
    return kind(message, call=request.call, host=request.host)
