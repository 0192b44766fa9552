"""
Answers: what a status and a body mean. Pure functions, no network.

The rules are those of the API's own libraries: an empty body is an empty object,
``errors`` may be a list or a mapping, what stands beside ``errors`` or ``collection``
is metadata, and a status says which error to raise.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from math import ceil
from typing import TYPE_CHECKING, Any, NoReturn

from arware import errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

#: How much of a useless body an error shows.
BODY_SHOWN = 500

_ERRORS: dict[int, tuple[type[errors.Error], str]] = {
    401: (
        errors.AuthenticationFailed,
        "the credentials were not accepted; check them, and AUTHROCKET_API_KEY",
    ),
    402: (
        errors.AccountInactive,
        "the account's subscription is not active; its owner can renew it",
    ),
    403: (
        errors.AccessDenied,
        "the API key is missing, wrong, or may not do this; check AUTHROCKET_API_KEY",
    ),
    404: (
        errors.RecordNotFound,
        (
            "there is no such object, or the key may not see it; "
            "check the id, the realm and AUTHROCKET_URL"
        ),
    ),
    429: (errors.RateLimited, "too many calls"),
}

#: What to do about the other statuses, by their first digit.
_FAMILIES = {
    4: ("Client error", "check what was sent, and AUTHROCKET_URL"),
    5: ("Server error", "try again later; if it stays, see the service's status page"),
}
_STRANGE = ("Unexpected answer", "check AUTHROCKET_URL")


@dataclass(frozen=True, slots=True)
class Response:
    """
    What came back: *headers* by lower-case name, the decoded *body*.

    *call* and *host* say where from, for errors; *clean* takes out of a text what was
    sent and must not be shown.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    call: str = ""
    host: str = ""
    clean: Callable[[str], str] = field(default=str, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """A response that was understood: *data*, *errors*, and what stood beside them."""

    data: Any = field(repr=False)
    errors: list[str]
    metadata: dict[str, Any] = field(repr=False)


def understand(response: Response) -> Answer:
    """
    Read *response*, or raise the error that its status or its body stands for.

    409 and 422 are understood and come back with errors, like any answer with them.
    """
    status = response.status
    if not 200 <= status < 300 and status not in (409, 422):
        _refuse(response)
    payload = _payload(response)
    data: Any = payload
    metadata: dict[str, Any] = {}
    messages = _messages_in(payload, response)
    if messages:
        data, metadata = {}, {n: v for n, v in payload.items() if n != "errors"}
    elif isinstance(payload.get("collection"), list):
        data = payload["collection"]
        metadata = {n: v for n, v in payload.items() if n != "collection"}
    if status == 215:
        data, metadata = {}, payload
    if status in (409, 422) and not messages:
        data, messages = {}, ["Validation error"]
    return Answer(data, messages, metadata)


def evidence(response: Response) -> dict[str, Any]:
    """Return what an error about *response* carries."""
    headers = response.headers
    request_id = headers.get("x-request-id") or headers.get("request-id")
    return {
        "call": response.call or None,
        "host": response.host or None,
        "status": response.status,
        "request_id": request_id and response.clean(request_id),
    }


def _refuse(response: Response) -> NoReturn:
    if response.status == 404:
        # Any server has pages that it does not have: only the API's own word counts.
        _payload(response, blank=_says_json(response))
    kind, meaning = _ERRORS.get(response.status, (errors.Error, ""))
    body, seconds = shown(response), retry_after(response.headers)
    if not meaning:
        family, fix = _FAMILIES.get(response.status // 100, _STRANGE)
        meaning = f"{family}: {response.status}; {_when(seconds, fix)}\n  {body}"
    else:
        if response.status == 429:
            meaning += "; " + _when(seconds, "come back later, and ask less often")
        meaning += "".join(f"; {text}" for text in _messages(response))
    raise kind(
        f"{response.call} on {response.host}: {meaning}",
        body=body,
        retry_after=seconds,
        **evidence(response),
    )


def _when(seconds: float | None, fix: str) -> str:
    """Return when to come back, if that is known, else *fix*."""
    if seconds is None:
        return fix
    unit = "second" if ceil(seconds) == 1 else "seconds"
    return f"come back in {ceil(seconds)} {unit}"


def _messages(response: Response) -> list[str]:
    """Return what a refusal says for itself, if it says it in JSON."""
    try:
        return _messages_in(_payload(response), response)
    except errors.Error:
        return []


def _payload(response: Response, *, blank: bool = True) -> dict[str, Any]:
    """Return the JSON object that *response* holds; nothing is one too if *blank*."""
    problem = "not JSON"
    try:
        # 8259 8.1: JSON between systems is UTF-8, whatever the header says.
        text = response.body.decode("utf-8-sig").strip()
        payload = json.loads(text, parse_constant=_no_constant) if text else None
        if isinstance(payload, dict):
            return payload
        if payload is None and blank:
            return {}
        problem = "JSON, but no object" if text else "empty"
    except (ValueError, RecursionError):
        pass
    sort = response.clean(response.headers.get("content-type", "no content type"))
    raise errors.UnexpectedResponse(
        f"{response.call} on {response.host}: what answered is not the API: status "
        f"{response.status}, {sort}, and the answer is {problem}. Check AUTHROCKET_URL "
        "(url), which must lead to an AuthRocket API, and what stands between here and "
        f"there.\n  {shown(response)}",
        body=shown(response),
        **evidence(response),
    )


def _says_json(response: Response) -> bool:
    return "json" in response.headers.get("content-type", "").lower()


def _no_constant(text: str) -> NoReturn:
    # Python would read NaN and Infinity, which are not JSON.
    raise ValueError(text)


def shown(response: Response) -> str:
    """Return the beginning of the body as an error may show it."""
    # Cleaned before it is cut: half a secret would not be found.
    text = response.body.decode("utf-8", "replace")
    return response.clean(text)[:BODY_SHOWN]


def _messages_in(payload: Mapping[str, Any], response: Response) -> list[str]:
    return [response.clean(text) for text in _flat(payload.get("errors"))]


def _flat(value: Any) -> Iterator[str]:
    """Yield the messages in *value*, a list, or a mapping whose values are lists."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _flat(item)
    elif value not in (None, "", False):
        yield str(value)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """
    Return in how many seconds to come back, or ``None`` if nobody said so.

    ``Retry-After`` may be seconds or a date, ``Ratelimit-Reset`` is a date. A date is
    compared with the answer's own ``Date``, so that a wrong clock here does not
    matter.
    """
    for name in ("retry-after", "ratelimit-reset"):
        text = headers.get(name, "").strip()
        if text.isascii() and text.isdigit() and len(text) < 10:
            return float(text)
        moment = _http_date(text)
        base = _http_date(headers.get("date", ""))
        if moment is not None and base is not None:
            return max(0.0, moment - base)
    return None


def _http_date(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        # 9110 5.6.7: all dates are in UTC, also in the form that says no zone.
        return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
