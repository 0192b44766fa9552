"""What FastAPI's users expect: dependencies, and a documents page that can log in."""

# FastAPI reads the annotations of these views, some of them of local functions, so
# they are no texts.

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, HTTPException, WebSocket
from fastapi.middleware.cors import CORSMiddleware

from arware import Org, User
from arware.errors import Forbidden
from arware.fastapi import (
    CurrentAuth,
    CurrentOrg,
    CurrentUser,
    OptionalUser,
    current_user,
    install,
    require,
)

from .conftest import Site, SiteMaker
from .hosts import Host

WRITE = require(permission="docs:write")
router = APIRouter()
members = APIRouter(prefix="/members", dependencies=[Depends(current_user)])
writers = APIRouter(prefix="/writers", dependencies=[Depends(WRITE)])


@router.get("/")
def home(user: OptionalUser) -> dict[str, Any]:
    """Tell who is there, in a thread."""
    return {"user": user and user.id}


@router.get("/me")
def me(user: CurrentUser) -> dict[str, Any]:
    """Tell who is logged in, in a thread."""
    return {"user": user.id}


@router.get("/ame")
async def ame(user: CurrentUser, org: CurrentOrg) -> dict[str, Any]:
    """Tell who is logged in, and where."""
    return {"user": user.id, "org": org.id}


@router.get("/auth")
async def by_hand(auth: CurrentAuth) -> dict[str, Any]:
    """Ask the auth object."""
    auth.require(permission="docs:read")
    return {"user": auth.user and auth.user.id}


@router.get("/write", dependencies=[Depends(WRITE)])
def write() -> str:
    """Be there for those who may write."""
    return "written"


@router.get("/both")
def both(
    user: Annotated[User, Depends(require(permission=["docs:read", "docs:write"]))],
) -> dict[str, Any]:
    """Ask for two permissions together."""
    return {"user": user.id}


@router.get("/orgs/{org_id}")
def in_org(
    org_id: str,
    user: Annotated[User, Depends(require(permission="docs:read", org="org_id"))],
) -> dict[str, Any]:
    """Ask for a permission in the organization of the URL."""
    return {"user": user.id, "org": org_id}


@router.get("/acme", dependencies=[Depends(require(org=Org(id="org_acme")))])
def acme() -> str:
    """Be there for the members of one organization."""
    return "acme"


@router.get("/threaded")
def threaded() -> str:
    """Refuse in a thread."""
    raise Forbidden


@router.get("/own")
async def own(user: CurrentUser) -> None:
    """Refuse in the application's own words."""
    raise HTTPException(403, f"not for {user.id}")


@router.websocket("/ws")
async def ws(websocket: WebSocket, user: CurrentUser) -> None:
    """Welcome who is logged in."""
    await websocket.accept()
    await websocket.send_text(user.id)
    await websocket.close()


@router.websocket("/ws/{org_id}", dependencies=[Depends(require(org="org_id"))])
async def ws_in_org(websocket: WebSocket, org_id: str) -> None:
    """Welcome the members of the organization of the URL."""
    await websocket.accept()
    await websocket.send_text(org_id)
    await websocket.close()


@members.get("/page")
@writers.get("/page")
def page() -> str:
    """Leave it to the router who may see it."""
    return "page"


@members.websocket("/ws")
async def members_ws(websocket: WebSocket) -> None:
    """Leave it to the router who may connect."""
    await websocket.accept()
    await websocket.close()


def make_app(**adapter: Any) -> FastAPI:
    """Return the application."""
    app = FastAPI()
    install(app, **adapter)
    for one in (router, members, writers):
        app.include_router(one)
    return app


@pytest.fixture
def site(make_site: SiteMaker) -> Site:
    """Return the site."""
    return make_site(Host("fastapi", "asgi", make_app))


REFUSING = [
    *("/me", "/ame", "/auth", "/write", "/both", "/orgs/org_acme", "/acme"),
    *("/own", "/members/page", "/writers/page"),
]


