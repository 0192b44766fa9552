"""The claims of a token, and the objects that stand for them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from arware.resources.base import Collection
from arware.resources.claims import Identity
from arware.resources.fields import Shared
from arware.resources.membership import Membership
from arware.resources.org import Org
from arware.resources.session import Session
from arware.resources.user import User

CLAIMS = {
    "sub": "usr_1",
    "rid": "rl_1",
    "sid": "kss_1",
    "iat": 1_800_000_000,
    "exp": 1_800_003_600,
    "preferred_username": "alice",
    "given_name": "Alice",
    "family_name": "Liddell",
    "name": "Alice Liddell",
    "email": "alice@example.com",
    "email_verified": True,
    "locale": "en",
    "ref": "42",
    "cs": {"colour": ["blue"]},
    "orgs": [
        {"oid": "org_1", "mid": "mb_1", "name": "One", "perm": ["a", "b"],
         "selected": False, "ref": "o1", "cs": {"x": {"y": 1}}},
        {"oid": "org_2", "mid": "mb_2", "name": "Two", "perm": ["c"],
         "selected": True},
    ],
}  # fmt: skip


def objects(**changes: Any) -> tuple[Any, Any, Any, Any]:
    """Return the objects for CLAIMS with *changes*; ``None`` takes one out."""
    claims = {k: v for k, v in {**CLAIMS, **changes}.items() if v is not None}
    return Identity.from_claims(claims, "the.raw.token").objects()


def test_s60_claims_become_objects() -> None:
    """Each field has its claim; times become aware datetimes."""
    session, user, membership, org = objects()

    assert session.id == "kss_1"
    assert session.user_id == "usr_1"
    assert session.created_at == datetime.fromtimestamp(1_800_000_000, UTC)
    assert session.expires_at == datetime.fromtimestamp(1_800_003_600, UTC)
    assert user.id == "usr_1"
    assert user.username == "alice"
    assert (user.first_name, user.last_name) == ("Alice", "Liddell")
    assert (user.name, user.email) == ("Alice Liddell", "alice@example.com")
    assert user.reference == "42"
    assert user.custom == {"colour": ["blue"]}
    assert user["realm_id"] == org["realm_id"] == "rl_1"
    assert membership.id == "mb_2"
    assert (membership.user_id, membership.org_id) == ("usr_1", "org_2")
    assert membership.permissions == ["c"]
    assert membership.selected is True
    assert (org.id, org.name) == ("org_2", "Two")


def test_objects_are_linked_to_one_another() -> None:
    """No call is needed to get from one to the other."""
    session, user, membership, org = objects()
    memberships = user.memberships()

    assert session.user is user
    assert membership.user is user
    assert membership.org is org
    assert [m.id for m in memberships] == ["mb_1", "mb_2"]
    assert memberships[1] == membership
    assert memberships[0].user is user
    assert memberships[0].org.id == "org_1"
    assert memberships[0].org.reference == "o1"
    assert memberships[0].org.custom == {"x": {"y": 1}}
    assert isinstance(memberships, Collection)


@pytest.mark.parametrize(
    ("verified", "status"),
    [(True, "verified"), (1, "verified"), ("yes", "verified"), (False, "none"),
     (None, "none"), (0, "none"), ("", "none")],
)  # fmt: skip
def test_s61_an_address_is_verified_only_for_a_truthy_claim(verified, status) -> None:
    """Else it is not known to be."""
    assert objects(email_verified=verified)[1].email_verification == status


def test_s62_the_raw_token_is_kept_on_the_session() -> None:
    """And shows in no repr."""
    session = objects()[0]

    assert session.token == "the.raw.token"
    assert "the.raw.token" not in repr(session)
    assert "kss_1" not in repr(session)


def test_s64_unknown_claims_are_ignored() -> None:
    """They become no fields."""
    for thing in objects(unknown={"x": 1}, aud="anybody"):
        assert "unknown" not in thing
        assert "aud" not in thing


SELECTED = {"oid": "org_9", "mid": "mb_9", "selected": True}


@pytest.mark.parametrize(
    ("orgs", "current"),
    [
        ([{"oid": "org_1"}, SELECTED, {"oid": "org_3", "selected": True}], "org_9"),
        ([{"oid": "org_1"}, {"oid": "org_2"}], "org_1"),
        ([{"oid": "org_1", "selected": "true"}, SELECTED], "org_9"),
        (["text", {"oid": "org_1"}], "org_1"),
        ([], None),
        (["text"], None),
        ("text", None),
        (None, None),
    ],
)
def test_s72_the_current_membership_is_the_first_that_is_selected(orgs, current):
    """Else the first, else none."""
    _, _, membership, org = objects(orgs=orgs)

    assert (org.id if org else None) == current
    assert (membership.org_id if membership else None) == current


def test_an_empty_list_of_orgs_needs_no_call() -> None:
    """The token has told that there are none."""
    assert objects(orgs=[])[1].memberships() == []


@pytest.mark.parametrize("permissions", [None, "text", {}, 7])
def test_permissions_are_always_a_list(permissions: Any) -> None:
    """Whatever the claim is."""
    org = {"oid": "org_1", "mid": "mb_1"}
    if permissions is not None:
        org["perm"] = permissions
    membership = objects(orgs=[org])[2]

    assert membership.permissions == []
    assert membership.selected is False


def test_each_call_makes_fresh_objects() -> None:
    """Nothing that can be changed is shared with what another call returns."""
    identity = Identity.from_claims(CLAIMS, "token")
    one, other = identity.objects(), identity.objects()
    one[1].custom["colour"].append("red")
    one[2].permissions.append("x")
    one[1].memberships()[0].org.custom["x"]["y"] = 2
    one[1].memberships().append("x")

    assert other[1].custom == {"colour": ["blue"]}
    assert other[2].permissions == ["c"]
    assert other[1].memberships()[0].org.custom == {"x": {"y": 1}}
    assert CLAIMS["cs"] == {"colour": ["blue"]}
    assert all(a is not b and a == b for a, b in zip(one, other, strict=True))


def test_an_identity_tells_what_the_flow_wants_to_know() -> None:
    """And nothing more in its repr."""
    identity = Identity.from_claims(CLAIMS, "the.raw.token")

    assert (identity.sub, identity.sid, identity.rid) == ("usr_1", "kss_1", "rl_1")
    assert (identity.exp, identity.email) == (1_800_003_600, "alice@example.com")
    assert identity.token == "the.raw.token"
    assert repr(identity) == "Identity(sub='usr_1')"


@pytest.mark.parametrize("kind", [User, Org, Session, Membership])
def test_s86_objects_are_equal_by_class_and_id(kind: Any) -> None:
    """Without an id only an object itself is equal to it."""
    one, other, third = kind(id="x"), kind(id="x"), kind(id="y")
    unsaved = kind()

    assert one == other
    assert hash(one) == hash(other)
    assert one != third
    assert unsaved == unsaved
    assert unsaved != kind()
    assert one != Org(id="x") or kind is Org
    assert one != "x"


def test_shared_data_tell_their_names_only() -> None:
    """They hold the token, and show up wherever locals are printed."""
    shown = repr(Shared(token="secret.token.text", user_id="usr_1"))

    assert shown == "Shared(<token, user_id>)"
