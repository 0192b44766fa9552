"""What only Flask's users see: the extension, proxies, decorators, templates, hooks."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable
from contextvars import Context, copy_context
from typing import Any
from wsgiref.validate import validator

import flask
import pytest
from flask.views import MethodView, View
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.test import Client

from arware.errors import ConfigurationError, Forbidden, LoginRequired, Refusal
from arware.flask import (
    AuthRocket,
    current_auth,
    current_membership,
    current_org,
    current_session,
    current_user,
    login_required,
)
from arware.settings import Settings
from arware.testing import MemoryRealm
from arware.wsgi import Middleware

from .conftest import Clock, Site, logins
from .hosts import HOST

Maker = Callable[..., Site]

HTML = {"Accept": "text/html"}
PREFLIGHT = {"Origin": "https://o.example", "Access-Control-Request-Method": "GET"}


@pytest.fixture
def site_of(realm: MemoryRealm, clock: Clock) -> Maker:
    """Return what makes a site of an application, which gets the extension now."""

    def make(app: flask.Flask, **adapter: Any) -> Site:
        AuthRocket(app, **realm.settings(clock=clock) | adapter)
        return Site(validator(app), HOST["flask"], realm, clock)

    return make


def make_app(**config: Any) -> flask.Flask:
    """Return an application that says who is there."""
    app = flask.Flask("own")
    app.config.update(config)

    @app.route("/", methods=["GET", "POST"])
    def who() -> str:
        return current_user.id if current_user else "nobody"

    return app


def upper(settings: dict[str, Any]) -> dict[str, Any]:
    """Return *settings* as Flask's configuration holds them."""
    named = {f"AUTHROCKET_{name.upper()}": value for name, value in settings.items()}
    named["LOGINROCKET_URL"] = named.pop("AUTHROCKET_LOGINROCKET_URL")
    return named


# --- Installing and settings -------------------------------------------------------


def test_settings_stand_in_app_config(realm: MemoryRealm) -> None:
    """They have upper-case names, and ``LOGINROCKET_URL`` its own."""
    app = make_app(**upper(realm.settings()), AUTHROCKET_COOKIE_NAME="mine")
    AuthRocket(app)
    client = app.test_client()

    answer = client.get("/", query_string={"token": realm.token()})

    assert answer.status_code == 303
    assert client.get_cookie("mine") is not None
    assert client.get("/").text == "usr_alice"


def test_settings_may_be_given_whole(realm: MemoryRealm) -> None:
    """Then ``app.config`` is not read, and keywords win over them."""
    app = make_app(AUTHROCKET_COOKIE_NAME="not read")
    AuthRocket(app, Settings(**realm.settings()), cookie_name="mine")
    client = app.test_client()
    client.get("/", query_string={"token": realm.token()})

    assert client.get_cookie("mine") is not None


def test_one_extension_serves_several_applications(realm: MemoryRealm) -> None:
    """``init_app`` reads each one's configuration, and keywords win over it."""
    extension = AuthRocket(cookie_name="ours")
    apps = [make_app(**upper(realm.settings()), AUTHROCKET_COOKIE_NAME="mine")]
    apps.append(make_app(**upper(realm.settings())))
    for app in apps:
        extension.init_app(app)
        client = app.test_client()
        client.get("/", query_string={"token": realm.token()})

        assert client.get_cookie("ours") is not None
        assert app.extensions["authrocket"] is extension


def test_all_faults_of_the_configuration_are_told_at_once() -> None:
    """A misspelt name, a short secret and what is missing, each with its fix."""
    app = make_app(AUTHROCKET_RELM="rl_1", AUTHROCKET_COOKIE_SECRET="short")

    with pytest.raises(ConfigurationError) as caught:
        AuthRocket(app)

    assert {fault.setting for fault in caught.value.faults} == {
        "AUTHROCKET_RELM",
        "cookie_secret",
        "loginrocket_url",
    }
    assert "Did you mean AUTHROCKET_REALM?" in str(caught.value)


