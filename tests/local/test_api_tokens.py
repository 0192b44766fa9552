"""API tokens: made once, shown once, redeemed while they count, on both databases."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from arware.local import Realm
from arware.local.features.api_tokens.models import ApiToken
from arware.local.features.orgs.models import Membership, Org
from arware.local.models import User
from arware.tokens.jwt import Rules, check_claims, check_signature, parse
from tests.local.conftest import with_people
from tests.local.support import (
    OTHER_PASSWORD,
    PASSWORD,
    START,
    Browser,
    Clock,
    claims_in,
    decode,
    form_with,
    submit,
)

#: The row of the threat model that these tests are about.
pytestmark = pytest.mark.t74

DAY = 86_400
ADA, BOB = "ada@example.com", "bob@example.com"


@pytest.fixture
def realm(make: Callable[..., Realm], database_url: str) -> Realm:
    """Return a realm with people, once on each database."""
    return with_people(make(database=database_url))


def claims_of(realm: Realm, token: str) -> dict[str, Any]:
    """Return the claims of what *token* is redeemed for."""
    redeemed = realm.redeem_api_token(token)
    assert redeemed is not None
    return decode(redeemed)[1]


def rows(realm: Realm) -> list[ApiToken]:
    """Return what is stored."""
    with realm.reading() as database:
        return list(database.scalars(select(ApiToken)))


def test_asvs_7_2_3_a_token_is_256_bits_and_only_a_digest_is_kept(realm: Realm) -> None:
    """No two are alike, and what is stored neither is nor holds one."""
    tokens = {realm.add_api_token(ADA, "reports") for _ in range(20)}
    stored = rows(realm)

    assert all(re.fullmatch("art_[0-9A-Za-z]{49}", token) for token in tokens)
    assert len(tokens) == len({row.digest for row in stored}) == 20
    kept = [str(value) for row in stored for value in vars(row).values()]
    assert not [text for text in kept if any(t[4:] in text for t in tokens)]
    assert not [t for t in tokens if t in repr(realm.api_tokens())]


#: Claims that say how somebody logged in.
OF_SESSIONS = {"amr", "auth_time", "remembered"}


def test_what_it_is_redeemed_for_is_what_a_login_gets(realm: Realm) -> None:
    """The same claims, signed with our key, but for the session's own and its id."""
    login = claims_in(Browser(realm).log_in().location)
    login = {name: login[name] for name in login.keys() - OF_SESSIONS}
    token = realm.add_api_token(ADA, "reports")
    text = realm.redeem_api_token(token)
    assert text is not None
    redeemed = decode(text)[1]
    (issued,) = realm.api_tokens()

    assert redeemed == login | {"sid": issued.id}
    assert issued.id.startswith("at_")
    parsed = parse(text)
    check_claims(parsed, Rules(realm.issuer, realm.id), START)
    check_signature(parsed, realm.key_set())


@pytest.mark.parametrize(
    ("days", "later", "ends"),
    [
        (90, 0, 360 * 60),
        (1, DAY - 60, DAY),
        (1, DAY - 1, DAY),
        (1, DAY, None),
        (1, 2 * DAY, None),
        (0, 4000 * DAY, 4000 * DAY + 360 * 60),
    ],
)
def test_the_earlier_end_counts(
    realm: Realm, clock: Clock, days: int, later: float, ends: int | None
) -> None:
    """A login token outlives neither its own time nor the API token's."""
    token = realm.add_api_token(ADA, "reports", days=days)
    clock.forward(seconds=later)

    if ends is None:
        assert realm.redeem_api_token(token) is None
        assert [one.state for one in realm.api_tokens()] == ["expired"]
    else:
        assert claims_of(realm, token)["exp"] == START + ends
        assert [one.state for one in realm.api_tokens()] == ["active"]


def test_ninety_days_are_what_it_gets_unasked(realm: Realm) -> None:
    """One without an end has to be asked for."""
    realm.add_api_token(ADA, "a")
    realm.add_api_token(ADA, "b", days=0)

    ends = {one.name: one.expires_at for one in realm.api_tokens()}
    assert ends == {"a": START + 90 * DAY, "b": None}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "art_",
        "art_" + "x" * 43,
        "art_" + "x" * 100_000,
        "\x00",
        "\ud800",
        "%' OR 1=1 --",
    ],
    ids=range(7),
)
def test_what_is_unknown_is_nothing(realm: Realm, text: str) -> None:
    """Whatever it looks like."""
    realm.add_api_token(ADA, "reports")

    assert realm.redeem_api_token(text) is None


def test_a_token_is_only_itself(realm: Realm) -> None:
    """Neither its id, nor its digest, nor another spelling of it is one."""
    token = realm.add_api_token(ADA, "reports")
    (row,) = rows(realm)
    others = [row.id, row.digest, token.lower(), token[4:], token + "x", f" {token}"]

    assert [realm.redeem_api_token(other) for other in others] == [None] * 6
    assert realm.redeem_api_token(token) is not None


