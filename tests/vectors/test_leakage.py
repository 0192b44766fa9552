"""No secret gets into a log, a repr, a message or a traceback (T37, R19)."""

from __future__ import annotations

import asyncio
import gc
import io
import logging
import re
import traceback
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from webob.request import BaseRequest
from werkzeug.local import LocalProxy

from arware import asgi, wsgi
from arware.errors import AuthRocketError, ConfigurationError
from arware.runtime.authenticator import Authenticator
from arware.runtime.verify import verify_token
from arware.settings import Settings
from arware.testing import MemoryRealm
from arware.testing._calls import Call, call_asgi, call_wsgi
from arware.web.environ import EnvironRequest

from .support import HTML, ORIGIN, Adapters, wsgi_application

COOKIE_SECRET = "cookie-secret-that-nobody-may-ever-see-123"
API_KEY = "ks_api-key-that-nobody-may-ever-see-456"
SHARED = "jsk_shared-secret-nobody-may-see-789"


class Seen:
    """What the steps dealt with that is secret, and all that was written."""

    def __init__(self, realm: MemoryRealm) -> None:
        self.realm = realm
        self.written = io.StringIO()
        self.secrets = {COOKIE_SECRET, API_KEY, SHARED}

    def issue(self, user: str, **claims: Any) -> str:
        """Return a token; its signature may not be seen again."""
        token = self.realm.token(user, **claims)
        self.secrets.add(token.rpartition(".")[2][:40])
        return token

    def keep(self, lines: list[str]) -> None:
        """Note the values of cookies that were given out."""
        for line in lines:
            value = line.partition(";")[0].partition("=")[2]
            if len(value) > 20:
                # The signature stands in front, the token in the middle.
                self.secrets.update((value[:40], value[100:140], value[-40:]))

    def note(self, *things: object) -> None:
        """Write down how *things* show themselves."""
        for thing in things:
            print(repr(thing), str(thing), file=self.written)

    def leaks(self) -> list[str]:
        """Return what can be read in what was written."""
        text = self.written.getvalue()
        return sorted(secret for secret in self.secrets if secret and secret in text)


@pytest.fixture
def seen(realm: MemoryRealm) -> Iterator[Seen]:
    """Collect every log record of every logger at DEBUG, as a formatter shows it."""
    seen = Seen(realm)
    handler = logging.StreamHandler(seen.written)
    handler.setFormatter(
        logging.Formatter("%(name)s %(levelname)s %(message)s %(args)r")
    )
    root, ours = logging.getLogger(), logging.getLogger("arware")
    before = {logger: logger.level for logger in (root, ours)}
    for logger in before:
        logger.setLevel(logging.DEBUG)
    root.addHandler(handler)
    try:
        yield seen
    finally:
        root.removeHandler(handler)
        for logger, level in before.items():
            logger.setLevel(level)


def steps(seen: Seen, adapters: Adapters) -> None:
    """Log in, come back, fail in every way, log out: with WSGI and ASGI."""
    alice, bob = seen.issue("alice"), seen.issue("bob")
    late = seen.issue("carol", lifetime=-10)
    wide = seen.issue("dave", permissions=[f"{n:060}" for n in range(60)])
    huge = seen.issue("erin", cs={"a": "x" * 5000})
    forged = alice[:-20] + "A" * 20
    calls = [
        adapters.callback(token) for token in (alice, bob, late, wide, huge, forged)
    ]
    unsolicited = (("sec-fetch-site", "cross-site"), HTML)
    calls += [replace(adapters.callback(alice), headers=unsolicited)]
    calls += [adapters.bearer(token) for token in (alice, late, forged, alice + "=")]
    for answer in adapters.ask([("", call) for call in calls]):
        response = answer.response
        assert response is not None, answer
        seen.keep(response.all("Set-Cookie"))
    cookie = adapters.login_cookie("alice")
    seen.keep([cookie])
    more = [cookie, cookie[:-9] + "AAAAAAAAA", f"{cookie}; {cookie}x", f"{cookie[:60]}"]
    for header in more:
        for target in ("/", "/logout", "/?back=/x"):
            call = Call(
                target=target, headers=(HTML, ("cookie", header)), origin=ORIGIN
            )
            adapters.ask([("", call)])


def test_t37_logs(seen: Seen, realm: MemoryRealm) -> None:
    """Callbacks, Bearers, cookies and logouts, good and bad: nothing is told."""
    steps(seen, Adapters(realm, cookie_secret=COOKIE_SECRET))
    steps(seen, Adapters(realm, cookie_secret=COOKIE_SECRET, require_login=True))
    steps(
        seen, Adapters(realm, cookie_secret=COOKIE_SECRET, unsolicited_login="refuse")
    )

    assert seen.leaks() == []
    assert len(seen.secrets) > 50
    assert "nobody is logged in" in seen.written.getvalue()


def things_of_ours() -> Iterator[Any]:
    """
    Yield every object of ours that there is.

    Only types are asked: an attribute of a stranger's lazy object (Django's, say, left
    by another test) would set that object up. One that refused its arguments, and lives
    in the traceback of another test, has nothing to show.
    """
    for thing in gc.get_objects():
        kind = type(thing)
        module = kind.__module__
        if not isinstance(module, str) or not module.startswith("arware."):
            continue
        # A realm's request is printed by WebOb, which shows all of it by design and
        # breaks over some that other tests left behind. A proxy is what it stands for.
        is_strange = issubclass(kind, (BaseRequest, LocalProxy))
        if module.startswith("arware.testing") or is_strange:
            continue
        if getattr(thing, "__dict__", True):
            yield thing


