"""API tokens: made, redeemed and ended."""

from __future__ import annotations

import jwt
import pytest

from ... import people
from ...features.api_tokens.commands import token
from ...models import User
from ...realm import Realm
from ..operating import told
from ..support import ADA, Clock, caller_at


def test_a_token_stands_for_its_user(any_realm: Realm) -> None:
    """What it is redeemed for is a login token, whose session is the API token."""
    made = any_realm.add_api_token(ADA, "reports")
    redeemed = any_realm.redeem_api_token(made)
    (issued,) = any_realm.api_tokens()

    assert redeemed is not None
    claims = jwt.decode(redeemed, options={"verify_signature": False})
    assert (claims["email"], claims["sid"]) == (ADA, issued.id)
    assert any_realm.redeem_api_token(made.swapcase()) is None


def test_it_ends_in_time_or_by_hand(realm: Realm, clock: Clock) -> None:
    """Then it stands for nobody, for good."""
    short, long = (realm.add_api_token(ADA, "x", days=days) for days in (1, 0))
    clock.forward(minutes=24 * 60)
    ids = {one.state: one.id for one in realm.api_tokens()}

    assert realm.redeem_api_token(short) is None
    assert realm.revoke_api_token(ids["active"])
    assert not realm.revoke_api_token(ids["active"])
    assert realm.redeem_api_token(long) is None


def test_the_first_proof_of_an_address_ends_those_before(
    realm: Realm, ada: User
) -> None:
    """A stranger may have made them who signed up with the address."""
    made = realm.add_api_token(ADA, "x")
    with realm.writing() as db:
        user = people.by_email(db, ADA)
        assert user is not None
        people.prove_address(realm, db, user, caller_at(realm.now))

    assert user.id == ada.id
    assert realm.redeem_api_token(made) is None


def test_the_operator_makes_lists_and_ends_them(realm: Realm) -> None:
    """The token is shown once, and never in the list."""
    (made,) = told(realm, token, "add", ADA, "--name", "reports")
    (listed,) = told(realm, token, "list")
    (ended,) = told(realm, token, "revoke", listed["id"])

    assert realm.redeem_api_token(made["token"]) is None
    assert made["token"] not in str(listed)
    assert (listed["state"], listed["name"]) == ("active", "reports")
    assert ended == {"id": listed["id"], "state": "revoked"}
    with pytest.raises(ValueError, match="alive"):
        told(realm, token, "revoke", made["token"])