def test_a_revoked_token_is_nothing(realm: Realm, clock: Clock) -> None:
    """For good, at once; a second time there is none to revoke, and others stand."""
    token, other = (realm.add_api_token(ADA, name) for name in "ab")
    first = next(one for one in realm.api_tokens() if one.name == "a")
    clock.forward(seconds=5)

    assert realm.revoke_api_token(first.id)
    assert realm.redeem_api_token(token) is None
    assert realm.redeem_api_token(other) is not None
    assert not realm.revoke_api_token(first.id)
    assert not realm.revoke_api_token("at_unknown")
    found = {one.name: (one.state, one.revoked_at) for one in realm.api_tokens()}
    assert found == {"a": ("revoked", START + 5), "b": ("active", None)}


def test_who_is_shut_out_has_no_tokens(realm: Realm) -> None:
    """As long as it lasts."""
    token = realm.add_api_token(ADA, "reports")
    realm.set_user_state(ADA, "inactive")

    assert realm.redeem_api_token(token) is None
    assert [one.state for one in realm.api_tokens()] == ["inactive"]
    with pytest.raises(ValueError, match="is disabled"):
        realm.add_api_token(ADA, "another")
    realm.set_user_state(ADA, "active")
    assert realm.redeem_api_token(token) is not None


def test_who_is_gone_has_no_tokens(realm: Realm) -> None:
    """They go with their user."""
    token = realm.add_api_token(ADA, "reports")
    with realm.writing() as database:
        database.execute(delete(User).where(User.email == ADA))

    assert realm.redeem_api_token(token) is None
    assert rows(realm) == []


@pytest.mark.parametrize("state", ["closed", "inactive"])
def test_a_token_of_a_closed_org_is_nothing(realm: Realm, state: str) -> None:
    """It does not become one of no org, or of another."""
    token = realm.add_api_token(BOB, "reports", org="Zeta")
    with realm.writing() as database:
        database.execute(update(Org).where(Org.name == "Zeta").values(state=state))

    assert realm.redeem_api_token(token) is None
    assert [one.state for one in realm.api_tokens()] == ["inactive"]


@pytest.mark.parametrize("gone", ["membership", "org"])
def test_a_token_ends_with_the_membership_and_with_the_org(
    realm: Realm, gone: str
) -> None:
    """Bob is still in another org, for which it was not made."""
    token = realm.add_api_token(BOB, "reports", org="Zeta")
    with realm.writing() as database:
        org_id = database.scalars(select(Org.id).where(Org.name == "Zeta")).one()
        if gone == "org":
            database.execute(delete(Org).where(Org.id == org_id))
        else:
            database.execute(delete(Membership).where(Membership.org_id == org_id))

    assert realm.redeem_api_token(token) is None


def test_a_token_acts_in_the_org_that_it_was_made_for(realm: Realm) -> None:
    """By name or by id; the permissions are those of today."""
    by_name = realm.add_api_token(BOB, "a", org="Zeta")
    (org,) = claims_of(realm, by_name)["orgs"]
    by_id = realm.add_api_token(BOB, "b", org=org["oid"])
    with realm.writing() as database:
        database.execute(
            update(Membership)
            .where(Membership.id == org["mid"])
            .values(permissions=["y"])
        )

    assert (org["name"], org["perm"], org["selected"]) == ("Zeta", ["x"], True)
    assert claims_of(realm, by_id)["orgs"] == [org | {"perm": ["y"]}]
    assert {one.org for one in realm.api_tokens()} == {"Zeta"}


def test_an_only_org_is_meant_and_none_is_none(realm: Realm) -> None:
    """One that was made without an org stays without, whatever its user joins."""
    realm.add_user("eve@example.com", PASSWORD)
    token = realm.add_api_token("eve@example.com", "x")
    with realm.writing() as database:
        user_id = database.scalars(
            select(User.id).where(User.email == "eve@example.com")
        ).one()
        org_id = database.scalars(select(Org.id).where(Org.name == "Acme")).first()
        database.add(
            Membership(
                id="mb_1",
                user_id=user_id,
                org_id=org_id,
                permissions=["ar:owner"],
                created_at=START,
            )
        )

    assert claims_of(realm, token)["orgs"] == []
    ada = claims_of(realm, realm.add_api_token(ADA, "x"))
    assert [org["name"] for org in ada["orgs"]] == ["Acme"]


@pytest.mark.parametrize(
    ("email", "name", "options", "said"),
    [
        ("nobody@example.com", "x", {}, "there is no user nobody@example.com"),
        ("not an address", "x", {}, "there is no user"),
        (ADA, "", {}, "name: Say what the token is for"),
        (ADA, "x" * 101, {}, "name: Enter a name of at most 100"),
        (ADA, "a\x1b[2Jb", {}, "name: Enter a name"),
        (ADA, "x", {"days": -1}, "days: Give 1 to 3650, or 0"),
        (ADA, "x", {"days": 3651}, "days: Give 1 to 3650, or 0"),
        (ADA, "x", {"org": "Zeta"}, "ada@example.com is in no org Zeta"),
        (ADA, "x", {"org": ""}, "is in no org"),
        (BOB, "x", {}, "is in several; name one of: Acme, Zeta"),
    ],
)
def test_what_is_wrong_is_said(
    realm: Realm, email: str, name: str, options: dict[str, Any], said: str
) -> None:
    """And nothing is made."""
    with pytest.raises(ValueError, match=re.escape(said)):
        realm.add_api_token(email, name, **options)

    assert realm.api_tokens() == []


