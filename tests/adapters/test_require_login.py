"""When a login is required: settings, paths, refusals of views."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from arware.testing import Browser
from arware.testing._calls import Response

from .conftest import ORIGIN, Site, SiteMaker, logins
from .hosts import HOSTS, Host

PREFLIGHT = {
    "Origin": "https://other.example",
    "Access-Control-Request-Method": "PUT",
}


def redirect_uri(answer: Response) -> str:
    """Return where the login would lead back to, without the state."""
    (uri,) = parse_qs(urlsplit(answer.location).query)["redirect_uri"]
    base, _, _ = uri.rpartition("ar_state=")
    return base.rstrip("?&")


def assert_is_401(site: Site, answer: Response) -> None:
    """Check the answer that everything but a navigation gets."""
    assert answer.status == 401
    assert (answer.header("WWW-Authenticate") or "").startswith("Bearer")
    assert (answer.header("Content-Type") or "").startswith("application/json")
    body = answer.json()
    assert body["error"] == "login_required"
    assert urlsplit(body["login_url"]).path.endswith("/login")


@pytest.mark.parametrize("how", ["setting", "refusal", "require"])
def test_s71_a_navigation_is_sent_to_the_login_page(
    adapter: SiteMaker, how: str
) -> None:
    """By a setting or by the view, the browser goes and comes back to this very URL."""
    site = adapter(require_login=("/members",))
    path = {
        "setting": "/members/page",
        "refusal": "/private",
        "require": "/require-permission",
    }[how]
    answer = site.browser().get(f"{path}?x=1&y=%2f")

    assert site.is_login(answer)
    assert redirect_uri(answer) == f"{ORIGIN}{path}?x=1&y=%2f"
    assert answer.header("Cache-Control") == "no-store"


@pytest.mark.parametrize("how", ["setting", "refusal"])
def test_s71_whatever_is_no_navigation_gets_a_401(adapter: SiteMaker, how: str) -> None:
    """Scripts and programs are told in JSON, not redirected."""
    site = adapter(require_login=("/members",))
    path = "/members" if how == "setting" else "/private"
    browser = site.browser()

    for method in ("GET", "POST", "PUT", "DELETE"):
        assert_is_401(site, browser.fetch(path, method))


def test_f18_a_form_that_comes_too_late_is_told_on_a_page(adapter: SiteMaker) -> None:
    """The browser keeps it; the login opens in another tab."""
    site = adapter(require_login=("/members",))
    for path in ("/members", "/private"):
        answer = site.browser().post(path, {"a": "1"})

        assert answer.status == 401
        assert "You are not logged in any more" in answer.text
        assert answer.header("Cache-Control") == "no-store"


@pytest.mark.parametrize(
    ("accept", "navigates"),
    [
        ("text/html", True),
        ("application/json, text/html;q=0", False),
        ("text/html ; q=0.000 , */*", False),
        ("text/html;q=0.01", True),
        ("text/html;q=0, application/xhtml+xml", True),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("TEXT/HTML", True),
        ("application/json", False),
        ("application/json, text/plain, */*", False),
        ("*/*", False),
        ("", False),
        ("image/avif,image/webp,*/*;q=0.8", False),
    ],
)
def test_a_navigation_is_what_accepts_html(
    site: Site, accept: str, navigates: bool
) -> None:
    """GET and HEAD that accept HTML are navigations, all else is not."""
    headers = {"Accept": accept}
    answer = site.browser().request("GET", "/private", headers=headers)

    assert site.is_login(answer) == navigates
    assert answer.status == (302 if navigates else 401)


def test_a_head_that_accepts_html_is_redirected(adapter: SiteMaker) -> None:
    """It is answered like a GET, without a body."""
    site = adapter(require_login=True)
    answer = site.browser().request("HEAD", "/page")

    assert site.is_login(answer)
    assert answer.body == b""


def test_a_head_that_wants_json_gets_no_body(adapter: SiteMaker) -> None:
    """The 401 to a HEAD has no body either."""
    site = adapter(require_login=True)
    answer = site.browser().fetch("/page", "HEAD")

    assert answer.status == 401
    assert answer.body == b""


@pytest.mark.parametrize("setting", [True, ("/",), ("/members",)])
def test_t57_a_preflight_passes_and_reads_nothing(
    adapter: SiteMaker, setting: object
) -> None:
    """Browsers send no credentials with it: a refusal would break every CORS call."""
    site = adapter(require_login=setting)
    browser = site.browser()
    member = site.member("alice")
    bearer = {"Authorization": f"Bearer {site.token()}"}
    for visitor, more in ((browser, {}), (member, {}), (browser, bearer)):
        answer = visitor.request(
            "OPTIONS", "/members", headers={**PREFLIGHT, **more}, navigate=False
        )
        assert (answer.status, answer.body) == (204, b"")


@pytest.mark.parametrize("path", ["/nowhere", "/own401"])
def test_t57_a_preflight_reads_no_error_page_either(
    adapter: SiteMaker, path: str
) -> None:
    """It may hold what only members see; its status is no secret of theirs."""
    site = adapter(require_login=True)
    answer = site.browser().request("OPTIONS", path, headers=PREFLIGHT, navigate=False)

    assert answer.body == b""
    assert answer.status >= 204


def test_t57_a_preflight_where_no_login_is_needed_is_the_application_s(
    site: Site,
) -> None:
    """It is told that nobody is there, even if a cookie comes along."""
    member = site.member("alice")
    answer = member.request("OPTIONS", "/page", headers=PREFLIGHT, navigate=False)

    assert answer.status == 200
    assert json.loads(answer.body)["user"] is None


@pytest.mark.parametrize("missing", list(PREFLIGHT))
def test_t57_an_options_that_is_no_preflight_does_not_pass(
    adapter: SiteMaker, missing: str
) -> None:
    """Both headers make a preflight."""
    site = adapter(require_login=True)
    headers = {name: text for name, text in PREFLIGHT.items() if name != missing}
    answer = site.browser().request("OPTIONS", "/page", headers=headers, navigate=False)

    assert answer.status == 401


def test_an_applications_own_401_stands(site: Site) -> None:
    """It is the application's word, for browsers and programs alike."""
    for browser in (site.browser(), site.member("alice")):
        for navigate in (True, False):
            answer = browser.request("GET", "/own401", navigate=navigate)

            assert answer.status == 401
            assert answer.body == b"own 401"
            assert answer.header("WWW-Authenticate") == "Basic"