def test_a_misspelt_name_alone_is_a_fault(realm: MemoryRealm) -> None:
    """What it would have set is not silently left out."""
    app = make_app(**upper(realm.settings()), AUTHROCKET_REQUIRE_LOGINS=True)

    with pytest.raises(ConfigurationError, match="AUTHROCKET_REQUIRE_LOGIN"):
        AuthRocket(app)


def test_without_settings_there_is_one_clear_fault() -> None:
    """It names the variable, which is the name in ``app.config`` too."""
    with pytest.raises(ConfigurationError, match="AUTHROCKET_COOKIE_SECRET"):
        AuthRocket(make_app())


def test_a_second_installation_is_refused(realm: MemoryRealm) -> None:
    """The first one stays as it is."""
    app = make_app(**upper(realm.settings()))
    AuthRocket(app)

    with pytest.raises(ConfigurationError, match="installed in this application"):
        AuthRocket().init_app(app)
    assert app.test_client().get("/").text == "nobody"


def test_an_installation_after_the_first_request_is_refused(realm: MemoryRealm) -> None:
    """Some requests would have been answered without it."""
    app = make_app(**upper(realm.settings()))
    app.test_client().get("/")

    with pytest.raises(ConfigurationError, match="has answered a request without it"):
        AuthRocket(app)
    assert "authrocket" not in app.extensions


@pytest.mark.parametrize("first", ["proxy", "extension"])
def test_what_a_proxy_says_is_known_whichever_came_first(
    realm: MemoryRealm, first: str
) -> None:
    """Else the cookie would be one of plain http, and links would lead astray."""
    app = make_app(**upper(realm.settings()))
    steps = ["proxy", "extension"]
    for step in steps if first == "proxy" else reversed(steps):
        if step == "proxy":
            app.wsgi_app = ProxyFix(app.wsgi_app, x_proto=1, x_host=1)  # type: ignore[method-assign]  # Flask has middleware put there
        else:
            AuthRocket(app)
    proxied = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "app.example"}

    answer = app.test_client().get(f"/?token={realm.token()}", headers=proxied)

    assert "__Host-authrocket=" in answer.headers["Set-Cookie"]


# --- The proxies -------------------------------------------------------------------


def test_the_proxies_are_false_for_strangers_and_read_for_others(
    site_of: Maker,
) -> None:
    """They are never ``None``; ``current_auth`` says why nobody is there."""
    app = make_app()
    proxies = {
        "user": current_user,
        "org": current_org,
        "membership": current_membership,
        "session": current_session,
        "auth": current_auth,
    }

    @app.get("/proxies")
    def read() -> dict[str, Any]:
        found = {name: bool(proxy) for name, proxy in proxies.items()}
        assert all(proxy is not None for proxy in proxies.values())
        reason = current_auth.reason
        ids = [current_user.id, current_org.id] if current_user else []
        return {**found, "reason": reason, "ids": ids}

    site = site_of(app)
    stranger, alice = site.browser(), site.member("alice")

    nothing = dict.fromkeys(proxies, False)
    assert stranger.get("/proxies").json() == {
        **nothing,
        "reason": "no_credential",
        "ids": [],
    }
    assert alice.get("/proxies").json() == {
        **dict.fromkeys(proxies, True),
        "reason": None,
        "ids": ["usr_alice", "org_acme"],
    }


def test_without_a_request_the_proxies_are_false(realm: MemoryRealm) -> None:
    """In a job, and in a request that a test has made up."""
    app = make_app(**upper(realm.settings()))
    AuthRocket(app)

    for context in (app.app_context(), app.test_request_context("/")):
        with context:
            assert not current_user
            assert not current_auth
            with pytest.raises(RuntimeError):
                current_auth.links.login_url()


