"""Objects of an adapter ask with its settings; Pyramid's are the default's too."""

from __future__ import annotations

import asyncio
import pickle
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from pyramid.config import Configurator
from pyramid.response import Response

import arware
from arware import asgi, bottle, wsgi
from arware.api import provider
from arware.resources.org import Org
from arware.resources.session import Session
from arware.settings import Settings
from arware.testing import Browser, MemoryRealm
from tests.api.servers import Api

USER = {"object": "user", "id": "usr_1", "name": "reloaded"}


@pytest.fixture(scope="module")
def realm() -> MemoryRealm:
    """Return a realm that signs tokens."""
    return MemoryRealm()


@pytest.fixture(autouse=True)
def _not_configured_before() -> Iterator[None]:
    """Begin and end without a default client."""
    provider.forget()
    yield
    provider.forget()


def work(user: Any, org: Any) -> str:
    """Do what a view does: ask about the one who is there."""
    user.reload()
    org.memberships()
    return str(user.name)


def wsgi_site(**adapter: Any) -> Any:
    """Return an application behind the WSGI adapter."""

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        said = work(environ["authrocket.user"], environ["authrocket.org"])
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [said.encode()]

    return wsgi.Middleware(app, **adapter)


def asgi_site(**adapter: Any) -> Any:
    """Return an application behind the ASGI adapter."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        user, org = scope["authrocket.user"], scope["authrocket.org"]
        said = await asyncio.to_thread(work, user, org)
        headers = [(b"content-type", b"text/plain")]
        start = {"type": "http.response.start", "status": 200, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": said.encode()})

    return asgi.Middleware(app, **adapter)


def bottle_site(**adapter: Any) -> Any:
    """Return an application with Bottle's plugin."""
    from bottle import Bottle, request

    app = Bottle()
    app.install(bottle.Plugin(**adapter))
    app.route("/")(lambda: work(request.current_user, request.current_org))
    return app


def pyramid_site(**adapter: Any) -> Any:
    """Return an application that includes arware."""
    settings = {f"authrocket.{name}": value for name, value in adapter.items()}
    with Configurator(settings=settings) as config:
        config.include("arware")
        config.add_route("home", "/")
        config.add_view(
            lambda request: Response(work(request.current_user, request.current_org)),
            route_name="home",
        )
        return config.make_wsgi_app()


SITES = [wsgi_site, asgi_site, bottle_site, pyramid_site]


@pytest.mark.parametrize("site", SITES)
def test_the_objects_of_an_adapter_ask_with_its_settings(
    api: Api, realm: MemoryRealm, site: Any
) -> None:
    """Whatever the default client is, and no client is made before that."""
    adapter = realm.settings(url=api.url, api_key="ks_adapter", realm="rl_memory")
    app = site(**adapter)
    provider.configure(Settings(url=api.url, api_key="ks_default"))
    api.will(USER)
    browser = Browser(app)
    answer = browser.get("/", headers={"authorization": f"Bearer {realm.token()}"})

    assert answer.text == "reloaded"
    assert [seen.headers["authrocket-api-key"] for seen in api.seen] == [
        "ks_adapter"
    ] * 2
    assert api.last.headers["authrocket-realm"] == "rl_memory"


@pytest.mark.parametrize("site", SITES)
def test_an_adapter_without_the_apis_settings_leaves_it_to_the_default_client(
    api: Api, realm: MemoryRealm, site: Any
) -> None:
    """One that was configured before stays, also when Pyramid's adapter comes."""
    provider.configure(Settings(url=api.url, api_key="ks_default"))
    app = site(**realm.settings())
    api.will(USER)
    Browser(app).get("/", headers={"authorization": f"Bearer {realm.token()}"})

    keys = [seen.headers["authrocket-api-key"] for seen in api.seen]
    assert keys == ["ks_default"] * 2


def test_the_ini_file_sets_the_default_clients_settings(
    api: Api, realm: MemoryRealm
) -> None:
    """``Org.find`` and ``Session.from_token`` work without anything else."""
    pyramid_site(**realm.settings(url=api.url, api_key="ks_ini"))
    Org.find("org_1")
    session = Session.from_token(realm.token())

    assert api.last.headers["authrocket-api-key"] == "ks_ini"
    assert session is not None


def test_the_last_application_that_names_an_api_counts(
    api: Api, realm: MemoryRealm
) -> None:
    """One without the API's settings takes nothing away; ``configure`` comes later."""
    pyramid_site(**realm.settings(url=api.url, api_key="ks_ini"))
    pyramid_site(**realm.settings())
    Org.find("org_1")
    pyramid_site(**realm.settings(url=api.url, api_key="ks_other"))
    Org.find("org_1")
    arware.configure(url=api.url, api_key="ks_configured")
    Org.find("org_1")

    keys = [seen.headers["authrocket-api-key"] for seen in api.seen]
    assert keys == ["ks_ini", "ks_other", "ks_configured"]


def test_an_object_of_an_adapter_can_be_pickled_without_the_key(
    api: Api, realm: MemoryRealm
) -> None:
    """Elsewhere its calls go to the default client."""
    users: list[Any] = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        users.append(environ["authrocket.user"])
        start_response("200 OK", [])
        return []

    adapter = wsgi.Middleware(app, **realm.settings(url=api.url, api_key="ks_adapter"))
    Browser(adapter).get("/", headers={"authorization": f"Bearer {realm.token()}"})
    pickled = pickle.dumps(users[0])
    provider.configure(Settings(url=api.url, api_key="ks_default"))
    again = pickle.loads(pickled)
    again.reload()

    assert b"ks_adapter" not in pickled
    assert "ks_adapter" not in repr(users[0]._context)
    assert api.last.headers["authrocket-api-key"] == "ks_default"


def test_an_adapters_client_verifies_tokens_too(api: Api, realm: MemoryRealm) -> None:
    """It is made when it is needed, and is then like any other."""
    from arware.api.lazy import LazyClient

    made = LazyClient(Settings(**realm.settings(url=api.url, api_key="ks_1")))
    session = made.sessions.from_token(realm.token())

    assert session is not None
    assert made.sessions.from_token("x") is None


def test_an_adapter_makes_no_client_before_it_needs_one() -> None:
    """What speaks HTTP is not loaded for an adapter that asks nothing."""
    program = """
import sys
from arware.wsgi import Middleware
Middleware(print, url="https://api.example.com/v2", api_key="ks_1",
    cookie_secret="0123456789abcdefghijklmnopqrstuvwxyz", check_session=60,
    loginrocket_url="https://login.example.com/")
names = {"arware.api.client", "arware.api.transport"}
print(names & set(sys.modules))
"""
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert result.stdout.strip() == "set()"
