"""
What the vectors share: a small application behind both adapters, and ways to forge.

Thousands of cases are run in one test, each failure is collected and the list is
compared with the empty one: a case costs microseconds that way.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from arware import asgi, wsgi
from arware.errors import LoginRequired
from arware.testing import MemoryRealm
from arware.testing._calls import Call, Response, call_asgi, call_wsgi
from arware.testing.realm import ISSUER

ORIGIN = "https://app.example"

#: What a navigation's Accept header says.
HTML = ("accept", "text/html")


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def lines_of(path: Path) -> Iterator[Any]:
    """Yield the values of a file of JSON lines."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            yield json.loads(line)


def json_of(path: Path) -> Any:
    """Return the value of a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


# --- Forging -----------------------------------------------------------------------


def segment(data: bytes | str) -> str:
    """Return *data* as base64url without padding."""
    data = data.encode() if isinstance(data, str) else data
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def compact(value: Any) -> bytes:
    """Return *value* as JSON without spaces."""
    return json.dumps(value, separators=(",", ":")).encode()


def sign_rs256(realm: MemoryRealm, header: bytes, payload: bytes) -> str:
    """Sign these very bytes with the realm's key."""
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.hashes import SHA256

    text = f"{segment(header)}.{segment(payload)}"
    signature = realm.private_key.sign(text.encode(), padding.PKCS1v15(), SHA256())
    return f"{text}.{segment(signature)}"


def sign_hmac(
    secret: bytes, header: bytes, payload: bytes, algorithm: str = "sha256"
) -> str:
    """Sign these very bytes with a shared *secret*."""
    text = f"{segment(header)}.{segment(payload)}"
    signature = hmac.digest(secret, text.encode(), getattr(hashlib, algorithm))
    return f"{text}.{segment(signature)}"