def test_an_application_without_the_extension_is_told_what_to_write() -> None:
    """A view that needs a login fails there, and lets nobody in."""
    app = make_app(TESTING=True)
    app.add_url_rule("/private", view_func=login_required(lambda: "private"))

    with pytest.raises(RuntimeError, match=r"Write AuthRocket\(app\)"):
        app.test_client().get("/private")


# --- Views -------------------------------------------------------------------------


def guarded_app() -> flask.Flask:
    """Return an application whose views are guarded in every way there is."""
    app = make_app()
    ok = {"view_func": lambda **_: "ok", "methods": ["GET", "OPTIONS"]}

    @login_required
    class Whole(MethodView):
        def get(self) -> str:
            return "ok"

    class Below(Whole):
        pass

    class Decorated(View):
        decorators = [login_required(permission="docs:read")]  # noqa: RUF012 - Flask reads it from the class

        def dispatch_request(self) -> str:
            return "ok"

    class Method(MethodView):
        @login_required(permission="docs:read")
        def get(self) -> str:
            return "ok"

    async def coroutine() -> str:
        return "ok"

    guarded = flask.Blueprint("guarded", "guarded", url_prefix="/blueprint")
    guarded.before_request(login_required(lambda: None))
    guarded.add_url_rule("/", **ok)
    app.register_blueprint(guarded)
    views = {
        "plain": login_required(ok["view_func"]),
        "called": login_required()(ok["view_func"]),
        "permitted": login_required(permission="docs:read")(ok["view_func"]),
        "whole": Whole.as_view("whole"),
        "below": Below.as_view("below"),
        "decorated": Decorated.as_view("decorated"),
        "method": Method.as_view("method"),
        "coroutine": login_required(coroutine),
    }
    for name, view in views.items():
        app.add_url_rule(f"/{name}", name, view)
    return app


GUARDED = (
    *("/plain", "/called", "/permitted", "/whole", "/below", "/decorated", "/method"),
    *("/coroutine", "/blueprint/"),
)


@pytest.mark.parametrize("mode", ["", "debug", "testing"])
def test_guarded_views_answer_without_an_error(
    site_of: Maker, caplog: pytest.LogCaptureFixture, mode: str
) -> None:
    """A browser is led to the login, a program told, a member let in; all quiet."""
    app = guarded_app()
    app.debug, app.testing = mode == "debug", mode == "testing"
    signalled: list[Any] = []

    def hear(sender: Any, exception: Any, **_: Any) -> None:
        signalled.append(exception)

    flask.got_request_exception.connect(hear, app)
    site = site_of(app)
    alice = site.member("alice", permissions=["docs:read"])
    for path in GUARDED:
        assert site.is_login(site.browser().get(path)), path
        assert site.browser().fetch(path).json()["error"] == "login_required"
        assert alice.get(path).text == "ok", path

    assert signalled == []
    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []


@pytest.mark.parametrize("path", ["/permitted", "/decorated", "/method"])
def test_a_permission_that_is_missing_is_a_403(site_of: Maker, path: str) -> None:
    """Another login would not help."""
    alice = site_of(guarded_app()).member("alice", permissions=["docs:write"])

    assert alice.get(path).status == 403
    assert alice.fetch(path).json() == {"error": "forbidden"}


def test_the_org_may_stand_in_the_url(site_of: Maker) -> None:
    """Its parameter is named; where it is empty nobody is let in."""
    app = make_app()

    @app.get("/orgs/", defaults={"org_id": None})
    @app.get("/orgs/<org_id>")
    @login_required(permission="docs:read", org="org_id")
    def in_org(org_id: str) -> str:
        return org_id

    @app.get("/acme")
    @login_required(org="org_acme")
    def in_acme() -> str:
        return "acme"

    alice = site_of(app).member("alice", permissions=["docs:read"])

    assert alice.get("/orgs/org_acme").text == "org_acme"
    assert alice.get("/orgs/org_other").status == 403
    assert alice.get("/orgs/").status == 403
    assert alice.get("/acme").text == "acme"


