"""No header but Authorization and Cookie says who is there (T42, T44, T41)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from arware.testing._calls import Call, Response, asgi_scope, wsgi_environ

from .support import HTML, ORIGIN, Adapters, Answer, json_of, wire, with_headers

#: What a forger would write, as a name, as an id and as JSON.
FORGED = (
    "usr_mallory",
    '{"user":{"id":"usr_mallory"},"sub":"usr_mallory"}',
    "https://evil.example/",
)


def names_of(corpora: Path) -> list[str]:
    """Return 1,219 header names that were seen to change what applications do."""
    text = (corpora / "headers" / "param-miner-headers.txt").read_text("latin-1")
    names = [line.strip() for line in text.splitlines() if line.strip()]
    assert len(names) >= 1219
    return names


OURS = (
    "authrocket-user", "authrocket.user", "authrocket_visit", "x-authrocket-user",
    "authrocket-session", "remote-user", "remote_user", "x-remote-user", "user",
    "wsgi.url_scheme", "script-name", "path-info", "request-method", "x-user-id",
)  # fmt: skip

#: These are what the decision is made of.
READ = frozenset(("authorization", "cookie", "host", "accept", "x-moz", "purpose"))


def spellings(name: str) -> Iterator[str]:
    """Yield *name* with dashes and with underscores, which CGI cannot tell apart."""
    yield name.replace("_", "-")
    yield name.replace("-", "_")
    yield name.title()


def parts(answer: Answer) -> Any:
    """Return what must not change: status, who is there, and where it leads."""
    if answer.response is None:
        return repr(answer.error)
    response = answer.response
    return (
        response.status,
        response.body if response.status == 200 else b"",
        response.location.partition("ar_state")[0],
        [line.partition(".s=")[0] for line in response.all("Set-Cookie")],
        response.header("Vary"),
    )


def test_t44_no_header_makes_an_identity(corpora: Path, realm: Any) -> None:
    """1,219 names in three spellings with forged values: the answer is as without."""
    free = Adapters(realm, jwt_key=realm.public_key)
    required = Adapters(realm, jwt_key=realm.public_key, require_login=True)
    member = Call(headers=(HTML, ("cookie", free.login_cookie("alice"))), origin=ORIGIN)
    stranger = Call(headers=(HTML,), origin=ORIGIN)
    wrong, tried = [], 0
    for adapters, call in ((free, stranger), (free, member), (required, stranger)):
        plain = {a.adapter: parts(a) for a in adapters.ask([("", call)])}
        cases = [
            ((spelling, value), with_headers(call, (spelling, value)))
            for name in (*names_of(corpora), *OURS)
            for spelling in dict.fromkeys(spellings(name))
            for value in FORGED[: 1 if adapters is required else 2]
            if name.lower().replace("_", "-") not in READ
            and not name.lower().startswith("sec-fetch")
        ]
        for answer in adapters.ask(cases):
            tried += 1
            if parts(answer) != plain[answer.adapter]:
                wrong.append((answer, plain[answer.adapter]))

    assert wrong[:9] == []
    assert tried > 20_000


def test_t42_no_header_makes_an_origin(corpora: Path, realm: Any) -> None:
    """No forwarding header gets into the way back or makes the adapter speak https."""
    adapters = Adapters(realm, jwt_key=realm.public_key, require_login=True)
    call = Call(headers=(HTML,), origin="http://app.example")
    values = (
        "evil.example",
        "https",
        "proto=https;host=evil.example",
        "https://evil.example/x",
    )
    cases = [
        ((spelling, value), with_headers(call, (spelling, value)))
        for name in names_of(corpora)
        for spelling in dict.fromkeys(spellings(name))
        for value in values
        if name.lower().replace("_", "-") not in READ
        and not name.lower().startswith("sec-fetch")
    ]
    plain = {a.adapter: parts(a) for a in adapters.ask([("", call)])}
    wrong = [a for a in adapters.ask(cases) if parts(a) != plain[a.adapter]]

    assert wrong[:9] == []


def test_t44_keys_of_the_contract_are_overwritten(adapters: Adapters) -> None:
    """Whatever an outer layer left under our keys is gone, on every method."""
    keys = ("auth", "session", "current_session", "user", "membership", "org")
    planted = {f"authrocket.{key}": FORGED[0] for key in keys}
    seen: list[Any] = []

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.append([environ[f"authrocket.{key}"] for key in keys[1:]])
        start_response("200 OK", [])
        return []

    async def asgi_application(scope: Any, receive: Any, send: Any) -> None:
        seen.append([scope[f"authrocket.{key}"] for key in keys[1:]])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    from arware import asgi, wsgi

    settings = adapters.realm.settings(clock=adapters.realm.clock, ignore=("/static",))
    one = wsgi.Middleware(application, **settings)
    other = asgi.Middleware(asgi_application, **settings)

    async def nothing(*_: Any) -> None:
        return None

    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"):
        for target in ("/", "/static/x", "//x"):
            call = Call(method, target, origin=ORIGIN)
            one(wsgi_environ(call) | planted, lambda *_: None)
            asyncio.run(other(asgi_scope(call) | planted, nothing, nothing))

    assert len(seen) == 48
    assert [row for row in seen if row != [None] * 5] == []


# --- Hosts -------------------------------------------------------------------------


def host_calls(corpora: Path) -> list[tuple[str, str, bool]]:
    """Return scheme, Host and whether it is a Host at all."""
    django = json_of(corpora / "hosts" / "django-host-headers.json")
    werkzeug = json_of(corpora / "hosts" / "werkzeug-get-host.json")
    found = [("https", host, True) for host in django["legit"]]
    # Grammatical, though not one that its site would allow.
    found += [("https", host, host == "other.com") for host in django["poisoned"]]
    found += [(row[0], row[1], True) for row in werkzeug["test_get_host"] if row[1]]
    found += [("http", host, False) for host in werkzeug["test_get_host_invalid"]]
    more = (
        "[:::]", "[..]", "[1:2]", "[::1", "::1", "[::1]x", "a b", "a/b", "a?b", "a#b",
        "a\\b", "a@b", "a:b", "a:-1", "a:99999", "a:0", "a:", ":80", "-", ".", "..",
        "a,b", "a%00b", "a\tb", "\xe9.example", "xn--", "a" * 300, "'\"><script>",
        "%5b::1]", "[v1.a]", "[fe80::1%25eth0]", "evil.example:80:80",
        "evil.example;a",
    )  # fmt: skip
    return found + [("https", host, False) for host in more]


def test_t42_hosts(corpora: Path, realm: Any) -> None:
    """A Host that is none makes no way back and no 500; one that is, is kept."""
    from urllib.parse import parse_qs, urlsplit

    adapters = Adapters(realm, jwt_key=realm.public_key, require_login=True)
    wrong = []

    async def over_asgi(call: Call, host: str, scheme: str) -> Response:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        scope = asgi_scope(call) | {"scheme": scheme}
        headers = [pair for pair in scope["headers"] if pair[0] != b"host"]
        scope["headers"] = [(b"host", host.encode("latin-1")), *headers]
        await adapters.asgi(scope, send, send)
        pairs = tuple((n.decode(), v.decode()) for n, v in sent[0]["headers"])
        return Response(sent[0]["status"], pairs, b"")

    def over_wsgi(call: Call, host: str, scheme: str) -> Response:
        started: list[Any] = []
        environ = wsgi_environ(call)
        environ |= {"HTTP_HOST": host, "wsgi.url_scheme": scheme}
        adapters.wsgi(environ, lambda *given: started.append(given))
        return Response(int(started[0][0][:3]), tuple(started[0][1]), b"")

    for scheme, host, is_host in host_calls(corpora):
        for target in ("/", "/logout", f"/?token={realm.token()}"):
            call = Call(target=target, headers=(HTML,), origin=ORIGIN)
            spoken = scheme.replace("ws", "http")
            if not host:
                continue  # then the server's own name counts
            for answer in (
                over_wsgi(call, wire(host), spoken),
                asyncio.run(over_asgi(call, wire(host), spoken)),
            ):
                backs = parse_qs(urlsplit(answer.location).query).get(
                    "redirect_uri", []
                )
                fine = answer.status < 500 and all(
                    is_host
                    and urlsplit(back).netloc.split(":")[0]
                    == host.lower().split(":")[0]
                    for back in backs
                )
                if not fine or ("token" not in target and is_host and not backs):
                    wrong.append((scheme, host, target, answer.status, answer.location))

    assert wrong[:9] == []


def test_a_request_that_says_nothing_of_itself(adapters: Adapters) -> None:
    """The least environ and the least scope that the protocols allow get an answer."""

    async def run() -> Response:
        scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        await adapters.asgi(scope | {"query_string": b""}, send, send)
        return sent[0]["status"]

    started: list[Any] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "SERVER_NAME": "",
        "SERVER_PORT": "",
        "wsgi.url_scheme": "http",
        "QUERY_STRING": "",
    }
    adapters.wsgi(environ, lambda *given: started.append(given))

    assert started[0][0] == "200 OK"
    assert asyncio.run(run()) == 200
