"""Managed sessions: asked at most so often, over all that share a region."""

from __future__ import annotations

from typing import Any

import pytest

from arware.cache import guarded
from arware.core.effects import NeedSession, SessionState
from arware.errors import ConnectionError as NoConnection
from arware.errors import Error, RateLimited
from arware.runtime.sessions import Sessions

from ..making import SECRET

NOW = 1_800_000_000.0


class Api:
    """The API: it knows which sessions stand, and counts who asks."""

    def __init__(self, **sessions: bool) -> None:
        self.sessions = sessions
        self.error: Exception | None = None
        self.asked: list[str] = []

    def __call__(self, sid: str) -> bool:
        """Tell whether the session stands."""
        self.asked.append(sid)
        if self.error is not None:
            raise self.error
        return self.sessions.get(sid, False)


def sessions_of(api: Api, region: Any = None, place: tuple[str, ...] = ("u", "r")):
    """Return the sessions of one process."""
    return Sessions(region or guarded(None, (SECRET,)), api, place, lambda: NOW)


def need(sid: str = "kss_1", rid: str | None = "rl_1") -> NeedSession:
    """Return the need to know about a session."""
    return NeedSession(sid, rid, 300.0, NOW)


@pytest.mark.parametrize("active", [True, False])
def test_a_verdict_lives_so_long_as_the_need_says(active: bool) -> None:
    """From the second when it was asked for, and is asked for once."""
    api = Api(kss_1=active)
    sessions = sessions_of(api)

    for _ in range(3):
        assert sessions.ask(need()) == SessionState(active, NOW + 300)
    assert api.asked == ["kss_1"]


def test_all_that_share_a_region_ask_once() -> None:
    """Two processes are two askers of one region."""
    api, region = Api(kss_1=True), guarded(None, (SECRET,))
    for _ in range(2):
        assert sessions_of(api, region).ask(need()).active

    assert api.asked == ["kss_1"]


def test_sessions_of_other_places_and_realms_are_told_apart() -> None:
    """An id alone is not enough."""
    api, region = Api(kss_1=True, kss_2=True), guarded(None, (SECRET,))
    sessions_of(api, region).ask(need())
    sessions_of(api, region).ask(need("kss_2"))
    sessions_of(api, region).ask(need(rid="rl_2"))
    sessions_of(api, region).ask(need(rid=None))
    sessions_of(api, region, ("other", "r")).ask(need())

    assert api.asked == ["kss_1", "kss_2", "kss_1", "kss_1", "kss_1"]


@pytest.mark.parametrize(
    "error", [NoConnection("down"), RateLimited("slow down"), OSError("no route")]
)
def test_an_api_that_cannot_be_asked_leaves_it_open(error, caplog) -> None:
    """Nothing is stored, and the log names the kind of error only."""
    api = Api(kss_1=True)
    api.error = error
    moment = [NOW]
    region = guarded(None, (SECRET,))
    sessions = Sessions(region, api, ("u", "r"), lambda: moment[0])

    assert sessions.ask(need()) == SessionState(None, NOW + 5)
    assert type(error).__name__ in caplog.text
    assert str(error) not in caplog.text.replace(type(error).__name__, "")
    api.error = None
    moment[0] = NOW + 5
    assert sessions.ask(need()).active


@pytest.mark.parametrize(
    ("error", "asked"), [(NoConnection("down"), 1), (RateLimited("slow down"), 1),
                         (Error("a bad answer"), 3)],
)  # fmt: skip
def test_who_cannot_be_reached_is_left_alone_for_five_seconds(error, asked) -> None:
    """Each attempt may take seconds, of each visitor; a bad answer costs nobody any."""
    api, region = Api(kss_4=True), guarded(None, (SECRET,))
    sessions_of(api, region).ask(need("kss_4"))
    moment = [NOW]
    sessions = Sessions(region, api, ("u", "r"), lambda: moment[0])
    api.error, api.asked = error, []
    for sid in ("kss_1", "kss_2", "kss_3"):
        assert sessions.ask(need(sid)) == SessionState(None, NOW + 5)

    assert len(api.asked) == asked
    assert sessions.ask(need("kss_4")).active  # what is known is known
    # Then one of them tries, for all, and again until somebody answers.
    moment[0] = NOW + 5
    for sid in ("kss_1", "kss_2"):
        sessions.ask(need(sid))
    assert len(api.asked) == asked + (1 if asked == 1 else 2)
    moment[0], api.error = NOW - 3600, None  # the clock was set back
    assert sessions.ask(need("kss_2")).active is False
    assert sessions.ask(need("kss_3")).active is False


def test_a_fast_clock_elsewhere_does_not_prolong_a_verdict() -> None:
    """The one who asked may live a day ahead of us."""
    region = guarded(None, (SECRET,))
    stored = {"active": True, "at": NOW + 86_400}
    region.set(("session", "u", "r", "rl_1", "kss_1"), stored, 60)

    assert sessions_of(Api(), region).ask(need()) == SessionState(True, NOW + 300)


@pytest.mark.parametrize(
    "stored", [{}, {"active": True}, {"active": True, "at": "x"}, [1], "text"]
)
def test_what_cannot_be_read_leaves_it_open(stored: Any) -> None:
    """An older version may have stored it."""
    region = guarded(None, (SECRET,))
    region.set(("session", "u", "r", "rl_1", "kss_1"), stored, 60)

    assert sessions_of(Api(), region).ask(need()) == SessionState(None, NOW + 5)
