"""Handlers of effects: what they ask, what they share, and what they leave."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from arware.cache import guarded
from arware.core.effects import NeedSession, SessionState
from arware.resources.session import Session
from arware.runtime.handlers import Handler
from arware.runtime.sessions import ApiSessions, RealmSessions
from tests.making import NOW, SECRET, settings
from tests.patience import PATIENCE
from tests.services import wait_until
from tests.threads import no_new_threads


class Slow(Handler[NeedSession, str]):
    """Who answers in a second of a clock of its own, or only when told to."""

    seconds = 8.0
    threads = 1

    def __init__(self) -> None:
        self.now = 0.0
        super().__init__(lambda: self.now)
        self.asked: list[str] = []
        self.go = threading.Event()
        self.go.set()

    def answer(self, effect: NeedSession) -> str:
        """Answer."""
        self.asked.append(effect.sid)
        assert self.go.wait(PATIENCE)
        self.now += 1
        return "answer"

    def timeout(self, effect: NeedSession) -> str:
        """Say what stands for an answer."""
        return "nothing"


@pytest.fixture
def slow() -> Iterator[Slow]:
    """Return a handler whose only thread is at work."""
    handler = Slow()
    for _ in range(30):
        handler.begin(need()).result(PATIENCE)
    handler.go.clear()
    handler.begin(need("at work"))
    wait_until(lambda: handler.asked[-1] == "at work")
    yield handler
    handler.go.set()


def need(sid: str = "kss_1", now: float = NOW) -> NeedSession:
    """Return the need to know about a session."""
    return NeedSession(sid, None, 300.0, now)


def test_who_would_stand_in_the_queue_too_long_is_told_at_once(slow: Slow) -> None:
    """So that those who do stand there are answered in time, however many come."""
    futures = [slow.begin(need(f"kss_{number}")) for number in range(20)]
    refused = [future.result() for future in futures if future.done()]
    slow.go.set()
    answered = [future.result(PATIENCE) for future in futures[:4]]

    assert answered == ["answer"] * 4
    assert refused == ["nothing"] * 16
    assert slow.begin(need()).result(PATIENCE) == "answer"


def test_what_stood_in_the_queue_too_long_is_not_asked(slow: Slow) -> None:
    """Whoever wanted to know goes before there could be an answer."""
    future = slow.begin(need("kss_2"))
    slow.now += 4
    slow.go.set()

    assert future.result(PATIENCE) == "nothing"
    assert slow.asked[-1] == "at work"
    assert slow.begin(need("kss_2")).result(PATIENCE) == "answer"


def test_without_a_thread_nobody_waits() -> None:
    """Who would have had to gets what stands for an answer, and the next one asks."""
    handler = Slow()
    with no_new_threads():
        assert handler.begin(need()).result(0) == "nothing"

    assert handler.ask(need()) == "answer"


class World:
    """A realm and the API in one, which answer when they are told to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.go = threading.Event()
        self.sessions = self

    def is_session_active(self, sid: str) -> bool:
        """Tell whether a session stands."""
        self.asked.append(sid)
        return self.go.wait(PATIENCE)

    def retrieve(self, sid: str) -> Session:
        """Return the session."""
        self.is_session_active(sid)
        return Session(id=sid)


def sessions_of(world: Any, name: str) -> Handler[NeedSession, SessionState]:
    """Return who asks *world* about sessions."""
    if name == "realm":
        return RealmSessions(world)
    return ApiSessions(settings(), world, guarded(None, (SECRET,)), lambda: NOW)


@pytest.mark.parametrize("name", ["realm", "api"])
def test_one_question_about_a_session_is_under_way(name: str) -> None:
    """Whenever those who share it came, and whether they wait in threads or not."""
    world = World()
    sessions = sessions_of(world, name)
    needs = [*(need("kss_1", NOW + later) for later in range(20)), need("kss_2")]
    futures = [sessions.begin(each) for each in needs]
    wait_until(lambda: len(world.asked) == 2)
    world.go.set()

    assert {future.result(PATIENCE).active for future in futures} == {True}
    assert sessions.ask(need("kss_1")).active
    assert sorted(set(world.asked)) == ["kss_1", "kss_2"]
    assert len(world.asked) == (3 if name == "realm" else 2)