def test_a_condition_without_its_name_is_told_how_to_be_written() -> None:
    """Decorators of other libraries take it so."""
    with pytest.raises(TypeError, match=r"@login_required\(permission='docs:read'\)"):
        login_required("docs:read")  # type: ignore[type-var]  # the slip itself


def test_a_preflight_is_answered_without_the_view(site_of: Maker) -> None:
    """Hooks say what other origins may do; the view is nobody's to run."""
    app = make_app()
    called = []

    @app.route("/api", methods=["GET", "OPTIONS"])
    @login_required(permission="docs:read")
    def api() -> str:
        called.append(1)
        return "of the application"

    @app.after_request
    def allow(response: flask.Response) -> flask.Response:
        response.headers["Access-Control-Allow-Origin"] = "https://other.example"
        return response

    browser = site_of(app).browser()

    answer = browser.fetch("/api", "OPTIONS", headers=PREFLIGHT)
    assert (answer.status, answer.text, called) == (204, "", [])
    assert answer.header("Access-Control-Allow-Origin") == "https://other.example"
    assert browser.fetch("/api", "OPTIONS").status == 401


def test_a_decorated_view_keeps_its_name_and_words() -> None:
    """Flask names an endpoint by the function."""

    @login_required(permission="docs:read")
    def reports() -> None:
        """Show the reports."""

    assert (reports.__name__, reports.__doc__) == ("reports", "Show the reports.")


# --- Refusals ----------------------------------------------------------------------


def refusing_app() -> flask.Flask:
    """Return an application whose views refuse, and fail."""
    app = make_app()

    @app.get("/refused")
    def refused() -> None:
        raise LoginRequired("/elsewhere")

    @app.get("/wrapped")
    def wrapped() -> None:
        raise RuntimeError("wrapped") from Forbidden()

    @app.get("/caught")
    def caught() -> None:
        try:
            raise Forbidden
        except Forbidden:
            pass
        raise ZeroDivisionError

    return app


def test_hooks_see_a_refusal_as_the_response(site_of: Maker) -> None:
    """So metrics count a 401, and what CORS adds is there."""
    app = refusing_app()
    seen = []

    @app.after_request
    def allow(response: flask.Response) -> flask.Response:
        seen.append(response.status_code)
        response.headers["Access-Control-Allow-Origin"] = "https://o.example"
        return response

    answer = site_of(app).browser().fetch("/refused")

    assert seen == [answer.status] == [401]
    assert answer.header("Access-Control-Allow-Origin") == "https://o.example"
    assert answer.all("Vary") == ["Cookie, Authorization"]


@pytest.mark.parametrize("mode", ["", "debug", "testing"])
def test_an_error_because_of_a_refusal_is_not_logged(
    site_of: Maker, caplog: pytest.LogCaptureFixture, mode: str
) -> None:
    """It is answered as the refusal."""
    app = refusing_app()
    app.debug, app.testing = mode == "debug", mode == "testing"
    answer = site_of(app).member("alice").fetch("/wrapped")

    assert (answer.status, answer.json()) == (403, {"error": "forbidden"})
    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []


def test_an_error_after_a_refusal_is_the_error(
    site_of: Maker, caplog: pytest.LogCaptureFixture
) -> None:
    """The application dealt with the refusal; Flask logs what failed then."""
    app = refusing_app()
    site = site_of(app)

    assert site.browser().get("/caught").status == 500
    assert [r.exc_info[0] for r in caplog.records if r.exc_info] == [ZeroDivisionError]

    app.testing = True
    with pytest.raises(ZeroDivisionError):
        site.browser().get("/caught")


def test_a_handler_of_the_application_s_decides(site_of: Maker) -> None:
    """One for the exception itself goes before ours."""
    app = refusing_app()
    app.register_error_handler(LoginRequired, lambda _: ("teapot", 418))

    assert site_of(app).browser().get("/refused").status == 418


