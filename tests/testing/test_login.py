"""Logging in: in a line, at every test client, whatever the application's settings."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import partial
from typing import Any

import falcon
import falcon.testing
import flask
import httpx
import pytest
import trio
import webtest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from arware import wsgi
from arware.flask import AuthRocket
from arware.local import Realm
from arware.testing import MemoryRealm, login
from tests.key_pairs import key_pair
from tests.local.support import PEM

from .clients import (
    MAKERS,
    Maker,
    TestClient,
    asgi_app,
    django_client,
    fastapi_client,
    httpx_asgi_client,
    page,
    webtest_client,
    wsgi_app,
)

RealmMaker = Callable[[], Realm]

SECRET = "a secret for the tests of logins: long enough"
HOSTED = {
    "loginrocket_url": "https://real.e2.loginrocket.com/",
    "cookie_secret": SECRET,
}
#: What nobody listens at, so that a request to the network would fail.
MANAGED = HOSTED | {"api_key": "ks_1", "url": "https://127.0.0.1:1/v2"}

STRANGE = MemoryRealm(private_key=key_pair("nobody's"))
#: Every way to trust AuthRocket, none of which the tests have the key to.
SETTINGS = {
    "a key set": HOSTED,
    "a public key": HOSTED | {"jwt_key": STRANGE.public_key},
    "a shared secret": HOSTED | {"jwt_key": "jsk_" + "s" * 40},
    "a realm's id": HOSTED | {"realm": "rl_real"},
    "an issuer": HOSTED | {"issuer": "https://issuer.example"},
    "managed sessions": MANAGED | {"check_session": 60},
    "no question": HOSTED | {"unsolicited_login": "refuse"},
    "no path of its own": HOSTED | {"login_path": None, "logout_path": None},
    "logins everywhere": HOSTED | {"require_login": True},
}


@pytest.fixture(params=MAKERS, ids=lambda maker: maker.__name__)
def maker(request: pytest.FixtureRequest) -> Maker:
    """Return what makes a client, for each kind of client."""
    found: Maker = request.param
    return found


def test_one_line_logs_in(maker: Maker) -> None:
    """In an application that knows AuthRocket's address and a cookie secret."""
    client = maker(**HOSTED)

    assert login(client) is client
    assert page(client) == "alice@example.com"


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_any_configuration_will_do(maker: Maker, settings: dict[str, Any]) -> None:
    """The application need not be made in another way for its tests."""
    assert page(login(maker(**settings), "bob")) == "bob@example.com"


def test_the_application_sees_what_the_test_says() -> None:
    """The org, its permissions, and any claim by its name."""

    def app(environ: Any, start_response: Any) -> list[bytes]:
        membership, user = environ["authrocket.membership"], environ["authrocket.user"]
        start_response("200 OK", [("Content-Type", "text/plain")])
        org, permissions = membership.org_id, " ".join(membership.permissions)
        return [f"{org} {permissions} {user.locale}".encode()]

    client = webtest.TestApp(wsgi.Middleware(app, **HOSTED))
    login(client, org="globex", permissions=["a:read", "b:write"], locale="fr")

    assert page(client) == "org_globex a:read b:write fr"


def test_another_person_takes_the_place_of_the_first(maker: Maker) -> None:
    """And a logout ends it, as with any login."""
    client = maker(**HOSTED)
    seen = [page(login(client, user)) for user in ("alice", "bob", "alice")]
    page(client, "/logout")

    assert seen == ["alice@example.com", "bob@example.com", "alice@example.com"]
    assert page(client) == "nobody"


def test_the_sessions_of_frameworks_follow_as_ever() -> None:
    """What the first person left in Flask's session the second does not find."""
    app = flask.Flask(__name__)
    app.secret_key = SECRET
    AuthRocket(app, **HOSTED)

    @app.get("/put")
    def put() -> str:
        flask.session["draft"] = "private"
        return ""

    app.get("/seen")(lambda: flask.session.get("draft", "nothing"))
    client = login(app.test_client(), "alice")
    client.get("/put")

    assert page(client, "/seen") == "private"
    assert page(login(client, "bob"), "/seen") == "nothing"


