"""What a process remembers of others, when its clock is set back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from arware.api.lazy import LazyClient
from arware.cache import guarded
from arware.core.effects import NeedApiToken, NeedSession, SessionState
from arware.errors import ConnectionError as NoConnection
from arware.errors import Error
from arware.runtime.api_tokens import STRANGERS, ApiRedeemer
from arware.runtime.backoff import Backoff
from arware.runtime.sessions import ApiSessions
from arware.runtime.verify import verify_token
from arware.tokens.api_tokens import new_api_token
from tests.api import servers
from tests.making import NOW, SECRET, realm, settings

HOUR = 3600


@pytest.fixture
def moment() -> list[float]:
    """Return the time, which a test sets."""
    return [NOW]


@pytest.fixture
def clock(moment: list[float]) -> Callable[[], float]:
    """Return the clock that shows that time."""
    return lambda: moment[0]


def away() -> Any:
    """Be nobody who could be reached."""
    raise NoConnection("down")


@pytest.mark.parametrize(("back", "is_on"), [(0, True), (1, False), (HOUR, False)])
def test_f8_who_could_not_be_reached_after_now_is_asked(
    back, is_on, moment, clock
) -> None:
    """To leave somebody alone until an hour from now would be an outage of an hour."""
    backoff = Backoff(clock)
    with pytest.raises(NoConnection):
        backoff.ask(away)
    moment[0] -= back

    assert backoff.is_on() is is_on


def test_f8_a_session_checked_after_now_is_not_known_in_an_outage(
    moment, clock
) -> None:
    """While nobody can be asked, what was said in the future says nothing either."""
    region = guarded(None, (SECRET,))
    values = settings(url="http://127.0.0.1:9/v2", realm="rl_1", api_key="ks_1")
    sessions = ApiSessions(values, LazyClient(values), region, clock)
    key = ("session", "http://127.0.0.1:9/v2", "rl_1", "rl_1", "kss_1")
    region.set(key, {"active": True, "at": NOW}, 300)
    with pytest.raises(NoConnection):
        sessions._backoff.ask(away)
    known = sessions.answer(NeedSession("kss_1", "rl_1", 300.0, NOW))
    moment[0] -= HOUR
    with pytest.raises(NoConnection):
        sessions._backoff.ask(away)

    assert known == SessionState(True, NOW + 300)
    stale = sessions.answer(NeedSession("kss_1", "rl_1", 300.0, moment[0]))
    assert stale == SessionState(None, moment[0] + 5)


@pytest.fixture
def api() -> Iterator[servers.Api]:
    """Run an API that answers as it is told."""
    with servers.api() as served:
        yield served


def test_f8_what_a_client_showed_after_now_uses_up_no_quota(
    moment, clock, api: servers.Api
) -> None:
    """Its quota is of the last thirty seconds, not of an hour that is to come."""
    redeem = ApiRedeemer(LazyClient(settings(url=api.url, api_key="ks_1")), clock)
    for number in range(STRANGERS):
        api.will({}, 404)
        redeem(unknown(number))
    with pytest.raises(Error, match="too many API tokens"):
        redeem(unknown(100))
    moment[0] -= HOUR
    api.will({"object": "session", "id": "at_1", "token": "eyJ"})

    assert redeem(unknown(101)) == "eyJ"


def unknown(number: int) -> NeedApiToken:
    """Return the need to know about an API token that this process has not seen."""
    return NeedApiToken(new_api_token(f"{number:016}".encode()), "192.0.2.1", NOW)


@pytest.mark.parametrize(("leeway", "good"), [(5, False), (30, True)])
@pytest.mark.parametrize("claims", [{"iat": 20}, {"nbf": 20}, {"iat": -60, "exp": -20}])
def test_f16_a_token_outside_of_a_request_has_the_same_leeway(
    claims: dict[str, int], leeway: int, good: bool
) -> None:
    """``Session.from_token`` lets clocks differ by as much as an adapter does."""
    now = int(time.time())
    moved = {name: now + seconds for name, seconds in claims.items()}
    values = settings(jwt_key=realm().public_key, leeway=leeway)
    found = verify_token(values, realm().sign(realm().claims() | times(now) | moved))

    assert (found is not None) is good


def times(now: int) -> dict[str, int]:
    """Return the claims about time of a token that is made now."""
    return {"iat": now, "exp": now + HOUR}
