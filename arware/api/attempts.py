"""
The attempts of one call, from the first to the answer. Decisions only, no network.

:func:`attempts` is a generator. It yields what is to be done, a :class:`Send` or a
:class:`Pause`, and is sent what came of it; whoever drives it, with threads or with
an event loop, decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urljoin, urlsplit

from arware import errors
from arware.errors import Error

from .answers import evidence, retry_after, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from .answers import Response
    from .wire import Request


@dataclass(frozen=True, slots=True)
class Limits:
    """
    How long and how much a call may take.

    *connect* and *read* are in seconds for each step, *total* for the whole call with
    its retries, however slowly it drips. *body* is in bytes, after decompression.
    *retries* counts how often a busy server (429 or 503 with a ``Retry-After`` of at
    most *longest_pause* seconds) is asked again; a connection that fails is tried
    once more. Only what reads is ever repeated. Looking up a host's name is the
    system's doing and has the system's own limit.
    """

    connect: float = 10.0
    read: float = 50.0
    total: float = 60.0
    body: int = 8 * 1024 * 1024
    redirects: int = 3
    retries: int = 2
    longest_pause: float = 5.0


@dataclass(frozen=True, slots=True)
class Send:
    """Send *request*; the answer is a response or the error that stood for it."""

    request: Request


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait some *seconds*; the answer tells whether there was time to."""

    seconds: float


Step: TypeAlias = Send | Pause
Outcome: TypeAlias = "Response | Error | bool"

#: How long to wait, at least and at most, before a failed connection is tried again.
BACK_OFF = (0.05, 0.25)


def attempts(
    request: Request, limits: Limits, chance: Callable[[], float]
) -> Generator[Step, Outcome, Response | Error]:
    """
    Return the response to *request*, after retries and redirects, or the error.

    *chance* gives numbers from 0 to 1, for the jitter of the pauses.
    """
    tries = hops = 0
    while True:
        outcome = yield Send(request)
        if isinstance(outcome, bool):
            return Error("a request was answered with a yes or a no")
        wait = _wait(request, outcome, limits, tries, chance)
        if wait is not None and (yield Pause(wait)):
            tries += 1
            continue
        if isinstance(outcome, Error) or not 300 <= outcome.status < 400:
            return outcome
        following = redirected(request, outcome)
        hops += 1
        if isinstance(following, Error):
            return following
        if hops > limits.redirects:
            return _error(outcome, f"was redirected more than {limits.redirects} times")
        request = following


def _wait(
    request: Request,
    outcome: Response | Error,
    limits: Limits,
    tries: int,
    chance: Callable[[], float],
) -> float | None:
    """Return how long to wait before *request* is tried again, ``None`` for never."""
    if not request.idempotent:
        return None
    if isinstance(outcome, Error):
        # Of the errors only this one says that nothing came back.
        failed = isinstance(outcome, errors.ConnectionError)
        least, most = BACK_OFF
        return least + chance() * (most - least) if failed and tries == 0 else None
    if outcome.status not in (429, 503) or tries >= limits.retries:
        return None
    seconds = retry_after(outcome.headers)
    if seconds is None or seconds > limits.longest_pause:
        return None
    # Not all who were sent away together shall come back together.
    return seconds + chance() * min(0.25, 0.05 + seconds / 4)


def redirected(request: Request, response: Response) -> Request | Error:
    """
    Return the request that follows *response*, a redirect, or why there is none.

    Only the same scheme, host and port are followed, so that the API key goes nowhere
    else. What changes something is repeated only where the status says so (307 and
    308); after a 303 the result is read.
    """
    location = response.headers.get("location", "")
    status = response.status
    if status not in (301, 302, 303, 307, 308) or not location:
        said = f"status {status}, which says nothing; check AUTHROCKET_URL"
        return _error(response, f"answered with {said}\n  {shown(response)}")
    reads = request.method == "GET"
    if not reads and status in (301, 302):
        return _error(response, "was redirected, and might not arrive as it was")
    try:
        url = urljoin(request.url, location)
        following = request.at(url, "GET" if status == 303 else request.method)
        same = following.origin == request.origin and "@" not in urlsplit(url).netloc
    except ValueError:
        return _error(response, "was redirected to something that is no URL")
    if not same:
        return _error(
            response,
            "was redirected to another host, where the API key must not go; "
            "if the API has moved, set AUTHROCKET_URL",
        )
    return following


def _error(response: Response, problem: str) -> Error:
    return Error(
        f"{response.call} on {response.host}: the call {problem}",
        body=shown(response),
        **evidence(response),
    )