def test_a_loop_may_be_running() -> None:
    """In a test that is a coroutine, the login is not awaited and the rest is."""

    async def seen() -> str:
        async with httpx_asgi_client(**HOSTED) as client:
            login(client)
            return str((await client.get("/")).text)

    assert asyncio.run(seen()) == trio.run(seen) == "alice@example.com"


def client_that_needs(loop: asyncio.AbstractEventLoop) -> httpx.AsyncClient:
    """Return a client of an application that has something to ask of *loop*."""

    async def needy(scope: Any, receive: Any, send: Any) -> None:
        asked = asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop)
        await asyncio.wrap_future(asked)
        await application(scope, receive, send)

    application = asgi_app(**HOSTED)
    transport = httpx.ASGITransport(needy)
    return httpx.AsyncClient(transport=transport, base_url="http://localhost")


def test_an_application_may_need_the_loop_of_the_test() -> None:
    """A login in a thread lets that go on."""

    async def seen() -> str:
        async with client_that_needs(asyncio.get_running_loop()) as client:
            await asyncio.to_thread(login, client)
            return (await client.get("/")).text

    assert asyncio.run(seen()) == "alice@example.com"


def test_an_application_that_needs_a_loop_that_stands_still_is_told() -> None:
    """Its login ends, with the line that would not have had to wait."""

    async def log_in() -> None:
        async with client_that_needs(asyncio.get_running_loop()) as client:
            login(client)

    with pytest.raises(ValueError, match=r"await asyncio.to_thread\(login, client\)"):
        asyncio.run(log_in())


def test_an_application_may_have_started() -> None:
    """Within its lifespan, in the loop that Starlette's client runs in a thread."""
    with fastapi_client(**HOSTED) as client:
        assert page(login(client)) == "alice@example.com"


def test_the_context_is_the_test_s() -> None:
    """By it Django finds the thread that holds the database of a test."""
    place: ContextVar[str] = ContextVar("place", default="nowhere")
    seen = set()
    below = asgi_app(**HOSTED)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.add(place.get())
        await below(scope, receive, send)

    place.set("in a test")
    login(httpx.AsyncClient(transport=httpx.ASGITransport(app)), url="http://test")

    assert seen == {"in a test"}


def test_few_requests_are_made() -> None:
    """None of them reaches the application."""
    seen = []

    def app(environ: Any, start_response: Any) -> list[bytes]:
        seen.append(environ["PATH_INFO"])
        start_response("200 OK", [("Content-Type", "text/plain")])
        return []

    login(webtest.TestApp(wsgi.Middleware(app, **HOSTED)))

    assert seen == []


# --- Where the application is ------------------------------------------------------


def test_an_application_may_be_mounted() -> None:
    """The path it is mounted at is said."""
    mounted = DispatcherMiddleware(NotFound(), {"/shop": wsgi_app(**HOSTED)})
    client = webtest.TestApp(mounted)
    login(client, url="/shop")

    assert page(client, "/shop/") == "alice@example.com"


def test_a_client_may_know_no_address() -> None:
    """Then the test says it, as it does in each request."""
    transport = httpx.WSGITransport(wsgi_app(**HOSTED))
    with httpx.Client(transport=transport) as client:
        login(client, url="https://app.example")

        assert page(client, "https://app.example/") == "alice@example.com"


def test_a_middleware_outside_may_group_errors() -> None:
    """The search for the adapter ends there, whatever becomes of its end."""
    app = Starlette(middleware=[Middleware(BaseHTTPMiddleware, dispatch=hand_on)])
    app.mount("/", asgi_app(**HOSTED))

    assert page(login(TestClient(app))) == "alice@example.com"


def test_a_middleware_outside_may_begin_late() -> None:
    """When the body that it gives is read."""
    below = wsgi_app(**HOSTED)

    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        yield from below(environ, start_response)

    assert page(login(webtest.TestApp(app))) == "alice@example.com"


def test_an_asgi_application_need_not_look_like_one() -> None:
    """It may be a partial of another, which is no coroutine function."""
    below = asgi_app(**HOSTED)
    transport = httpx.ASGITransport(partial(below))
    client = httpx.AsyncClient(transport=transport, base_url="http://test")

    assert page(login(client)) == "alice@example.com"


