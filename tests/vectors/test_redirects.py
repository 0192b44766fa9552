"""
Every Location stays with us or goes to LoginRocket (T40, T41).

1,773 payloads of other people's lists, judged by a parser that reads URLs as browsers
do, go in wherever a request or a setting can bring one in.
"""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote_to_bytes, urlsplit

import ada_url
import pytest

from arware.core.flow import Auth
from arware.errors import ConfigurationError
from arware.testing import MemoryRealm
from arware.testing._calls import Call, Response, asgi_scope, wsgi_environ
from arware.wsgi import EnvironRequest, Middleware

from .support import HTML, ORIGIN, Adapters, lines_of, wire, wsgi_application

PRINTABLE = re.compile(r"[\x20-\x7e]*")


@pytest.fixture(scope="module")
def payloads(corpora: Path) -> list[str]:
    """Return all payloads, and the header injections with them."""
    lines = lines_of(corpora / "redirects" / "whatwg-verdicts.jsonl")
    texts = [line["in"] for line in lines]
    assert len(texts) == 1773
    crlf = (corpora / "redirects" / "patt-crlf.txt").read_text().splitlines()
    return texts + crlf


def on_the_wire(text: str) -> str:
    """Return *text* as a client can send it: what no target may hold is encoded."""
    return quote(
        text.encode("utf-8", "surrogatepass"), safe="!$%&'()*+,-./:;=?@[]_~\\|\"<>^`{}"
    )


def leaves(realm: MemoryRealm, url: str, base: str = f"{ORIGIN}/dash") -> str | None:
    """Return the origin that a browser at *base* would go to if it is a third one."""
    try:
        origin = ada_url.URL(url, base=base).origin
    except ValueError:
        return None  # no browser goes anywhere
    ours = ada_url.URL(base).origin
    return None if origin in (ours, ada_url.URL(realm.url).origin) else origin


def torn_headers(answer: Response) -> Iterator[str]:
    """Yield headers of *answer* that a payload got into."""
    for name, value in answer.headers:
        if PRINTABLE.fullmatch(name + value) is None:
            yield f"torn header {name}: {value!r}"
        if name.lower() == "set-cookie" and not value.startswith("__Host-authrocket"):
            yield f"strange cookie {value!r}"


def faults_of(
    realm: MemoryRealm, answer: Response, base: str = f"{ORIGIN}/dash"
) -> Iterator[str]:
    """Yield what is wrong with *answer*: a 500, a stranger's origin, a torn header."""
    if answer.status >= 500:
        yield f"status {answer.status}"
    yield from torn_headers(answer)
    for url in answer.all("Location"):
        if stranger := leaves(realm, url, base):
            yield f"Location leads to {stranger}: {url}"
        back = parse_qs(urlsplit(url).query).get("redirect_uri", [])
        if url.startswith(realm.url) and len(back) > 1:
            yield f"two ways back: {url}"
    if answer.header("Content-Type") == "text/html; charset=utf-8":
        for url in re.findall(r'(?:href|action)="([^"]*)"', answer.text):
            if stranger := leaves(realm, html.unescape(url), base):
                yield f"link to {stranger}: {url}"


def ways_back(
    realm: MemoryRealm, answer: Response, base: str = ORIGIN
) -> Iterator[str]:
    """Yield each redirect_uri in *answer* that does not lead back to us."""
    for url in answer.all("Location"):
        for back in parse_qs(urlsplit(url).query).get("redirect_uri", []):
            try:
                origin = ada_url.URL(back).origin
            except ValueError:
                origin = "no URL"
            if origin != ada_url.URL(base).origin:
                yield f"the way back leads to {origin}: {back}"


# --- By the request ----------------------------------------------------------------


