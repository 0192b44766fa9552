"""In an application's own process the realm logs in through the adapter's auth."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
from webtest import TestApp

from arware.errors import WrongRealm
from arware.local import Realm
from arware.wsgi import Middleware
from tests.local.conftest import with_people
from tests.local.support import OTHER_PASSWORD, PASSWORD, Browser, form_with, submit

ORIGIN = "http://127.0.0.1:8001"


@dataclass
class Auth:
    """What the realm uses of an adapter's auth."""

    local_realm: Any
    tokens: list[str] = field(default_factory=list)
    logouts: list[bool] = field(default_factory=list)
    session: Any = None
    user: Any = None

    def login(self, token: str) -> None:
        """Take a token."""
        self.tokens.append(token)

    def logout(self, *, local: bool = False) -> None:
        """Log out."""
        self.logouts.append(local)


@pytest.fixture
def mounted(make: Callable[..., Realm]) -> Realm:
    """Return a realm below a path of an application's own origin."""
    urls = [f"{ORIGIN}/", "http://127.0.0.1:9000/"]
    url = f"{ORIGIN}/auth"
    return with_people(make(url=url, login_urls=urls, clock=time.time))


def behind(auth: Auth, realm: Realm) -> Browser:
    """Return a browser whose requests pass that auth's adapter."""
    return Browser(realm, {"authrocket.auth": auth})


def log_in(browser: Browser, query: str = "") -> Any:
    """Log in below the mount."""
    page = browser.app.get(f"/auth/login{query}")
    return submit(page, email="ada@example.com", password=PASSWORD)


def test_no_token_goes_through_a_url(mounted: Realm) -> None:
    """The auth object gets the token, the browser a clean address."""
    auth = Auth(mounted)
    answer = log_in(behind(auth, mounted), f"?redirect_uri={ORIGIN}/x%3Fa=1")

    assert answer.location == f"{ORIGIN}/x?a=1"
    assert len(auth.tokens) == 1
    assert auth.tokens[0].startswith("ey")


def test_an_application_elsewhere_gets_a_token(mounted: Realm) -> None:
    """The auth object is of this origin; another application needs the token itself."""
    auth = Auth(mounted)
    answer = log_in(behind(auth, mounted), "?redirect_uri=http://127.0.0.1:9000/x")

    assert answer.location.startswith("http://127.0.0.1:9000/x?token=ey")
    assert auth.tokens == []


@pytest.mark.parametrize("local_realm", [None, object(), "equal"])
def test_an_adapter_of_another_realm_is_not_used(
    mounted: Realm, local_realm: object
) -> None:
    """Only the very realm that the adapter has mounted logs in through it."""
    auth = Auth(local_realm)

    assert "token=ey" in log_in(behind(auth, mounted)).location
    assert auth.tokens == []


@pytest.mark.parametrize("path", ["/auth", "/auth/logout", "/auth/login?x=1"])
def test_the_realm_does_not_return_to_itself(mounted: Realm, path: str) -> None:
    """Its own pages lie at the application's origin, but are not the application."""
    auth = Auth(mounted)
    answer = log_in(behind(auth, mounted), f"?redirect_uri={ORIGIN}{path}")

    assert answer.location == f"{ORIGIN}/"


def test_an_adapter_that_refuses_gets_the_token_by_the_url(mounted: Realm) -> None:
    """The adapter then says itself what is wrong."""

    class Refusing(Auth):
        def login(self, token: str) -> None:
            raise WrongRealm

    answer = log_in(behind(Refusing(mounted), mounted))

    assert answer.location.startswith(f"{ORIGIN}/?token=ey")


def test_a_logout_ends_the_login_of_the_application_as_well(mounted: Realm) -> None:
    """The application's own login ends with the realm's."""
    auth = Auth(mounted)
    browser = behind(auth, mounted)
    log_in(browser)
    browser.get("/auth/logout", 303, **{"Sec-Fetch-Site": "same-origin"})

    assert auth.logouts == [True]


@dataclass
class Named:
    """A session or a user of an auth object."""

    id: str = "kss_0000000000000000000000"
    name: str = "Ada"
    email: str = "ada@example.com"


@pytest.mark.parametrize("query", ["", "?session=kss_1111111111111111111111"])
def test_a_strangers_link_does_not_end_it(mounted: Realm, query: str) -> None:
    """Also where the realm's own session is over already, and the adapter's is not."""
    auth = Auth(mounted, session=Named(), user=Named())
    browser = behind(auth, mounted)
    headers = {"Sec-Fetch-Site": "cross-site"}
    page = browser.get(f"/auth/logout{query}", 200, **headers)
    browser.app.post("/auth/logout", {}, headers=headers, status=403)

    assert auth.logouts == []
    assert "Ada" in page.text
    assert submit(page).location == f"{ORIGIN}/auth/login"
    assert auth.logouts == [True]


def test_a_login_that_names_its_session_is_ended(mounted: Realm) -> None:
    """As the adapter's own logout does."""
    auth = Auth(mounted, session=Named(), user=Named())
    url = f"/auth/logout?session={Named.id}"
    behind(auth, mounted).get(url, 303, **{"Sec-Fetch-Site": "cross-site"})

    assert auth.logouts == [True]


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("head", {}, 303),
        ("get", {"Sec-Purpose": "prefetch"}, 503),
        ("get", {"HX-Preloaded": "true"}, 503),
        ("get", {"Sec-Fetch-Dest": "image"}, 403),
    ],
)
def test_f4_only_who_really_comes_is_logged_in(
    mounted: Realm, method: str, headers: dict[str, str], status: int
) -> None:
    """No HEAD, prefetch or image of the login page logs in at the application."""
    auth = Auth(mounted)
    browser = behind(auth, mounted)
    log_in(browser)
    ask = getattr(browser.app, method)
    ask("/auth/login", headers=headers, status=status)

    assert len(auth.tokens) == 1