async def hand_on(request: Any, call_next: Any) -> Any:
    """Do nothing, as a middleware."""
    return await call_next(request)


CLIENTS_OF_NOTHING = {
    "an application": flask.Flask(__name__),
    "the network": httpx.Client(),
    "no cookies": falcon.testing.TestClient(falcon.App()),
}


@pytest.mark.parametrize("thing", CLIENTS_OF_NOTHING.values(), ids=CLIENTS_OF_NOTHING)
def test_what_leads_to_no_application_is_told(thing: Any) -> None:
    """The application itself, most often, or a client in which no login would stay."""
    with pytest.raises(TypeError, match="takes a test client"):
        login(thing)


def test_an_application_without_an_adapter_is_told() -> None:
    """And what to do about it."""
    with pytest.raises(ValueError, match="Install it in the application"):
        login(webtest.TestApp(NotFound()))


def test_an_asgi_application_without_an_adapter_is_told() -> None:
    """Also one that reads what it is sent, and answers."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    with pytest.raises(ValueError, match="Install it in the application"):
        login(TestClient(app))


def test_django_may_answer_over_https_only() -> None:
    """An address that begins with ``https`` makes the login a secure one."""
    client = login(django_client(**HOSTED), url="https://testserver")

    assert client.cookies.keys() == {"__Host-authrocket", "__Host-authrocket.s"}
    assert client.get("/", secure=True).content == b"alice@example.com"


def test_an_application_that_fails_is_heard() -> None:
    """Its own error is raised, not one of ours."""

    def app(environ: Any, start_response: Any) -> list[bytes]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        login(webtest.TestApp(app))


def test_a_login_that_the_settings_refuse_is_told() -> None:
    """A token older than ``within``, say."""
    client = webtest_client(**HOSTED | {"within": 60})

    with pytest.raises(ValueError, match="within"):
        login(client, iat=int(time.time()) - 600)


# --- What may happen ---------------------------------------------------------------


@pytest.fixture(scope="module")
def realm() -> MemoryRealm:
    """Return a realm of this module's own."""
    return MemoryRealm(private_key=key_pair("realm"))


def test_time_passes_without_sleep(maker: Maker, realm: MemoryRealm) -> None:
    """A login ends with its token; journeys add up."""
    client = login(maker(**HOSTED), realm=realm, lifetime=3600)
    seen = [page(client)]
    with realm.travel(minutes=59):
        seen.append(page(client))
        with realm.travel(minutes=2):
            seen.append(page(client))

    assert seen == ["alice@example.com"] * 2 + ["nobody"]


@pytest.mark.parametrize("own", [False, True])
def test_a_clock_of_one_s_own_goes_along(realm: MemoryRealm, own: bool) -> None:
    """An adapter's clock, also if it is the realm's, is moved once."""
    clock = realm.now if own else time.time
    client = login(webtest_client(**HOSTED, clock=clock), realm=realm, lifetime=3600)
    with realm.travel(minutes=40):
        assert page(client) == "alice@example.com"


def test_a_session_ends_elsewhere(maker: Maker, realm: MemoryRealm) -> None:
    """The application hears of it when it checks, and others' sessions stand."""
    settings = MANAGED | {"check_session": 60}
    alice = login(maker(**settings), realm=realm)
    bob = login(maker(**settings), "bob", realm=realm)
    before = page(alice)
    realm.end_sessions("alice")
    with realm.travel(seconds=61):
        after = page(alice), page(bob)

    assert before == "alice@example.com"
    assert after == ("nobody", "bob@example.com")


@pytest.mark.parametrize(
    ("policy", "seen"), [("allow", "alice@example.com"), ("deny", "nobody")]
)
def test_the_api_may_be_down(realm: MemoryRealm, policy: str, seen: str) -> None:
    """Then ``on_outage`` decides."""
    settings = MANAGED | {"check_session": 60, "on_outage": policy}
    client = login(webtest_client(**settings), realm=realm)
    with realm.travel(seconds=61), realm.outage("api"):
        assert page(client) == seen


def test_the_key_host_may_be_down(maker: Maker, realm: MemoryRealm) -> None:
    """The keys at hand serve for a day."""
    client = login(maker(**HOSTED), realm=realm, lifetime=7 * 86_400)
    with realm.outage("keys"):
        with realm.travel(hours=23):
            before = page(client)
        with realm.travel(hours=25):
            after = page(client)

    assert (before, after) == ("alice@example.com", "nobody")


