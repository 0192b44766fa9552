"""
What the unit tests of the core are made of.

A realm whose clock stands still, requests as values, and :func:`walk`, which runs
steps of the flow by hand and shows their effects.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Generator, Mapping
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from arware.core.credentials import Credentials
from arware.core.effects import Effect, Steps
from arware.core.flow import Flow
from arware.core.verdict import Verdict, VerdictCache
from arware.settings import Settings
from arware.testing import MemoryRealm
from arware.tokens.keys import KeySet, parse_key_document
from arware.web.cookies import CookieSigner, LoginCookie
from arware.web.request import Request

from .key_pairs import key_pair

#: The second in which the unit tests take place.
NOW = 1_800_000_000.0
LOGINROCKET = "https://memory.e2.loginrocket.com/"
ORIGIN = "https://app.example"
SECRET = "the first secret of the unit tests: long enough"
OTHER_SECRET = "another secret of the unit tests: long enough"
HTML = "text/html,application/xhtml+xml,*/*;q=0.8"


@cache
def realm() -> MemoryRealm:
    """Return the realm of the unit tests."""
    return MemoryRealm(LOGINROCKET, clock=lambda: NOW, private_key=key_pair("realm"))


@cache
def strange_realm() -> MemoryRealm:
    """Return a realm that calls its own key by the same kid."""
    return MemoryRealm(
        LOGINROCKET,
        realm="rl_strange",
        clock=lambda: NOW,
        private_key=key_pair("strange"),
    )


def weak_key() -> rsa.RSAPrivateKey:
    """Return an RSA key that is too short."""
    return key_pair("weak", 1024)


@cache
def key_set() -> KeySet:
    """Return the realm's keys."""
    return parse_key_document(json.dumps(realm().jwks()).encode())


def segment(value: object) -> str:
    """Return *value* as a segment of a token; bytes are taken as they are."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def settings(**overrides: Any) -> Settings:
    """Return settings of an adapter whose key set is downloaded."""
    values = {"loginrocket_url": LOGINROCKET, "cookie_secret": SECRET}
    return Settings(**values | overrides)


class Asked(Request):
    """A request as a value; header names are written with underscores."""

    def __init__(
        self,
        path: str = "/",
        query: str = "",
        method: str = "GET",
        *,
        cookie: str | None = None,
        authorizations: tuple[str, ...] = (),
        scheme: str = "https",
        host: str = "app.example",
        mount: str = "",
        raw_path: str | None = None,
        **headers: str,
    ) -> None:
        self.method = method
        self.path = path
        self.query = query
        self.cookie = cookie
        self.authorizations = authorizations
        self.secure = scheme == "https"
        self._values = (scheme, host, mount, raw_path)
        self._headers = {k.replace("_", "-"): v for k, v in headers.items()}
        asks_ahead = "access-control-request-method" in self._headers
        self.plain = not (authorizations or asks_ahead)

    def header(self, name: str) -> str | None:
        """Return the value of the header *name*."""
        return self._headers.get(name)

    @property
    def scheme(self) -> str:
        """What the server says."""
        return self._values[0]

    @property
    def host(self) -> str:
        """What the Host header says."""
        return self._values[1]

    @property
    def mount(self) -> str:
        """Where the application is mounted."""
        return self._values[2]

    @property
    def raw_path(self) -> str | None:
        """What the browser wrote."""
        return self._values[3]

    @property
    def client(self) -> str:
        """Who asks."""
        return "192.0.2.1"


class Keys:
    """The key set at hand, which a test changes as it likes."""

    def __init__(self, keys: KeySet | None, *, by_kid: bool = True) -> None:
        self.keys = keys
        self.by_kid = by_kid

    def peek(self, now: float) -> KeySet | None:
        """Return the set at hand."""
        return self.keys


class Revoked:
    """The revoked logins that this process knows; others may know of more."""

    def __init__(self, *, shared: bool = False) -> None:
        self.shared = shared
        self.known: dict[str | None, float] = {}

    def revoke(self, login_id: str, sid: str, until: float) -> None:
        """Revoke the login."""
        self.known[login_id] = until


def login_cookie() -> LoginCookie:
    """Return what reads and writes the login's cookie."""
    return LoginCookie(CookieSigner((SECRET,), "login.v1.authrocket"))


def credentials_of(
    keys: Keys | None = None, known: Revoked | None = None, **overrides: Any
) -> Credentials:
    """Return credentials with the realm's keys at hand."""
    known, keys = known or Revoked(), keys or Keys(key_set())
    verdicts = VerdictCache(keys, known.known)
    return Credentials(settings(**overrides), keys, known, login_cookie(), verdicts)


def at_hand(steps: Steps[Verdict]) -> Verdict:
    """Stand for the authenticator's driver: nobody is asked."""
    verdict: Verdict = walk(steps)[1]
    return verdict


async def never(steps: Steps[Verdict]) -> Verdict:
    """Stand for the authenticator's driver where no test comes by."""
    raise AssertionError(steps)


class Driver:
    """Run steps as the authenticator does, by two functions."""

    def __init__(self, run: Any, arun: Any) -> None:
        self.log_in, self.finish = run, arun


def flow_of(
    keys: Keys | None = None,
    known: Revoked | None = None,
    *,
    run: Any = at_hand,
    arun: Any = never,
    by_view: bool = False,
    mounted: object = None,
    **overrides: Any,
) -> Flow:
    """Return a flow with the realm's keys at hand."""
    return Flow(
        settings(**overrides),
        keys or Keys(key_set()),
        known or Revoked(),
        Driver(run, arun),
        by_view=by_view,
        mounted=mounted,
    )


def walk(steps: Steps[Any], *answers: Any) -> tuple[list[Effect], Any]:
    """
    Run *steps* by hand: return their effects and their result.

    Each effect is answered with the next of *answers*, all of which must be used.
    """
    left = list(answers)
    effects: list[Effect] = []
    try:
        effect = next(steps)
        while True:
            effects.append(effect)
            assert left, f"nothing is left to answer {effect} with"
            effect = steps.send(left.pop(0))
    except StopIteration as done:
        assert not left, f"nobody asked for {left}"
        return effects, done.value


def result(steps: Any) -> Any:
    """Return the result of *steps*, which must need nothing, or of none at all."""
    return walk(steps)[1] if isinstance(steps, Generator) else steps


def texts_of(headers: tuple[tuple[str, str], ...], name: str) -> list[str]:
    """Return the values of each header called *name*."""
    return [value for key, value in headers if key.lower() == name.lower()]


def cookies_of(headers: tuple[tuple[str, str], ...]) -> str:
    """Return as a Cookie header what *headers* make a browser keep."""
    pairs = (text.partition(";")[0] for text in texts_of(headers, "Set-Cookie"))
    return "; ".join(pair for pair in pairs if not pair.endswith("="))


def cookie_of(
    token: str,
    login_id: str = "login-id-0123456789",
    name: str = "__Host-authrocket",
) -> str:
    """Return the Cookie header of somebody who is logged in with *token*."""
    signer = CookieSigner((SECRET,), "login.v1.authrocket")
    return f"{name}={signer.dumps([login_id, token])}"


def claims(**changes: Any) -> dict[str, Any]:
    """Return good claims with *changes*; ``None`` takes one out."""
    return realm().claims(**changes)


def headers_of(answer: Any) -> Mapping[str, str]:
    """Return the headers of *answer* by lower-case name; the last of each counts."""
    return {name.lower(): value for name, value in answer.headers}
