"""Managed sessions over HTTP: real processes, a real store, and an API that fails."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from arware import asgi, wsgi
from arware.testing import MemoryRealm
from tests.api import servers
from tests.api.servers import Api, Response
from tests.patience import PATIENCE, happens
from tests.services import Service

ROOT = Path(__file__).parent.parent.parent
SECRET = "k" * 32

#: For each line, so many seconds later, asks an adapter three times for the bearer of a
#: token; prints who that is, and why not.
PROGRAM = """
import asyncio, json, sys, time
real, shift = time.time, 0.0
time.time = lambda: real() + shift
from arware import asgi, wsgi
from tests.patience import patient
patience = patient()
patience.__enter__()
adapter, token, overrides = json.loads(sys.stdin.readline())
def say(keys):
    auth = keys["authrocket.auth"]
    print(auth.user.id if auth.user else auth.reason, flush=True)
def wsgi_app(environ, start_response):
    say(environ)
    start_response("200 OK", [])
    return []
async def asgi_app(scope, receive, send):
    say(scope)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body"})
async def nothing(*_): ...
if adapter == "wsgi":
    app = wsgi.Middleware(wsgi_app, **overrides)
else:
    app = asgi.Middleware(asgi_app, **overrides)
for line in sys.stdin:
    shift = float(line)
    for _ in range(3):
        if adapter == "wsgi":
            environ = {
                "REQUEST_METHOD": "GET", "PATH_INFO": "/", "SERVER_NAME": "localhost",
                "SERVER_PORT": "80", "wsgi.url_scheme": "http",
                "HTTP_AUTHORIZATION": "Bearer " + token,
            }
            list(app(environ, lambda *_: None))
        else:
            scope = {
                "type": "http", "method": "GET", "path": "/", "query_string": b"",
                "headers": [(b"authorization", b"Bearer " + token.encode())],
            }
            asyncio.run(app(scope, nothing, nothing))
"""


class Process:
    """A process with an adapter of its own; its sockets end with it."""

    def __init__(self, adapter: str, token: str, overrides: dict[str, Any]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self.say(json.dumps([adapter, token, overrides]))

    def say(self, line: str) -> None:
        """Write *line* to it."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def answers(self) -> list[str]:
        """Return what it says to the three requests of one line."""
        assert self.process.stdout is not None
        return [self.process.stdout.readline().strip() for _ in range(3)]

    def close(self) -> str:
        """End it, and return what it complained of."""
        return self.process.communicate(timeout=PATIENCE)[1]


def overrides_for(url: str, realm: MemoryRealm, **more: Any) -> dict[str, Any]:
    """Return the settings of an adapter that checks sessions."""
    return {
        "cookie_secret": SECRET,
        "jwt_key": realm.public_key,
        "api_key": "ks_1",
        "url": url,
        "check_session": 60,
        **more,
    }


@pytest.fixture(scope="module")
def realm() -> MemoryRealm:
    """Return a realm that signs tokens."""
    return MemoryRealm()


@pytest.mark.parametrize("store", ["redis", "memcached"])
def test_one_question_for_all_processes_and_its_answer_reaches_all(
    request: pytest.FixtureRequest, api: Api, realm: MemoryRealm, store: str
) -> None:
    """WSGI and ASGI; who ended a session elsewhere is out at the next check."""
    service: Service = request.getfixturevalue(f"{store}_service")
    backend = "redis" if store == "redis" else "pymemcache"
    cache = {"backend": f"dogpile.cache.{backend}", "arguments.url": service.url}
    overrides = overrides_for(api.url, realm, cache=cache)
    sid = f"kss_{store}"
    token = realm.token(sid=sid)
    active = True

    def answer(seen: servers.Seen) -> Response:
        time.sleep(0.1)
        found = {"object": "session", "id": sid}
        return Response(found) if active else Response({}, status=404)

    api.answer = answer
    processes = [Process(d, token, overrides) for d in ("wsgi", "asgi", "wsgi", "asgi")]
    for each in processes:
        each.say("0")
    before = [each.answers() for each in processes]
    asked = len(api.seen)
    active = False
    for each in processes:
        each.say("61")
    after = [each.answers() for each in processes]
    complaints = "".join(each.close() for each in processes)

    assert before == [["usr_alice"] * 3] * 4
    assert after == [["ended"] * 3] * 4
    assert {f"/v2/sessions/{sid}"} == {seen.target for seen in api.seen}
    assert (asked, len(api.seen)) == (1, 2), complaints


