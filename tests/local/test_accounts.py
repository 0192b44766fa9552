"""Choosing an account, looking at one, renaming one."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from arware.local import Realm
from arware.local.features.orgs import Orgs
from arware.local.features.orgs.models import Org
from arware.local.tests.operators import Guarded, add_operator, enter
from arware.local.tests.support import settings, sqlite_url
from tests.local.support import (
    APP,
    PASSWORD,
    URL,
    Browser,
    claims_in,
    follow,
    submit,
)

BOB = "bob@example.com"


def ids(page: Any) -> dict[str, str]:
    """Return the ids of the accounts in a chooser, by name."""
    pattern = r'value="(org_\w{22})".*?class="label"><bdi>([^<]*)<'
    found = re.findall(pattern, page.text, re.DOTALL)
    return {name: org_id for org_id, name in found}


def select(browser: Browser, name: str, query: str = "?force") -> Any:
    """Choose the account *name* and return the answer."""
    page = browser.get(f"/accounts{query}")
    form = page.forms[0]
    return form.submit("account", value=ids(page)[name], status=303)


def test_somebody_with_several_accounts_chooses(browser: Browser) -> None:
    """After the password comes the choice, and then the application."""
    answer = browser.log_in(BOB, query="?redirect_uri=http%3A%2F%2F127.0.0.1:8000%2Fx")
    page = answer.follow()
    form = page.forms[0]
    back = form.submit("account", value=ids(page)["Zeta"], status=303)
    claims = claims_in(back.location)

    assert answer.location.startswith(f"{URL}/accounts?redirect_uri=")
    assert back.location.startswith(f"{APP}x?token=ey")
    assert [(org["name"], org["perm"], org["selected"]) for org in claims["orgs"]] == [
        ("Zeta", ["x"], True)
    ]


def test_the_choice_lasts_for_the_session(browser: Browser) -> None:
    """The next login link returns with the same account, without a question."""
    browser.log_in(BOB)
    select(browser, "Zeta")
    claims = claims_in(browser.get("/login", 303).location)

    assert claims["orgs"][0]["name"] == "Zeta"


def test_switching_gives_a_new_token_of_the_same_session(browser: Browser) -> None:
    """The forced chooser switches; org and permissions change, the session stays."""
    browser.log_in(BOB)
    first = claims_in(select(browser, "Zeta").location)
    second = claims_in(select(browser, "Acme").location)

    assert second["orgs"][0]["perm"] == ["books:read"]
    assert first["sid"] == second["sid"]


@pytest.mark.parametrize("query", ["", "?force=0", "?force=false"])
def test_a_single_account_is_not_asked_about(browser: Browser, query: str) -> None:
    """Who has one account goes straight back."""
    browser.log_in()

    assert browser.get(f"/accounts{query}", 303).location.startswith(APP)


@pytest.mark.parametrize("query", ["?force", "?force=1", "?force=", "?force=true"])
def test_force_shows_the_chooser_even_for_one(browser: Browser, query: str) -> None:
    """The Ruby client sends a bare ``force``, the JavaScript one ``force=1``."""
    browser.log_in()

    assert list(ids(browser.get(f"/accounts{query}"))) == ["Acme"]


def test_the_account_parameter_selects(browser: Browser) -> None:
    """``account=org_...`` chooses at login; an unknown one changes nothing."""
    browser.log_in(BOB)
    org_id = ids(browser.get("/accounts"))["Zeta"]
    link = browser.get(f"/login?account={org_id}", 303, **{"Sec-Fetch-Site": "none"})
    chosen = claims_in(link.location)
    unknown = "org_0000000000000000000000"
    kept = claims_in(browser.get(f"/login?account={unknown}", 303).location)

    assert chosen["orgs"][0]["oid"] == org_id
    assert kept["orgs"][0]["oid"] == org_id


def test_a_blank_account_parameter_asks_again(browser: Browser) -> None:
    """``account=`` forces a new choice."""
    browser.log_in(BOB)
    select(browser, "Zeta")

    assert browser.get("/login?account=", 303).location == f"{URL}/accounts"


def test_nobody_chooses_anothers_account(browser: Browser, realm: Realm) -> None:
    """An account one does not belong to is refused."""
    bob = Browser(realm)
    bob.log_in(BOB)
    zeta = ids(bob.get("/accounts"))["Zeta"]
    browser.log_in()
    form = browser.get("/accounts?force").forms[0]
    for org_id in (zeta, "", "org_1", "org_0000000000000000000000", "' OR 1"):
        answer = form.submit("account", value=org_id, status=422)
        assert "one of your organizations" in answer.text


@pytest.mark.parametrize("state", ["inactive", "closed"])
def test_an_org_that_is_not_active_is_not_offered(
    browser: Browser, realm: Realm, state: str
) -> None:
    """A closed org is nobody's account any more, also not the selected one."""
    browser.log_in(BOB)
    select(browser, "Zeta")
    with realm.writing() as database:
        database.execute(update(Org).where(Org.name == "Zeta").values(state=state))
    claims = claims_in(browser.get("/login", 303).location)

    assert claims["orgs"][0]["name"] == "Acme"