def test_links_stay_below_the_mount(mounted: Realm) -> None:
    """Links and files all carry the prefix; the form goes to its own address."""
    text = Browser(mounted).app.get("/auth/login").text

    assert '<form method="post">' in text
    assert 'href="/auth/signup"' in text
    assert 'href="/auth/static/realm.css?' in text


def test_a_real_adapter_and_a_realm_in_one_process(mounted: Realm) -> None:
    """From a private page through the realm and back, and out again, tokenless."""

    def site(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if f"{environ['PATH_INFO']}/".startswith("/auth/"):
            answer: Iterable[bytes] = mounted.wsgi_app(environ, start_response)
            return answer
        start_response("200 OK", [("Content-Type", "text/plain")])
        user = environ["authrocket.user"]
        return [b"nobody" if user is None else user.email.encode()]

    adapter = Middleware(
        site,
        local_realm=mounted,
        loginrocket_url=mounted.url,
        cookie_secret="x" * 32,
        require_login=["/private"],
    )
    app = TestApp(adapter, extra_environ={"HTTP_HOST": "127.0.0.1:8001"})
    page = app.get("/private?a=1", headers={"Accept": "text/html"}, status=302).follow()
    callback = submit(page, email="ada@example.com", password=PASSWORD)
    private = callback.follow()
    left = app.get("/logout", status=302)
    site_again = left.follow().follow()

    assert callback.location == f"{ORIGIN}/private?a=1"
    assert private.text == "ada@example.com"
    assert left.location.startswith(f"{ORIGIN}/auth/logout?redirect_uri=")
    assert site_again.text == "nobody"
    assert app.get("/auth/login").form["email"]


def test_a_login_page_behind_a_login_says_so(mounted: Realm) -> None:
    """Who mounts a realm without telling the adapter gets a page, and no loop."""
    adapter = Middleware(
        mounted.wsgi_app,
        loginrocket_url=mounted.url,
        cookie_secret="x" * 32,
        require_login=True,
    )
    app = TestApp(adapter, extra_environ={"HTTP_HOST": "127.0.0.1:8001"})
    headers = {"Accept": "text/html"}
    sent = app.get("/private", headers=headers, status=302)
    page = sent.follow(headers=headers, status=401)

    assert "exempt" in page.text


@pytest.mark.parametrize("how", ["logout", "password", "disable"])
def test_f6_an_ended_session_is_out_of_the_application_at_once(
    make: Callable[..., Realm], how: str
) -> None:
    """A mounted realm is watched, however seldom the adapter would ask it by itself."""
    url, now = f"{ORIGIN}/auth", time.time
    realm = with_people(make(url=url, login_urls=[f"{ORIGIN}/"], clock=now))
    seen: list[Any] = []

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith("/auth"):
            return realm.wsgi_app(environ, start_response)
        seen.append(environ["authrocket.auth"])
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"the application"]

    settings = {"cookie_secret": "s" * 32, "check_session": 3000}
    adapter = Middleware(application, local_realm=realm, **settings)
    own = {"HTTP_HOST": "127.0.0.1:8001", "REMOTE_ADDR": "127.0.0.1"}
    first, other = (TestApp(adapter, extra_environ=own) for _ in range(2))
    for browser in (first, other):
        page = browser.get("/auth/login")
        submit(page, email="ada@example.com", password=PASSWORD)
        browser.get("/")
    sid = seen[0].session.id
    if how == "logout":
        realm_only = TestApp(realm.wsgi_app, extra_environ=own)
        realm_only.set_cookie("arrealm", first.cookies["arrealm"])
        realm_only.get(f"/auth/logout?session={sid}")
    elif how == "disable":
        realm.set_user_state("ada@example.com", "inactive")
    else:
        page = other.get("/auth/profile")
        words = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
        submit(page, form_with(page, "new_password"), **words)
    first.get("/")

    assert [auth.user is not None for auth in seen] == [True, True, False]
    assert seen[-1].reason == "ended"


def test_what_a_framework_around_it_keeps_stays_its_own(mounted: Realm) -> None:
    """Pyramid keeps a request's attributes in the environ, the registry among them."""
    kept = {"registry": "of the application", "current_user": None}
    browser = Browser(mounted, {"webob.adhoc_attrs": kept})
    browser.get("/auth/login")

    assert kept == {"registry": "of the application", "current_user": None}


@pytest.mark.parametrize("host", ["localhost:5000", "127.0.0.1", "[::1]:8000"])
def test_on_loopback_the_requests_own_origin_counts(mounted: Realm, host: str) -> None:
    """Forms are sent from it, and the login returns to it, whatever `url` says."""
    auth = Auth(mounted)
    environ = {"authrocket.auth": auth, "HTTP_HOST": host}
    browser = Browser(mounted, environ)
    page = browser.get("/auth/login")
    form = page.forms[form_with(page, "password")]
    headers = {"Origin": f"http://{host}"}
    form["email"], form["password"] = "ada@example.com", PASSWORD
    answer = form.submit(status=303, headers=headers)

    assert answer.location == f"http://{host}/"
    assert len(auth.tokens) == 1


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "x y", ""])
def test_no_other_host_is_taken_for_the_realms(mounted: Realm, host: str) -> None:
    """Only a name of this machine may stand in for the one in the settings."""
    browser = Browser(mounted, {"authrocket.auth": Auth(mounted), "HTTP_HOST": host})

    assert browser.get("/auth", 302).location == f"{ORIGIN}/auth/login"
