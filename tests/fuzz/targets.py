"""What is fuzzed, and what counts as an acceptance."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from arware import wsgi
from arware.errors import TokenError
from arware.testing import MemoryRealm
from arware.testing._calls import Call, wsgi_environ
from arware.testing.realm import ISSUER
from arware.tokens import jwt
from arware.tokens.keys import parse_jwt_key

from .credentials import fuzz_credentials
from .mutations import STRANGE, mutate, mutate_text

ORIGIN = "https://app.example"
NAME = "__Host-authrocket"


@dataclass
class Outcome:
    """The counts of one run; *examples* are the first failures."""

    target: str
    cases: int = 0
    same: int = 0
    accepted: int = 0
    exceptions: int = 0
    seconds: float = 0.0
    examples: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether nothing was accepted and nothing raised."""
        return not self.accepted and not self.exceptions

    def fail(self, text: str, why: str) -> None:
        """Count a failure."""
        if why == "accepted":
            self.accepted += 1
        else:
            self.exceptions += 1
        if len(self.examples) < 5:
            self.examples.append(f"{why}: {text!r}")

    def __str__(self) -> str:
        rate = self.cases / max(self.seconds, 1e-9)
        line = (
            f"{self.target}: {self.cases:,} cases in {self.seconds:.1f} s"
            f" ({rate:,.0f} a second); accepted {self.accepted},"
            f" exceptions {self.exceptions} ({self.same:,} meant the same: left out)"
        )
        return "\n  ".join([line, *self.examples])


class _Faults(logging.Handler):
    """Count what the code logs as an error of its own: exceptions that it caught."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count one."""
        self.count += 1


@contextmanager
def _faults() -> Iterator[_Faults]:
    handler, log = _Faults(), logging.getLogger("arware")
    before = log.propagate
    log.addHandler(handler)
    log.propagate = False
    try:
        yield handler
    finally:
        log.removeHandler(handler)
        log.propagate = before