class Raw:
    """Requests whose every part may be odd, through both adapters."""

    def __init__(self, adapters: Adapters) -> None:
        self._adapters = adapters
        self._base = Call(
            origin=ORIGIN, headers=(HTML, ("referer", adapters.realm.url))
        )

    def send(self, requests: list[dict[str, Any]]) -> Iterator[tuple[Any, Response]]:
        """
        Send requests; yield each with both answers, an exception as status 599.

        *path* is decoded, *raw* what stands on the wire; also *query*, *mount*, *host*
        and *headers*.
        """
        for request in requests:
            yield request, self._wsgi(request)
        yield from asyncio.run(self._asgi_all(requests))

    def _wsgi(self, request: dict[str, Any]) -> Response:
        environ = wsgi_environ(self._base)
        for name, value in request.get("headers", ()):
            environ["HTTP_" + name.upper().replace("-", "_")] = value
        path = request.get("path", "/")
        environ["PATH_INFO"] = path.encode("utf-8", "surrogateescape").decode("latin-1")
        environ["QUERY_STRING"] = request.get("query", "")
        environ["SCRIPT_NAME"] = request.get("mount", "")
        environ["RAW_URI"] = request.get("raw", path)
        environ["HTTP_HOST"] = request.get("host", "app.example")
        started: list[Any] = []
        try:
            body = b"".join(
                self._adapters.wsgi(environ, lambda *given: started.append(given))
            )
        except Exception as error:  # noqa: BLE001 - counted as a failure
            return Response(599, (), repr(error).encode())
        status, headers = started[0][:2]
        return Response(int(status[:3]), tuple(headers), body)

    async def _asgi_all(self, requests: list[Any]) -> list[tuple[Any, Response]]:
        return [(request, await self._asgi(request)) for request in requests]

    async def _asgi(self, request: dict[str, Any]) -> Response:
        scope = asgi_scope(self._base)
        path, mount = request.get("path", "/"), request.get("mount", "")
        scope["path"] = mount + path.encode("utf-8", "surrogateescape").decode(
            "utf-8", "replace"
        )
        scope["root_path"] = mount
        scope["raw_path"] = request.get("raw", path).encode("latin-1", "replace")
        scope["query_string"] = request.get("query", "").encode("latin-1", "replace")
        given = [("host", request.get("host", "app.example"))]
        given += request.get("headers", ())
        replaced = {name for name, _ in given}
        headers = [
            item for item in scope["headers"] if item[0].decode() not in replaced
        ]
        scope["headers"] = headers + [
            (name.encode(), value.encode("latin-1", "replace")) for name, value in given
        ]
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            return {"type": "http.request"}

        try:
            await self._adapters.asgi(scope, receive, send)
        except Exception as error:  # noqa: BLE001 - counted as a failure
            return Response(599, (), repr(error).encode())
        pairs = tuple((n.decode(), v.decode("latin-1")) for n, v in sent[0]["headers"])
        body = b"".join(message.get("body", b"") for message in sent[1:])
        return Response(sent[0]["status"], pairs, body)


def decoded(text: str) -> str:
    """Return a path as servers decode it."""
    data = unquote_to_bytes(text.encode("utf-8", "surrogateescape"))
    return data.decode("utf-8", "surrogateescape")


def as_paths(payload: str, **more: Any) -> list[dict[str, Any]]:
    """Return requests whose path is *payload*: as it is, below a slash, decoded."""
    raw = on_the_wire(payload).partition("?")[0].partition("#")[0]
    return [
        {"path": decoded(raw), "raw": raw} | more,
        {"path": "/" + decoded(raw), "raw": "/" + raw} | more,
        # A server that does not tell what stood on the wire, or lies.
        {"path": decoded(raw), "raw": "/elsewhere"} | more,
        {"path": decoded(decoded(raw)), "raw": raw} | more,
    ]


NO_SITE = (("sec-fetch-site", "none"),)

Make = Callable[[str, str], list[dict[str, Any]]]