@pytest.mark.parametrize("path", REFUSING)
def test_strangers_are_asked_to_log_in(site: Site, path: str) -> None:
    """A browser by a redirect, a program by a 401."""
    assert site.is_login(site.browser().get(path))
    assert site.browser().fetch(path).json()["error"] == "login_required"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/", {"user": "usr_alice"}),
        ("/me", {"user": "usr_alice"}),
        ("/ame", {"user": "usr_alice", "org": "org_acme"}),
        ("/auth", {"user": "usr_alice"}),
        ("/orgs/org_acme", {"user": "usr_alice", "org": "org_acme"}),
        ("/acme", "acme"),
        ("/members/page", "page"),
        ("/own", {"detail": "not for usr_alice"}),
    ],
)
def test_the_dependencies_know_who_is_there(site: Site, path: str, body: Any) -> None:
    """In views that are coroutines and in views that FastAPI puts in threads."""
    reader = site.member("alice", permissions=["docs:read"])

    assert reader.get(path).json() == body


@pytest.mark.parametrize("path", ["/write", "/both", "/writers/page", "/orgs/org_x"])
def test_who_may_not_is_told_so(site: Site, path: str) -> None:
    """All conditions have to be met together."""
    reader = site.member("alice", permissions=["docs:read"])
    writer = site.member("bob", permissions=["docs:read", "docs:write"])

    assert reader.get(path).status == 403
    assert reader.fetch(path).json() == {"error": "forbidden"}
    assert writer.get(path).status == (403 if path == "/orgs/org_x" else 200)


def test_without_an_organization_it_is_forbidden(site: Site) -> None:
    """``CurrentOrg`` is never ``None``."""
    loner = site.member("alice", org=None)

    assert loner.get("/me").status == 200
    assert loner.fetch("/ame").status == 403


def test_an_anonymous_visitor_is_no_error(site: Site) -> None:
    """``OptionalUser`` is ``None``."""
    assert site.browser().get("/").json() == {"user": None}