def test_a_handler_for_all_errors_does_not_see_refusals(site_of: Maker) -> None:
    """Applications have one for what nobody foresaw."""
    app = refusing_app()
    app.register_error_handler(Exception, lambda _: ("unforeseen", 500))
    site = site_of(app)

    assert site.is_login(site.browser().get("/refused")) is True
    assert site.browser().get("/missing").text == "unforeseen"


def test_a_blueprint_that_answers_all_errors_hides_no_refusal(site_of: Maker) -> None:
    """Flask asks a blueprint first; its 500 makes room."""
    app = make_app()
    hiding = flask.Blueprint("hiding", "hiding")
    hiding.register_error_handler(Exception, lambda _: ("hidden", 500))
    hiding.add_url_rule("/hidden", view_func=login_required(lambda: "ok"))
    app.register_blueprint(hiding)
    site = site_of(app)

    assert site.is_login(site.browser().get("/hidden"))
    assert site.member("alice").get("/hidden").text == "ok"


def test_a_refusal_without_our_middleware_is_an_error(realm: MemoryRealm) -> None:
    """Only there can it be answered."""
    app = refusing_app()
    app.config.update(upper(realm.settings()))
    AuthRocket(app)

    with app.test_request_context("/refused"), pytest.raises(LoginRequired):
        app.full_dispatch_request()


def test_flask_itself_may_be_called_without_the_middleware(
    realm: MemoryRealm, caplog: pytest.LogCaptureFixture
) -> None:
    """Its errors are errors there, too."""
    app = refusing_app()
    flask_itself = app.wsgi_app
    AuthRocket(app, **realm.settings())

    assert Client(flask_itself).get("/caught").status_code == 500
    assert [r.exc_info[0] for r in caplog.records if r.exc_info] == [ZeroDivisionError]


def test_another_adapter_s_logout_leaves_the_session_alone(
    site_of: Maker, realm: MemoryRealm, clock: Clock
) -> None:
    """One around the application with a cookie of its own is another login."""
    app = remembering_app()

    @app.get("/leave/outer")
    def leave_outer() -> str:
        flask.request.environ["outer"].logout(local=True)
        return "left"

    site = site_of(app)

    def keep_outer(environ: Any, start_response: Any) -> Any:
        environ["outer"] = environ["authrocket.auth"]
        return app(environ, start_response)

    settings = realm.settings(clock=clock) | {"cookie_name": "outer"}
    site.app = Middleware(keep_outer, login_path="/outer", **settings)
    browser = site.browser()
    browser.get("/remember/basket")
    browser.get("/leave/outer")

    assert browser.get("/recall").text == "basket"


# --- Templates ---------------------------------------------------------------------

LINKS = """{% macro links() %}
{{ ar_login_url() }} {{ ar_signup_url() }} {{ ar_profile_url() }} {{ ar_account_url() }}
{{ ar_accounts_url() }} {{ ar_logout_url() }}
{{ current_user.name if current_user else "stranger" }} {{ current_org.name }}
{% endmacro %}"""
PAGE = '{% from "links.html" import links %}{{ links() }}'


def test_templates_have_the_links_and_the_proxies(
    site_of: Maker, tmp_path: Any
) -> None:
    """In a macro that is imported without context, too."""
    (tmp_path / "links.html").write_text(LINKS)
    app = make_app()
    app.template_folder = str(tmp_path)
    app.add_url_rule("/page", "page", lambda: flask.render_template_string(PAGE))
    site = site_of(app)
    origin, url = "https://app.example", site.realm.url

    assert site.browser().get("/page").text.split() == [
        f"{origin}/login?redirect_uri=%2Fpage",
        f"{origin}/login?redirect_uri=%2Fpage&amp;signup=1",
        f"{url}profile",
        f"{url}accounts?force",
        f"{url}accounts?force",
        f"{origin}/logout",
        "stranger",
    ]
    assert site.member("alice").get("/page").text.split()[-5:] == [
        f"{url}accounts/org_acme",
        f"{url}accounts?force",
        f"{origin}/logout",
        "Alice",
        "Acme",
    ]


