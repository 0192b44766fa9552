"""The exchange: what every adapter does with a request."""

from __future__ import annotations

from typing import Any

import pytest

from arware.auth import Auth, Reason
from arware.core.verdict import Verdict
from arware.exchange import Exchange
from arware.resources.claims import Identity

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
