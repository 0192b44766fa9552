"""Coming back from LoginRocket with a token in the URL."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

import pytest

from .conftest import ORIGIN, Site, SiteMaker, logins

METHODS_THAT_NEVER_LAND = ["HEAD", "POST", "PUT", "DELETE", "OPTIONS"]


def test_s66_callback_logs_in_and_cleans_the_url(site: Site) -> None:
    """A valid token is kept, and the browser is sent to the same URL without it."""
    browser = site.browser()
    answer = site.callback(browser, "alice", "/page?x=1", permissions=["docs:read"])

    assert answer.status == 303
    assert site.target_of(answer) == f"{ORIGIN}/page?x=1"
    assert answer.header("Cache-Control") == "no-store"
    assert answer.header("Referrer-Policy") == "no-referrer"

    me = browser.click(answer.location).json()

    assert me["user"] == "usr_alice"
    assert me["auth_user"] == "usr_alice"
    assert me["email"] == "alice@example.com"
    assert me["org"] == "org_acme"
    assert me["membership"] == "mb_alice_acme"
    assert me["permissions"] == ["docs:read"]
    assert me["same"]
    assert me["reason"] is None


@pytest.mark.parametrize(
    "path", ["/", "/page", "/members/page", "/nowhere/at/all", "/own500", "/forbidden"]
)
def test_s65_callback_happens_on_any_path(site: Site, path: str) -> None:
    """The application need not know the path, as the adapter answers."""
    browser = site.browser()
    answer = site.callback(browser, "alice", path)

    assert answer.status == 303
    assert site.target_of(answer) == ORIGIN + path
    assert browser.get("/").json()["user"] == "usr_alice"


@pytest.mark.parametrize("user", ["alice", "bob"])
def test_t39_a_new_login_ends_the_one_it_replaces(site: Site, user: str) -> None:
    """A copy of the old cookie is nobody's from then on (ASVS 7.2.4)."""
    browser, thief = site.member("alice"), site.browser()
    thief.cookies = dict(browser.cookies)
    site.callback(browser, user)

    assert browser.get("/").json()["user"] == f"usr_{user}"
    answer = thief.get("/")
    assert (answer.json()["user"], answer.json()["reason"]) == (None, "revoked")
    # It may be an answer to this very browser that comes later than the new cookie.
    assert answer.all("Set-Cookie") == []


@pytest.mark.parametrize("method", METHODS_THAT_NEVER_LAND)
def test_s65_only_get_is_a_callback(site: Site, method: str) -> None:
    """A token in the URL of another method is the application's."""
    browser = site.browser()
    token = site.token()
    answer = browser.request(method, f"/?token={token}", referer=site.realm.url)

    assert answer.status in (200, 204)
    assert answer.all("Set-Cookie") == []
    assert browser.get("/").json()["user"] is None


@pytest.mark.parametrize(
    ("query", "cleaned"),
    [
        ("token=TOKEN", ""),
        ("a=1&token=TOKEN", "?a=1"),
        ("token=TOKEN&a=1", "?a=1"),
        ("token=TOKEN&account=org_1&session=kss_1", ""),
        ("a=%2f%2F&b=+x&&c&token=TOKEN&d=%20;e=1", "?a=%2f%2F&b=+x&&c&d=%20;e=1"),
        ("b=2&token=TOKEN&a=1&b=3", "?b=2&a=1&b=3"),
        ("tokens=1&token=TOKEN&xtoken=2", "?tokens=1&xtoken=2"),
        ("q=caf%C3%A9&token=TOKEN", "?q=caf%C3%A9"),
        ("q=%FF%00&token=TOKEN", "?q=%FF%00"),
        ("token=TOKEN&next=https://evil.example/", "?next=https://evil.example/"),
        ("accounts=1&sessions=2&token=TOKEN", "?accounts=1&sessions=2"),
    ],
)
def test_s68_every_other_byte_of_the_query_is_kept(
    site: Site, query: str, cleaned: str
) -> None:
    """Only token, account, session and ar_state are taken out."""
    browser = site.browser()
    target = "/page?" + query.replace("TOKEN", site.token())
    answer = browser.get(target, site=None)

    assert answer.status == 303
    assert site.target_of(answer) == f"{ORIGIN}/page{cleaned}"