@pytest.mark.parametrize(("path", "status"), [("/own403", 403), ("/own500", 500)])
def test_an_applications_own_failure_stands(site: Site, path: str, status: int) -> None:
    """Nothing was refused, so nothing is replaced."""
    answer = site.browser().get(path)

    assert answer.status == status
    assert answer.body == f"own {status}".encode()


def test_t53_a_crash_is_not_turned_into_a_login(site: Site) -> None:
    """An error of the application's stays one, whoever asks."""
    raised = None
    try:
        answer = site.browser().get("/crash")
    except RuntimeError as error:
        raised = str(error)

    if raised is None:
        assert (answer.status, answer.location) == (500, "")
    else:
        assert raised == "a bug of the application's own"


def test_a_refusal_that_the_application_catches_does_not_count(site: Site) -> None:
    """An answer below 500 stands, whatever was raised and caught on the way."""
    answer = site.browser().get("/caught")

    assert answer.status == 200
    assert answer.body == b"never mind"


def test_a_login_opens_what_was_refused(site: Site) -> None:
    """Protected page, login, back on that very page, query and all."""
    browser = site.browser()
    answer = browser.get("/private?x=1")
    back = browser.come_back(answer, site.token(), follow=True)

    assert back.status == 200
    assert back.url == f"{ORIGIN}/private?x=1"
    assert back.json()["user"] == "usr_alice"


