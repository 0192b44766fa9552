"""What only Bottle's users see: hooks, raised responses, mounts, the plugin's life."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from wsgiref.validate import validator

import bottle
import pytest

from arware.bottle import Plugin
from arware.errors import Forbidden, LoginRequired, Refusal
from arware.testing import MemoryRealm

from .conftest import ORIGIN, Clock, Site, logins
from .hosts import HOST

Maker = Callable[..., Site]


@pytest.fixture
def site_of(realm: MemoryRealm, clock: Clock) -> Maker:
    """Return what makes a site of an application, with or without the plugin yet."""

    def make(app: bottle.Bottle, **adapter: Any) -> Site:
        app.install(Plugin(**realm.settings(clock=clock) | adapter))
        return Site(validator(app), HOST["bottle"], realm, clock)

    return make


def who() -> str:
    """Say who is there."""
    user = bottle.request.current_user
    return user.id if user else "nobody"


@pytest.mark.parametrize("first", ["plugin", "routes"])
def test_the_plugin_may_come_before_or_after_the_routes(
    site_of: Maker, first: str
) -> None:
    """Bottle applies plugins to all routes."""
    app = bottle.Bottle()
    if first == "routes":
        app.route("/", callback=who)
    site = site_of(app)
    if first == "plugin":
        app.route("/", callback=who)

    assert site.browser().get("/").text == "nobody"
    assert site.member("alice").get("/").text == "usr_alice"


def test_attributes_of_the_request(site_of: Maker) -> None:
    """Session, user, membership, org and the auth object stand on Bottle's request."""
    app = bottle.Bottle()

    @app.route("/")
    def index() -> dict[str, Any]:
        request = bottle.request
        return {
            "session": request.current_session and request.current_session.id,
            "membership": request.current_membership and request.current_membership.id,
            "org": request.current_org and request.current_org.id,
            "auth": request.authrocket.user and request.authrocket.user.id,
        }

    site = site_of(app)

    assert set(site.browser().get("/").json().values()) == {None}
    assert site.member("alice", sid="kss_1").get("/").json() == {
        "session": "kss_1",
        "membership": "mb_alice_acme",
        "org": "org_acme",
        "auth": "usr_alice",
    }


def test_a_preflight_is_answered_without_the_view(site_of: Maker) -> None:
    """Hooks say what other origins may do; the view is nobody's to run."""
    app, called = bottle.Bottle(), []
    app.route(
        "/api", ["GET", "OPTIONS"], lambda: called.append(1) or "x", require_login=True
    )

    @app.hook("after_request")
    def allow() -> None:
        bottle.response.headers["Access-Control-Allow-Origin"] = "https://o.example"

    headers = {"Origin": "https://o.example", "Access-Control-Request-Method": "GET"}
    answer = site_of(app).browser().fetch("/api", "OPTIONS", headers=headers)

    assert (answer.status, answer.text, called) == (204, "", [])
    assert answer.header("Access-Control-Allow-Origin") == "https://o.example"


def test_raised_responses_are_the_application_s(site_of: Maker) -> None:
    """``abort``, ``redirect`` and a raised HTTPResponse are answers like any other."""
    app = bottle.Bottle()
    app.route("/401", callback=lambda: bottle.abort(401, "own 401"))
    app.route("/404", callback=lambda: bottle.abort(404, "own 404"))
    app.route("/302", callback=lambda: bottle.redirect("/elsewhere"))

    @app.route("/raised")
    def raised() -> None:
        raise bottle.HTTPResponse("raised", 202, {"X-Own": "1"})

    browser = site_of(app).member("alice")
    expected = {"/401": 401, "/404": 404, "/raised": 202}

    for path, status in expected.items():
        answer = browser.get(path)
        assert answer.status == status
        assert answer.header("Cache-Control") == "private, no-cache"
        assert "Cookie" in (answer.header("Vary") or "")
    assert browser.get("/302").status in (302, 303)
    assert browser.get("/302").location.endswith("/elsewhere")
    assert browser.get("/raised").header("X-Own") == "1"


