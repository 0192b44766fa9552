"""Logging out: the path, the auth object, and what is left of a login."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest

from arware.testing._calls import Response

from .conftest import ORIGIN, Site, SiteMaker, logins
from .hosts import Host

EVIL = "https://evil.example/"


def logout_query(site: Site, answer: Response) -> dict[str, list[str]]:
    """Check that *answer* leads to LoginRocket's logout and return its query."""
    assert answer.status == 302
    base, _, _ = answer.location.partition("?")
    assert base == site.realm.url + "logout"
    return parse_qs(urlsplit(answer.location).query)


def is_question(answer: Response) -> bool:
    """Tell whether *answer* is the page with the button."""
    return answer.status == 200 and "<form" in answer.text and not answer.location


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_s73_logout_clears_the_cookie_and_goes_to_loginrocket(
    site: Site, method: str
) -> None:
    """Both methods log out, with the session's id and the way back."""
    browser = site.member("alice", sid="kss_mine")
    answer = browser.request(method, "/logout", site="same-origin")

    assert logout_query(site, answer) == {
        "redirect_uri": [ORIGIN + "/"],
        "session": ["kss_mine"],
    }
    assert answer.header("Cache-Control") == "no-store"
    assert logins(browser) == {}
    assert browser.get("/").json()["user"] is None


def test_s80_the_way_back_is_fully_encoded(site: Site) -> None:
    """Only unreserved characters are left as they are."""
    answer = site.member("alice").get("/logout")

    assert "redirect_uri=https%3A%2F%2Fapp.example%2F&" in answer.location


def test_s74_nobody_can_log_out_too(site: Site) -> None:
    """LoginRocket is asked all the same, without a session."""
    answer = site.browser().get("/logout")

    assert logout_query(site, answer) == {"redirect_uri": [ORIGIN + "/"]}


def test_s76_the_cookie_is_cleared_with_its_attributes(site: Site) -> None:
    """Otherwise browsers would keep it."""
    line, _ = site.member("alice").get("/logout").all("Set-Cookie")

    assert line.startswith("__Host-authrocket=")
    for part in ("Max-Age=0", "Path=/", "Secure", "HttpOnly", "SameSite=Lax"):
        assert part.lower() in line.lower()


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/bye", [ORIGIN + "/bye"]), (None, None)],
)
def test_s73_post_logout_path(
    adapter: SiteMaker, path: str | None, expected: list[str] | None
) -> None:
    """Where LoginRocket sends the browser in the end; None leaves it to LoginRocket."""
    site = adapter(post_logout_path=path)
    query = logout_query(site, site.member("alice").get("/logout"))

    assert query.get("redirect_uri") == expected


def test_the_logout_path_can_be_another(adapter: SiteMaker) -> None:
    """``/logout`` is the application's own then."""
    site = adapter(logout_path="/account/leave")
    browser = site.member("alice")

    assert browser.get("/logout").status == 404
    assert browser.get("/account/leave/x").status == 404
    assert logout_query(site, browser.get("/account/leave"))
    assert browser.get("/").json()["user"] is None


def test_without_a_logout_path_there_is_none(adapter: SiteMaker) -> None:
    """``logout_path=None`` is the gem's ``use_default_routes = false``."""
    site = adapter(logout_path=None)
    browser = site.member("alice")

    assert browser.get("/logout").status == 404
    assert browser.get("/links").json()["logout_path"] is None
    assert browser.get("/").json()["user"] == "usr_alice"


@pytest.mark.parametrize("path", ["/logout/", "/logout/x", "/Logout", "//logout"])
def test_only_the_logout_path_logs_out(site: Site, path: str) -> None:
    """Nothing near it does."""
    browser = site.member("alice")
    browser.fetch(path)

    assert browser.get("/").json()["user"] == "usr_alice"


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "DELETE"])
def test_other_methods_do_not_log_out(site: Site, method: str) -> None:
    """A link checker's HEAD, say, changes nothing."""
    browser = site.member("alice")
    browser.fetch("/logout", method)

    assert browser.get("/").json()["user"] == "usr_alice"