def test_login_required_can_lead_elsewhere(site: Site) -> None:
    """``LoginRequired(redirect_uri)`` chooses where the login returns to."""
    browser = site.browser()
    answer = browser.get("/private-elsewhere?x=1")

    assert site.is_login(answer)
    assert redirect_uri(answer) == f"{ORIGIN}/page?from=elsewhere"

    back = browser.come_back(answer, site.token(), referer=None)

    assert site.target_of(back) == f"{ORIGIN}/page?from=elsewhere"


def test_forbidden_is_a_403(site: Site) -> None:
    """A page for people, JSON for programs."""
    browser = site.member("alice")
    page = browser.get("/forbidden")
    answer = browser.fetch("/forbidden")

    assert page.status == 403
    assert (page.header("Content-Type") or "").startswith("text/html")
    assert answer.status == 403
    assert answer.json()["error"] == "forbidden"
    assert browser.get("/").json()["user"] == "usr_alice"


def test_require_asks_for_all_conditions_together(site: Site) -> None:
    """Nobody is sent to log in, somebody without the permission is forbidden."""
    assert site.is_login(site.browser().get("/require-permission"))

    reader = site.member("alice", permissions=["docs:read"])
    writer = site.member("alice", permissions=["docs:read", "docs:write"])

    assert reader.get("/require-permission").status == 403
    assert writer.get("/require-permission").status == 200
    assert writer.get("/require-permission?org=org_acme").status == 200
    assert writer.get("/require-permission?org=org_globex").status == 403
    assert writer.get("/require-permission?org=ORG_ACME").status == 403


def test_require_of_somebody_without_orgs(site: Site) -> None:
    """Who is in no org has no permission anywhere, and nobody is asked about it."""
    browser = site.member("alice", org=None)

    assert browser.get("/require-permission").status == 403
    assert browser.get("/require-permission?org=org_acme").status == 403


def test_s85_a_permission_is_not_a_prefix_or_pattern(site: Site) -> None:
    """Permissions are compared exactly."""
    for permissions in (["docs:writer"], ["docs"], ["docs:*"], ["DOCS:WRITE"], ["*"]):
        browser = site.member("alice", permissions=permissions)
        assert browser.get("/require-permission").status == 403


# --- Prefixes ---


def test_t43_require_login_everywhere_but_exempt(adapter: SiteMaker) -> None:
    """``require_login=True`` with ``exempt``: closed unless listed."""
    site = adapter(require_login=True, exempt=("/public", "/static"))
    browser = site.browser()

    for path in ("/", "/page", "/members", "/nowhere", "/publicity", "/a/public"):
        assert site.is_login(browser.get(path)), path
    for path in ("/public", "/static/file", "/public?x=1"):
        assert browser.get(path).status == 200, path
    assert browser.get("/public/nowhere").status == 404
    assert site.member("alice").get("/page").json()["user"] == "usr_alice"


def test_t43_prefixes_are_whole_segments(adapter: SiteMaker) -> None:
    """``/members`` covers what lies below it and nothing beside it."""
    site = adapter(require_login=("/members",))
    browser = site.browser()

    for path in ("/members", "/members/page", "/members/", "/members/nowhere"):
        assert site.is_login(browser.get(path)), path
    assert browser.get("/page").status == 200
    assert browser.get("/membership").status == 404


@pytest.mark.parametrize(
    "path",
    [
        "/%6dembers",
        "/members?x=/public",
        "/members;x=1/../members",
        "/members%2Fpage",
        "/members/%2e%2e/public",
        "/memb%65rs/page",
    ],
)
def test_t43_spelling_a_path_differently_opens_nothing(
    adapter: SiteMaker, path: str
) -> None:
    """The decoded path counts, as the application sees it."""
    site = adapter(require_login=("/members",))

    assert site.is_login(site.browser().get(path))


IRREGULAR = [
    "//private",
    "/./private",
    "/a/../private",
    "/priv%FFate",
    "/%2e/private",
    "/public/../private",
    "/public/%2e%2e/private",
    "/public//page",
    "/public/./page",
    "/public\\..\\private",
    "/public%5C..%5Cprivate",
    "/public/%00",
    "/public/%FF",
    "/public/..",
    "/public/.",
    "/..",
    "///",
    "/%C0%AF",
    "/public/%ED%A0%80",
]