def test_a_template_without_a_request_sees_nobody(realm: MemoryRealm) -> None:
    """A job draws an e-mail with the application's templates."""
    app = make_app(**upper(realm.settings()))
    AuthRocket(app)
    with app.app_context():
        text = flask.render_template_string("{{ current_user.name }}, hello")

    assert text == ", hello"


# --- Flask's own session -----------------------------------------------------------


def remembering_app(**config: Any) -> flask.Flask:
    """Return an application that remembers things in Flask's session."""
    app = make_app(**{"SECRET_KEY": "a secret of Flask's", **config})

    @app.get("/remember/<thing>")
    def remember(thing: str) -> str:
        flask.session["thing"] = thing
        return thing

    @app.get("/recall")
    def recall() -> str:
        return flask.session.get("thing", "nothing")

    @app.get("/clear")
    def clear() -> str:
        flask.session.clear()
        return "cleared"

    @app.get("/switch")
    def switch() -> str:
        current_auth.login(flask.request.args["with"])
        return current_user.id

    @app.get("/leave/later")
    async def leave_later() -> str:
        current_auth.logout(local=True)
        return "left"

    @app.get("/leave/<how>")
    def leave(how: str) -> str:
        current_auth.logout(local=how == "local")
        flask.flash("Good-bye")
        return "left"

    @app.get("/flashed")
    def flashed() -> list[str]:
        return flask.get_flashed_messages()

    return app


def test_a_logout_in_an_async_view_empties_the_session(site_of: Maker) -> None:
    """It runs in a thread of its own."""
    browser = site_of(remembering_app()).member("alice")
    browser.get("/remember/secret")
    browser.get("/leave/later")

    assert browser.get("/recall").text == "nothing"


def test_what_is_flashed_at_a_logout_stays(site_of: Maker) -> None:
    """It is for whoever looks at the next page."""
    browser = site_of(remembering_app()).member("alice")
    browser.get("/remember/secret")
    browser.get("/leave/whole")

    assert browser.get("/flashed").json() == ["Good-bye"]
    assert browser.get("/recall").text == "nothing"


def test_a_session_that_the_application_cleared_is_still_somebody_s(
    site_of: Maker,
) -> None:
    """With it went the mark of whose it is."""
    site = site_of(remembering_app())
    browser = site.member("alice")
    browser.get("/clear")
    browser.get("/remember/secret")
    site.callback(browser, "bob")

    assert browser.get("/recall").text == "nothing"


def test_other_requests_leave_the_session_alone(site_of: Maker) -> None:
    """It is neither read nor written for them, so there is no cookie of it."""
    site = site_of(remembering_app())
    answers = [site.browser().get("/"), site.member("alice").get("/")]

    assert [answer.all("Set-Cookie") for answer in answers] == [[], []]


def test_an_application_without_a_session_logs_in_and_out(site_of: Maker) -> None:
    """Without Flask's secret key there is none."""
    site = site_of(remembering_app(SECRET_KEY=None))
    browser = site.member("alice")

    assert set(logins(browser)) == {"__Host-authrocket"}
    assert browser.get(f"/switch?with={site.token('bob')}").text == "usr_bob"
    browser.get("/logout")
    assert browser.get("/").text == "nobody"


def test_a_login_is_no_request_of_flask_s(site_of: Maker) -> None:
    """What ends a request may count on what began it, so neither is called."""
    app = remembering_app()

    @app.before_request
    def begin() -> None:
        flask.g.connection = {}

    @app.teardown_request
    def end(error: BaseException | None) -> None:
        flask.g.connection.clear()

    browser = site_of(app).member("alice")
    browser.get("/remember/secret")

    assert browser.get("/logout").status == 302
    assert browser.get("/recall").text == "nothing"