def unsigned(header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    """Return header and claims with an empty signature."""
    return f"{segment(compact(header))}.{segment(compact(claims))}."


# --- Two adapters ---------------------------------------------------------------------


def view(keys: Any, query: str) -> dict[str, Any]:
    """Say who is there, or raise ``LoginRequired`` with what *query* asks for."""
    auth = keys["authrocket.auth"]
    if query.startswith("back="):
        raise LoginRequired(query.removeprefix("back="))
    user, session, org = auth.user, auth.session, auth.org
    return {
        "user": user and user.id,
        "name": user and user.name,
        "session": session and session.id,
        "org": org and org.id,
        "reason": auth.reason,
    }


def wsgi_application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Be the application, for WSGI."""
    body = compact(view(environ, environ["QUERY_STRING"]))
    start_response("200 OK", [("Content-Type", "application/json")])
    return [body]


async def asgi_application(scope: Any, receive: Any, send: Any) -> None:
    """Be the application, for ASGI."""
    body = compact(view(scope, scope["query_string"].decode("latin-1")))
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@dataclass
class Answer:
    """What one adapter answered to *case*, or the exception that came out of it."""

    case: Any
    adapter: str
    response: Response | None
    error: BaseException | None

    def __repr__(self) -> str:
        what = repr(self.error) if self.response is None else self.response.status
        return f"<{self.adapter} {self.case!r:.200}: {what}>"

    @property
    def user(self) -> Any:
        """Who was there, if the application answered."""
        if self.response is None or self.response.status != 200:
            return None
        if self.response.header("Content-Type") != "application/json":
            return None
        return self.response.json().get("user")

    @property
    def is_bad(self) -> bool:
        """Whether the adapter raised, or answered with a fault of ours."""
        return self.response is None or self.response.status >= 500

    @property
    def let_in(self) -> bool:
        """Whether anybody was known, or a login cookie was given out."""
        if self.user is not None:
            return True
        lines = self.response.all("Set-Cookie") if self.response else []
        return any(
            not line.startswith("__Host-authrocket.s=") and "Max-Age=0" not in line
            for line in lines
        )


class Adapters:
    """The application behind the adapter for WSGI and the one for ASGI."""

    def __init__(self, realm: MemoryRealm, /, **adapter: Any) -> None:
        self.realm = realm
        settings = realm.settings(**{"clock": realm.clock} | adapter)
        self.wsgi = wsgi.Middleware(wsgi_application, **settings)
        self.asgi = asgi.Middleware(asgi_application, **settings)

    def ask(self, cases: Iterable[tuple[Any, Call]]) -> list[Answer]:
        """Send each call through both adapters; *cases* name the calls."""
        cases = list(cases)
        answers = [self._ask_wsgi(case, call) for case, call in cases]
        return answers + asyncio.run(self._ask_asgi(cases))

    def _ask_wsgi(self, case: Any, call: Call) -> Answer:
        try:
            return Answer(case, "wsgi", call_wsgi(self.wsgi, call), None)
        except Exception as error:  # noqa: BLE001 - counted as a failure
            return Answer(case, "wsgi", None, error)

    async def _ask_asgi(self, cases: list[tuple[Any, Call]]) -> list[Answer]:
        answers = []
        for case, call in cases:
            try:
                response = await call_asgi(self.asgi, call)
            except Exception as error:  # noqa: BLE001 - counted as a failure
                answers.append(Answer(case, "asgi", None, error))
            else:
                answers.append(Answer(case, "asgi", response, None))
        return answers

    def bearer(self, token: str) -> Call:
        """Return the call that shows *token* in its Authorization header."""
        return Call(
            headers=(("authorization", f"Bearer {wire(token)}"),), origin=ORIGIN
        )

    def callback(self, token: str) -> Call:
        """Return the callback of a script, which is solicited by rule (b)."""
        headers = (("referer", self.realm.url), HTML)
        return Call(
            target=f"/page?token={escaped(token)}", headers=headers, origin=ORIGIN
        )

    def cookie(self, value: str, name: str = "__Host-authrocket") -> Call:
        """Return the call that bears *value* as the login's cookie."""
        return Call(headers=(("cookie", f"{name}={wire(value)}"),), origin=ORIGIN)

    def ways_of(self, case: Any, token: str) -> list[tuple[Any, Call]]:
        """Return *token* as a Bearer, at a callback, and as a cookie of its own."""
        return [
            ((case, "bearer"), self.bearer(token)),
            ((case, "callback"), self.callback(token)),
            ((case, "cookie"), self.cookie(token)),
        ]

    def login_cookie(self, user: str = "alice") -> str:
        """Return the Cookie header of a browser in which *user* is logged in."""
        response = call_wsgi(self.wsgi, self.callback(self.realm.token(user)))
        return response.all("Set-Cookie")[0].partition(";")[0]


_NOT_IN_A_HEADER = dict.fromkeys(map(ord, "\r\n\0"))


def wire(text: str) -> str:
    """Return *text* as a server hands a header over: its bytes, read as latin-1."""
    data = text.encode("utf-8", "surrogatepass").decode("latin-1")
    # No server lets these through (RFC 9110 section 5.5).
    return data.translate(_NOT_IN_A_HEADER)


def escaped(text: str) -> str:
    """Percent-encode *text* for a query."""
    from urllib.parse import quote

    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def with_headers(call: Call, *headers: tuple[str, str]) -> Call:
    """Return *call* with more headers."""
    return replace(call, headers=(*call.headers, *headers))


def claims_text(now: float, **more: str) -> bytes:
    """
    Return the JSON of good claims as bytes.

    *more* are further or other claims as JSON text; an empty text leaves one out.
    """
    texts = {
        "iss": json.dumps(ISSUER),
        "sub": '"usr_mallory"',
        "sid": '"kss_mallory"',
        "exp": str(int(now) + 3600),
        "iat": str(int(now)),
    } | more
    parts = [f"{json.dumps(name)}:{text}" for name, text in texts.items() if text]
    return ("{" + ",".join(parts) + "}").encode("utf-8", "surrogatepass")