@pytest.mark.parametrize("path", IRREGULAR)
def test_t43_an_irregular_path_is_never_exempt(adapter: SiteMaker, path: str) -> None:
    """Frameworks disagree about where it leads, so it earns no exception."""
    site = adapter(require_login=True, exempt=("/public", "/a", "/private"))
    answer = site.browser().fetch(path)

    assert_is_401(site, answer)


@pytest.mark.parametrize("path", IRREGULAR)
def test_t43_an_irregular_path_lies_inside_every_prefix(
    adapter: SiteMaker, path: str
) -> None:
    """Nobody walks around a protected prefix by writing it oddly."""
    site = adapter(require_login=("/somewhere/else",))

    assert_is_401(site, site.browser().fetch(path))


@pytest.mark.parametrize("path", IRREGULAR)
def test_t43_an_irregular_path_is_never_ignored(adapter: SiteMaker, path: str) -> None:
    """The adapter does its work there, caching headers and all."""
    site = adapter(ignore=("/public", "/a", "/private"))
    answer = site.browser().fetch(path)

    assert answer.status < 500 or answer.status == 503
    assert "Cookie" in ",".join(answer.all("Vary"))


@pytest.mark.parametrize("path", IRREGULAR)
def test_t40_an_irregular_path_never_leads_away(adapter: SiteMaker, path: str) -> None:
    """A callback there comes back to our own origin."""
    site = adapter()
    browser = site.browser()
    answer = site.callback(browser, "alice", path)

    assert answer.status == 303
    assert site.target_of(answer).startswith(ORIGIN + "/")
    assert not answer.location.startswith(("//", "/\\"))


OPENINGS = [
    *("/public", "/PUBLIC", "/Public", "/%70ublic", "/publi%63", "/public%2f"),
    *("//public", "/./public", "/%2fpublic", "/x/../public", "/public;x", "/public,"),
    *("/public%00", "/public%20", "/public%09", "/public%0a", "/public%3f"),
    *("/public.", "/public..", "/public~", "/public%ff", "/public%c0%af", "/publič"),
    *("/public%25", "/%2570ublic", "/public%", "/public%zz", "/pub lic", "/private"),
]
TURNS = [
    *("", "/", "//", "/.", "/./", "/..", "/../", "/%2e", "/%2e%2e/", "/.%2e/"),
    *("/..;/", "/..%2f", "/..%5c", "\\..\\", "/%252e%252e/", "/%c0%ae%c0%ae/"),
    *("/%2E./", "/%00/"),
]


def is_plainly_public(target: str) -> bool:
    """Tell whether *target*, decoded once, is /public or regularly below it."""
    try:
        path = unquote(target.partition("?")[0], errors="strict")
    except UnicodeDecodeError:
        return False
    first, *rest = path.split("/")[1:]
    odd = {"", ".", ".."} & set(rest[:-1] if rest[-1:] == [""] else rest)
    return first == "public" and not odd and not {"\\", "\0"} & set(path)


def test_t43_five_hundred_spellings_of_an_exempt_path(adapter: SiteMaker) -> None:
    """Only what is plainly below the exempt prefix passes; the rest must log in."""
    site = adapter(require_login=True, exempt=("/public",))
    browser = site.browser()
    wrong = []
    for target in (a + b + c for a in OPENINGS for b in TURNS for c in ("", "private")):
        status = browser.fetch(target).status
        # Behind the adapter an application may well not know the page.
        passed = status != 401
        if passed != is_plainly_public(target):
            wrong.append((target, status))

    assert wrong == []


def test_ignored_paths_get_nothing_but_their_keys(adapter: SiteMaker) -> None:
    """Static files stay cacheable: nobody is looked for there."""
    site = adapter(ignore=("/static",))
    browser = site.member("alice")
    answer = browser.get("/static/file")

    assert answer.json()["user"] is None
    assert answer.json()["auth_user"] is None
    assert answer.json()["same"]
    assert answer.all("Vary") == []
    assert answer.all("Cache-Control") == []
    assert answer.all("Set-Cookie") == []
    assert browser.get("/").json()["user"] == "usr_alice"


