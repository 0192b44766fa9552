"""``login_path``: where a login starts when its link is followed."""

from __future__ import annotations

from html import unescape
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from arware.testing._calls import Response

from .conftest import ORIGIN, Site, SiteMaker, logins


def start(site: Site, query: str = "", **options: str) -> Response:
    """Follow a link to the login path."""
    return site.browser().get(f"/login{query}", **options)


def way_back(answer: Response) -> str:
    """Return where the login leads back to, without the state, which is there."""
    (uri,) = parse_qs(urlsplit(answer.location).query)["redirect_uri"]
    base, mark, state = uri.rpartition("ar_state=")
    assert mark
    assert len(state) > 40
    return base.rstrip("?&")


@pytest.mark.parametrize(
    ("target", "back"),
    [
        ("/page?x=1", f"{ORIGIN}/page?x=1"),
        (f"{ORIGIN}/page?x=1", f"{ORIGIN}/page?x=1"),
        (ORIGIN, f"{ORIGIN}/"),
        ("/café", f"{ORIGIN}/caf%C3%A9"),
        ("/page#part", f"{ORIGIN}/page"),
    ],
)
def test_f29_a_login_comes_back_to_a_page_of_ours(
    site: Site, target: str, back: str
) -> None:
    """A path, or a URL of our own origin."""
    answer = start(site, f"?redirect_uri={quote(target, safe='')}")

    assert site.is_login(answer)
    assert way_back(answer).partition("#")[0] == back
    assert answer.header("Cache-Control") == "no-store"


FOREIGN = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    f"{ORIGIN}.evil.example/",
    f"{ORIGIN}@evil.example/",
    "https://sub.app.example/",
    "http://app.example/",
    "https://app.example:8443/",
    "javascript:alert(1)",
    "data:text/html,x",
    "page",
    "",
]


@pytest.mark.parametrize("target", FOREIGN)
def test_f29_another_origin_is_never_led_back_to(site: Site, target: str) -> None:
    """What is neither a path nor of our own origin is ignored."""
    back = urlsplit(way_back(start(site, f"?redirect_uri={quote(target, safe='')}")))

    assert f"{back.scheme}://{back.netloc}" == ORIGIN
    assert not back.path.startswith(("//", "/\\"))


@pytest.mark.parametrize(
    "target",
    ["/login", "/logout", "/login?redirect_uri=/page", "/log%6Fut", "/logout?x"],
)
def test_f29_a_login_never_comes_back_to_a_logout_or_a_login(
    site: Site, target: str
) -> None:
    """It would be over at once, or begin again."""
    answer = start(site, f"?redirect_uri={quote(target, safe='')}")

    assert way_back(answer) == f"{ORIGIN}/"


def test_f29_two_ways_back_are_none(site: Site) -> None:
    """Who is to say which counts?"""
    answer = start(site, "?redirect_uri=/page&redirect_uri=/members")

    assert way_back(answer) == f"{ORIGIN}/"


def test_f29_a_sign_up_starts_there_too(site: Site) -> None:
    """``signup=1`` leads to the page for new users."""
    answer = start(site, "?signup=1&redirect_uri=/page")

    assert answer.status == 302
    assert answer.location.startswith(site.realm.url + "signup?redirect_uri=")
    assert way_back(answer) == f"{ORIGIN}/page"
    assert site.is_login(start(site, "?signup=0"))


def test_f29_further_parameters_reach_the_login_page(site: Site) -> None:
    """But no token, and no second state."""
    query = "?prompt=login&locale=fr&token=x&ar_state=y&session=z&redirect_uri=/page"
    sent = parse_qs(urlsplit(start(site, query).location).query)

    assert set(sent) == {"prompt", "locale", "redirect_uri"}
    assert (sent["prompt"], sent["locale"]) == (["login"], ["fr"])


def test_f29_head_is_answered_and_post_is_the_application_s(site: Site) -> None:
    """A form at that path may be the application's own."""
    head = site.browser().request("HEAD", "/login")

    assert site.is_login(head)
    assert head.body == b""
    assert site.browser().post("/login").status == 404


def test_f29_without_a_login_path_it_is_the_application_s(adapter: SiteMaker) -> None:
    """Links lead to LoginRocket straight, without a state."""
    site = adapter(login_path=None)
    links = site.browser().get("/links")
    login = links.json()["login"]

    assert start(site).status == 404
    assert links.json()["login_path"] is None
    assert login.startswith(f"{site.realm.url}login?redirect_uri=")
    assert "ar_state" not in login