def test_a_realm_that_is_served_can_be_down(realm: MemoryRealm) -> None:
    """Nobody who is new is let in then."""
    with realm.serve(), realm.outage():
        client = webtest_client(**realm.settings())

        with pytest.raises(ValueError, match="to a login"):
            login(client)


# --- Which realm -------------------------------------------------------------------


def test_the_realm_of_the_settings_is_found() -> None:
    """By the key that the application was made with."""
    first, second = MemoryRealm(), MemoryRealm()
    client = login(webtest_client(**first.settings()), lifetime=60)
    with second.travel(minutes=2):
        assert page(client) == "alice@example.com"
    with first.travel(minutes=2):
        assert page(client) == "nobody"


def test_the_realm_that_is_served_is_found(realm: MemoryRealm) -> None:
    """Its keys are then downloaded, as they would be."""
    before = realm.downloads
    with realm.serve():
        client = login(webtest_client(**realm.settings()))

    assert page(client) == "alice@example.com"
    assert realm.downloads == before + 1


def test_a_realm_that_was_given_stays(realm: MemoryRealm) -> None:
    """The next login, which names none, asks the same."""
    client = login(webtest_client(**HOSTED), realm=realm)
    login(client, "bob", lifetime=60)
    with realm.travel(minutes=2):
        assert page(client) == "nobody"


def test_a_host_that_was_not_there_is_not_missed() -> None:
    """What an application tried to download before does not stop a login."""
    client = webtest_client(**HOSTED | {"loginrocket_url": "http://127.0.0.1:1"})
    client.get("/", headers={"Authorization": f"Bearer {STRANGE.token()}"})

    assert page(login(client)) == "alice@example.com"


@pytest.mark.parametrize("settings", [HOSTED, STRANGE.settings()], ids=["set", "key"])
def test_one_realm_takes_the_place_of_another(
    realm: MemoryRealm, settings: dict[str, Any]
) -> None:
    """The one named last answers."""
    client = webtest_client(**settings)
    login(client)
    login(client, "bob", realm=realm, lifetime=60)

    assert page(client) == "bob@example.com"
    with realm.travel(minutes=2):
        assert page(client) == "nobody"


@pytest.mark.parametrize(("words", "number"), [({}, 1), ({"cookie_secret": SECRET}, 2)])
def test_realms_may_share_a_key(words: dict[str, Any], number: int) -> None:
    """The one whose settings the application has answers, else the one made last."""
    realms = [MemoryRealm(private_key=key_pair("shared")) for _ in range(3)]
    client = login(webtest_client(**realms[1].settings(**words)))

    assert page(client) == "alice@example.com"
    with realms[number].travel(hours=2):
        assert page(client) == "nobody"


# --- A mounted realm ---------------------------------------------------------------

ADA, EVE, MAX = "ada@example.com", "eve@example.com", "max@example.com"


@pytest.fixture(scope="module")
def make_realm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealmMaker]:
    """Return a maker of realms."""
    realms: list[Realm] = []

    def make() -> Realm:
        database = f"sqlite:///{tmp_path_factory.mktemp('realm')}/users.db"
        realms.append(Realm(database, url="http://localhost:8000/auth", key=PEM))
        return realms[-1]

    yield make
    for realm in realms:
        realm.close()


@pytest.fixture(scope="module")
def mounted(make_realm: RealmMaker) -> Realm:
    """Return a realm in which Ada is the only user."""
    realm = make_realm()
    realm.add_user(ADA)
    return realm


@pytest.fixture(scope="module")
def crowded(make_realm: RealmMaker) -> Realm:
    """Return a realm with several users, one of whom is in two orgs."""
    realm = make_realm()
    realm.add_user(ADA, username="ada", org="Acme", permissions=["docs:read"])
    realm.add_user(EVE)
    realm.add_user(MAX, orgs={"Acme": [], "Globex": ["docs:read"]})
    return realm


def test_the_users_of_a_mounted_realm_log_in(maker: Maker, mounted: Realm) -> None:
    """By one line too; nothing has to be said of an only user."""
    assert page(login(maker(local_realm=mounted))) == ADA