@pytest.mark.parametrize("path", ["/account/", "/accounts/"])
def test_an_account_shows_its_members(browser: Browser, path: str) -> None:
    """Both spellings of the path lead there."""
    browser.log_in()
    org_id = ids(browser.get("/accounts?force"))["Acme"]
    page = browser.get(f"{path}{org_id}")

    assert "Ada L" in page.text
    assert "bob@example.com" in page.text
    assert "books:read" in page.text


def test_an_owner_renames_an_account(browser: Browser) -> None:
    """The new name shows on the page and in the next token."""
    browser.log_in()
    org_id = ids(browser.get("/accounts?force"))["Acme"]
    page = browser.get(f"/account/{org_id}")
    answer = submit(page, do="rename", name="  New <b>name</b> ").follow()
    back = follow(answer, "Back to the application")

    assert "New &lt;b&gt;name&lt;/b&gt;" in answer.text
    assert claims_in(back.location)["orgs"][0]["name"] == "New <b>name</b>"


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\x01b", "a\u202eb"])
def test_a_bad_name_is_refused(browser: Browser, name: str) -> None:
    """A name has to be one."""
    browser.log_in()
    org_id = ids(browser.get("/accounts?force"))["Acme"]
    page = browser.get(f"/account/{org_id}")
    fields = {"form_token": page.forms[0]["form_token"].value, "name": name}
    browser.app.post(f"/account/{org_id}", fields, status=422)

    assert list(ids(browser.get("/accounts?force"))) == ["Acme"]


def test_a_plain_member_renames_nothing(browser: Browser) -> None:
    """Only ``ar:owner`` and ``ar:admin`` may; the form is not even shown."""
    browser.log_in(BOB)
    org_id = ids(browser.get("/accounts"))["Acme"]
    token = browser.get("/accounts?force").forms[0]["form_token"].value
    fields = {"form_token": token, "name": "Mine"}
    answer = browser.app.post(f"/account/{org_id}", fields, status=422)

    assert "Only its owners" in answer.text
    assert not browser.get(f"/account/{org_id}").forms
    assert "Mine" not in ids(browser.get("/accounts"))


@pytest.mark.parametrize(
    "org_id", ["org_0000000000000000000000", "x", "org_", "%00", "%C3%A9", "a b", "'"]
)
def test_an_unknown_account_is_not_found(browser: Browser, org_id: str) -> None:
    """An id that is none, or not one's own, looks like one that does not exist."""
    browser.log_in()

    assert "not found</h1>" in browser.get(f"/account/{org_id}", 404).text


def test_a_strangers_account_is_not_found(browser: Browser, realm: Realm) -> None:
    """Who does not belong to an org does not learn that it exists."""
    bob = Browser(realm)
    bob.log_in(BOB)
    zeta = ids(bob.get("/accounts"))["Zeta"]
    browser.log_in()

    assert "Organization not found" in browser.get(f"/account/{zeta}", 404).text


@pytest.mark.parametrize(
    ("path", "then"),
    [
        ("/accounts?force", "%2Faccounts%3Fforce%3D"),
        ("/profile", "%2Fprofile"),
        (
            "/account/org_0000000000000000000000",
            "%2Faccount%2Forg_0000000000000000000000",
        ),
    ],
)
def test_a_page_that_needs_a_login_comes_after_it(
    browser: Browser, path: str, then: str
) -> None:
    """Who is not logged in does so and then sees the page that was asked for."""
    mark = "&" if "?" in path else "?"
    login = browser.get(f"{path}{mark}redirect_uri={APP}x", 303)
    answer = submit(login.follow(), email="ada@example.com", password=PASSWORD)

    assert login.location.startswith(f"{URL}/login?redirect_uri=")
    assert login.location.endswith(f"then={then}")
    assert answer.location.startswith(URL + path.partition("?")[0])
    assert "redirect_uri=http%3A%2F%2F127.0.0.1%3A8000%2Fx" in answer.location


@pytest.mark.parametrize(
    "then",
    [
        "//evil.example",
        "https://evil.example",
        "login",
        "/login",
        "/logout",
        "../x",
        "/accounts/../x",
        "/\\evil.example/accounts",
        "/account/é/x",
        "profile",
    ],
)
def test_then_leads_nowhere_else(browser: Browser, then: str) -> None:
    """The parameter names pages of the realm, and only these."""
    browser.log_in()
    answer = browser.app.get("/login", params={"then": then}, status=303)

    assert answer.location.startswith(f"{APP}?token=ey")