def test_f29_the_path_can_be_another(adapter: SiteMaker) -> None:
    """And needs no login itself, wherever one is required."""
    site = adapter(login_path="/account/enter", require_login=True)

    assert site.is_login(site.browser().get("/account/enter?redirect_uri=/page"))
    answer = site.browser().fetch("/page")
    assert answer.json()["login_url"].startswith(f"{ORIGIN}/account/enter?")


def test_f29_below_a_mount(site: Site) -> None:
    """The link and the way back lie below it."""
    browser = site.browser(mount="/shop")
    login = browser.get("/links").json()["login"]
    answer = browser.click(login)

    assert login == f"{ORIGIN}/shop/login?redirect_uri=%2Fshop%2Flinks"
    assert way_back(answer) == f"{ORIGIN}/shop/links"


def test_f29_a_page_with_a_login_link_stays_cacheable(site: Site) -> None:
    """It sets no cookie; the state is made when the link is followed."""
    browser = site.browser()
    page = browser.get("/links")

    assert page.all("Set-Cookie") == []
    assert page.all("Cache-Control") == []
    assert "ar_state" not in page.text
    assert browser.cookies == {}


def test_f29_a_link_on_a_callback_or_a_form_leads_to_the_root(site: Site) -> None:
    """Neither is a page to come back to."""
    callback = site.browser().get("/links?token=own&x=1")
    form = site.browser().post("/links")

    for page in (callback, form):
        assert page.json()["login"] == f"{ORIGIN}/login?redirect_uri=%2F"


@pytest.mark.parametrize("sec_fetch", ["none", "same-origin", "cross-site"])
def test_f29_a_login_through_the_link_asks_nothing(site: Site, sec_fetch: str) -> None:
    """Wherever the link stood, even if nobody is asked at LoginRocket."""
    browser = site.browser()
    begun = browser.get("/login?redirect_uri=/page", site=sec_fetch)
    back = browser.come_back(begun, site.token(), site=sec_fetch, referer=None)

    assert back.status == 303
    assert site.target_of(back) == f"{ORIGIN}/page"
    assert len(logins(browser)) == 1


def test_f29_the_application_s_logout_is_one_path(site: Site) -> None:
    """``links.logout_path`` ends both logins, ``logout_url`` only LoginRocket's."""
    links = site.member("alice", sid="kss_1").get("/links").json()

    assert links["logout_path"] == "/logout"
    assert links["logout"] == f"{site.realm.url}logout?session=kss_1"


# --- A framework's own redirect to a login -----------------------------------------


def test_next_is_where_a_login_comes_back_to(site: Site) -> None:
    """So Django, Flask-Login and others name the page that somebody wanted to see."""
    answer = start(site, "?next=/page%3Fx%3D1")

    assert site.is_login(answer)
    assert way_back(answer) == f"{ORIGIN}/page?x=1"
    assert set(parse_qs(urlsplit(answer.location).query)) == {"redirect_uri"}


@pytest.mark.parametrize("target", FOREIGN)
def test_next_never_leads_to_another_origin(site: Site, target: str) -> None:
    """It is taken as ``redirect_uri`` is."""
    back = urlsplit(way_back(start(site, f"?next={quote(target, safe='')}")))

    assert f"{back.scheme}://{back.netloc}" == ORIGIN


def test_next_and_redirect_uri_are_two_ways_back(site: Site) -> None:
    """And so none."""
    assert way_back(start(site, "?redirect_uri=/page&next=/members")) == f"{ORIGIN}/"


def test_an_empty_next_takes_nothing_away(site: Site) -> None:
    """Templates write it where there is none."""
    assert way_back(start(site, "?redirect_uri=/page&next=")) == f"{ORIGIN}/page"


def test_next_with_somebody_logged_in_is_a_page_that_says_who(site: Site) -> None:
    """A login would come back at once, and be sent here again, and so on."""
    browser = site.member("alice")
    answer = browser.get("/login?next=/page")
    (switch,) = [
        link.partition('"')[0]
        for link in unescape(answer.text).split('href="')[1:]
        if "prompt=login" in link
    ]

    assert answer.status == 403
    assert "alice@example.com" in answer.text
    assert 'href="/page"' in answer.text  # it may be open to them all the same
    assert way_back(browser.click(switch)) == f"{ORIGIN}/page"


def test_a_link_to_the_login_works_for_who_is_logged_in(site: Site) -> None:
    """Without ``next``, or with an empty one, it starts another login."""
    for query in ("", "?redirect_uri=/page", "?next="):
        assert site.is_login(site.member("alice").get(f"/login{query}"))