class Adapter:
    """A WSGI adapter that tells who is there and what it answered."""

    def __init__(self, realm: MemoryRealm, **adapter: Any) -> None:
        self.user: Any = None
        settings = realm.settings(clock=realm.clock, **adapter)
        self._app = wsgi.Middleware(self._application, **settings)
        self._environ = wsgi_environ(Call(origin=ORIGIN))
        self._environ["HTTP_ACCEPT"] = "text/html"

    def _application(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        user = environ["authrocket.user"]
        self.user = user and user.id
        start_response("200 OK", [])
        return []

    def call(self, **environ: Any) -> tuple[str, list[tuple[str, str]]]:
        """Make a request; return its status and headers."""
        self.user = None
        started: list[Any] = []
        given = {**self._environ, **environ}
        self._app(given, lambda *parts: started.append(parts))
        return started[0][0], started[0][1]


def logs_in(headers: list[tuple[str, str]]) -> bool:
    """Tell whether *headers* give out a login."""
    return any(
        name == "Set-Cookie" and value.startswith((f"{NAME}=", f"{NAME}.1="))
        and "Max-Age=0" not in value
        for name, value in headers
    )  # fmt: skip


def wire(text: str) -> str:
    """Return *text* as a server hands it over."""
    data = text.encode("utf-8", "surrogatepass").decode("latin-1")
    return data.replace("\r", "").replace("\n", "").replace("\0", "")


Case = Callable[[], str | None]


def fuzz_tokens(random: Random, realm: MemoryRealm) -> Iterator[tuple[str, str | None]]:
    """Yield mutated tokens through the core and as Bearer, each tenth as a callback."""
    seeds = [realm.token(f"u{n}", permissions=["a"] * n) for n in range(8)]
    others = [MemoryRealm(kid=realm.kid, clock=realm.clock).token("mallory")]
    keys = parse_jwt_key(realm.public_key)
    adapter, rules = Adapter(realm), jwt.Rules(ISSUER)
    for seed in seeds:  # remembered, so that a near miss could hit
        adapter.call(HTTP_AUTHORIZATION=f"Bearer {seed}")
    number = 0
    while True:
        number += 1
        text = mutate(random, seeds + others)
        if text in seeds:
            yield text, "same"
            continue
        try:
            token = jwt.parse(text)
            jwt.check_claims(token, rules, realm.clock())
            jwt.check_signature(token, keys)
            yield text, "accepted"
            continue
        except TokenError:
            pass
        if number % 10 == 0:
            query = "token=" + quote(text.encode("utf-8", "surrogatepass"), safe="")
            _, headers = adapter.call(
                QUERY_STRING=query, HTTP_REFERER=realm.url, PATH_INFO="/"
            )
            yield text, "accepted" if adapter.user or logs_in(headers) else None
        elif wire(text).strip() in seeds:
            yield text, "same"
        else:
            adapter.call(HTTP_AUTHORIZATION=f"Bearer {wire(text)}")
            yield text, "accepted" if adapter.user else None


def fuzz_cookies(
    random: Random, realm: MemoryRealm
) -> Iterator[tuple[str, str | None]]:
    """Yield mutated login cookies, whole and in pieces."""
    adapter = Adapter(realm)
    whole, pieces = [], []
    for number in range(8):
        wide = {"permissions": [f"{n:040}" for n in range(90)]} if number % 2 else {}
        token = realm.token(f"u{number}", **wide)
        _, headers = adapter.call(QUERY_STRING=f"token={token}", HTTP_REFERER=realm.url)
        texts = [v.partition(";")[0] for k, v in headers if k == "Set-Cookie"]
        pairs = [pair for pair in texts if not pair.startswith(f"{NAME}.s=")]
        (pieces if len(pairs) > 1 else whole).append(
            [pair.partition("=") for pair in pairs]
        )
        adapter.call(HTTP_COOKIE="; ".join(pairs))
        if adapter.user != f"usr_u{number}":
            raise RuntimeError("the seeds are no logins")
    states = [realm.token("mallory")]
    values = [parts[0][2] for parts in whole]
    good = {tuple(value for _, _, value in parts) for parts in pieces}
    while True:
        if random.random() < 0.7:
            text = wire(mutate(random, values + states))
            meant = text.split(";")[0].strip(" \t")
            header = f"{NAME}={text}"
            same = meant in values or header.strip(" \t")[len(NAME) + 1 :] in values
        else:
            parts = random.choice(pieces)
            texts = [value for _, _, value in parts]
            at = random.randrange(len(texts))
            everyone = [value for each in pieces for _, _, value in each]
            texts[at] = wire(mutate(random, everyone))
            same = tuple(t.split(";")[0].strip(" \t") for t in texts) in good
            header = "; ".join(
                f"{name}={text}"
                for (name, _, _), text in zip(parts, texts, strict=True)
            )
        if same:
            yield header, "same"
            continue
        adapter.call(HTTP_COOKIE=header)
        yield header, "accepted" if adapter.user else None


PATHS = (
    "/", "/page", "//evil.example", "/\\evil.example", "/a/../b", "/%2e%2e/x",
    "/caf%C3%A9", "https://evil.example/", "/x;y=z", "/%ff", "javascript:alert(1)",
    "@evil.example", "",
)  # fmt: skip
QUERIES = (
    "",
    "a=b",
    "a=b&a=c",
    "next=//evil.example",
    "token=x",
    "%74oken=a.b.c",
    "&&&=",
)
HOSTS = (
    "app.example",
    "evil.example",
    "[::1]:80",
    "a:b@c",
    "app.example:443",
    "127.0.0.1",
)


def fuzz_urls(random: Random, realm: MemoryRealm) -> Iterator[tuple[str, str | None]]:
    """Yield mutated paths, queries, hosts; a Location that leaves is an acceptance."""
    import ada_url

    free = Adapter(realm)
    required = Adapter(realm, require_login=True)
    good = realm.token("alice")
    login = ada_url.URL(realm.url).origin
    while True:
        path = wire(mutate_text(random, PATHS))
        query = wire(mutate_text(random, QUERIES))
        host = (
            wire(mutate_text(random, HOSTS)) if random.random() < 0.3 else "app.example"
        )
        adapter = random.choice((free, required))
        environ = {
            "PATH_INFO": path,
            "RAW_URI": random.choice((path, quote(path.encode("latin-1"), safe="/%"))),
            "QUERY_STRING": random.choice((query, f"{query}&token={good}")),
            "HTTP_HOST": host,
            "HTTP_REFERER": realm.url,
        }
        _, headers = adapter.call(**environ)
        text = repr((path, query, host))
        outcome = None
        for name, value in headers:
            if not all(" " <= letter <= "~" for letter in value):
                outcome = "accepted"  # a header that was torn
            if name != "Location":
                continue
            origin = ada_url.URL(value, base=ORIGIN + "/dash").origin
            if origin not in (ORIGIN, login):
                outcome = "accepted"
            if origin == login and host == "app.example":
                for back in parse_qs(urlsplit(value).query).get("redirect_uri", []):
                    if ada_url.URL(back).origin != ORIGIN:
                        outcome = "accepted"
        yield text, outcome


HEADERS = (
    "AUTHORIZATION", "COOKIE", "REFERER", "ORIGIN", "ACCEPT", "SEC_FETCH_SITE",
    "PURPOSE", "SEC_FETCH_MODE", "SEC_FETCH_DEST", "X_FORWARDED_HOST",
    "X_FORWARDED_PROTO", "FORWARDED", "X_AUTHROCKET_USER", "AUTHROCKET_USER",
    "REMOTE_USER",
    "X_ORIGINAL_URL", "HOST", "SEC_PURPOSE", "ACCESS_CONTROL_REQUEST_METHOD",
    "X_HTTP_METHOD_OVERRIDE",
)  # fmt: skip


def fuzz_headers(
    random: Random, realm: MemoryRealm
) -> Iterator[tuple[str, str | None]]:
    """Yield requests of many mutated headers and odd methods: nobody, no login."""
    adapter = Adapter(realm)
    mallory = MemoryRealm(kid=realm.kid, clock=realm.clock).token("mallory")
    values = (
        f"Bearer {mallory}", f"{NAME}={mallory}", f"{NAME}.1=1.2.{'x' * 22}.{mallory}",
        "usr_alice", "https://evil.example/", "cross-site", "none", "prefetch",
        realm.url, "text/html", "navigate", "app.example", "OPTIONS",
    )  # fmt: skip
    methods = ("GET", "HEAD", "POST", "OPTIONS", "PUT", "get", "\xff", "BREW")
    while True:
        environ: dict[str, Any] = {
            f"HTTP_{random.choice(HEADERS)}": wire(mutate_text(random, values))
            for _ in range(random.randrange(1, 9))
        }
        environ["REQUEST_METHOD"] = random.choice(methods)
        environ["PATH_INFO"] = random.choice(("/", "/logout", "/page"))
        environ["QUERY_STRING"] = random.choice(("", f"token={mallory}", "a=b"))
        if random.random() < 0.1:
            environ[f"HTTP_{random.choice(HEADERS)}"] = random.choice(STRANGE) * 500
        _, headers = adapter.call(**environ)
        yield repr(environ), "accepted" if adapter.user or logs_in(headers) else None


TARGETS: dict[
    str, Callable[[Random, MemoryRealm], Iterator[tuple[str, str | None]]]
] = {
    "tokens": fuzz_tokens,
    "cookies": fuzz_cookies,
    "urls": fuzz_urls,
    "headers": fuzz_headers,
    "credentials": fuzz_credentials,
}


def run(target: str, count: int, seed: int) -> Outcome:
    """Try *count* cases of *target*, the same for the same *seed*."""
    outcome = Outcome(target)
    random = Random(f"{target} {seed}")
    now = float(int(time.time()))
    realm = MemoryRealm(clock=lambda: now)
    started = time.perf_counter()
    with _faults() as faults:
        while outcome.cases < count:
            cases = TARGETS[target](random, realm)
            last = "the seeds"
            try:
                for text, result in cases:
                    last = text
                    if result == "same":
                        outcome.same += 1
                        continue
                    outcome.cases += 1
                    if result is not None:
                        outcome.fail(text, result)
                    if faults.count:
                        outcome.fail(text, "an exception was caught and logged")
                        faults.count = 0
                    if outcome.cases >= count:
                        break
            except Exception as error:  # noqa: BLE001 - that is what is looked for
                outcome.cases += 1
                outcome.fail(f"after {last}", f"{type(error).__name__}: {error}")
    outcome.seconds = time.perf_counter() - started
    return outcome