@pytest.mark.parametrize("name", [ADA, "ada", "the id"])
def test_a_user_is_named_as_one_likes(crowded: Realm, name: str) -> None:
    """By address, username or id."""
    found = {user.email: user.id for user in crowded.users()}
    user = found[ADA] if name == "the id" else name

    assert page(login(webtest_client(local_realm=crowded), user)) == ADA


def test_who_is_disabled_is_logged_out(maker: Maker, crowded: Realm) -> None:
    """What the realm does the application sees at once."""
    client = login(maker(local_realm=crowded), EVE)
    crowded.set_user_state(EVE, "inactive")
    seen = page(client)
    crowded.set_user_state(EVE, "active")

    assert seen == "nobody"


def test_time_passes_for_a_mounted_realm(mounted: Realm, realm: MemoryRealm) -> None:
    """Its tokens end as others do."""
    client = login(webtest_client(local_realm=mounted), realm=realm)
    with realm.travel(hours=7):
        assert page(client) == "nobody"


@pytest.mark.parametrize(
    ("user", "options", "problem"),
    [
        ("mallory@example.com", {}, r"realm\.add_user\('mallory@example\.com'\)"),
        (None, {}, "several users"),
        (MAX, {}, "in several orgs.*Acme, Globex"),
        (ADA, {"org": "Globex"}, "in no org Globex"),
        (ADA, {"permissions": ["x"]}, r"permissions: .* realm\.add_user"),
    ],
)
def test_what_the_database_does_not_say_is_told(
    crowded: Realm, user: str | None, options: dict[str, Any], problem: str
) -> None:
    """Instead of a login that the realm would never give."""
    client = webtest_client(local_realm=crowded)

    with pytest.raises(ValueError, match=problem):
        login(client, user, **options)


def test_an_operator_acts_as_a_user_of_a_mounted_realm(crowded: Realm) -> None:
    """As the claim says, which means the same where AuthRocket logs people in."""

    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [str(environ["authrocket.auth"].impersonator).encode()]

    for settings in (HOSTED, {"local_realm": crowded}):
        client = webtest.TestApp(wsgi.Middleware(app, **settings))
        assert page(login(client, ADA, act={"sub": "usr_op"})) == "usr_op"


def test_one_of_several_orgs_is_chosen(crowded: Realm) -> None:
    """By its name, for somebody who is in several."""
    client = webtest_client(local_realm=crowded)

    assert page(login(client, MAX, org="Globex")) == MAX


def test_nobody_is_there_yet(make_realm: RealmMaker) -> None:
    """An empty realm says how to add somebody."""
    with pytest.raises(ValueError, match="add them first"):
        login(webtest_client(local_realm=make_realm()))


# --- What it costs -----------------------------------------------------------------


def run(program: str, *arguments: str) -> str:
    """Run *program* in a Python of its own, which may not use the network."""
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


NO_NETWORK = """
import sys

def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.bind"):
        raise SystemExit(f"{event} {arguments}")

sys.addaudithook(refuse)

from arware.testing import login
from tests.testing.clients import MAKERS, page
from tests.testing.test_login import SETTINGS

for maker in MAKERS:
    for settings in SETTINGS.values():
        assert page(login(maker(**settings))) == "alice@example.com"
print("quiet")
"""


def test_nothing_goes_over_the_network() -> None:
    """Neither for a key nor to ask about a session, whatever the settings."""
    assert run(NO_NETWORK) == "quiet\n"


@pytest.mark.parametrize(
    ("statement", "heavy"),
    [
        ("import arware.testing", "cryptography webob jwt requests"),
        ("import arware.testing.plugin", "cryptography webob jwt requests"),
        ("from arware.testing import login", "sqlalchemy arware.local"),
    ],
)
def test_only_what_is_used_is_imported(statement: str, heavy: str) -> None:
    """No framework ever, unless the test has imported it for its client."""
    frameworks = "django fastapi flask httpx pyramid starlette webtest werkzeug bottle"
    names = {*frameworks.split(), *heavy.split()}
    program = f"import sys; {statement}; print({names} & sys.modules.keys())"

    assert run(program) == "set()\n"