@pytest.mark.parametrize("config", [{}, {"WTF_CSRF_FIELD_NAME": "token_of_forms"}])
def test_a_planted_token_of_forms_does_not_survive_the_login(
    site_of: Maker, config: dict[str, Any]
) -> None:
    """Flask-WTF keeps it in the session, and makes another one."""
    app = remembering_app(**config)
    name = config.get("WTF_CSRF_FIELD_NAME", "csrf_token")

    @app.get("/form")
    def form() -> list[bool]:
        known = name in flask.session
        flask.session[name] = "a token"
        return [known]

    site = site_of(app)
    browser = site.browser()
    assert [browser.get("/form").json() for _ in range(2)] == [[False], [True]]

    site.callback(browser, "alice")
    assert browser.get("/form").json() == [False]


class Shelf(flask.sessions.SecureCookieSessionInterface):
    """Sessions that can be given a new id, as extensions keep them on the server."""

    def __init__(self) -> None:
        self.regenerated: list[Any] = []

    def regenerate(self, session: Any) -> None:
        """Give *session* a new id."""
        self.regenerated.append(dict(session))


def test_a_session_on_the_server_gets_a_new_id_at_the_login(site_of: Maker) -> None:
    """An id that somebody has planted in the browser leads nowhere."""
    app = remembering_app()
    app.session_interface = shelf = Shelf()
    site = site_of(app)
    browser = site.browser()
    browser.get("/remember/basket")
    site.callback(browser, "alice")
    assert [session["thing"] for session in shelf.regenerated] == ["basket"]

    browser.get("/")
    browser.get("/logout")
    assert len(shelf.regenerated) == 1


@pytest.mark.parametrize("local", [True, False])
def test_the_session_follows_a_logout_above_flask(site_of: Maker, local: bool) -> None:
    """A middleware of the application's may log out, too."""
    app = remembering_app()
    flask_itself = app.wsgi_app

    def below(environ: Any, start_response: Any) -> Any:
        if environ["PATH_INFO"] == "/gone":
            environ["authrocket.auth"].logout(local=local)
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b"gone"]
        return flask_itself(environ, start_response)

    app.wsgi_app = below  # type: ignore[method-assign]  # Flask has middleware put there
    browser = site_of(app).member("alice")
    browser.get("/remember/secret")

    assert browser.get("/gone").status == (200 if local else 302)
    assert browser.get("/recall").text == "nothing"


def test_the_test_client_s_session_is_the_same(realm: MemoryRealm) -> None:
    """``session_transaction`` reads and writes it."""
    app = remembering_app(**upper(realm.settings()))
    AuthRocket(app)
    client = app.test_client()
    client.get("/", query_string={"token": realm.token()})
    with client.session_transaction() as session:
        session["thing"] = "planted"
    assert client.get("/recall").text == "planted"

    assert client.get("/logout").status_code == 302
    assert client.get("/recall").text == "nothing"


@pytest.mark.parametrize("where", ["beside", "below"])
def test_two_applications_of_one_site_know_who_is_there(
    realm: MemoryRealm, clock: Clock, where: str
) -> None:
    """Each has the extension; refusals are answered once, and the session follows."""
    parent, child = remembering_app(), remembering_app()
    child.add_url_rule("/private", "private", login_required(lambda: current_user.id))
    AuthRocket(child, **realm.settings(clock=clock))
    steps = ["extension", "dispatcher"]
    for step in steps if where == "beside" else reversed(steps):
        if step == "extension":
            AuthRocket(parent, **realm.settings(clock=clock))
        else:
            parent.wsgi_app = DispatcherMiddleware(parent.wsgi_app, {"/child": child})  # type: ignore[method-assign]  # Flask has middleware put there
    site = Site(validator(parent), HOST["flask"], realm, clock)
    stranger, alice = site.browser(), site.member("alice")

    assert site.is_login(stranger.get("/child/private"))
    assert alice.get("/child/private").text == "usr_alice"
    alice.get("/child/remember/secret")
    alice.get("/child/leave/local")
    assert alice.get("/child/recall").text == alice.get("/recall").text == "nothing"
    assert alice.get("/").text == "nobody"


