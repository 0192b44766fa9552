"""Which callbacks log in at once, and which are asked about first."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, parse_qsl, urljoin, urlsplit

import pytest

from arware.testing import Browser
from arware.testing._calls import Response

from .conftest import ORIGIN, Site, SiteMaker

EVIL = "https://evil.example/"


def browser_id(browser: Browser) -> str | None:
    """Return what tells *browser* from others, if it was given that."""
    kept = (k.value for name, k in browser.cookies.items() if name.endswith(".s"))
    return next(kept, None)


def is_question(answer: Response, email: str = "alice@example.com") -> bool:
    """Tell whether *answer* is the page that asks whether to continue."""
    return answer.status == 200 and f"Continue as {email}?" in answer.text


def button(answer: Response) -> str:
    """Return where the main button of a page of ours leads."""
    match = re.search(r'<a[^>]*\bclass="act"[^>]*\bhref="([^"]*)"', answer.text)
    match = match or re.search(r'\bhref="([^"]*)"', answer.text)
    assert match is not None, answer.text
    return unescape(match[1])


def press(browser: Browser, answer: Response) -> Response:
    """Press the main button of *answer*, a page that sends no referrer."""
    return browser.click(button(answer), referer=None)


def test_t35_a_stranger_s_link_asks_first(site: Site) -> None:
    """A valid token in a stranger's link logs nobody in by itself."""
    browser = site.browser()
    answer = browser.arrive("/page?x=1", site.token("mallory"), referer=EVIL)

    assert is_question(answer, "mallory@example.com")
    assert browser.get("/").json()["user"] is None


# How a browser arrives: Sec-Fetch-Site, Referer (LR = LoginRocket's, OWN = ours).
LR, OWN = "loginrocket", "own"
ARRIVALS = [
    # LoginRocket's pages lead wherever a stranger's link says
    ("cross-site", LR, False),
    ("same-site", LR, False),
    # LoginRocket's Referer, but the browser says it was typed, or our own page
    ("none", LR, False),
    ("same-origin", LR, False),
    # links of strangers, with and without a referrer
    ("cross-site", EVIL, False),
    ("cross-site", None, False),
    ("same-site", EVIL, False),
    ("same-site", None, False),
    # typed or pasted
    ("none", None, False),
    # a link inside the application's own pages, straight or through a stranger's
    ("same-origin", OWN, False),
    ("same-origin", None, False),
    ("cross-site", OWN, False),
    # (b) a program, over https or on loopback: no Sec-Fetch-* at all
    (None, None, True),
    (None, LR, True),
    (None, OWN, True),
    (None, EVIL, False),
    # not quite LoginRocket
    ("cross-site", "LR.evil.example", False),
    ("cross-site", "http:", False),
    (None, "LR.evil.example", False),
]


def referer_for(site: Site, origin: str, name: str | None) -> str | None:
    """Return the Referer that an arrival's *name* stands for."""
    if name == LR:
        return urljoin(site.realm.url, "/")
    if name == OWN:
        return origin + "/page"
    if name == "LR.evil.example":
        return site.realm.url.rstrip("/") + ".evil.example/"
    if name == "http:":
        return site.realm.url.replace("http://127.0.0.1", "http://127.0.0.2")
    return name


@pytest.mark.parametrize(("sec_fetch", "name", "solicited"), ARRIVALS)
@pytest.mark.parametrize("origin", [ORIGIN, "http://localhost:8000"])
def test_f3_t35_where_the_browser_came_from_proves_nothing(
    site: Site, origin: str, sec_fetch: str | None, name: str | None, solicited: bool
) -> None:
    """Only programs need no question (rule b): no page can send them anywhere."""
    browser = site.browser(origin)
    referer = referer_for(site, origin, name)
    answer = browser.arrive("/page", site.token(), site=sec_fetch, referer=referer)

    if solicited:
        assert answer.status == 303
        assert browser.get("/").json()["user"] == "usr_alice"
    else:
        assert is_question(answer)
        assert browser.get("/").json()["user"] is None


@pytest.mark.parametrize("name", [None, LR, OWN, EVIL])
def test_t35_on_plain_http_elsewhere_only_a_state_counts(
    site: Site, name: str | None
) -> None:
    """Browsers send no Sec-Fetch-* there, so (b) says nothing."""
    origin = "http://app.example"
    browser = site.browser(origin)
    referer = referer_for(site, origin, name)

    assert is_question(browser.arrive("/page", site.token(), referer=referer))

    answer = browser.get("/private")
    assert browser.come_back(answer, site.token()).status == 303
    assert browser.get("/private").status == 200


def test_rule_a_a_state_that_this_browser_holds(site: Site) -> None:
    """A login that the adapter began needs neither referrer nor Sec-Fetch-*."""
    browser = site.browser()
    answer = browser.get("/private")

    assert site.is_login(answer)
    before = browser_id(browser)

    back = browser.come_back(answer, site.token(), site="cross-site", referer=None)

    assert back.status == 303
    assert site.target_of(back) == f"{ORIGIN}/private"
    assert browser_id(browser) not in (None, before)
    assert browser.get("/private").json()["user"] == "usr_alice"


