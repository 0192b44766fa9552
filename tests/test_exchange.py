"""The exchange: what every adapter does with a request."""

from __future__ import annotations

from typing import Any

import pytest

from arware.auth import Auth, Reason
from arware.core.verdict import Verdict
from arware.errors import Forbidden, LoginRequired
from arware.exchange import Exchange, require
from arware.resources.claims import Identity
from arware.resources.org import Org

from .making import NOW, Asked, claims, flow_of

FLOW = flow_of()


def auth_of(verdict: Verdict | None = None) -> Auth:
    """Return an auth object of *verdict*, or of nobody."""
    reason = Reason.NO_CREDENTIAL if verdict is None else None
    return Auth(FLOW, Asked("/"), NOW, verdict, reason)


def somebody() -> Verdict:
    """Return a verdict that a member of an org is there."""
    return Verdict(Identity.from_claims(claims(), "token"), object())


@pytest.mark.parametrize("auth", [auth_of(), auth_of(somebody())], ids=repr)
def test_all_keys_are_set_and_overwrite_what_stood_there(auth: Auth) -> None:
    """None included; everything else stays as it was."""
    environ: dict[str, Any] = {"authrocket.user": "forged", "other": 1}
    Exchange(FLOW, auth, environ).publish()

    assert environ == {
        "authrocket.auth": auth,
        "authrocket.session": auth.session,
        "authrocket.current_session": auth.session,
        "authrocket.user": auth.user,
        "authrocket.membership": auth.membership,
        "authrocket.org": auth.org,
        "other": 1,
    }


PREFLIGHT = {
    "origin": "https://other.example",
    "access_control_request_method": "GET",
}


def test_a_decorated_view_is_not_called_for_a_preflight() -> None:
    """It is refused as any other, and answered without a body or a login."""
    auth = Auth(FLOW, Asked("/", method="OPTIONS", **PREFLIGHT), NOW)
    with pytest.raises(LoginRequired) as raised:
        require(auth, permission="any:thing", parameters={})
    auth.note(raised.value)
    response = FLOW.refused(auth)

    assert (response.status, response.body) == (204, b"")
    assert response.headers == (("Vary", "Cookie, Authorization"),)


def test_a_decorated_view_is_for_who_is_there() -> None:
    """Others are to log in."""
    with pytest.raises(LoginRequired):
        require(auth_of(), permission="any:thing", parameters={})


@pytest.mark.parametrize(
    ("org", "parameters", "good"),
    [
        (None, {}, True),
        ("org_acme", {}, True),
        ("org_other", {}, False),
        ("org_id", {"org_id": "org_acme"}, True),
        ("org_id", {"org_id": "org_other"}, False),
        ("org_id", {"org_id": None}, False),
        ("org_id", {"org_id": ""}, False),
        ("org_id", {"org_id": 5}, False),
        ("org_id", {"org_id": Org(id="org_acme")}, True),
        ("org_id", {}, False),
    ],
)
def test_an_org_may_be_named_by_a_parameter(
    org: Any, parameters: dict[str, Any], good: bool
) -> None:
    """An empty one is no org, not the current one."""
    asked = {"org": org, "parameters": parameters}
    if good:
        require(auth_of(somebody()), **asked)
    else:
        with pytest.raises(Forbidden):
            require(auth_of(somebody()), **asked)