def test_t37_reprs(seen: Seen, realm: MemoryRealm) -> None:
    """No object of ours shows a secret, whoever prints it (an error tracker, say)."""
    gc.collect()  # what other tests have left behind
    auths: list[Any] = []

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        auths.append(environ["authrocket.auth"])
        auths.append(environ["authrocket.session"])
        auths.append(environ["authrocket.user"])
        return wsgi_application(environ, start_response)

    settings = {"cookie_secret": COOKIE_SECRET, "api_key": API_KEY}
    settings |= {"url": "https://api.example/v2", "jwt_key": SHARED + "0123456789"}
    authenticator = Authenticator(None, realm.settings() | settings)
    made = Settings(**settings)
    token = seen.issue("alice")
    adapter = wsgi.Middleware(
        application, **realm.settings(cookie_secret=COOKIE_SECRET)
    )
    adapters = Adapters(realm, cookie_secret=COOKIE_SECRET)
    cookie = adapters.login_cookie("alice")
    seen.keep([cookie])
    for headers in ((("authorization", f"Bearer {token}"),), (("cookie", cookie),)):
        call_wsgi(adapter, Call(headers=headers, origin=ORIGIN))
    requests = (adapters.callback(token), Call(target="/logout", origin=ORIGIN))
    for request in requests:
        environ_request = EnvironRequest(_environ_of(request))
        outcome = adapters.wsgi.authenticator.process_request(environ_request, None)
        for name, value in getattr(outcome, "headers", ()):
            if name == "Set-Cookie":
                seen.keep([value])
        auths += [environ_request, outcome]
    seen.note(authenticator, made, authenticator.settings, adapter, *auths)
    telling = set()
    for thing in things_of_ours():
        shown = repr(thing) + str(thing)
        telling |= {type(thing) for secret in seen.secrets if secret in shown}

    assert seen.leaks() == []
    assert telling == set()
    assert len(auths) == 10


def _environ_of(request: Call) -> dict[str, Any]:
    from arware.testing._calls import wsgi_environ

    return wsgi_environ(request)


def test_t37_messages_and_tracebacks(seen: Seen, realm: MemoryRealm) -> None:
    """Whatever goes wrong, neither message nor traceback shows what it was about."""
    token = seen.issue("alice")
    bad = [token[:-9] + "A" * 9, token + "=", token.upper(), token[::-1], token[:-40]]
    errors: list[BaseException] = []
    settings = Settings(**realm.settings(cookie_secret=COOKIE_SECRET))
    for text in bad:
        assert verify_token(settings, text) is None
        authenticator = Authenticator(settings)
        try:
            authenticator.flow.verify_login(text, realm.clock())
        except AuthRocketError as error:
            errors.append(error)
    wrong: tuple[dict[str, Any], ...] = (
        {"cookie_secret": COOKIE_SECRET[:20]},
        {"cookie_secret": [COOKIE_SECRET, 1]},
        {"cookie_secret": COOKIE_SECRET, "jwt_key": SHARED[:20]},
        {"cookie_secret": COOKIE_SECRET, "jwt_key": SHARED * 20},
        {"cookie_secret": COOKIE_SECRET, "jwt_key": "-----BEGIN " + SHARED * 20},
        {"cookie_secret": COOKIE_SECRET, "loginrocket_url": f"https://u:{API_KEY}@x/"},
        {"cookie_secret": COOKIE_SECRET, "api_key": API_KEY, "url": f"x{API_KEY}"},
    )
    seen.secrets |= {COOKIE_SECRET[:20], SHARED[:20]}
    for values in wrong:
        try:
            Authenticator(None, values)
        except ConfigurationError as error:
            errors.append(error)
    for error in errors:
        seen.note(error, error.args)
        print("".join(traceback.format_exception(error)), file=seen.written)

    assert len(errors) >= 10
    assert seen.leaks() == []


def test_t37_an_internal_error_is_told_without_what_it_met(
    seen: Seen, realm: MemoryRealm
) -> None:
    """A store that fails makes a traceback in the log, and no token in it."""

    class Broken:
        """A realm whose keys fail."""

        def key_set(self) -> Any:
            raise RuntimeError("the keys cannot be read")

        def watch(self, watcher: Any) -> None:
            """Tell nobody."""

        def is_session_active(self, session_id: str) -> bool:
            raise RuntimeError("the sessions cannot be read")

    settings = realm.settings(
        cookie_secret=COOKIE_SECRET, local_realm=Broken(), jwt_key=realm.public_key
    )
    adapter = wsgi.Middleware(wsgi_application, **settings | {"check_session": 60})
    token = seen.issue("alice")
    for call in (
        Call(headers=(("authorization", f"Bearer {token}"),), origin=ORIGIN),
        Call(target=f"/?token={token}", origin=ORIGIN),
    ):
        call_wsgi(adapter, call)

    assert seen.leaks() == []


def test_t37_reprs_of_what_an_application_is_given(
    seen: Seen, realm: MemoryRealm
) -> None:
    """Session, user, membership and org show ids, and in ASGI too."""
    token = seen.issue("alice")

    async def application(scope: Any, receive: Any, send: Any) -> None:
        user, session = scope["authrocket.user"], scope["authrocket.session"]
        seen.note(user, session, scope["authrocket.auth"], scope["authrocket.org"])
        seen.note(user.memberships(), scope["authrocket.membership"])
        assert session.token == token
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    adapter = asgi.Middleware(
        application, **realm.settings(cookie_secret=COOKIE_SECRET)
    )
    call = Call(headers=(("authorization", f"Bearer {token}"),), origin=ORIGIN)
    asyncio.run(call_asgi(adapter, call))

    assert seen.leaks() == []
    assert re.search(r"usr_alice", seen.written.getvalue())