def test_the_session_of_an_application_around_follows_too(
    realm: MemoryRealm, clock: Clock
) -> None:
    """It hears of a logout, and of a login, in an application below it."""
    parent, child = remembering_app(SESSION_COOKIE_NAME="above"), remembering_app()
    AuthRocket(child, **realm.settings(clock=clock))
    parent.wsgi_app = DispatcherMiddleware(parent.wsgi_app, {"/child": child})  # type: ignore[method-assign]  # Flask has middleware put there
    AuthRocket(parent, **realm.settings(clock=clock))
    site = Site(validator(parent), HOST["flask"], realm, clock)
    browser = site.member("alice")
    for path in ("/child/leave/local", f"/child/switch?with={site.token('bob')}"):
        site.callback(browser, "alice")
        browser.get("/remember/secret")
        before = browser.cookies["above"]
        browser.get(path)

        assert browser.cookies.get("above") != before


@pytest.mark.parametrize("order", ["around", "below"])
def test_a_middleware_beside_the_extension_is_one_fault(
    realm: MemoryRealm, order: str
) -> None:
    """Unless it is for another login; it would keep logouts from Flask."""
    app, settings = make_app(), realm.settings()
    other = settings | {"cookie_name": "other"}
    app.wsgi_app = Middleware(app.wsgi_app, **other)  # type: ignore[method-assign]  # Flask has middleware put there
    if order == "around":
        AuthRocket(app, **settings)
        with pytest.raises(ConfigurationError, match="directly around"):
            Middleware(app.wsgi_app, **settings)
        Middleware(app.wsgi_app, **other)
    else:
        with pytest.raises(ConfigurationError, match="directly around"):
            AuthRocket(app, **other)


# --- What stays --------------------------------------------------------------------


def test_f33_a_context_that_was_copied_has_an_empty_observer(site_of: Maker) -> None:
    """Flask's own part of it holds the request, ours holds nothing."""
    app, kept = make_app(), list[Context]()
    app.add_url_rule("/keep", "keep", lambda: kept.append(copy_context()) or "kept")
    site_of(app).member("alice").get("/keep")

    assert [context[Refusal.observer] for context in kept] == [[]]


@pytest.mark.parametrize(
    "path", ["/", "/refused", "/wrapped", "/logout", "/?token={}", "/switch?with={}"]
)
def test_f33_no_request_waits_for_the_garbage_collector(
    site_of: Maker, path: str
) -> None:
    """However it is answered, nothing of the extension's leads back to it."""
    app = refusing_app()
    app.secret_key = "a secret of Flask's"
    app.add_url_rule(
        "/switch",
        "switch",
        lambda: current_auth.login(flask.request.args["with"]).id,
    )
    site = site_of(app, unsolicited_login="allow")
    browsers = [site.member("alice") for _ in range(4)]
    path = path.format(site.token("bob"))
    browsers.pop().get(path)
    gc.collect()
    before = environs()
    gc.disable()
    try:
        for browser in browsers:
            browser.get(path)
        after = environs()
    finally:
        gc.enable()

    assert after == before


def environs() -> int:
    """Return how many environs there are that the extension has seen."""
    return sum(type(it) is dict and "authrocket.auth" in it for it in gc.get_objects())


def test_a_stream_with_its_context_knows_who_is_there(site_of: Maker) -> None:
    """It is made when the view has returned."""
    app = make_app()

    @app.get("/stream")
    def stream() -> flask.Response:
        def parts() -> Any:
            yield f"for {current_user.id}"

        return flask.Response(flask.stream_with_context(parts()))

    assert site_of(app).member("alice").get("/stream").text == "for usr_alice"