def test_two_orgs_of_one_name_are_told_apart_by_id(realm: Realm) -> None:
    """It says which ids there are."""
    with realm.writing() as database:
        database.execute(update(Org).values(name="Acme"))
    with pytest.raises(ValueError, match="several are called Acme") as caught:
        realm.add_api_token(BOB, "x", org="Acme")
    first = re.findall("org_[0-9A-Za-z]{22}", str(caught.value))[0]

    token = realm.add_api_token(BOB, "x", org=first)
    assert claims_of(realm, token)["orgs"][0]["oid"] == first


def test_its_use_is_noted_once_a_minute(realm: Realm, clock: Clock) -> None:
    """Each time would write to the database each time."""
    token = realm.add_api_token(ADA, "reports")
    seen = [realm.api_tokens()[0].last_used_at]
    for seconds in (0, 59, 1, 59, 1):
        clock.forward(seconds=seconds)
        realm.redeem_api_token(token)
        seen.append(realm.api_tokens()[0].last_used_at)

    used = [None if moment is None else moment - START for moment in seen]
    assert used == [None, 0, 0, 60, 60, 120]


def test_a_token_in_use_moves_on_to_the_newest_secret(
    make: Callable[..., Realm], database_url: str, clock: Clock
) -> None:
    """So that the old secret can be taken away; one that is not used goes with it."""
    old, new = "o" * 40, "n" * 40
    first = with_people(make(database=database_url, secret=old))
    used, unused = (first.add_api_token(ADA, name) for name in "ab")
    both = make(database=database_url, secret=(new, old))
    both.redeem_api_token(used)
    only_new = make(database=database_url, secret=new)

    assert only_new.redeem_api_token(used) is not None
    assert only_new.redeem_api_token(unused) is None
    assert both.redeem_api_token(unused) is not None


def test_a_new_password_leaves_tokens_alone(realm: Realm) -> None:
    """They are ended by name; whoever changes it is told so in the documentation."""
    token = realm.add_api_token(ADA, "reports")
    browser = Browser(realm)
    browser.log_in()
    changed = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
    page = browser.get("/profile")
    submit(page, form_with(page, "new_password"), **changed)

    assert browser.log_in(password=OTHER_PASSWORD)
    assert realm.redeem_api_token(token) is not None


def test_a_token_is_no_session(realm: Realm) -> None:
    """Its id does not log in, is not active, and can log nobody out (RQ-J5)."""
    realm.redeem_api_token(token := realm.add_api_token(ADA, "reports"))
    (issued,) = realm.api_tokens()
    browser = Browser.holding(realm, arrealm=token)

    assert not realm.is_session_active(issued.id)
    assert browser.get("/profile", 303).location.startswith("http://127.0.0.1:8001/")
    Browser(realm).get(f"/logout?session={issued.id}", "*")
    assert realm.redeem_api_token(token) is not None


def test_a_revocation_while_it_is_used_holds(realm: Realm) -> None:
    """Many redeem, one revokes: what is asked for after that is refused."""
    token = realm.add_api_token(ADA, "reports")
    (issued,) = realm.api_tokens()
    revoked = threading.Event()
    late: list[str | None] = []
    early: list[str | None] = []
    start = threading.Barrier(5)

    def use() -> None:
        start.wait()
        for _ in range(20):
            was_revoked = revoked.is_set()
            (late if was_revoked else early).append(realm.redeem_api_token(token))
        revoked.wait(30)
        late.append(realm.redeem_api_token(token))

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    start.wait()
    assert realm.revoke_api_token(issued.id)
    revoked.set()
    for thread in threads:
        thread.join()

    assert len(late) >= 4
    assert set(late) == {None}
    assert [row.revoked_at for row in rows(realm)] == [START]


def test_t37_no_log_line_holds_a_token(
    realm: Realm, caplog: pytest.LogCaptureFixture
) -> None:
    """They tell its id, and whose it is."""
    with caplog.at_level(logging.DEBUG):
        token = realm.add_api_token(ADA, "reports")
        jwt = realm.redeem_api_token(token)
        (issued,) = realm.api_tokens()
        realm.revoke_api_token(issued.id)

    assert f"api token added token_id={issued.id} user={issued.user_id}" in caplog.text
    assert f"api token revoked token_id={issued.id}" in caplog.text
    assert token not in caplog.text
    assert jwt is not None
    assert jwt not in caplog.text
