"""What a call's ``cache=`` asks for, and the key and the form of what is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from arware.cache import Region, entry_key
from arware.errors import Error

from .answers import Response, understand

if TYPE_CHECKING:
    from .calls import Call
    from .wire import Request

#: How long an answer is kept if the caller does not say, in seconds.
EXPIRES_IN = 300.0
#: More than any answer is worth keeping, in seconds.
ENDLESS = 1e10


@dataclass(frozen=True, slots=True)
class Wish:
    """How a caller wants an answer cached; *region* is ``None`` for the client's."""

    expires_in: float = EXPIRES_IN
    force: bool = False
    region: Region | None = None


def wish(call: Call[Any]) -> Wish | None:
    """
    Return how *call* is to be cached, ``None`` if it is not.

    Only what is read with GET can be, and only if ``cache=`` asks for it: ``True``,
    ``{"expires_in": seconds, "force": bool, "region": region}``, or a region.
    """
    cache = call.cache
    if call.method != "GET" or cache is None or cache is False:
        return None
    if cache is True:
        return Wish()
    if not isinstance(cache, Mapping):
        return Wish(region=_region(cache))
    unknown = sorted(set(cache) - {"expires_in", "force", "region"})
    if unknown:
        message = f"cache= knows expires_in, force and region, not {unknown[0]!r}"
        raise TypeError(message)
    expires_in = cache.get("expires_in")
    seconds = EXPIRES_IN if expires_in is None else _seconds(expires_in)
    return Wish(seconds, bool(cache.get("force")), _region(cache.get("region")))


def _region(given: Any) -> Region | None:
    if given is None or isinstance(given, Region):
        return given
    message = f"a {type(given).__name__} was not made by arware.cache.region(...)"
    raise TypeError(message)


def _seconds(value: Any) -> float:
    # A timedelta says its seconds itself.
    total = getattr(value, "total_seconds", None)
    seconds = total() if total is not None else value
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        message = "cache={'expires_in': ...} is a number of seconds or a timedelta"
        raise TypeError(message)
    if not 0 <= seconds < ENDLESS:
        message = "cache={'expires_in': ...} must be 0 or more seconds, and finite"
        raise ValueError(message)
    return float(seconds)


def key_of(request: Request) -> str:
    """
    Return the key for the answer to *request*.

    Everything that may change an answer tells entries apart: the whole URL and all
    headers, so the API key, the realm and the locale, but not ``x-request-id``.
    """
    headers = sorted(pair for pair in request.headers if pair[0] != "x-request-id")
    return entry_key("api", request.url, *(part for pair in headers for part in pair))


def worth_keeping(response: Response) -> bool:
    """Tell whether *response* is an answer without errors, and says something."""
    try:
        # Nothing is what is left, too, of an answer that was cut off.
        return bool(response.body.strip()) and not understand(response).errors
    except Error:
        return False


def packed(response: Response) -> dict[str, Any]:
    """Return what is kept of *response*."""
    return {"status": response.status, "body": response.body.decode("utf-8", "replace")}


def unpacked(kept: Any, request: Request) -> Response | None:
    """Return the response that *kept* holds, ``None`` if it holds none."""
    if not isinstance(kept, dict):
        return None
    status, body = kept.get("status"), kept.get("body")
    if not isinstance(status, int) or not isinstance(body, str):
        return None
    return Response(status, {}, body.encode(), request.call, request.host)
