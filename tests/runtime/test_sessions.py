"""Managed sessions: asked at most so often, over all that share a region."""

from __future__ import annotations

from typing import Any

import pytest

from arware.cache import guarded
from arware.core.effects import NeedSession, SessionState
from arware.errors import ConnectionError as NoConnection
from arware.errors import Error, RateLimited
from arware.resources.session import Session
from arware.runtime.sessions import ApiSessions, RealmSessions
from tests.making import SECRET, settings

NOW = 1_800_000_000.0


class Api:
    """The API: it knows which sessions stand, and counts who asks."""

    def __init__(self, **sessions: bool) -> None:
        self.sessions = sessions
        self.error: Exception | None = None
        self.asked: list[str] = []

        #: What answers in place of the session that was asked for.
        self.other: str | None = None

    def retrieve(self, sid: str) -> Session | None:
        """Return the session, if it stands."""
        self.asked.append(sid)
        if self.error is not None:
            raise self.error
        return Session(id=self.other or sid) if self.sessions.get(sid) else None


class Client:
    """A client of *api*."""

    def __init__(self, api: Api) -> None:
        self.sessions = api


def sessions_of(
    api: Api, region: Any = None, clock: Any = lambda: NOW, **place: str
) -> ApiSessions:
    """Return the sessions of one process."""
    made = (
        settings(url="https://api.example/v2", realm="rl_1")
        if not place
        else (settings(**place))
    )
    region = region or guarded(None, (SECRET,))
    client: Any = Client(api)  # as much of one as is asked for
    return ApiSessions(made, client, region, clock)


def need(sid: str = "kss_1", rid: str | None = "rl_1") -> NeedSession:
    """Return the need to know about a session."""
    return NeedSession(sid, rid, 300.0, NOW)


@pytest.mark.parametrize("active", [True, False])
def test_a_verdict_lives_so_long_as_the_need_says(active: bool) -> None:
    """From the second when it was asked for, and is asked for once."""
    api = Api(kss_1=active)
    sessions = sessions_of(api)

    for _ in range(3):
        assert sessions.answer(need()) == SessionState(active, NOW + 300)
    assert api.asked == ["kss_1"]


def test_all_that_share_a_region_ask_once() -> None:
    """Two processes are two askers of one region."""
    api, region = Api(kss_1=True), guarded(None, (SECRET,))
    for _ in range(2):
        assert sessions_of(api, region).answer(need()).active

    assert api.asked == ["kss_1"]


def test_sessions_of_other_places_and_realms_are_told_apart() -> None:
    """An id alone is not enough."""
    api, region = Api(kss_1=True, kss_2=True), guarded(None, (SECRET,))
    sessions_of(api, region).answer(need())
    sessions_of(api, region).answer(need("kss_2"))
    sessions_of(api, region).answer(need(rid="rl_2"))
    sessions_of(api, region).answer(need(rid=None))
    sessions_of(api, region, url="https://other.example/v2").answer(need())

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
    sessions = sessions_of(api, region, lambda: moment[0])

    assert sessions.answer(need()) == SessionState(None, NOW + 5)
    assert type(error).__name__ in caplog.text
    assert str(error) not in caplog.text.replace(type(error).__name__, "")
    api.error = None
    moment[0] = NOW + 5
    assert sessions.answer(need()).active


@pytest.mark.parametrize(
    ("error", "asked"), [(NoConnection("down"), 1), (RateLimited("slow down"), 1),
                         (Error("a bad answer"), 3)],
)  # fmt: skip
def test_who_cannot_be_reached_is_left_alone_for_five_seconds(error, asked) -> None:
    """Each attempt may take seconds, of each visitor; a bad answer costs nobody any."""
    api, region = Api(kss_4=True), guarded(None, (SECRET,))
    sessions_of(api, region).answer(need("kss_4"))
    moment = [NOW]
    sessions = sessions_of(api, region, lambda: moment[0])
    api.error, api.asked = error, []
    for sid in ("kss_1", "kss_2", "kss_3"):
        assert sessions.answer(need(sid)) == SessionState(None, NOW + 5)

    assert len(api.asked) == asked
    assert sessions.answer(need("kss_4")).active  # what is known is known
    # Then one of them tries, for all, and again until somebody answers.
    moment[0] = NOW + 5
    for sid in ("kss_1", "kss_2"):
        sessions.answer(need(sid))
    assert len(api.asked) == asked + (1 if asked == 1 else 2)
    moment[0], api.error = NOW - 3600, None  # the clock was set back
    assert sessions.answer(need("kss_2")).active is False
    assert sessions.answer(need("kss_3")).active is False


@pytest.mark.parametrize(("ahead", "asked"), [(5, 0), (6, 1), (86_400, 1)])
def test_f8_an_answer_from_the_future_is_asked_for_again(ahead, asked) -> None:
    """Our clock was set back, and with it the end of the entry."""
    region, api = guarded(None, (SECRET,)), Api(kss_1=True)
    stored = {"active": True, "at": NOW + ahead}
    region.set(
        ("session", "https://api.example/v2", "rl_1", "rl_1", "kss_1"), stored, 60
    )

    assert sessions_of(api, region).answer(need()) == SessionState(True, NOW + 300)
    assert len(api.asked) == asked


@pytest.mark.parametrize(
    "stored", [{}, {"active": True}, {"active": True, "at": "x"}, [1], "text"]
)
def test_what_cannot_be_read_leaves_it_open(stored: Any) -> None:
    """An older version may have stored it."""
    region = guarded(None, (SECRET,))
    region.set(
        ("session", "https://api.example/v2", "rl_1", "rl_1", "kss_1"), stored, 60
    )

    assert sessions_of(Api(), region).answer(need()) == SessionState(None, NOW + 5)


def test_an_answer_that_names_another_session_proves_nothing() -> None:
    """As one that holds errors does."""
    api = Api(kss_1=True)
    api.other = "kss_2"

    assert sessions_of(api).answer(need()) == SessionState(None, NOW + 5)


class Realm:
    """A realm in this process, which may fail."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def is_session_active(self, sid: str) -> Any:
        """Tell whether a session stands."""
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (True, SessionState(True, NOW + 300)),
        (False, SessionState(False, NOW + 300)),
        (OSError("no database"), SessionState(None, NOW + 5)),
    ],
)
def test_a_realm_in_this_process_is_asked_directly(answer: Any, state: Any) -> None:
    """What goes wrong there leaves it open."""
    assert RealmSessions(Realm(answer)).answer(need()) == state