def test_a_logout_under_a_raised_response_still_clears(site_of: Maker) -> None:
    """A cookie set on the global response would be lost there; ours is not."""
    app = bottle.Bottle()
    app.route("/", callback=who)

    @app.route("/leave")
    def leave() -> None:
        bottle.request.authrocket.logout(local=True)
        bottle.redirect("/")

    browser = site_of(app).member("alice")
    browser.get("/leave")

    assert logins(browser) == {}
    assert browser.get("/").text == "nobody"


def test_cookies_of_the_application_s_stay(site_of: Maker) -> None:
    """``response.set_cookie`` is sent beside ours."""
    app = bottle.Bottle()

    @app.route("/")
    def index() -> str:
        bottle.response.set_cookie("mine", "1")
        bottle.request.authrocket.logout(local=True)
        return "ok"

    lines = site_of(app).member("alice").get("/").all("Set-Cookie")

    assert sorted(line.partition("=")[0] for line in lines) == [
        "__Host-authrocket",
        "__Host-authrocket.s",
        "mine",
    ]


def test_refusals_in_hooks_and_generators(site_of: Maker) -> None:
    """Wherever below the plugin a refusal is raised, it is answered."""
    app = bottle.Bottle()

    @app.route("/generator")
    def generator() -> Iterator[str]:
        if bottle.request.current_user is None:
            raise LoginRequired
        yield "one "
        yield "two"

    @app.route("/forbidden")
    def forbidden() -> Iterator[str]:
        raise Forbidden
        yield "never"

    site = site_of(app)

    assert site.is_login(site.browser().get("/generator"))
    assert site.member("alice").get("/generator").text == "one two"
    assert site.browser().get("/forbidden").status == 403


def test_an_application_that_lets_exceptions_through(site_of: Maker) -> None:
    """With ``catchall`` off Bottle raises, and a refusal is answered all the same."""
    app = bottle.Bottle()
    app.config["catchall"] = False

    @app.route("/private")
    def private() -> str:
        raise LoginRequired

    site = site_of(app)

    assert site.is_login(site.browser().get("/private"))


def test_an_error_page_of_the_application_s(site_of: Maker) -> None:
    """``@app.error`` answers its own errors and never sees our refusals."""
    app = bottle.Bottle()
    app.route("/private", callback=lambda: bottle.request.authrocket.require() or "")
    app.route("/broken", callback=lambda: bottle.abort(500, "broken"))

    @app.error(500)
    def failed(error: Any) -> str:
        return "own page for 500"

    @app.error(404)
    def missing(error: Any) -> str:
        return "own page for 404"

    site = site_of(app)
    browser = site.browser()

    assert site.is_login(browser.get("/private"))
    assert browser.get("/broken").text == "own page for 500"
    assert browser.get("/nowhere").text == "own page for 404"


@pytest.mark.parametrize("own_page", [True, False])
@pytest.mark.parametrize("path", ["/broken", "/late", "/skips"])
def test_t46_the_page_of_a_fault_is_not_for_everybody(
    site_of: Maker, path: str, own_page: bool
) -> None:
    """Bottle makes it once the hooks have run; it bears our headers all the same."""
    app = bottle.Bottle()

    def broken() -> str:
        raise ValueError("a fault of the application's")

    def late() -> Iterator[str]:
        raise ValueError("a fault of the application's")
        yield "never"

    app.route("/broken", callback=broken)
    app.route("/late", callback=late)
    app.route("/skips", callback=broken, skip=True)
    if own_page:
        app.error(500)(lambda error: "own page")
    site = site_of(app)

    for browser, cached in (
        (site.browser(), None),
        (site.member("alice"), "private, no-cache"),
    ):
        answer = browser.get(path)
        assert answer.status == 500
        assert answer.all("Vary") == ["Cookie, Authorization"]
        assert answer.header("Cache-Control") == cached
        assert (answer.text == "own page") is own_page


