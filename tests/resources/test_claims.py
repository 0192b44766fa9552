"""The objects that a token stands for."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from arware.api.client import Client
from arware.resources.claims import Identity
from arware.resources.membership import Membership
from arware.resources.org import Org
from tests.api.servers import Api
from tests.effort import effort

CLAIMS: dict[str, Any] = {
    "iss": "https://authrocket.com",
    "sub": "usr_1",
    "rid": "rl_1",
    "sid": "kss_1",
    "iat": 1735689600,
    "exp": 1735711200,
    "name": "Alice Doe",
    "email": "alice@example.com",
    "email_verified": True,
    "preferred_username": "alice",
    "given_name": "Alice",
    "family_name": "Doe",
    "locale": "en",
    "ref": "r1",
    "cs": {"plan": ["a"]},
    "orgs": [
        {"mid": "mb_1", "oid": "org_1", "name": "One", "perm": ["ar:owner"]},
        {
            "mid": "mb_2",
            "oid": "org_2",
            "name": "Two",
            "perm": ["x"],
            "selected": True,
            "ref": "two",
            "cs": {"k": {"v": 1}},
        },
    ],
}


def identity(**changes: Any) -> Identity:
    """Return the identity of the claims above, changed."""
    claims = {**CLAIMS, **changes}
    return Identity.from_claims(
        {n: v for n, v in claims.items() if v is not ...}, "raw.token.text"
    )


def test_claims_become_linked_objects() -> None:
    """Every claim has its field, and the objects know one another."""
    session, user, membership, org = identity().objects()
    assert membership is not None
    assert org is not None

    assert (
        session.id,
        session.user_id,
        session.token,
    ) == ("kss_1", "usr_1", "raw.token.text")
    assert datetime(2025, 1, 1, tzinfo=UTC) == session.created_at
    assert datetime(2025, 1, 1, 6, tzinfo=UTC) == session.expires_at
    assert user.attributes == {
        "id": "usr_1",
        "realm_id": "rl_1",
        "username": "alice",
        "first_name": "Alice",
        "last_name": "Doe",
        "name": "Alice Doe",
        "email": "alice@example.com",
        "email_verification": "verified",
        "locale": "en",
        "reference": "r1",
        "custom": {"plan": ["a"]},
    }
    assert (
        membership.id,
        membership.permissions,
        membership.selected,
        membership.user_id,
        membership.org_id,
    ) == ("mb_2", ["x"], True, "usr_1", "org_2")
    assert (
        org.id,
        org.realm_id,
        org.name,
        org.reference,
        org.custom,
    ) == ("org_2", "rl_1", "Two", "two", {"k": {"v": 1}})
    assert session.user is user
    assert membership.user is user
    assert membership.org is org


def test_all_memberships_need_no_call() -> None:
    """The current one's like is among them, in its place."""
    _, user, current, org = identity().objects()
    memberships = user.memberships()

    assert [Membership(id="mb_1"), Membership(id="mb_2")] == memberships
    assert memberships[1] == current
    assert memberships is user.memberships()
    assert [Org(id="org_1"), org] == user.orgs()
    assert all(membership.user is user for membership in memberships)


@pytest.mark.parametrize(
    ("orgs", "current"),
    [
        ([], None),
        (None, None),
        ("odd", None),
        ([7, None], None),
        ([{"mid": "a"}], "a"),
        ([{"mid": "a"}, {"mid": "b", "selected": True}, {"mid": "c"}], "b"),
        ([{"mid": "a", "selected": False}, {"mid": "b"}], "a"),
        ([{"mid": "a", "selected": "false"}, {"mid": "b", "selected": True}], "b"),
    ],
)
def test_the_current_membership_is_the_selected_or_the_first(
    orgs: Any, current: str | None
) -> None:
    """And ``None`` where there is none."""
    membership = identity(orgs=orgs).objects()[2]

    assert current == (membership.id if membership else None)


def test_without_the_claim_memberships_are_asked_for(api: Api, client: Client) -> None:
    """As in the gem: a realm whose tokens have no orgs is asked."""
    from arware.api.calls import Context

    api.will({"collection": [{"object": "membership", "id": "mb_9"}]})
    user = identity(orgs=...).objects(Context(client))[1]
    none = identity(orgs=[]).objects(Context(client))[1]

    assert [Membership(id="mb_9")] == user.memberships()
    assert none.memberships() == []
    assert [seen.target for seen in api.seen] == ["/v2/memberships?user_id=usr_1"]


@pytest.mark.parametrize(
    ("claim", "expected"),
    [(True, "verified"), (False, "none"), (None, "none"), (..., "none")],
)
def test_an_address_is_verified_or_not(claim: Any, expected: str) -> None:
    """Absent means not."""
    assert expected == identity(email_verified=claim).objects()[1].email_verification


def test_what_one_request_changes_no_other_sees() -> None:
    """Nested values are the object's own, all the way down."""
    one = identity()
    _, user, membership, org = one.objects()
    assert user.custom is not None
    assert membership is not None
    assert org is not None
    assert org.custom is not None
    user.custom["plan"].append("b")
    membership.permissions.append("ar:admin")
    org.custom["k"]["v"] = 2
    org["custom"]["k"]["w"] = 2
    user.memberships()[0].permissions.clear()
    _, other, again, place = one.objects()
    assert again is not None
    assert place is not None

    assert other.custom == {"plan": ["a"]}
    assert again.permissions == ["x"]
    assert place.custom == {"k": {"v": 1}}
    assert other.memberships()[0].permissions == ["ar:owner"]
    # What is the object's own stays as it was changed.
    assert user.custom == {"plan": ["a", "b"]}
    assert membership.permissions == ["x", "ar:admin"]


def test_the_token_shows_nowhere() -> None:
    """Neither in the identity nor in its objects."""
    one = identity()
    shown = repr(one) + repr(one.objects())

    assert "raw.token" not in shown
    assert "kss_1" not in shown


def test_four_objects_cost_next_to_nothing() -> None:
    """They are made for each request, for less than it takes to read the claims."""
    one = identity(orgs=CLAIMS["orgs"][1:])
    text = json.dumps(CLAIMS)

    def often(act: Callable[[], object]) -> Callable[[], object]:
        return lambda: [act() for _ in range(2000)]

    assert effort(often(one.objects), 15) < effort(often(lambda: json.loads(text)), 15)