#: Each entry makes requests out of a payload and a good token.
ENTRIES: dict[str, Make] = {
    "path of a callback": lambda text, token: as_paths(
        text, query=f"token={token}"
    ),
    "path of an unsolicited callback": lambda text, token: as_paths(
        text, query=f"token={token}", headers=(("sec-fetch-site", "same-origin"),)
    )[1:2],
    "query of a callback": lambda text, token: [
        {"query": f"token={token}&{wire(text)}"},
        {"query": f"{on_the_wire(text)}&token={token}"},
        {
            "query": f"next={on_the_wire(text)}&token={token}&session={wire(text)}"
            f"&account={wire(text)}&ar_state={on_the_wire(text)}",
        },
    ],
    "query of an unsolicited callback": lambda text, token: [
        {
            "query": f"a={wire(text)}&token={token}&ar_state={wire(text)}",
            "headers": (("sec-fetch-site", "same-origin"),),
        }
    ],
    "mount of a callback": lambda text, token: [
        {
            "mount": decoded(on_the_wire(text)).encode("utf-8", "replace").decode(
                "latin-1"
            ),
            "query": f"token={token}",
        }
    ],
    "host of a callback": lambda text, token: [
        {
            "host": wire(text),
            "query": f"token={token}",
        }
    ],
    "referer and origin": lambda text, token: [
        {
            "query": f"token={token}",
            "headers": (("referer", wire(text)), ("origin", wire(text))),
        }
    ],
    "back of LoginRequired": lambda text, _: [{"query": f"back={wire(text)}"}],
    "logout": lambda text, _: [
        {"path": "/logout", "query": wire(text), "headers": NO_SITE},
        {"path": "/logout", "host": wire(text), "headers": NO_SITE},
    ],
}  # fmt: skip


@pytest.mark.parametrize("entry", ENTRIES)
def test_t40_t41_no_location_leaves(
    pem_adapters: Adapters, payloads: list[str], entry: str
) -> None:
    """Each payload, each entry, each adapter: our origin, LoginRocket's, or none."""
    realm, make = pem_adapters.realm, ENTRIES[entry]
    token = realm.token("alice")
    requests = [request for text in payloads for request in make(text, token)]
    wrong, redirects = [], 0
    for request, answer in Raw(pem_adapters).send(requests):
        redirects += bool(answer.location)
        base = f"{ORIGIN}/dash"
        wrong += [(fault, request) for fault in faults_of(realm, answer, base)]

    assert wrong[:9] == []
    if "unsolicited" not in entry and entry != "referer and origin":
        assert redirects >= len(requests)  # half of all would be one adapter silent


def test_t40_the_way_back_from_a_required_path_is_ours(
    realm: MemoryRealm, payloads: list[str]
) -> None:
    """Where a login is required, the redirect_uri for LoginRocket is of our origin."""
    adapters = Adapters(realm, jwt_key=realm.public_key, require_login=True)
    requests = [
        request
        for text in payloads
        for request in [
            *as_paths(text),
            {"query": wire(text)},
            {"query": f"next={on_the_wire(text)}&session={wire(text)}"},
        ]
    ]
    wrong, redirects = [], 0
    for request, answer in Raw(adapters).send(requests):
        redirects += bool(answer.location)
        found = [*faults_of(realm, answer), *ways_back(realm, answer)]
        wrong += [(fault, request) for fault in found]

    assert wrong[:9] == []
    assert redirects > len(requests)


def test_t40_the_way_back_by_host_is_that_host_or_none(
    realm: MemoryRealm, payloads: list[str]
) -> None:
    """A Host that is none leaves the way back out; with public_url none is believed."""
    pinned = Adapters(
        realm, jwt_key=realm.public_key, require_login=True, public_url=ORIGIN
    )
    free = Adapters(realm, jwt_key=realm.public_key, require_login=True)
    requests = [
        {"host": wire(text), "path": path}
        for text in filter(wire, payloads)
        for path in ("/", "/logout")
    ]
    wrong = []
    for request, answer in Raw(pinned).send(requests):
        found = [*faults_of(realm, answer), *ways_back(realm, answer)]
        wrong += [(fault, request) for fault in found]
    for request, answer in Raw(free).send(requests):
        wrong += [(fault, request) for fault in faults_of(realm, answer)]
        for url in answer.all("Location"):
            for back in parse_qs(urlsplit(url).query).get("redirect_uri", []):
                # Nothing but the name itself may become the host.
                if urlsplit(back).netloc.partition(":")[0].lower() not in (
                    request["host"].lower(),
                    request["host"].lower().partition(":")[0],
                    request["host"].lower().rpartition(":")[0],
                ):
                    wrong.append((back, request))

    assert wrong[:9] == []