def test_refusals_are_not_logged(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """Whether a dependency refuses or a view does, in a thread or not."""
    with caplog.at_level(logging.INFO):
        for path in (*REFUSING, "/threaded"):
            assert site.browser().fetch(path).status in (401, 403)

    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []


def test_a_bearer_token_counts_as_well(site: Site) -> None:
    """It is what the documents page sends."""
    bearer = {"Authorization": f"Bearer {site.token('bob')}"}

    assert site.browser().fetch("/me", headers=bearer).json() == {"user": "usr_bob"}


@pytest.mark.parametrize("path", ["/ws", "/ws/org_acme", "/members/ws"])
def test_websockets_have_the_same_dependencies(site: Site, path: str) -> None:
    """They are closed before the handshake is accepted."""
    welcomed = site.member("alice").websocket(path)
    refused = site.browser().websocket(path)
    foreign = site.member("alice").websocket(path, origin="https://evil.example")

    assert welcomed[0]["type"] == "websocket.accept"
    for messages in (refused, foreign):
        closed = [(message["type"], message.get("code")) for message in messages]
        assert closed == [("websocket.close", 1008)]


def test_a_websocket_asks_for_the_organization_of_its_url(site: Site) -> None:
    """As a page does."""
    messages = site.member("alice").websocket("/ws/org_other")

    assert messages == [
        {"type": "websocket.close", "code": 1008, "reason": "forbidden"}
    ]


# --- OpenAPI ---


def test_the_documents_page_can_authorize(site: Site) -> None:
    """OpenAPI describes one scheme, and names it where a dependency of ours is."""
    document = site.browser().get("/openapi.json").json()
    schemes = document["components"]["securitySchemes"]
    secured = {
        path
        for path, methods in document["paths"].items()
        if methods["get"].get("security") == [{"AuthRocket": []}]
    }

    assert schemes.keys() == {"AuthRocket"}
    assert schemes["AuthRocket"]["type"] == "http"
    assert schemes["AuthRocket"]["scheme"] == "bearer"
    templates = [path.replace("org_acme", "{org_id}") for path in REFUSING]
    assert secured == {"/", *templates}


def test_the_dependencies_ask_for_no_parameters(site: Site) -> None:
    """Nothing of ours stands among those of a view."""
    paths = site.browser().get("/openapi.json").json()["paths"]
    named = {path: paths[path]["get"].get("parameters", []) for path in paths}

    assert [one["name"] for one in named.pop("/orgs/{org_id}")] == ["org_id"]
    assert not any(named.values())


# --- In the application's own tests ---


@dataclass
class Person:
    """What a test puts in a user's place."""

    id: str = "usr_test"


@pytest.mark.parametrize(
    ("dependency", "path"),
    [
        (current_user, "/me"),
        (require(permission="docs:write"), "/write"),
        (require(permission=["docs:read", "docs:write"]), "/both"),
        (require(permission="docs:read", org="org_id"), "/orgs/org_acme"),
    ],
)
def test_dependencies_can_be_overridden(
    site: Site, dependency: Callable[..., Any], path: str
) -> None:
    """Requirements with the same conditions are the same one."""
    site.app.dependency_overrides[dependency] = Person

    assert site.browser().fetch(path).status == 200


def test_other_requirements_are_not_overridden(site: Site) -> None:
    """Only the same conditions are the same."""
    site.app.dependency_overrides[require(permission="docs:read")] = Person

    assert site.browser().fetch("/write").status == 401


# --- With others ---


def test_an_application_that_is_mounted_has_the_dependencies_too(
    make_site: SiteMaker,
) -> None:
    """It need not install anything."""

    def build(**adapter: Any) -> FastAPI:
        app, mounted = make_app(**adapter), FastAPI()
        mounted.include_router(router)
        app.mount("/sub", mounted)
        return app

    site = make_site(Host("fastapi", "asgi", build))

    assert site.member("alice").get("/sub/me").json() == {"user": "usr_alice"}
    assert site.is_login(site.browser().get("/sub/me"))
    assert site.browser().fetch("/sub/write").status == 401


@pytest.mark.parametrize("first", [False, True])
def test_cors_sees_the_refusal_of_a_dependency(
    make_site: SiteMaker, first: bool
) -> None:
    """Whichever came first."""
    spa = "https://spa.example"

    def build(**adapter: Any) -> FastAPI:
        app = FastAPI()
        steps = [
            lambda: install(app, **adapter),
            lambda: app.add_middleware(CORSMiddleware, allow_origins=[spa]),
        ]
        for step in reversed(steps) if first else steps:
            step()
        app.include_router(router)
        return app

    site = make_site(Host("fastapi", "asgi", build), require_login=["/me"])
    for path in ("/me", "/write"):
        answer = site.browser().fetch(path, headers={"Origin": spa})
        assert answer.status == 401
        assert answer.header("access-control-allow-origin") == spa


def test_a_preflight_is_answered_without_the_view(make_site: SiteMaker) -> None:
    """Browsers send no cookie with it; the view is nobody's to run."""
    called: list[str] = []

    def build(**adapter: Any) -> FastAPI:
        app = FastAPI()
        install(app, **adapter)
        app.options("/api", dependencies=[Depends(WRITE)])(lambda: called.append("x"))
        return app

    browser = make_site(Host("fastapi", "asgi", build)).browser()
    asked = {"Origin": "https://o.example", "Access-Control-Request-Method": "GET"}

    assert browser.fetch("/api", "OPTIONS", headers=asked).status == 204
    assert browser.fetch("/api", "OPTIONS").status == 401
    assert called == []


def test_a_dependency_with_yield_sees_the_refusal(make_site: SiteMaker) -> None:
    """So that it can roll back, and what it ends is ended."""
    told: list[str] = []

    def transaction() -> Any:
        try:
            yield "open"
        except Forbidden:
            told.append("rolled back")
            raise
        finally:
            told.append("closed")

    def build(**adapter: Any) -> FastAPI:
        app = FastAPI()
        install(app, **adapter)

        @app.get("/change")
        def change(
            auth: CurrentAuth, state: Annotated[str, Depends(transaction)]
        ) -> None:
            auth.require(permission="docs:write")

        return app

    site = make_site(Host("fastapi", "asgi", build))

    assert site.member("alice").get("/change").status == 403
    assert told == ["rolled back", "closed"]
