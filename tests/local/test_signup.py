"""Who signs up gets back to the application with an org."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from arware.local import Realm
from tests.local.support import APP, Browser, claims_in

#: The row of the threat model that these tests are about.
pytestmark = pytest.mark.t79


def test_a_signup_logs_in_and_returns(make: Callable[..., Realm]) -> None:
    """Somebody new arrives at the application as the owner of an org."""
    realm = make()
    answer = Browser(realm).sign_up(
        email="New@Example.com",
        first_name=" Grace ",
        last_name="Hopper",
        org_name="Steps-Matic",
    )
    claims = claims_in(answer.location)

    assert answer.location.startswith(f"{APP}?token=ey")
    assert claims["email"] == "new@example.com"
    assert claims["name"] == "Grace Hopper"
    assert claims["given_name"] == "Grace"
    assert claims["orgs"][0]["name"] == "Steps-Matic"
    assert claims["orgs"][0]["perm"] == ["ar:owner", "ar:admin"]
    assert claims["orgs"][0]["selected"] is True


@pytest.mark.parametrize(
    ("fields", "name"),
    [({}, "new@example.com"), ({"first_name": "Grace"}, "Grace")],
)
def test_an_org_without_a_name_is_called_after_its_owner(
    make: Callable[..., Realm], fields: dict[str, str], name: str
) -> None:
    """The org's name may be left out."""
    answer = Browser(make()).sign_up(**fields)

    assert claims_in(answer.location)["orgs"][0]["name"] == name
