"""What only Pyramid's users see: include, policy, globals, flash, views."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from wsgiref.validate import validator

import pytest
from pyramid.authorization import Allow, Authenticated
from pyramid.config import Configurator
from pyramid.csrf import get_csrf_token
from pyramid.httpexceptions import HTTPForbidden, HTTPFound, HTTPUnauthorized
from pyramid.interfaces import ISecurityPolicy
from pyramid.request import Request
from pyramid.response import Response
from pyramid.session import SignedCookieSessionFactory

from arware.errors import ConfigurationError, Forbidden, LoginRequired
from arware.pyramid import SecurityPolicy
from arware.testing import MemoryRealm

from .conftest import ORIGIN, Clock, Site, logins
from .hosts import HOST

Maker = Callable[..., Site]


@pytest.fixture
def pyramid(realm: MemoryRealm, clock: Clock) -> Maker:
    """Return a maker of sites: *set_up* adds what a test needs to the configuration."""

    def make(
        set_up: Callable[[Any], None] = lambda config: None,
        include: str = "arware.pyramid",
        extra: dict[str, Any] | None = None,
        **adapter: Any,
    ) -> Site:
        values = realm.settings(**adapter)
        settings = {f"authrocket.{name}": text for name, text in values.items()}
        settings |= {"arware.clock": clock} | (extra or {})
        with Configurator(settings=settings) as config:
            config.include(include)
            set_up(config)
            app = config.make_wsgi_app()
        return Site(validator(app), HOST["pyramid"], realm, clock)

    return make


def text_view(function: Callable[[Any], str]) -> Callable[[Any], Response]:
    """Make a view that answers with text."""
    return lambda request: Response(function(request), content_type="text/plain")


def who(request: Request) -> str:
    """Say who is there."""
    return request.current_user.id if request.current_user else "nobody"


@pytest.mark.parametrize("include", ["arware.pyramid", "arware"])
def test_both_includes_are_one(pyramid: Maker, include: str) -> None:
    """``config.include("arware")`` hands over to ``arware.pyramid``."""

    def set_up(config: Any) -> None:
        config.add_route("home", "/")
        config.add_view(text_view(who), route_name="home")

    site = pyramid(set_up, include=include)

    assert site.browser().get("/").text == "nobody"
    assert site.member("alice").get("/").text == "usr_alice"


def test_ini_text_is_enough(pyramid: Maker) -> None:
    """Every setting may be text, as ini files hold it."""

    def set_up(config: Any) -> None:
        for name in ("home", "open/x"):
            config.add_route(name, f"/{name.removeprefix('home')}")
            config.add_view(text_view(who), route_name=name)

    site = pyramid(
        set_up,
        require_login="true",
        exempt="/open /static",
        logout_path="",
        unsolicited_login="allow",
    )
    browser = site.browser()

    assert site.is_login(browser.get("/"))
    assert browser.get("/open/x").text == "nobody"
    assert site.member("alice").get("/logout").status == 404


def test_an_explicit_list_of_tweens_must_hold_ours(pyramid: Maker) -> None:
    """Without it nobody would ever be logged in, so the include refuses."""
    tweens = "pyramid.tweens.excview_tween_factory"
    with pytest.raises(ConfigurationError, match=r"pyramid\.tweens"):
        pyramid(extra={"pyramid.tweens": tweens})

    both = f"arware.pyramid.tween_factory {tweens}"
    site = pyramid(extra={"pyramid.tweens": both})

    assert site.is_login(site.browser().get("/logout")) is False


def test_all_faults_are_told_at_once() -> None:
    """A configuration that cannot work says so when it is included."""
    settings = {
        "authrocket.cookie_secret": "short",
        "authrocket.relm": "rl_1",
        "pyramid.tweens": "pyramid.tweens.excview_tween_factory",
    }
    config = Configurator(settings=settings)
    with pytest.raises(ConfigurationError) as caught:
        config.include("arware.pyramid")
    faulty = {fault.setting for fault in caught.value.faults}

    names = {"cookie_secret", "loginrocket_url", "authrocket.relm", "pyramid.tweens"}
    assert names <= faulty
    assert "short" not in str(caught.value).replace("shorter", "")


@pytest.mark.parametrize("raised", [HTTPUnauthorized, HTTPForbidden])
def test_pyramid_s_own_refusals_stand(pyramid: Maker, raised: type[Exception]) -> None:
    """A raised 401 or 403 of Pyramid's is the application's own word."""

    def refuse(request: Request) -> Response:
        raise raised

    def set_up(config: Any) -> None:
        config.add_route("home", "/")
        config.add_view(refuse, route_name="home")

    answer = pyramid(set_up).browser().get("/")

    assert answer.status == raised.code
    assert not answer.location


def test_an_exception_view_of_the_application_s_comes_first(pyramid: Maker) -> None:
    """Who registers a view for LoginRequired answers it."""

    def refuse(request: Request) -> Response:
        raise LoginRequired

    def set_up(config: Any) -> None:
        config.add_route("home", "/")
        config.add_view(refuse, route_name="home")
        config.add_exception_view(
            text_view(lambda request: "please log in"), context=LoginRequired
        )

    answer = pyramid(set_up).browser().get("/")

    assert answer.status == 200
    assert answer.text == "please log in"


def test_a_catch_all_exception_view_does_not_hide_a_refusal(pyramid: Maker) -> None:
    """A page for any exception answers 500, and ours takes its place."""

    def refuse(request: Request) -> Response:
        raise Forbidden if request.path == "/f" else LoginRequired

    def failed(request: Request) -> Response:
        request.response.status = 500
        request.response.text = "something is broken"
        return request.response

    def set_up(config: Any) -> None:
        for path in ("/f", "/l"):
            config.add_route(path, path)
            config.add_view(refuse, route_name=path)
        config.add_exception_view(failed, context=Exception)

    site = pyramid(set_up)

    assert site.browser().get("/f").status == 403
    assert site.is_login(site.browser().get("/l"))


def test_the_security_policy(pyramid: Maker) -> None:
    """Identity is the session; principals name user, org and permissions."""

    class Root:
        __acl__ = (
            (Allow, "permission:docs:read", "read"),
            (Allow, "user:usr_alice", "own"),
            (Allow, "org:org_acme", "share"),
            (Allow, Authenticated, "enter"),
        )

        def __init__(self, request: Request) -> None:
            self.request = request

    def shows(request: Request) -> str:
        session = request.identity
        return f"{request.authenticated_userid} {session.id if session else None}"

    def set_up(config: Any) -> None:
        config.set_security_policy(SecurityPolicy())
        config.set_root_factory(Root)
        config.add_route("home", "/")
        config.add_view(text_view(shows), route_name="home")
        for name in ("read", "own", "share", "enter", "other"):
            config.add_route(name, f"/{name}")
            config.add_view(text_view(who), route_name=name, permission=name)

    site = pyramid(set_up)

    def allowed(browser: Any) -> set[str]:
        names = ("read", "own", "share", "enter", "other")
        return {name for name in names if browser.get(f"/{name}").status == 200}

    alice = site.member("alice", sid="kss_1", permissions=["docs:read"])
    bob = site.member("bob", org="globex")

    assert site.browser().get("/").text == "None None"
    assert alice.get("/").text == "usr_alice kss_1"
    assert allowed(alice) == {"read", "own", "share", "enter"}
    assert allowed(bob) == {"enter"}
    assert allowed(site.browser()) == set()


def test_the_security_policy_is_offered_not_set(pyramid: Maker) -> None:
    """The application's own policy is nobody's business but its own."""
    seen = []

    def set_up(config: Any) -> None:
        seen.append(config.registry.queryUtility(ISecurityPolicy))

    pyramid(set_up)

    assert seen == [None]


def test_forget_logs_out(pyramid: Maker) -> None:
    """``pyramid.security.forget`` works with the policy, ``remember`` adds nothing."""
    from pyramid.security import forget, remember

    from arware.pyramid import SecurityPolicy

    def leave(request: Request) -> Response:
        headers = forget(request) + remember(request, "usr_mallory")
        return HTTPFound("/", headers=headers)

    def set_up(config: Any) -> None:
        config.set_security_policy(SecurityPolicy())
        config.add_route("home", "/")
        config.add_view(text_view(who), route_name="home")
        config.add_route("leave", "/leave")
        config.add_view(leave, route_name="leave")

    browser = pyramid(set_up).member("alice")
    answer = browser.get("/leave")

    assert answer.status == 302
    assert logins(browser) == {}
    assert browser.get("/").text == "nobody"


def test_templates_have_the_gem_s_helpers(pyramid: Maker) -> None:
    """``ar_login_url`` and the others are globals of every template."""

    def renderer(info: Any) -> Callable[[Any, Any], str]:
        names = ("login", "signup", "profile", "account", "accounts", "logout")

        def render(value: Any, system: Any) -> str:
            return "\n".join(system[f"ar_{name}_url"]() for name in names)

        return render

    def set_up(config: Any) -> None:
        config.add_renderer(".test", renderer)
        config.add_route("home", "/")
        config.add_view(lambda request: {}, route_name="home", renderer="x.test")

    site = pyramid(set_up)
    base = site.realm.url

    assert site.member("alice", sid="kss_1").get("/").text.split("\n") == [
        f"{ORIGIN}/login?redirect_uri=%2F",
        f"{ORIGIN}/login?redirect_uri=%2F&signup=1",
        f"{base}profile",
        f"{base}accounts/org_acme",
        f"{base}accounts?force",
        f"{ORIGIN}/logout",
    ]


def test_the_logout_route_and_its_flash_text(pyramid: Maker) -> None:
    """The route has a name, and the next page can say what happened."""

    def page(request: Request) -> str:
        return (
            f"{request.route_path('authrocket.logout')} {request.session.pop_flash()}"
        )

    def set_up(config: Any) -> None:
        config.set_session_factory(SignedCookieSessionFactory("a secret", secure=True))
        config.add_route("home", "/")
        config.add_view(text_view(page), route_name="home")

    browser = pyramid(set_up).member("alice")

    assert browser.get("/").text == "/logout []"
    assert browser.get("/logout").status == 302
    assert browser.get("/").text == "/logout ['You have been logged out.']"
    assert browser.get("/").text == "/logout []"


def test_without_a_session_factory_logout_works_too(pyramid: Maker) -> None:
    """Then there is nowhere to leave a flash text."""
    assert pyramid().member("alice").get("/logout").status == 302


def test_f11_a_subrequest_without_tweens_is_a_fault_that_names_the_fix(
    pyramid: Maker,
) -> None:
    """A redirect of the outer request, who is logged in, would never end."""

    def outer(request: Request) -> Response:
        inner = Request.blank("/guarded")
        try:
            return request.invoke_subrequest(inner)
        except ConfigurationError as fault:
            return Response(str(fault))

    def set_up(config: Any) -> None:
        config.add_route("outer", "/outer")
        config.add_view(outer, route_name="outer")
        config.add_route("guarded", "/guarded")
        config.add_view(
            lambda request: Response("secret"),
            route_name="guarded",
            require_login=True,
        )

    answer = pyramid(set_up).member("alice").get("/outer")

    assert "use_tweens=True" in answer.text


def test_f11_without_the_tween_the_attributes_are_there(pyramid: Maker) -> None:
    """A view that requires no login finds nobody."""

    def outer(request: Request) -> Response:
        return request.invoke_subrequest(Request.blank("/inner"))

    def inner(request: Request) -> str:
        return repr((request.current_user, request.current_org, request.authrocket))

    def set_up(config: Any) -> None:
        config.add_route("outer", "/outer")
        config.add_view(outer, route_name="outer")
        config.add_route("inner", "/inner")
        config.add_view(text_view(inner), route_name="inner")

    assert pyramid(set_up).member("alice").get("/outer").text == "(None, None, None)"


def test_a_subrequest_with_tweens_is_a_request_of_its_own(pyramid: Maker) -> None:
    """It has the auth object of the credentials it carries."""

    def outer(request: Request) -> Response:
        inner = Request.blank("/inner", headers={"Cookie": request.headers["Cookie"]})
        inner.scheme, inner.host = request.scheme, request.host
        return request.invoke_subrequest(inner, use_tweens=True)

    def set_up(config: Any) -> None:
        config.add_route("outer", "/outer")
        config.add_view(outer, route_name="outer")
        config.add_route("inner", "/inner")
        config.add_view(text_view(who), route_name="inner")

    assert pyramid(set_up).member("alice").get("/outer").text == "usr_alice"


def test_static_views_are_guarded_like_all(pyramid: Maker, tmp_path: Any) -> None:
    """With ``require_login`` a file needs a login too, unless it is exempt."""
    (tmp_path / "file.txt").write_text("contents")

    def set_up(config: Any) -> None:
        config.add_static_view("files", str(tmp_path))
        config.add_static_view("open", str(tmp_path))

    site = pyramid(set_up, require_login=True, exempt=("/open",))

    assert site.is_login(site.browser().get("/files/file.txt"))
    assert site.browser().get("/open/file.txt").text == "contents"
    assert site.member("alice").get("/files/file.txt").text == "contents"


def test_view_predicates_choose_before_the_option_decides(pyramid: Maker) -> None:
    """Of several views of a route each has its own option."""

    def set_up(config: Any) -> None:
        config.add_route("doc", "/doc")
        show, save = text_view(lambda _: "shown"), text_view(lambda _: "saved")
        config.add_view(show, route_name="doc", request_method="GET")
        config.add_view(
            save, route_name="doc", request_method="POST", require_login=True
        )

    site = pyramid(set_up)

    assert site.browser().get("/doc").text == "shown"
    assert site.browser().post("/doc").status == 401
    assert site.member("alice").post("/doc").text == "saved"


def test_a_class_of_views_takes_the_option(pyramid: Maker) -> None:
    """``view_config(require_login=True)`` is an option like any other."""
    from pyramid.view import view_config

    class Views:
        def __init__(self, request: Request) -> None:
            self.request = request

        @view_config(route_name="mine", require_login=True)
        def mine(self) -> Response:
            return Response(f"hello {self.request.current_user.id}")

    def set_up(config: Any) -> None:
        config.add_route("mine", "/mine")
        config.add_view(Views, attr="mine", route_name="mine", require_login=True)

    site = pyramid(set_up)

    assert site.is_login(site.browser().get("/mine"))
    assert site.member("alice").get("/mine").text == "hello usr_alice"


def test_request_attributes_are_plain(pyramid: Maker) -> None:
    """No class is made for a request: the attributes stand in its own dictionary."""
    types: list[type] = []

    def view(request: Request) -> str:
        types.append(type(request))
        return str(sorted(name for name in vars(request) if "current" in name))

    def set_up(config: Any) -> None:
        config.add_route("home", "/")
        config.add_view(text_view(view), route_name="home")

    browser = pyramid(set_up).browser()
    browser.get("/")
    browser.get("/")

    assert types == [Request, Request]


def test_two_applications_do_not_share(pyramid: Maker) -> None:
    """Each registry has a authenticator of its own."""

    def set_up(config: Any) -> None:
        config.add_route("home", "/")
        config.add_view(text_view(who), route_name="home")

    one, two = pyramid(set_up), pyramid(set_up, cookie_name="two")
    browser = one.member("alice")
    header = {"Cookie": browser.cookie_header()}

    assert one.browser().get("/", headers=header).text == "usr_alice"
    assert two.browser().get("/", headers=header).text == "nobody"
    assert ORIGIN.startswith("https:")


def test_a_login_is_asked_for_before_a_permission(pyramid: Maker) -> None:
    """Nobody is not told that they may not: once logged in, perhaps they may."""

    def set_up(config: Any) -> None:
        config.set_security_policy(SecurityPolicy())
        config.add_route("page", "/page")
        config.add_view(
            text_view(who), route_name="page", permission="edit", require_login=True
        )

    site = pyramid(set_up)

    assert site.is_login(site.browser().get("/page"))
    assert site.member("alice").get("/page").status == 403


def test_a_body_that_is_replaced_is_closed(pyramid: Maker) -> None:
    """It may hold a file or a connection."""
    closed: list[str] = []

    class Body:
        def __init__(self, path: str) -> None:
            self.path = path

        def __iter__(self) -> Any:
            return iter([b"x"])

        def close(self) -> None:
            closed.append(self.path)

    def answer(request: Request) -> Response:
        request.authrocket.logout()
        return Response(app_iter=Body(request.path))

    def set_up(config: Any) -> None:
        config.add_route("page", "/page")
        config.add_view(answer, route_name="page")

    site = pyramid(set_up)

    assert site.member("alice").get("/page").location.startswith(site.realm.url)
    assert closed == ["/page"]


def test_a_copied_request_has_to_decide_anew(pyramid: Maker) -> None:
    """What a view decided for one path says nothing about another."""

    def set_up(config: Any) -> None:
        def ask(request: Request) -> Any:
            copy = request.copy()
            copy.path_info = "/members/nowhere"
            return request.invoke_subrequest(copy, use_tweens=True)

        config.add_route("open", "/open")
        config.add_view(ask, route_name="open", require_login=False)

    site = pyramid(set_up, require_login=("/members",))

    assert site.is_login(site.browser().get("/open"))


def test_the_logout_route_has_no_prefix(realm: MemoryRealm) -> None:
    """Whoever includes us under a prefix logs out where the tween answers."""
    settings = {f"authrocket.{k}": v for k, v in realm.settings().items()}
    with Configurator(settings=settings) as config:
        config.include("arware", route_prefix="/auth")
    request = Request.blank("/")
    request.registry = config.registry
    assert request.route_path("authrocket.logout") == "/logout"
    assert request.route_path("authrocket.login") == "/login"


@pytest.mark.parametrize("option", ["maybe", "true", 2])
def test_a_view_option_that_is_no_flag_is_refused(pyramid: Maker, option: Any) -> None:
    """It would count as true, or as false, without a word."""

    def set_up(config: Any) -> None:
        config.add_view(lambda request: Response(), require_login=option)

    with pytest.raises(Exception, match="neither True nor False"):
        pyramid(set_up)


# --- Pyramid's own session ---------------------------------------------------------


def remembers(config: Any) -> None:
    """Give an application views that remember things in Pyramid's session."""
    factory = SignedCookieSessionFactory("a secret", secure=True)
    config.set_session_factory(factory)

    def remember(request: Request) -> str:
        request.session["thing"] = request.matchdict["thing"]
        return get_csrf_token(request)

    def recall(request: Request) -> str:
        return request.session.get("thing", "nothing")

    def leave(request: Request) -> str:
        request.authrocket.logout(local=True)
        request.session.flash("Good-bye")
        return "left"

    views = {
        "/": who,
        "/remember/{thing}": remember,
        "/recall": recall,
        "/leave": leave,
        "/flashed": lambda request: " ".join(request.session.pop_flash()),
        "/csrf": get_csrf_token,
    }
    for path, view in views.items():
        config.add_route(path, path)
        config.add_view(text_view(view), route_name=path)


def test_what_is_flashed_at_a_logout_stays(pyramid: Maker) -> None:
    """It is for whoever looks at the next page."""
    browser = pyramid(remembers).member("alice")
    browser.get("/remember/secret")
    browser.get("/leave")

    assert browser.get("/flashed").text == "Good-bye"


def test_a_basket_stays_at_the_login_and_the_csrf_token_does_not(
    pyramid: Maker,
) -> None:
    """Who was not logged in is the same person; a planted session is known outside."""
    site = pyramid(remembers)
    browser = site.browser()
    planted = browser.get("/remember/basket").text
    site.callback(browser, "alice")

    assert browser.get("/recall").text == "basket"
    assert browser.get("/csrf").text != planted


def test_other_requests_leave_the_session_alone(pyramid: Maker) -> None:
    """It is neither read nor written for them, so there is no cookie of it."""
    site = pyramid(remembers)
    answers = [site.browser().get("/"), site.member("alice").get("/")]

    assert [answer.all("Set-Cookie") for answer in answers] == [[], []]