@pytest.mark.parametrize("prefix", [True, ("/logout",)])
def test_logging_out_needs_no_login(adapter: SiteMaker, prefix: object) -> None:
    """Not even where everything else does."""
    site = adapter(require_login=prefix)

    assert logout_query(site, site.browser().get("/logout"))


@pytest.mark.parametrize("sec_fetch", ["cross-site", "same-site"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_t38_another_site_cannot_log_anybody_out(
    site: Site, method: str, sec_fetch: str
) -> None:
    """The browser marks it, so a page with a button is shown and nothing happens."""
    browser = site.member("alice")
    answer = browser.request(method, "/logout", site=sec_fetch, referer=EVIL)

    assert is_question(answer)
    assert answer.header("Cache-Control") == "no-store"
    assert "frame-ancestors 'none'" in (answer.header("Content-Security-Policy") or "")
    assert answer.all("Set-Cookie") == []
    assert browser.get("/").json()["user"] == "usr_alice"


def test_t38_the_button_logs_out(site: Site) -> None:
    """Its form posts to the logout path from our own page."""
    browser = site.member("alice")
    question = browser.get("/logout", site="cross-site", referer=EVIL)
    match = re.search(r'<form[^>]*method="post"[^>]*action="([^"]*)"', question.text)
    assert match is not None
    target = urljoin(question.url, unescape(match[1]))
    answer = browser.post(target.removeprefix(ORIGIN))

    assert target == f"{ORIGIN}/logout"
    assert logout_query(site, answer)
    assert browser.get("/").json()["user"] is None


def test_t38_the_button_works_where_there_is_no_sec_fetch(site: Site) -> None:
    """On plain http the form's Origin tells, so the page must let it be sent."""
    origin = "http://intranet.example"
    browser = site.browser(origin)
    question = browser.get("/logout", site=None, referer=EVIL)
    # Fetch, "append a request Origin header": no-referrer makes it null.
    hides = question.header("Referrer-Policy") == "no-referrer"
    sent = {"Origin": "null" if hides else origin}

    assert is_question(question)
    assert logout_query(site, browser.post("/logout", site=None, headers=sent))


def test_t38_an_image_logs_nobody_out(site: Site) -> None:
    """``<img src=.../logout>`` on a stranger's page is such a request."""
    browser = site.member("alice")
    headers = {"Accept": "image/*", "Sec-Fetch-Dest": "image"}
    browser.fetch("/logout", site="cross-site", headers=headers)

    assert browser.get("/").json()["user"] == "usr_alice"


@pytest.mark.parametrize("name", ["Referer", "Origin"])
def test_t38_an_old_browser_is_verified_by_where_it_came_from(
    site: Site, name: str
) -> None:
    """Without Sec-Fetch-* a stranger's Referer or Origin is mark enough."""
    browser = site.member("alice")
    own = browser.post("/logout", site=None, headers={name: ORIGIN + "/page"})

    assert logout_query(site, own)

    browser = site.member("alice")
    foreign = browser.post("/logout", site=None, headers={name: EVIL})

    assert is_question(foreign)
    assert browser.get("/").json()["user"] == "usr_alice"


def test_t38_a_prefetch_does_not_log_out(site: Site) -> None:
    """Browsers that fetch links ahead are told to come again."""
    browser = site.member("alice")
    headers = {"Sec-Purpose": "prefetch"}
    answer = browser.get("/logout", site="same-origin", headers=headers)

    assert answer.status == 503
    assert browser.get("/").json()["user"] == "usr_alice"


def test_t38_without_marks_the_gem_s_link_works(site: Site) -> None:
    """Old browsers and programs send no Sec-Fetch-*; GET logs out as in the gem."""
    browser = site.member("alice")

    assert logout_query(site, browser.get("/logout", site=None))


@pytest.mark.parametrize("how", ["/logout", "/logout-by-app", "/logout-fully"])
def test_t34_the_old_cookie_is_worth_nothing(site: Site, how: str) -> None:
    """A copy of it, replayed after the logout, is nobody's; other logins stand."""
    browser = site.member("alice", sid="kss_shared")
    other = site.member("alice", sid="kss_shared")
    copy = {"Cookie": browser.cookie_header()}
    browser.get(how)
    answer = site.browser().get("/", headers=copy)

    assert answer.json()["user"] is None
    assert answer.json()["reason"] == "revoked"
    # It may be an answer to a browser that has a newer cookie by now.
    assert answer.all("Set-Cookie") == []
    assert other.get("/").json()["user"] == "usr_alice"


def test_t34_the_same_token_can_log_in_again(site: Site) -> None:
    """LoginRocket hands the same token out again, so the login id is what ends."""
    token = site.token()
    browser = site.browser()
    browser.arrive("/", token, site=None)
    browser.get("/logout")
    browser.arrive("/", token, site=None)

    assert browser.get("/").json()["user"] == "usr_alice"


def test_s75_logout_by_the_application_stays_there(site: Site) -> None:
    """``auth.logout(local=True)`` clears the cookie under the application's answer."""
    browser = site.member("alice")
    answer = browser.get("/logout-by-app")

    assert answer.status == 200
    assert answer.json() == {"user": None, "again": None}
    assert answer.header("Cache-Control") == "no-store"
    assert logins(browser) == {}
    assert browser.get("/").json()["user"] is None


def test_logout_by_the_application_goes_on_to_loginrocket(site: Site) -> None:
    """``auth.logout()`` ends the session there, too."""
    browser = site.member("alice", sid="kss_mine")
    answer = browser.get("/logout-fully")

    assert logout_query(site, answer) == {
        "redirect_uri": [ORIGIN + "/"],
        "session": ["kss_mine"],
    }
    assert logins(browser) == {}


def test_logging_out_twice_is_harmless(site: Site) -> None:
    """As nobody, both ways answer as usual."""
    browser = site.member("alice")
    for _ in range(2):
        assert browser.get("/logout-by-app").status == 200
        assert browser.get("/logout").status == 302


@pytest.mark.parametrize("how", ["/logout", "/logout-by-app"])
def test_t34_a_bearer_token_does_not_keep_the_cookie_alive(
    site: Site, how: str
) -> None:
    """Who logs out with both loses both: the cookie's login ends with the cookie."""
    browser = site.member("alice")
    copy = {"Cookie": browser.cookie_header()}
    headers = {"Authorization": f"Bearer {site.token('alice')}"}
    browser.request("POST", how, navigate=False, site="same-origin", headers=headers)

    assert "__Host-authrocket" not in browser.cookies
    assert site.browser().get("/", headers=copy).json()["user"] is None


def test_a_bearer_token_cannot_log_the_cookie_out(site: Site) -> None:
    """A program's logout leaves nothing behind that could fail."""
    headers = {"Authorization": f"Bearer {site.token('bob')}"}
    answer = site.browser().fetch("/logout-by-app", headers=headers)

    assert answer.status == 200
    assert answer.json() == {"user": None, "again": None}


# --- Logging in through the auth object ---


def test_login_by_the_application(site: Site) -> None:
    """``auth.login`` takes a token that came another way, keys at hand."""
    browser = site.member("bob")
    answer = browser.get(f"/login-by-app?with={site.token('alice')}")

    assert answer.status == 200
    assert answer.json()["user"] == "usr_alice"
    assert answer.json()["again"] == "usr_alice"
    assert answer.header("Cache-Control") == "no-store"
    assert browser.get("/").json()["user"] == "usr_alice"


def test_login_by_the_application_ends_the_login_before(site: Site) -> None:
    """A login id is never used again (T39)."""
    browser = site.member("bob")
    before = browser.cookie_header()
    browser.get(f"/login-by-app?with={site.token('bob')}")

    assert browser.cookie_header() != before
    assert browser.get("/").json()["user"] == "usr_bob"


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda token: token[:-8] + "AAAAAAAA", "bad_signature"),
        (lambda token: "rubbish", "malformed"),
        (lambda token: token + "=", "malformed"),
    ],
)
def test_login_by_the_application_refuses_a_bad_token(
    site: Site, spoil: object, reason: str
) -> None:
    """It raises, and the auth object stays as it was."""
    browser = site.member("bob")
    answer = browser.get(f"/login-by-app?with={spoil(site.token('alice'))}")

    assert answer.status == 401
    assert answer.json() == {"refused": reason}
    assert answer.all("Set-Cookie") == []
    assert browser.get("/").json()["user"] == "usr_bob"