def test_t36_two_tokens_are_no_callback(site: Site) -> None:
    """With the parameter given twice nobody is logged in."""
    browser = site.browser()
    target = f"/?token={site.token('alice')}&token={site.token('bob')}"
    answer = browser.get(target, site="cross-site", referer=site.realm.url)

    assert answer.status == 200
    assert answer.json()["user"] is None
    assert answer.all("Set-Cookie") == []


@pytest.mark.parametrize(
    "token",
    [
        "",
        "abc",
        "a.b.c",
        "reset-4f3a",
        "art_0123456789",
        # A JWT of another issuer.
        "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJteS1hcHAifQ.c2ln",
        # A JWT with no issuer at all.
        "eyJhbGciOiJIUzI1NiJ9.e30.c2ln",
    ],
)
def test_t36_an_applications_own_token_passes_untouched(site: Site, token: str) -> None:
    """What is no AuthRocket token belongs to the application."""
    browser = site.member("alice")
    answer = browser.arrive("/", token)

    assert answer.status == 200
    assert answer.json()["user"] == "usr_alice"
    assert answer.all("Set-Cookie") == []


def _broken(site: Site, kind: str) -> str:
    claims = site.realm.claims("mallory")
    if kind == "expired":
        return site.token("mallory", lifetime=-60)
    if kind == "bad signature":
        return site.token("mallory")[:-8] + "AAAAAAAA"
    if kind == "unknown key":
        return site.realm.sign(claims, {"kid": "jky_stranger", "alg": "RS256"})
    if kind == "no kid":
        return site.realm.sign(claims, {"alg": "RS256"})
    if kind == "none":
        return site.realm.sign(claims, {"kid": site.realm.kid, "alg": "none"})
    if kind == "not yet valid":
        return site.token("mallory", nbf=int(site.clock()) + 600)
    return site.token("mallory", exp=None)


BROKEN = [
    "expired",
    "bad signature",
    "unknown key",
    "no kid",
    "none",
    "not yet valid",
    "no exp",
]


@pytest.mark.parametrize("kind", BROKEN)
def test_s67_an_invalid_token_stores_nothing_and_goes_on(site: Site, kind: str) -> None:
    """The request goes on to the application, as nobody's, and no cookie is set."""
    browser = site.browser()
    answer = browser.arrive("/", _broken(site, kind), referer=site.realm.url)

    assert answer.status == 200
    assert answer.json()["user"] is None
    assert answer.json()["reason"] not in (None, "no_credential")
    assert logins(browser) == {}


@pytest.mark.parametrize("kind", BROKEN)
def test_s67_an_invalid_token_keeps_the_session_that_stands(
    site: Site, kind: str
) -> None:
    """Somebody who is logged in stays so, whatever token a link brings."""
    browser = site.member("alice")
    before = dict(browser.cookies)
    answer = browser.arrive("/", _broken(site, kind), referer=site.realm.url)

    assert answer.status == 200
    assert answer.json()["user"] == "usr_alice"
    assert browser.cookies == before


@pytest.mark.parametrize("purpose", ["prefetch", "prefetch;prerender", "Prefetch"])
def test_t35_a_prefetch_does_not_land(site: Site, purpose: str) -> None:
    """It is told to come again, and the real auth that follows lands."""
    browser = site.browser()
    token = site.token()
    ahead = browser.arrive(
        "/", token, referer=site.realm.url, headers={"Sec-Purpose": purpose}
    )

    assert ahead.status == 503
    assert ahead.header("Cache-Control") == "no-store"
    assert logins(browser) == {}
    assert browser.arrive("/", token, site=None).status == 303


def test_s77_a_callback_needs_no_login_that_we_began(site: Site) -> None:
    """Invitations land straight from LoginRocket."""
    browser = site.browser()
    answer = site.callback(browser, "alice", "/?x=1")

    assert answer.status == 303
    assert browser.get("/").json()["user"] == "usr_alice"


def test_t39_a_callback_always_makes_a_new_login(site: Site) -> None:
    """The same token twice gives two cookies: no login id is used again."""
    token = site.token("alice")
    values = set()
    for _ in range(3):
        browser = site.browser()
        browser.arrive("/", token, site=None)
        values |= {cookie.value for cookie in logins(browser).values()}

    assert len(values) == 3