@pytest.mark.parametrize("required", [True, False])
def test_t43_a_route_that_skips_plugins_keeps_its_option(
    site_of: Maker, required: bool
) -> None:
    """It is not wrapped, so the hook sees to it."""
    app = bottle.Bottle()
    app.route("/", callback=who, skip=True, require_login=required)
    site = site_of(app, require_login=not required)

    assert site.is_login(site.browser().get("/")) is required
    assert site.member("alice").get("/").text == "usr_alice"


def test_t46_a_vary_of_the_error_page_s_own_is_not_ours(site_of: Maker) -> None:
    """It is merged, as everywhere."""
    app = bottle.Bottle()

    def refuses() -> str:
        raise LoginRequired

    def broken() -> str:
        raise ValueError("a fault of the application's")

    def own_page(error: Any) -> str:
        bottle.response.add_header("Vary", "Accept-Language")
        return "own page"

    app.route("/refuses", callback=refuses, skip=True)
    app.route("/broken", callback=broken)
    app.error(500)(own_page)
    site = site_of(app)
    answer = site.browser().get("/broken")

    assert answer.all("Vary") == ["Accept-Language, Cookie, Authorization"]
    assert site.is_login(site.browser().get("/refuses"))


def test_one_plugin_for_two_applications(realm: MemoryRealm, clock: Clock) -> None:
    """Each application keeps its own routes; a plugin that comes back is no loop."""
    plugin = Plugin(**realm.settings(clock=clock))
    apps = {name: bottle.Bottle() for name in ("main", "admin")}
    for name, app in apps.items():
        app.route("/", callback=lambda name=name: f"{name}: {who()}")
        app.install(plugin)
    sites = {
        name: Site(validator(app), HOST["bottle"], realm, clock)
        for name, app in apps.items()
    }

    for name, site in sites.items():
        assert site.member("alice").get("/").text == f"{name}: usr_alice"

    other = Plugin(**realm.settings(clock=clock))
    apps["admin"].uninstall(plugin)
    apps["admin"].install(other)
    apps["admin"].uninstall(other)
    apps["admin"].install(plugin)

    assert sites["admin"].member("alice").get("/").text == "admin: usr_alice"


@pytest.mark.parametrize("refusal", [LoginRequired, Forbidden])
def test_a_refusal_where_the_plugin_is_skipped(
    site_of: Maker, refusal: type[Exception]
) -> None:
    """Bottle makes a 500 of it, in whose place our answer stands."""
    app = bottle.Bottle()

    def refuses() -> str:
        raise refusal

    app.route("/", callback=refuses, skip=True)
    answer = site_of(app).browser().get("/")

    assert answer.status == (302 if refusal is LoginRequired else 403)


@pytest.mark.parametrize("path", ["/", "/nowhere"])
def test_an_application_mounted_as_wsgi(
    realm: MemoryRealm, clock: Clock, path: str
) -> None:
    """``parent.mount`` puts the prefix into the mount, and URLs keep it."""
    child = bottle.Bottle()
    child.install(Plugin(**realm.settings(clock=clock)))
    child.route("/", callback=who)
    parent = bottle.Bottle()
    parent.mount("/child/", child.wsgi)
    site = Site(parent, HOST["bottle"], realm, clock)
    browser = site.browser()
    start = browser.get(f"/child/login?redirect_uri=/child{path}?x=1")
    answer = browser.come_back(start, site.token())

    assert answer.status == 303
    assert site.target_of(answer) == f"{ORIGIN}/child{path}?x=1"
    if path != "/nowhere":
        assert browser.get(f"/child{path}").text == "usr_alice"


def mounted(realm: MemoryRealm, clock: Clock, *sides: str, **adapter: Any) -> Site:
    """Return a site of a Bottle in a Bottle, with a plugin on each of *sides*."""
    child, parent = bottle.Bottle(), bottle.Bottle()
    settings = realm.settings(clock=clock) | adapter
    if "child" in sides:
        child.install(Plugin(**settings))
    child.route("/", callback=who)
    child.route("/private", callback=lambda: bottle.request.authrocket.require() or "")
    child.route("/café", callback=who)
    child.route("/open", callback=who, require_login=False)
    child.route("/guarded", callback=who, require_login=True)
    parent.route("/", callback=who)
    if "parent" in sides:
        parent.install(Plugin(**settings))
    parent.mount("/child/", child)
    return Site(validator(parent), HOST["bottle"], realm, clock)