def test_login_without_the_key_says_so(site: Site) -> None:
    """Nothing is downloaded there: a cold process has no key at hand."""
    browser = site.browser()
    answer = browser.get(f"/login-by-app?with={site.token('alice')}")

    assert answer.status == 503
    assert answer.json() == {"refused": "keys_unavailable"}
    assert browser.get("/").json()["user"] is None


def test_the_links(site: Site) -> None:
    """All of LoginRocket's pages, with the words of the gem (statements 79 to 84)."""
    base = site.realm.url
    links = site.member("alice", sid="kss_1").get("/links").json()

    assert links == {
        "login": f"{ORIGIN}/login?redirect_uri=%2Flinks",
        "login_back": f"{ORIGIN}/login?redirect_uri=%2Fpage%3Fx%3D1",
        "signup": f"{ORIGIN}/login?redirect_uri=%2Flinks&signup=1",
        "logout": f"{base}logout?session=kss_1",
        "profile": f"{base}profile",
        "account": f"{base}accounts/org_acme",
        "account_id": f"{base}accounts/org_other",
        "accounts": f"{base}accounts?force",
        "accounts_unforced": f"{base}accounts",
        "login_path": "/login",
        "logout_path": "/logout",
    }


def test_s79_the_path_and_query_of_loginrocket_url_are_kept(adapter: SiteMaker) -> None:
    """A prefix stays in front of the page, a query is merged."""
    site = adapter(
        jwt_key=adapter().realm.public_key,
        loginrocket_url="https://lr.example/prefix/?locale=fr",
        login_path=None,
    )
    links = site.browser().get("/links").json()

    assert links["login"].startswith("https://lr.example/prefix/login?locale=fr&")
    assert links["accounts"] == "https://lr.example/prefix/accounts?force&locale=fr"