def test_a_second_callback_replaces_the_first(site: Site) -> None:
    """Whoever comes back from LoginRocket as somebody else is somebody else."""
    browser = site.member("alice")
    site.callback(browser, "bob")

    assert browser.get("/").json()["user"] == "usr_bob"


def test_account_switch_changes_org_and_permissions(site: Site) -> None:
    """A new token of the same user brings the newly chosen account."""
    browser = site.member("alice", org="acme", permissions=["docs:read"])
    site.callback(browser, "alice", org="globex", permissions=["docs:write"])
    me = browser.get("/").json()

    assert me["org"] == "org_globex"
    assert me["permissions"] == ["docs:write"]


def test_s72_the_selected_membership_counts_else_the_first(site: Site) -> None:
    """Of several memberships the selected one is current; without one, the first."""

    def orgs(selected: int | None) -> list[dict[str, object]]:
        return [
            {
                "mid": f"mb_{number}",
                "oid": f"org_{number}",
                "name": f"Org {number}",
                "perm": [f"p{number}"],
                "selected": number == selected,
            }
            for number in range(3)
        ]

    for selected, expected in ((2, "org_2"), (0, "org_0"), (None, "org_0")):
        browser = site.member("alice", orgs=orgs(selected))
        assert browser.get("/").json()["org"] == expected


def test_s72_a_user_without_orgs_is_a_user(site: Site) -> None:
    """Membership and org are None then."""
    me = site.member("alice", org=None).get("/").json()

    assert me["user"] == "usr_alice"
    assert me["org"] is None
    assert me["membership"] is None


def test_within_refuses_old_tokens_at_callback(adapter: SiteMaker) -> None:
    """With ``within`` a token that was issued too long ago does not log in."""
    site = adapter(within=120)
    old = site.token("alice")
    site.clock.advance(121)
    browser = site.browser()
    answer = browser.arrive("/", old, referer=site.realm.url)

    assert answer.status == 200
    assert answer.json()["user"] is None

    site.callback(browser)
    site.clock.advance(121)

    assert browser.get("/").json()["user"] == "usr_alice"


def test_realm_must_match_when_it_is_set(adapter: SiteMaker) -> None:
    """With ``realm`` a token of another realm is nobody's (T16)."""
    site = adapter(realm="rl_memory")
    browser = site.browser()
    answer = site.callback(browser, "alice", rid="rl_other")

    assert answer.json()["user"] is None
    assert answer.json()["reason"] == "wrong_realm"
    assert site.callback(browser).status == 303


def test_issuer_can_be_another_and_is_exact(adapter: SiteMaker) -> None:
    """With ``issuer`` only that issuer's tokens land."""
    site = adapter(issuer="https://login.example")
    browser = site.browser()

    assert site.callback(browser).status == 200
    assert site.callback(browser, iss="https://login.example/").status == 200
    assert site.callback(browser, iss="https://login.example").status == 303


def test_public_url_gives_the_origin(adapter: SiteMaker) -> None:
    """Behind a proxy the origin and what https means come from ``public_url``."""
    site = adapter(public_url="https://public.example")
    browser = site.browser("http://inner:8080")
    start = browser.get("/login?redirect_uri=/page?x=1")
    (back,) = parse_qs(urlsplit(start.location).query)["redirect_uri"]
    assert back.startswith("https://public.example/page?x=1&ar_state=")
    target = back.removeprefix("https://public.example")
    cookie = {"Cookie": start.all("Set-Cookie")[0].partition(";")[0]}
    answer = browser.arrive(target, site.token(), headers=cookie)

    assert answer.status == 303
    assert answer.location in ("/page?x=1", "https://public.example/page?x=1")
    assert "__Host-authrocket=" in answer.all("Set-Cookie")[0]
    assert "Secure" in answer.all("Set-Cookie")[0]


def test_the_clock_is_the_one_given(site: Site) -> None:
    """The suite's clock really drives the adapters, so that it proves what it says."""
    browser = site.member("alice", lifetime=50_000)
    site.clock.advance(49_000)

    assert site.clock() > time.time() + 40_000
    assert browser.get("/").json()["user"] == "usr_alice"