def test_an_application_mounted_in_bottle(realm: MemoryRealm, clock: Clock) -> None:
    """Bottle takes over its routes; with a plugin on both sides all is as usual."""
    site = mounted(realm, clock, "parent", "child")
    browser = site.member("alice")

    assert browser.get("/").text == "usr_alice"
    assert browser.get("/child/").text == "usr_alice"
    assert browser.get("/child/café").text == "usr_alice"
    assert site.is_login(site.browser().get("/child/private"))
    assert site.is_login(site.browser().get("/child/guarded"))
    assert site.browser().get("/child/open").text == "nobody"


def test_a_mounted_application_without_the_plugin_in_its_parent(
    realm: MemoryRealm, clock: Clock
) -> None:
    """Its hooks never run, so nobody is let in, and the error says what to do."""
    site = mounted(realm, clock, "child")

    assert site.browser().get("/child/open").status == 500


def test_a_mounted_application_of_another_adapter(
    realm: MemoryRealm, clock: Clock
) -> None:
    """A user of the parent's is no user of a child with another cookie."""
    child, parent = bottle.Bottle(), bottle.Bottle()
    child.install(Plugin(**realm.settings(clock=clock, cookie_name="child")))
    child.route("/", callback=who, require_login=True)
    parent.install(Plugin(**realm.settings(clock=clock)))
    parent.mount("/child/", child)
    site = Site(parent, HOST["bottle"], realm, clock)

    assert site.member("alice").get("/child/").status == 500


@pytest.mark.parametrize("kind", ["mounted", "wsgi", "skipped"])
def test_t43_nothing_runs_before_a_required_login(
    realm: MemoryRealm, clock: Clock, kind: str
) -> None:
    """Routes that the plugin cannot wrap are refused before they do anything."""
    done: list[str] = []
    child, parent = bottle.Bottle(), bottle.Bottle()

    def act() -> str:
        done.append("acted")
        return "done"

    parent.install(Plugin(**realm.settings(clock=clock), require_login=True))
    child.route("/act", "ANY", act)
    if kind == "mounted":
        parent.mount("/child/", child)
    elif kind == "wsgi":
        parent.mount("/child/", child.wsgi)
    else:
        parent.route("/child/act", "ANY", act, skip=True)
    site = Site(parent, HOST["bottle"], realm, clock)

    assert site.browser().post("/child/act").status == 401
    assert site.is_login(site.browser().get("/child/act"))
    assert done == []
    assert site.member("alice").post("/child/act").text == "done"


def test_a_hook_that_answers_first(site_of: Maker) -> None:
    """A hook of the application's that comes before ours has its way."""
    app = bottle.Bottle()
    app.route("/", callback=who)
    app.add_hook("before_request", lambda: bottle.abort(503, "closed for today"))
    answer = site_of(app).browser().get("/")

    assert answer.status == 503
    assert "closed for today" in answer.text


def test_static_files_go_through(site_of: Maker, tmp_path: Any) -> None:
    """``static_file`` answers, with its own Last-Modified and a 304."""
    (tmp_path / "file.txt").write_text("contents")
    app = bottle.Bottle()
    app.route("/f", callback=lambda: bottle.static_file("file.txt", root=tmp_path))
    browser = site_of(app).member("alice")
    answer = browser.get("/f")
    again = browser.get(
        "/f", headers={"If-Modified-Since": answer.header("Last-Modified") or ""}
    )

    assert answer.text == "contents"
    assert again.status == 304
    assert again.body == b""


def test_a_plugin_can_be_uninstalled(site_of: Maker) -> None:
    """It leaves its hooks, and nothing of it stays."""
    app = bottle.Bottle()
    app.route("/", callback=lambda: str("authrocket.auth" in bottle.request.environ))
    site = site_of(app)

    assert site.browser().get("/").text == "True"

    app.uninstall("arware")

    assert site.browser().get("/").text == "False"
    assert site.browser().get("/nowhere").status == 404