def test_rule_a_a_state_works_once(site: Site) -> None:
    """The callback clears it; the same link again is a stranger's."""
    browser = site.browser()
    answer = browser.get("/private")
    browser.come_back(answer, site.token("alice"))
    again = browser.come_back(answer, site.token("mallory"), referer=None)

    assert again.status == 200
    assert "Continue as mallory@example.com?" in again.text
    assert browser.get("/").json()["user"] == "usr_alice"


def test_rule_a_another_browsers_state_does_not_count(site: Site) -> None:
    """An attacker cannot bring a state of their own along."""
    theirs = site.browser()
    answer = theirs.get("/private")
    victim = site.browser()
    victim.get("/private")
    callback = victim.come_back(answer, site.token("mallory"), referer=EVIL)

    assert is_question(callback, "mallory@example.com")
    assert victim.get("/").json()["user"] is None


@pytest.mark.parametrize(("later", "good"), [(24 * 3600, True), (24 * 3600 + 1, False)])
def test_rule_a_a_state_lives_a_day(site: Site, later: int, good: bool) -> None:
    """After that the browser is asked, even if it kept the cookie."""
    browser = site.browser()
    answer = browser.get("/private")
    kept = browser.cookies["__Host-authrocket.s"]
    assert kept.ends == site.clock() + 24 * 3600

    site.clock.advance(later)
    value = type(kept)(kept.value, kept.attributes, None)
    browser.cookies["__Host-authrocket.s"] = value
    late = browser.come_back(answer, site.token(), referer=EVIL)

    assert late.status == 303 if good else is_question(late)


@pytest.mark.parametrize("value", ["", "x", "A" * 43, "a&b", "é", "%00"])
def test_rule_a_a_made_up_state_does_not_count(site: Site, value: str) -> None:
    """Only what this adapter signed for this browser does."""
    browser = site.browser()
    browser.get("/private")
    answer = browser.arrive(f"/page?ar_state={value}", site.token(), referer=EVIL)

    assert is_question(answer)


def test_rule_c_the_user_who_is_already_logged_in(site: Site) -> None:
    """A new token of the same user comes in from anywhere; of another, not."""
    browser = site.member("alice", org="acme")
    answer = browser.arrive("/page", site.token("alice", org="globex"), referer=EVIL)

    assert answer.status == 303
    assert browser.get("/").json()["org"] == "org_globex"

    answer = browser.arrive("/page", site.token("mallory"), referer=EVIL)

    assert is_question(answer, "mallory@example.com")
    assert browser.get("/").json()["user"] == "usr_alice"


def test_the_question_says_who_and_is_kept_by_nobody(site: Site) -> None:
    """It cannot be framed, cached, or read from a Referer."""
    answer = site.browser().arrive("/page?x=1", site.token(), referer=EVIL)

    assert is_question(answer)
    assert (answer.header("Content-Type") or "").startswith("text/html")
    assert answer.header("Cache-Control") == "no-store"
    assert answer.header("Referrer-Policy") == "no-referrer"
    assert "frame-ancestors 'none'" in (answer.header("Content-Security-Policy") or "")
    assert "<script" not in answer.text


def test_the_button_of_the_question_logs_in(site: Site) -> None:
    """Its link is the callback with a state that this browser was just given."""
    browser = site.browser()
    token = site.token()
    question = browser.arrive("/page?x=1&y=%2f", token, referer=EVIL)
    link = urljoin(question.url, button(question))

    assert browser_id(browser) is not None
    assert link.startswith(f"{ORIGIN}/page?")
    assert dict(parse_qsl(urlsplit(link).query))["token"] == token

    answer = press(browser, question)

    assert answer.status == 303
    assert site.target_of(answer) == f"{ORIGIN}/page?x=1&y=%2f"
    assert browser.get("/").json()["user"] == "usr_alice"


def test_the_button_works_on_plain_http_too(site: Site) -> None:
    """There, rule (a) is all there is."""
    browser = site.browser("http://app.example")
    question = browser.arrive("/page", site.token(), referer=EVIL)

    assert press(browser, question).status == 303
    assert browser.get("/").json()["user"] == "usr_alice"


def test_the_question_can_be_declined(site: Site) -> None:
    """Its other link leads to the page without the token, as before."""
    browser = site.browser()
    question = browser.arrive("/page?x=1", site.token("mallory"), referer=EVIL)
    links = [unescape(link) for link in re.findall(r'href="([^"]*)"', question.text)]
    (other,) = (link for link in links if "token=" not in link)

    assert urljoin(question.url, other) == f"{ORIGIN}/page?x=1"
    assert browser.click(other).json()["user"] is None


@pytest.mark.parametrize(
    "email",
    [
        "<script>alert(1)</script>@example.com",
        '"><img src=x onerror=alert(1)>@example.com',
        "a&b@example.com",
        "'onload='x'@example.com",
    ],
)
def test_the_question_escapes_what_the_token_says(site: Site, email: str) -> None:
    """Nothing in a token is ever markup."""
    token = site.token("mallory", email=email)
    answer = site.browser().arrive("/page", token, referer=EVIL)

    assert answer.status == 200
    assert email not in answer.text
    assert email in unescape(answer.text)
    assert "<script" not in answer.text
    assert "<img" not in answer.text