def test_ignored_paths_do_not_land_or_clear(adapter: SiteMaker) -> None:
    """A token there is the application's, and a bad cookie is left alone."""
    site = adapter(ignore=("/static",))
    browser = site.browser()

    assert site.callback(browser, "alice", "/static/file").status == 200
    assert logins(browser) == {}

    answer = browser.get("/static/file", headers={"Cookie": "__Host-authrocket=bad"})
    assert answer.all("Set-Cookie") == []


def test_ignored_paths_need_no_login(adapter: SiteMaker) -> None:
    """``ignore`` is stronger than ``require_login``."""
    site = adapter(require_login=True, ignore=("/static",))

    assert site.browser().get("/static/file").status == 200
    assert site.is_login(site.browser().get("/page"))


# --- Routes of Pyramid and Bottle ---

NATIVE = [host for host in HOSTS if host.name in ("pyramid", "bottle")]


@pytest.mark.parametrize("host", NATIVE, ids=str)
def test_a_route_can_require_a_login(host: Host, make_site: SiteMaker) -> None:
    """The option ``require_login=True`` closes one route."""
    site = make_site(host)
    browser = site.browser()

    answer = browser.get("/guarded?x=1")
    assert site.is_login(answer)
    assert redirect_uri(answer) == f"{ORIGIN}/guarded?x=1"
    assert_is_401(site, browser.fetch("/guarded"))
    assert browser.get("/open").status == 200
    assert site.member("alice").get("/guarded").json()["user"] == "usr_alice"


@pytest.mark.parametrize("host", NATIVE, ids=str)
def test_a_route_can_do_without_a_login(host: Host, make_site: SiteMaker) -> None:
    """``require_login=False`` opens one route where the setting closes all."""
    site = make_site(host, require_login=True)
    browser = site.browser()

    assert browser.get("/open").json()["user"] is None
    assert site.is_login(browser.get("/page"))
    assert site.is_login(browser.get("/guarded"))
    assert site.is_login(browser.get("/nowhere"))


@pytest.mark.parametrize("host", NATIVE, ids=str)
def test_a_preflight_passes_a_guarded_route(host: Host, make_site: SiteMaker) -> None:
    """A route's option answers preflights as the setting does."""
    site = make_site(host)
    answer = site.browser().request(
        "OPTIONS", "/guarded", headers=PREFLIGHT, navigate=False
    )

    assert (answer.status, answer.body) == (204, b"")


# --- No loops ---


def forget_all(browser: Browser) -> None:
    """Keep no cookies."""
    browser.cookies.clear()


def forget_login(browser: Browser) -> None:
    """Keep none of the login's, as behind a proxy that drops it."""
    for name in logins(browser):
        del browser.cookies[name]


def walk(
    site: Site,
    token_of: Callable[[], str],
    forget: Callable[[Browser], None] = lambda browser: None,
    path: str = "/private?x=1",
) -> list[Response]:
    """
    Walk between the site and a LoginRocket where the user is logged in already.

    *forget* is done to the browser after each answer. Returns all answers until one is
    no redirect to LoginRocket, at most ten.
    """
    browser = site.browser()
    answers = [browser.get(path)]
    while site.is_login(answers[-1]) and len(answers) < 10:
        forget(browser)
        answer = browser.come_back(answers[-1], token_of())
        if answer.status == 303:
            forget(browser)
            target = site.target_of(answer).removeprefix(ORIGIN)
            answer = browser.get(target, site="cross-site", referer=site.realm.url)
        answers.append(answer)
    return answers


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        ("bad signature", "bad_signature"),
        ("clock fast", "expired"),
        ("clock slow", "not_yet_valid"),
        ("unknown key", "unknown_key"),
        ("other realm", "wrong_realm"),
        ("other issuer", "wrong_issuer"),
        ("no token of AuthRocket's", "malformed"),
        ("just over", "expired"),
    ],
)
def test_no_loop_a_refused_token_ends_on_a_page(
    adapter: SiteMaker, cause: str, reason: str
) -> None:
    """Within three round trips a page names the cause and what to do."""
    site = adapter(realm="rl_memory")
    now = int(site.clock())
    token_of = {
        "bad signature": lambda: site.token()[:-8] + "AAAAAAAA",
        "clock fast": lambda: site.token(iat=now - 7200, exp=now - 3600),
        "clock slow": lambda: site.token(nbf=now + 3600, exp=now + 7200),
        "unknown key": lambda: site.realm.sign(
            site.realm.claims(), {"kid": "jky_other", "alg": "RS256"}
        ),
        "other realm": lambda: site.token(rid="rl_other"),
        "other issuer": lambda: site.token(iss="https://authrocket.com/"),
        "no token of AuthRocket's": lambda: "opaque",
        "just over": lambda: site.token(iat=now - 60, exp=now - 2),
    }[cause]
    answers = walk(site, token_of)

    assert len(answers) <= 3
    last = answers[-1]
    assert not last.location
    assert last.status in (400, 401, 403, 503)
    assert (last.header("Content-Type") or "").startswith("text/html")
    assert last.header("Cache-Control") == "no-store"
    assert reason in last.text