def test_a_user_without_an_org_gets_one_of_their_own(
    make: Callable[..., Realm], database_url: str
) -> None:
    """At the first login there is one, selected and owned; later ones find it again."""
    realm = make(database=database_url)
    realm.add_user("eve@example.com", PASSWORD, first_name="Eve")
    logins = [Browser(realm).log_in("eve@example.com").location for _ in range(2)]
    first, second = (claims_in(location)["orgs"] for location in logins)

    assert [(org["name"], org["selected"]) for org in first] == [("Eve", True)]
    assert first[0]["perm"] == ["ar:owner", "ar:admin"]
    assert second == first


def test_logins_at_once_make_one_org(
    make: Callable[..., Realm], database_url: str
) -> None:
    """Four browsers of one new person end in one and the same org."""
    realm = make(database=database_url, hashing_slots=2, hashing_wait=30)
    realm.add_user("eve@example.com", PASSWORD)
    start = threading.Barrier(4)

    def log_in(_: int) -> str:
        browser = Browser(realm)
        start.wait()
        location = browser.log_in("eve@example.com").location
        return str(claims_in(location)["orgs"][0]["oid"])

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(log_in, range(4)))) == 1


@pytest.mark.parametrize(
    ("state", "expected"), [("inactive", []), ("closed", ["eve@example.com"])]
)
def test_an_org_that_is_gone_makes_room_for_another(
    make: Callable[..., Realm], state: str, expected: list[str]
) -> None:
    """One that was closed does; one that an operator took away does not."""
    realm = make()
    realm.add_user("eve@example.com", PASSWORD, org="Acme")
    with realm.writing() as database:
        database.execute(update(Org).values(state=state))
    claims = claims_in(Browser(realm).log_in("eve@example.com").location)

    assert [org["name"] for org in claims["orgs"]] == expected


def test_with_many_users_an_org_is_given(make: Callable[..., Realm]) -> None:
    """In the mode ``multi_user`` somebody in no org gets a token that names none."""
    realm = make(orgs=Orgs(mode="multi_user"))
    realm.add_user("eve@example.com", PASSWORD)
    browser = Browser(realm)
    claims = claims_in(browser.log_in("eve@example.com").location)

    assert claims["orgs"] == []
    assert "do not belong to an organization" in browser.get("/accounts?force").text


@pytest.mark.parametrize(
    ("headers", "asks"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Referer": APP}, False),
        ({"Sec-Fetch-Site": "cross-site", "Referer": "https://other.example/"}, False),
        ({"Referer": f"{URL}/accounts?a=//b"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Referer": "https://evil.example/"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, True),
        ({"Sec-Fetch-Site": "same-site"}, True),
        ({"Referer": f"https://evil.example/{APP}"}, True),
        ({"Referer": "https://other.example.evil.example/"}, True),
        ({"Origin": "null"}, True),
        ({}, True),
    ],
)
def test_a_strangers_link_switches_nothing(
    browser: Browser, headers: dict[str, str], *, asks: bool
) -> None:
    """Who comes from elsewhere is asked; from an application it is as good as done."""
    browser.log_in(BOB)
    zeta = ids(browser.get("/accounts"))["Zeta"]
    select(browser, "Acme")
    answer = browser.get(f"/login?account={zeta}&redirect_uri={APP}x", 303, **headers)
    now = claims_in(browser.get("/login", 303).location)["orgs"][0]["name"]

    assert now == ("Acme" if asks else "Zeta")
    assert answer.location.startswith(f"{URL}/accounts?" if asks else f"{APP}x?token=")


def test_the_account_of_a_login_form_is_selected(browser: Browser) -> None:
    """Who types the password at a link for an account goes there without a question."""
    org_id = ids(browser.log_in(BOB).follow())["Zeta"]
    back = browser.log_in(BOB, query=f"?account={org_id}").location

    assert claims_in(back)["orgs"][0]["name"] == "Zeta"


def test_operators_read_what_organizations_are_called(tmp_path: Path) -> None:
    """On the page of a member, and in what happened; an id says nothing to people."""
    with Guarded(settings(sqlite_url(tmp_path))) as realm:
        user_id = realm.add_user("ada@example.com", org="Analytical Engines")
        add_operator(realm)
        main = enter(realm).get(f"/operator/users/{user_id}").html.main

    assert "Analytical Engines" in main.dl.text
    assert "Organization: Analytical Engines" in " ".join(main.text.split())
    assert "org_" not in main.text