def test_two_applications_do_not_share(realm: MemoryRealm, clock: Clock) -> None:
    """Each plugin has its own authenticator, though Bottle's request is a global."""
    sites = []
    for name in ("one", "two"):
        app = bottle.Bottle()
        app.install(Plugin(**realm.settings(clock=clock, cookie_name=name)))
        app.route("/", callback=who)
        sites.append(Site(app, HOST["bottle"], realm, clock))
    browser = sites[0].member("alice")
    header = {"Cookie": browser.cookie_header()}

    assert sites[0].browser().get("/", headers=header).text == "usr_alice"
    assert sites[1].browser().get("/", headers=header).text == "nobody"


def test_other_plugins_see_the_user(site_of: Maker) -> None:
    """A plugin installed after ours wraps views that know who is there."""
    app = bottle.Bottle()

    def plugin(callback: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args, **kwargs: f"{who()}: {callback(*args, **kwargs)}"

    app.route("/", callback=lambda: "page")
    site = site_of(app)
    app.install(plugin)

    assert site.member("alice").get("/").text == "usr_alice: page"


def test_a_route_that_is_reset_starts_over(site_of: Maker, realm: MemoryRealm) -> None:
    """The hooks run twice, and what the auth object wishes still comes true."""
    app = bottle.Bottle()
    runs: list[int] = []

    @app.route("/")
    def index() -> str:
        runs.append(1)
        if len(runs) == 1:
            raise bottle.RouteReset
        bottle.request.authrocket.login(token)
        raise bottle.HTTPResponse("again")

    site = site_of(app, jwt_key=realm.public_key)
    token = site.token("alice")
    with pytest.warns(DeprecationWarning, match="RouteReset"):
        answer = site.browser().get("/")

    assert answer.text == "again"
    assert answer.header("Vary") == "Cookie, Authorization"
    assert answer.all("Set-Cookie")


@pytest.mark.parametrize("first", ["hook", "plugin"])
def test_t43_a_hook_that_rewrites_the_path_opens_nothing(
    site_of: Maker, first: str
) -> None:
    """The path that Bottle goes by is the one that needs a login."""
    app = bottle.Bottle()
    app.route("/members", callback=lambda: "private")
    app.route("/café", callback=lambda: "public")

    def lower() -> None:
        environ = bottle.request.environ
        environ["PATH_INFO"] = environ["PATH_INFO"].lower()

    if first == "hook":
        app.add_hook("before_request", lower)
    site = site_of(app, require_login=True, exempt=("/MEMBERS", "/café"))
    if first == "plugin":
        app.add_hook("before_request", lower)

    assert site.is_login(site.browser().get("/MEMBERS"))
    # The hook runs below the plugin, so both spellings of a path have to be exempt.
    assert site.browser().get("/café").text == "public"
    assert site.is_login(site.browser().get("/CAFé"))
    assert site.member("alice").get("/MEMBERS").text == "private"


def test_a_mounted_application_leaves_the_outer_adapter_to_its_own(
    realm: MemoryRealm, clock: Clock
) -> None:
    """Each of the two adapters undoes what it did, and says what its answer needs."""
    parent, child = bottle.Bottle(), bottle.Bottle()
    settings = realm.settings(clock=clock, jwt_key=realm.public_key)
    parent.install(Plugin(**settings | {"cookie_name": "outer"}))
    child.install(Plugin(**settings | {"cookie_name": "inner"}))

    @child.route("/")
    def index() -> str:
        bottle.request.authrocket.login(realm.token("alice"))
        raise bottle.HTTPResponse("child")

    parent.mount("/child/", child.wsgi)
    site = Site(validator(parent), HOST["bottle"], realm, clock)
    before = Refusal.observer.get()
    answer = site.browser().get("/child/")

    assert answer.text == "child"
    assert answer.header("Vary") == "Cookie, Authorization"
    assert "inner=" in answer.all("Set-Cookie")[0]
    assert Refusal.observer.get() is before