def test_no_loop_a_token_that_is_good_for_nothing_yet(site: Site) -> None:
    """A token from the future by ``iat`` ends on a page or logs in, no circles."""
    now = int(site.clock())
    answers = walk(site, lambda: site.token(iat=now + 3600, exp=now + 7200))

    assert len(answers) <= 3
    assert not answers[-1].location


def test_no_loop_a_browser_that_keeps_no_cookies(adapter: SiteMaker) -> None:
    """It is told so, instead of being sent around or asked for ever."""
    site = adapter()
    answers = walk(site, site.token, forget_all)
    question = answers[-1]

    assert len(answers) <= 3
    assert "Continue as alice@example.com?" in question.text

    browser = site.browser()
    browser.last = question
    (link,) = re.findall(r'class="act" href="([^"]*)"', question.text)
    page = browser.click(unescape(link), referer=None)

    assert not page.location
    assert "cookie" in page.text


@pytest.mark.parametrize("policy", ["confirm", "allow", "refuse"])
def test_no_loop_a_proxy_that_drops_the_login_s_cookie(
    adapter: SiteMaker, policy: str
) -> None:
    """The browser's other cookie comes through, so each callback is solicited."""
    site = adapter(unsolicited_login=policy)
    answers = walk(site, site.token, forget_login)

    assert len(answers) <= 3
    assert "Your browser did not keep our cookie" in answers[-1].text
    assert not answers[-1].location


@pytest.mark.parametrize("policy", ["allow", "refuse"])
def test_no_loop_where_nobody_is_asked(adapter: SiteMaker, policy: str) -> None:
    """Without cookies every callback is unsolicited, and ends on a page."""
    site = adapter(unsolicited_login=policy)
    answers = walk(site, site.token, forget_all)

    assert len(answers) <= 3
    assert not answers[-1].location
    assert answers[-1].status in (400, 401, 403)


def test_no_loop_keys_that_cannot_be_had(adapter: SiteMaker) -> None:
    """With LoginRocket's key set out of reach the page says so."""
    site = adapter(loginrocket_url="http://127.0.0.1:9/")
    browser = site.browser()
    answer = browser.get("/private")
    back = browser.come_back(answer, site.token())

    assert back.status in (401, 503)
    assert not back.location
    assert "keys_unavailable" in back.text


def test_no_loop_a_refusal_on_an_ignored_path(adapter: SiteMaker) -> None:
    """Nobody can be logged in there, so nobody is sent away to log in."""
    site = adapter(ignore=("/private",))
    answers = walk(site, site.token)

    assert len(answers) == 1
    assert answers[0].status == 401
    assert not answers[0].location


def test_no_loop_a_login_that_works(site: Site) -> None:
    """The walk itself is sound: one round trip, and in."""
    answers = walk(site, site.token)

    assert [answer.status for answer in answers] == [302, 200]