@pytest.mark.parametrize(
    ("on_outage", "expected"), [("allow", "usr_alice"), ("deny", "outage")]
)
@pytest.mark.parametrize("adapter", ["wsgi", "asgi"])
def test_on_outage_says_what_a_session_is_worth(
    realm: MemoryRealm, adapter: str, on_outage: str, expected: str
) -> None:
    """With the API down and the store down."""
    dead = "127.0.0.1:1"
    cache = {"backend": "dogpile.cache.redis", "arguments.url": f"redis://{dead}/0"}
    overrides = overrides_for(
        f"http://{dead}/v2", realm, cache=cache, on_outage=on_outage
    )
    process = Process(adapter, realm.token(), overrides)
    process.say("0")
    answers = process.answers()
    process.close()

    assert answers == [expected] * 3


@pytest.mark.parametrize(
    "response",
    [
        Response({"errors": ["not now"]}),
        Response({"errors": ["not now"]}, status=422),
        Response({}),
        Response({"object": "session", "id": "kss_another"}),
    ],
)
def test_an_answer_without_the_session_proves_nothing(
    api: Api, realm: MemoryRealm, response: Response
) -> None:
    """The API did not say whether it stands, so it is an outage."""
    api.answer = lambda _: response

    assert reason_of(api, realm) == "outage"


@pytest.mark.parametrize("body", [b"<h1>Not Found</h1>", b"", b"[]"])
def test_f20_a_404_of_something_else_than_the_api_ends_no_session(
    api: Api, realm: MemoryRealm, body: bytes
) -> None:
    """A web server in the API's place does not know who is logged in: an outage."""
    page = Response(body, 404, {"content-type": "text/html"})
    api.answer = lambda _: page

    assert reason_of(api, realm, on_outage="deny") == "outage"
    assert reason_of(api, realm, on_outage="allow") is None


def test_f20_a_404_of_the_api_ends_a_session(api: Api, realm: MemoryRealm) -> None:
    """It says that the session is over."""
    api.answer = lambda _: Response({"errors": ["not found"]}, 404)

    assert reason_of(api, realm, on_outage="allow") == "ended"


def reason_of(api: Api, realm: MemoryRealm, on_outage: str = "deny") -> Any:
    """Return why the bearer of a token is anonymous at an adapter."""
    found: list[Any] = []

    def app(environ: Any, start_response: Any) -> list[bytes]:
        found.append(environ["authrocket.auth"].reason)
        start_response("200 OK", [])
        return []

    overrides = overrides_for(api.url, realm, on_outage=on_outage)
    adapter = wsgi.Middleware(app, **overrides)
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "HTTP_AUTHORIZATION": f"Bearer {realm.token()}",
    }
    adapter(environ, lambda *_: lambda _: None)
    return found[0]


@pytest.mark.usefixtures("patience")
def test_an_api_that_hangs_does_not_hold_up_the_event_loop(
    api: Api, realm: MemoryRealm
) -> None:
    """One request waits for the answer; the loop goes on."""
    hold = threading.Event()

    def answer(_: servers.Seen) -> Response:
        hold.wait(2 * PATIENCE)
        return Response({"object": "session", "id": "kss_1"})

    api.answer = answer
    found: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        found.append(scope["authrocket.user"])

    adapter = asgi.Middleware(app, **overrides_for(api.url, realm))
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {realm.token()}".encode())],
    }

    async def nothing(*_: Any) -> Any:
        return None

    async def ticks() -> bool:
        asking = asyncio.ensure_future(adapter(dict(scope), nothing, nothing))
        await happens(lambda: api.seen != [])
        for _ in range(50):
            await asyncio.sleep(0.001)
        # Had the loop waited, the answer would be here.
        waiting = not asking.done() and not hold.is_set()
        hold.set()
        await asking
        return waiting

    assert asyncio.run(ticks())
    assert [user.id for user in found] == ["usr_alice"]
