"""Clocks that are set back, and clocks that differ: what is remembered, what counts."""

from __future__ import annotations

from typing import Any

import pytest

from arware.core.effects import (
    NeedApiToken,
    NeedRevocation,
    NeedSession,
    SessionState,
)
from arware.core.flow import Flow
from arware.tokens.api_tokens import new_api_token
from tests.making import (
    HTML,
    NOW,
    Asked,
    Revoked,
    claims,
    cookie_of,
    flow_of,
    realm,
    result,
    walk,
)

API = {"api_key": "ks_1", "url": "https://api.example/v2"}
API_TOKEN = new_api_token(b"0123456789abcdef0123456789abcdef")
HOUR = 3600
BACK = [1, 5, 6, 60, HOUR, 30 * 24 * HOUR]


def asked_by(flow: Flow, request: Asked, now: float, *answers: Any) -> list[type]:
    """Return of which types the effects are that *flow* needs for *request*."""
    outcome = flow.process_request(request, now)
    effects = [] if hasattr(outcome, "reason") else walk(outcome, *answers)[0]
    return [type(effect) for effect in effects]


def long_lived(**changes: Any) -> str:
    """Return a token that was good a year ago, and still is."""
    year = 365 * 24 * HOUR
    return realm().sign(claims(iat=int(NOW) - year, exp=int(NOW) + year, **changes))


def request_of(way: str, token: str) -> Asked:
    """Return the request that shows *token* as a cookie or in a header."""
    if way == "cookie":
        return Asked(cookie=cookie_of(token))
    return Asked(authorizations=(f"Bearer {token}",))


@pytest.mark.parametrize("back", BACK)
@pytest.mark.parametrize(
    ("way", "kind"),
    [
        ("cookie", NeedRevocation),
        ("cookie", NeedSession),
        ("bearer", NeedSession),
        ("api token", NeedApiToken),
    ],
)
def test_f8_what_was_asked_after_now_is_asked_again(way, kind, back) -> None:
    """Whatever was said good in what now is the future says nothing."""
    options = {
        NeedRevocation: {"known": Revoked(shared=True)},
        NeedSession: {"check_session": HOUR},
        NeedApiToken: API,
    }[kind]
    flow, token = flow_of(**options), long_lived()
    answer = {
        NeedRevocation: False,
        NeedSession: SessionState(True, NOW + HOUR),
        NeedApiToken: token,
    }[kind]
    request = request_of(way, API_TOKEN if kind is NeedApiToken else token)

    assert asked_by(flow, request, NOW, answer) == [kind]
    assert asked_by(flow, request, NOW + 1) == []
    answers = [answer] if back > 5 else []
    assert asked_by(flow, request, NOW - back, *answers) == [kind] * len(answers)


@pytest.mark.parametrize("back", BACK)
def test_f8_a_refusal_of_an_api_token_after_now_is_none(back) -> None:
    """A token that was made meanwhile gets in, for all the refusals of the future."""
    flow = flow_of(**API)
    request = Asked(authorizations=(f"Bearer {API_TOKEN}",))

    assert asked_by(flow, request, NOW, None) == [NeedApiToken]
    assert asked_by(flow, request, NOW + 1) == []
    assert asked_by(flow, request, NOW - back, None) == [NeedApiToken]


def test_f8_a_clock_that_goes_on_from_the_past_asks_as_often_as_ever() -> None:
    """Once asked again, what is remembered is of the clock as it is now."""
    flow, past = flow_of(known=Revoked(shared=True)), NOW - HOUR
    request = request_of("cookie", long_lived())
    asked_by(flow, request, NOW, False)
    moments = [past, past + 1, past + 29, past + 30, past + 31]

    answers = {past: [False], past + 30: [False]}
    asked = [
        len(asked_by(flow, request, now, *answers.get(now, ()))) for now in moments
    ]
    assert asked == [1, 0, 0, 1, 0]


# --- Leeway ------------------------------------------------------------------------


@pytest.mark.parametrize("leeway", [0, 5, 120])
@pytest.mark.parametrize("way", ["cookie", "bearer"])
def test_f16_a_login_lasts_as_long_as_the_leeway_says(leeway, way) -> None:
    """To the second, whether its verdict is remembered or not."""
    token = realm().sign(claims(exp=int(NOW) + 60))
    flow, request = flow_of(leeway=leeway), request_of(way, token)
    known = [result(flow.process_request(request, NOW + n)) for n in (0, 59 + leeway)]
    over = result(flow.process_request(request, NOW + 60 + leeway))
    fresh = [
        result(flow_of(leeway=leeway).process_request(request, NOW + n + leeway))
        for n in (59, 60)
    ]

    assert [auth.reason for auth in known] == [None, None]
    assert over.reason == "expired"
    assert [auth.reason for auth in fresh] == [None, "expired"]


@pytest.mark.parametrize(("ahead", "leeway"), [(6, 5), (7, 6), (121, 120), (1, 0)])
@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_f16_the_page_says_by_how_much_the_clocks_differ(claim, ahead, leeway) -> None:
    """Where a login is required, its owner learns how far to set the clock."""
    token = realm().sign(claims(**{claim: int(NOW) + ahead}))
    callback = Asked(query=f"token={token}", accept=HTML, referer=realm().url)
    flow = flow_of(leeway=leeway, require_login=True)
    page = result(flow.process_request(callback, NOW))
    other = flow_of(leeway=min(ahead, 120), require_login=True)
    accepted = result(other.process_request(callback, NOW + ahead - min(ahead, 120)))

    assert page.status == 401
    unit = "second" if ahead == 1 else "seconds"
    assert f"the clocks differ by {ahead} {unit}<" in page.body.decode()
    assert accepted.status == 303