# --- By the application ------------------------------------------------------------


def test_t40_links_lead_to_loginrocket(realm: MemoryRealm, payloads: list[str]) -> None:
    """Every link method, with payloads for each; a login may start at our own path."""
    auths: list[Auth] = []

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        auths.append(environ["authrocket.auth"])
        return wsgi_application(environ, start_response)

    settings = realm.settings(jwt_key=realm.public_key, clock=realm.clock)
    adapter = Middleware(application, **settings)
    token = realm.token("alice")
    for headers in ((), (("authorization", f"Bearer {token}"),)):
        environ = wsgi_environ(Call(origin=ORIGIN, headers=headers))
        adapter(environ, lambda *_: None)
    wrong = []
    ours = (ada_url.URL(realm.url).origin, ORIGIN)
    for auth in auths:
        links = auth.links
        for text in payloads:
            urls = [
                links.login_url(text),
                links.login_url(prompt=text, username=text, **{text: text}),
                links.signup_url(text, email=text),
                links.logout_url(text, session=text),
                links.profile_url(text),
                links.account_url(text),
                links.account_url(text, text),
                links.account_url(redirect_uri=text),
                links.accounts_url(text, force=False),
                links.accounts_url(text, account=text),
            ]
            wrong += [
                (text, url)
                for url in urls
                if PRINTABLE.fullmatch(url) is None
                or ada_url.URL(url).origin not in ours
            ]

    assert wrong[:9] == []
    assert isinstance(auths[0].request, EnvironRequest)


def test_t40_post_logout_path(realm: MemoryRealm, payloads: list[str]) -> None:
    """As post_logout_path a payload is refused at the start, or a path of ours."""
    wrong, taken = [], 0
    cookie_secret = "s" * 40
    for text in payloads:
        for settings in (
            {"jwt_key": realm.public_key},
            {"loginrocket_url": realm.url, "jwt_key": realm.public_key},
        ):
            try:
                adapter = Middleware(
                    wsgi_application,
                    cookie_secret=cookie_secret,
                    post_logout_path=text,
                    clock=realm.clock,
                    **settings,
                )
            except ConfigurationError:
                continue
            taken += 1
            started: list[Any] = []
            environ = wsgi_environ(Call(target="/logout", origin=ORIGIN))
            adapter(environ, lambda *given, started=started: started.append(given))
            answer = Response(302, tuple(started[0][1]), b"")
            found = [*faults_of(realm, answer), *ways_back(realm, answer)]
            wrong += [(fault, text) for fault in found]

    assert wrong[:9] == []
    assert taken > 20


def test_t26_loginrocket_url_is_an_address_or_a_fault(
    realm: MemoryRealm, payloads: list[str]
) -> None:
    """As loginrocket_url or public_url a payload is refused, or means what it says."""
    wrong = []
    for text in payloads:
        for name in ("loginrocket_url", "public_url"):
            settings = realm.settings(jwt_key=realm.public_key) | {name: text}
            try:
                adapter = Middleware(wsgi_application, require_login=True, **settings)
            except ConfigurationError:
                continue
            if not text.strip():
                continue
            started: list[Any] = []
            environ = wsgi_environ(Call(origin=ORIGIN, headers=(HTML,)))
            adapter(environ, lambda *given, started=started: started.append(given))
            location = dict(started[0][1]).get("Location", "")
            target = (
                location
                if name == "loginrocket_url"
                else parse_qs(urlsplit(location).query)["redirect_uri"][0]
            )
            try:
                said, gone = ada_url.URL(text.strip()), ada_url.URL(target)
            except ValueError:
                continue  # no browser goes there
            if said.origin != gone.origin or said.username or said.hash:
                wrong.append((name, text, location))

    assert wrong[:9] == []
