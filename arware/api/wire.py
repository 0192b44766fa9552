"""
From a call to bytes: the request as it goes out. Pure functions, no network.

Header names are lower case with dashes, whatever was written; what a call gives wins
over the credentials, and these over the defaults.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from arware.errors import (
    BadOption,
    ConfigurationError,
    CredentialsMissing,
    Error,
)
from arware.settings import Fault, Settings, client_faults
from arware.version import __version__

from .answers import Response
from .calls import plain
from .hiding import cleaned, secrets_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .calls import Call

USER_AGENT = f"arware/{__version__} (Python)"


def _squeezed(name: str) -> str:
    """Return *name* as all its spellings are: ``jwt_key``, ``JWT-Key``, ``jwtKey``."""
    return re.sub(r"[^a-z0-9]", "", str(name).lower()).removeprefix("authrocket")


_SENT = ("api_key", "realm", "service")
#: What is configured beside them, but never sent, in no spelling.
_NOT_SENT = frozenset(_squeezed(f.name) for f in fields(Settings)) - {
    *map(_squeezed, _SENT)
}
#: Of these, what may be a secret.
_PLACES = frozenset(("url", "loginrocketurl"))


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who asks: the API's *url* and what is *sent* as ``authrocket-...`` headers."""

    url: str = field(default="", repr=False)
    sent: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    #: What is not sent, and no error may show either.
    unsent: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def read(cls, values: Mapping[str, Any], url: str | None = None) -> Credentials:
        """
        Read *values* as a call gives them; *url* is the API's where they name none.

        Blank ones are left out, and any name beside ours is sent like ours. Raises
        :class:`~arware.errors.CredentialsMissing` without an API key or a URL.
        """
        unsent = {
            _squeezed(n): v for n, v in values.items() if _squeezed(n) in _NOT_SENT
        }
        place = _headers({"url": unsent.get("url")}).get("url", "").strip() or url or ""
        named = _headers(
            {n: v for n, v in values.items() if _squeezed(n) not in _NOT_SENT}
        )
        sent = {f"authrocket-{n}": v.strip() for n, v in named.items() if v.strip()}
        # The text itself may know where it comes from.
        origin = next((u for u in (unsent.get("url"), url) if u == place), place)
        faults = client_faults({"url": origin, "api_key": named.get("api-key")})
        if faults:
            raise CredentialsMissing(faults)
        hidden = (v for n, v in unsent.items() if n not in _PLACES)
        texts = tuple(value for value in hidden if isinstance(value, str))
        return cls(_base(place), tuple(sorted(sent.items())), texts)

    @property
    def api_key(self) -> str:
        """The API key."""
        return dict(self.sent).get("authrocket-api-key", "")


@lru_cache(maxsize=64)
def _base(url: str) -> str:
    """Check the form of *url* and end it with exactly one slash."""
    # It is the settings' rule: https, plain http on loopback only, nothing strange.
    try:
        Settings(url=url)
    except ConfigurationError as error:
        raise BadOption(replace(f, variable=None) for f in error.faults) from None
    place, _, query = url.partition("?")
    if query:
        raise BadOption([Fault("url", None, "it has a query", "Give it without")])
    return place.rstrip("/") + "/"


@dataclass(frozen=True, slots=True)
class Request:
    """
    One request, ready to go: nothing is added by who sends it.

    *call* is its name for people. ``repr`` shows neither headers nor body.
    """

    method: str
    url: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes | None = field(repr=False)
    call: str
    idempotent: bool = field(default=True, repr=False)
    #: What is not sent, and no error may show either.
    unsent: tuple[str, ...] = field(default=(), repr=False)

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port."""
        parts = urlsplit(self.url)
        scheme = parts.scheme.lower()
        port = parts.port or {"https": 443}.get(scheme, 80)
        return scheme, (parts.hostname or "").lower(), port

    @property
    def host(self) -> str:
        """The host, for people."""
        return urlsplit(self.url).netloc

    @property
    def api_key(self) -> str:
        """The API key that it carries."""
        return dict(self.headers).get("authrocket-api-key", "")

    def clean(self, text: str) -> str:
        """Return *text* without the secrets of the call, in case they came back."""
        sent = secrets_of(self.headers, self.url, self.body)
        return cleaned(text, (*sent, *self.unsent))

    def answered(
        self, status: int, headers: Mapping[str, str], body: bytes
    ) -> Response:
        """Return the response to this; the names of *headers* are lower case."""
        return Response(status, headers, body, self.call, self.host, self.clean)

    def at(self, url: str, method: str) -> Request:
        """Return the same request for another *url*."""
        body = None if method == "GET" else self.body
        return replace(
            self, url=url, method=method, body=body, idempotent=method == "GET"
        )


def request_for(
    call: Call[Any],
    credentials: Credentials,
    default_headers: Mapping[str, Any] | None = None,
) -> Request:
    """Return the request that sends *call* with *credentials*."""
    url = credentials.url + call.path + (f"?{call.query}" if call.query else "")
    headers = {
        "accept": "application/json",
        "accept-encoding": "gzip, deflate",
        "content-type": "application/json",
        "user-agent": USER_AGENT,
    }
    headers.update(_headers(default_headers))
    headers.update(credentials.sent)
    headers.update(_headers(call.headers))
    headers = {n: v for n, v in headers.items() if _is_sent(n, v)}
    for name, value in headers.items():
        _check_header(name, value)
    body = None if call.body is None else encode_body(call.body)
    return Request(
        call.method,
        url,
        tuple(headers.items()),
        body,
        str(call),
        idempotent=call.method == "GET",
        unsent=credentials.unsent,
    )


def _is_sent(name: str, value: str) -> bool:
    """Tell whether a header goes out: of ours none that is blank or not to be sent."""
    if not name.startswith("authrocket"):
        return True
    return bool(value.strip()) and _squeezed(name) not in _NOT_SENT


def _headers(values: Mapping[str, Any] | None) -> dict[str, str]:
    """Return *values* by the names of the wire; what can be called is called."""
    found = {}
    for name, value in (values or {}).items():
        text = value() if callable(value) else value
        if text is not None:
            found[_header_name(name)] = str(text)
    return found


def _header_name(name: str) -> str:
    return str(name).replace("_", "-").lower()


# 9110 5.1 and 5.5: a name is a token, a value has no control characters.
_NAME = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


def _check_header(name: str, value: str) -> None:
    if _NAME.fullmatch(name) is None or _VALUE.fullmatch(value) is None:
        message = (
            f"the header {name!r} cannot be sent: it holds characters that no header "
            "may hold, a line break for instance"
        )
        raise Error(message)


def encode_body(body: Mapping[str, Any]) -> bytes:
    """Return *body* as JSON, moments as seconds since the epoch."""
    text = json.dumps(body, default=_plain, allow_nan=False, separators=(",", ":"))
    return text.encode()


def _plain(value: Any) -> Any:
    found = plain(value)
    if found is value:
        if isinstance(value, set | frozenset):
            return sorted(value)
        message = f"{type(value).__name__} cannot be sent; give text, numbers or lists"
        raise TypeError(message)
    return found


def settings_credentials(settings: Settings) -> dict[str, Any]:
    """Return the credentials that *settings* hold, in the form that a call gives."""
    return {
        "url": settings.url,
        "api_key": settings.api_key,
        "realm": settings.realm,
        "service": settings.service,
        "jwt_key": settings.jwt_key,
    }