def test_s81_accounts_are_forced_unless_told_otherwise(site: Site) -> None:
    """``force`` shows the chooser for one account, too."""
    links = site.browser().get("/links").json()

    assert links["accounts"].endswith("/accounts?force")
    assert links["accounts_unforced"].endswith("/accounts")


def test_s83_logout_carries_the_session_only_when_there_is_one(site: Site) -> None:
    """Nobody's link has none."""
    assert "session=" not in site.browser().get("/links").json()["logout"]


def test_s84_without_loginrocket_there_are_no_links(make_site: SiteMaker) -> None:
    """A key alone verifies tokens; links raise, and the 401 has no URL."""
    from arware.wsgi import Middleware

    raised: list[Exception] = []

    def application(environ: Any, start_response: Any) -> Any:
        try:
            environ["authrocket.auth"].links.login_url()
        except LookupError as error:
            raised.append(error)
        environ["authrocket.auth"].require()
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"ok"]

    def build(**adapter: Any) -> Any:
        return Middleware(application, **adapter)

    host = Host("keyed", "wsgi", build)
    key = make_site(host).realm.public_key
    site = make_site(host, loginrocket_url=None, jwt_key=key)
    browser = site.browser()

    assert browser.get("/").status == 401
    assert browser.fetch("/").json() == {"error": "login_required", "login_url": None}
    assert "loginrocket_url" in str(raised[0])

    browser.arrive("/", site.token(), site=None)

    assert browser.get("/").body == b"ok"
    assert browser.get("/logout").location == "/"


def test_s82_without_an_org_the_account_link_is_the_chooser(site: Site) -> None:
    """There is nothing to manage yet."""
    links = site.member("alice", org=None).get("/links").json()

    assert links["account"].startswith(site.realm.url + "accounts")
    assert "/accounts/" not in links["account"]