@pytest.mark.parametrize("value", ['"><script>x</script>', "'><b>", "&quot;"])
def test_the_question_escapes_what_the_url_says(site: Site, value: str) -> None:
    """Nor in a URL."""
    answer = site.browser().arrive(f"/page?q={value}", site.token(), referer=EVIL)

    assert is_question(answer)
    assert "<script" not in answer.text
    assert "<b>" not in answer.text


def test_refuse_never_asks(adapter: SiteMaker) -> None:
    """With ``refuse`` an unsolicited callback logs nobody in, a solicited one does."""
    site = adapter(unsolicited_login="refuse")
    browser = site.browser()
    answer = browser.arrive("/page", site.token("mallory"), referer=EVIL)

    assert answer.status != 303
    assert "Continue as" not in answer.text
    assert browser.get("/").json()["user"] is None
    assert site.callback(browser).status == 303


def test_refuse_keeps_the_session_that_stands(adapter: SiteMaker) -> None:
    """Somebody who is logged in stays so."""
    site = adapter(unsolicited_login="refuse")
    browser = site.member("alice")
    browser.arrive("/page", site.token("mallory"), referer=EVIL)

    assert browser.get("/").json()["user"] == "usr_alice"


def test_allow_lets_every_callback_in(adapter: SiteMaker) -> None:
    """With ``allow`` any valid token logs in, as the gem does."""
    site = adapter(unsolicited_login="allow")
    browser = site.browser()
    answer = browser.arrive("/page", site.token(), referer=EVIL)

    assert answer.status == 303
    assert browser.get("/").json()["user"] == "usr_alice"


def test_any_number_of_tabs_can_log_in(site: Site) -> None:
    """All have one browser, which one cookie tells from others."""
    browser = site.browser()
    tabs = [browser.get(f"/private?tab={number}") for number in range(20)]
    cookies = [name for name in browser.cookies if name.endswith(".s")]
    back = browser.come_back(tabs[7], site.token(), referer=None)

    assert cookies == ["__Host-authrocket.s"]
    assert back.status == 303
    assert site.target_of(back) == f"{ORIGIN}/private?tab=7"
    # Those that are left come back for who is logged in by now (rule c).
    assert browser.come_back(tabs[3], site.token(), referer=None).status == 303
    assert is_question(
        browser.come_back(tabs[4], site.token("bob"), referer=None), "bob@example.com"
    )


def test_state_cookies_have_the_attributes_of_the_login(site: Site) -> None:
    """HttpOnly, Lax, path /, and Secure with the prefix on https."""
    for origin, prefix in ((ORIGIN, "__Host-"), ("http://localhost", "")):
        browser = site.browser(origin)
        browser.get("/private")
        attributes = browser.cookies[f"{prefix}authrocket.s"].attributes

        assert "httponly" in attributes
        assert attributes["samesite"] == "Lax"
        assert attributes["path"] == "/"
        assert ("secure" in attributes) == bool(prefix)


def test_the_state_is_the_last_parameter_of_redirect_uri(site: Site) -> None:
    """Whatever the page's own query, ``ar_state`` stands at its end."""
    for target in ("/private", "/private?x=1&y=%2F", "/private?token=own"):
        answer = site.browser().get(target)
        query = parse_qs(urlsplit(answer.location).query)
        (redirect_uri,) = query["redirect_uri"]

        assert list(query) == ["redirect_uri"]
        assert redirect_uri.startswith(ORIGIN + "/private?")
        assert re.search(r"[?&]ar_state=[A-Za-z0-9_-]{8,}$", redirect_uri)


def test_f29_a_login_link_needs_no_question(site: Site) -> None:
    """It begins here, when it is followed; the page that shows it sets no cookie."""
    browser = site.browser()
    page = browser.get("/links")
    start = browser.click(page.json()["login"])
    back = browser.come_back(start, site.token(), referer=None)

    assert page.all("Set-Cookie") == []
    assert site.is_login(start)
    assert back.status == 303
    assert site.target_of(back) == f"{ORIGIN}/links"


def test_a_plain_link_s_return_is_asked_about_once(site: Site) -> None:
    """Who is already logged in at LoginRocket comes back by a redirect of ours."""
    browser = site.browser()
    browser.get("/links")
    question = browser.arrive(
        "/page", site.token(), site="cross-site", referer=ORIGIN + "/links"
    )

    assert is_question(question)
    assert press(browser, question).status == 303


@pytest.mark.parametrize("logged_in", [False, True])
def test_asking_does_not_change_who_is_there(site: Site, logged_in: bool) -> None:
    """Until the button is pressed everything is as it was."""
    browser = site.member("alice") if logged_in else site.browser()
    before = browser.get("/").json()
    for _ in range(3):
        browser.arrive("/page", site.token("mallory"), referer=EVIL)

    assert browser.get("/").json() == before
