"""The tokens say what AuthRocket's say, and anybody can verify them."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key

from arware.local import Realm
from arware.resources.claims import Identity
from tests.local.support import (
    APP,
    PASSWORD,
    START,
    Browser,
    Clock,
    claims_in,
    decode,
    token_in,
)

#: The row of the threat model that these tests are about.
pytestmark = pytest.mark.t78


@pytest.fixture
def realm(lasting_realm: Realm) -> Realm:
    """Share one realm: nothing here changes its users."""
    return lasting_realm


def test_header_is_kid_and_alg_and_nothing_else(realm: Realm, browser: Browser) -> None:
    """The header has exactly ``kid`` and ``alg``."""
    header, _ = decode(token_in(browser.log_in().location))

    assert header == {"kid": realm.keys.signer.kid, "alg": "RS256"}


def test_claims_of_a_member(realm: Realm, browser: Browser) -> None:
    """All claims of the protocol are there, with one selected org, and no others."""
    claims = claims_in(browser.log_in().location)
    org = claims["orgs"][0]

    assert list(claims) == [
        "exp",
        "iat",
        "iss",
        "rid",
        "sid",
        "sub",
        "name",
        "email",
        "email_verified",
        "given_name",
        "family_name",
        "auth_time",
        "amr",
        "remembered",
        "orgs",
    ]
    assert (claims["auth_time"], claims["amr"]) == (START, ["password"])
    assert claims["remembered"] is False
    assert claims["iat"] == START
    assert claims["exp"] == START + 360 * 60
    assert claims["iss"] == "https://authrocket.com"
    assert claims["rid"] == realm.id
    assert claims["name"] == "Ada L"
    assert claims["email"] == "ada@example.com"
    assert claims["email_verified"] is False
    assert len(claims["orgs"]) == 1
    assert list(org) == ["oid", "perm", "name", "selected", "mid"]
    assert org["perm"] == ["ar:owner", "ar:admin"]
    assert org["selected"] is True


@pytest.mark.parametrize(
    ("claim", "prefix"), [("sub", "usr_"), ("rid", "rl_"), ("sid", "kss_")]
)
def test_ids_have_a_prefix_and_22_characters(
    browser: Browser, claim: str, prefix: str
) -> None:
    """Ids look like the service's."""
    value = claims_in(browser.log_in().location)[claim]

    assert value.startswith(prefix)
    assert len(value) == len(prefix) + 22
    assert value.removeprefix(prefix).isalnum()


def test_optional_claims_appear_with_their_values(make: Callable[..., Realm]) -> None:
    """Username, locale, reference and custom data are told when there are any."""
    realm = make()
    realm.add_user(
        "eve@example.com",
        PASSWORD,
        username="eve",
        locale="fr",
        reference="no 7",
        custom={"plan": "gold"},
        email_verified=True,
    )
    claims = claims_in(Browser(realm).log_in("eve@example.com").location)

    assert claims["preferred_username"] == "eve"
    assert claims["locale"] == "fr"
    assert claims["ref"] == "no 7"
    assert claims["cs"] == {"plan": "gold"}
    assert claims["email_verified"] is True
    assert claims["name"] == "eve@example.com"


def test_who_has_no_address_has_no_claims_about_one(
    make: Callable[..., Realm],
) -> None:
    """The name is the user name then; an application reads no address (AK-F02)."""
    realm = make()
    realm.add_user(username="eve", password=PASSWORD)
    token = token_in(Browser(realm).log_in("eve").location)
    claims = decode(token)[1]
    session, user, _, _ = Identity.from_claims(claims, token).objects()

    assert {"email", "email_verified"}.isdisjoint(claims)
    assert (user.email, user.name, user.username) == (None, "eve", "eve")
    assert user.email_verification == "none"
    assert (session.auth_time.timestamp(), session.amr) == (START, ["password"])
    assert session.remembered is False


def test_a_token_never_outlives_its_session(
    make: Callable[..., Realm], clock: Clock
) -> None:
    """Near the end of a session its tokens are shorter."""
    realm = make(session_minutes=100, idle_minutes=100, jwt_minutes=60)
    realm.add_user("ada@example.com", PASSWORD)
    browser = Browser(realm)
    browser.log_in()
    clock.forward(minutes=90)
    claims = claims_in(browser.get("/login", 303).location)

    assert claims["exp"] == START + 100 * 60
    assert claims["iat"] == START + 90 * 60


@pytest.mark.parametrize("way", ["n and e", "x5c"])
def test_a_stranger_verifies_the_token_with_the_published_key(
    browser: Browser, way: str
) -> None:
    """PyJWT believes it, by the modulus or by the bare public key of ``x5c``."""
    token = token_in(browser.log_in().location)
    (entry,) = browser.get("/connect/jwks").json["keys"]
    key: Any = (
        jwt.PyJWK(entry).key
        if way == "n and e"
        else load_der_public_key(base64.b64decode(entry["x5c"][0], validate=True))
    )
    claims = jwt.decode(
        token,
        key,
        algorithms=["RS256"],
        options={"verify_exp": False, "verify_iat": False},
    )

    assert entry["kid"] == jwt.get_unverified_header(token)["kid"]
    assert claims["email"] == "ada@example.com"


def test_key_document(browser: Browser, realm: Realm) -> None:
    """The document has the members of the protocol and may be cached."""
    answer = browser.get("/connect/jwks")

    assert answer.json == realm.public_keys()
    assert set(answer.json["keys"][0]) == {
        "kid",
        "alg",
        "use",
        "kty",
        "n",
        "e",
        "x5c",
    }
    assert answer.content_type == "application/json"
    assert answer.headers["Cache-Control"] == "public, max-age=30"
    assert "Set-Cookie" not in answer.headers


def test_the_document_cannot_be_changed_from_outside(realm: Realm) -> None:
    """Each caller gets a document of its own."""
    realm.public_keys()["keys"][0]["x5c"].clear()

    assert realm.public_keys()["keys"][0]["x5c"]


def test_our_own_session_reads_the_token(realm: Realm, browser: Browser) -> None:
    """An adapter gets the realm's keys, one object while they are the same."""
    token = token_in(browser.log_in(query=f"?redirect_uri={APP}").location)
    kid = decode(token)[0]["kid"]

    assert len(realm.key_set().find(kid)) == 1
    assert realm.key_set() is realm.key_set()
