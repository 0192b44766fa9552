"""What ends while it is asked about, in every order in which things may happen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest

from arware.auth import Auth
from arware.core.effects import NeedApiToken, NeedSession, SessionState
from arware.core.flow import Flow
from arware.tokens.api_tokens import new_api_token
from tests.making import NOW, Asked, Revoked, cookie_of, flow_of, realm

API_TOKEN = new_api_token(b"0123456789abcdef0123456789abcdef")
TOKEN = realm().token(sid="kss_1")
LOGIN_ID = "login-id-0123456789"


class World:
    """A session that stands until it ends, and an adapter that may ask about it."""

    def __init__(self, how: str) -> None:
        self.stands = True
        self.how = how
        self.known = Revoked(shared=True)
        options = {"api_key": "ks_1", "url": "https://api.example/v2"}
        self.flow: Flow = flow_of(known=self.known, check_session=300, **options)
        self.ends = [self._end, self._tell]

    def request(self) -> Asked:
        """Return the request of who came by that session."""
        if self.how == "cookie":
            return Asked(cookie=cookie_of(TOKEN))
        shown = TOKEN if self.how == "bearer" else API_TOKEN
        return Asked(authorizations=(f"Bearer {shown}",))

    def answer(self, effect: object) -> Any:
        """Say how things are just now."""
        if isinstance(effect, NeedSession):
            return SessionState(self.stands, NOW + 300)
        if isinstance(effect, NeedApiToken):
            return TOKEN if self.stands else None
        return not self.stands and self.how == "cookie"

    def _end(self) -> None:
        self.stands = False

    def _tell(self) -> None:
        self.flow.ended(sid="kss_1")


class Visitor:
    """One request, in pieces: it begins, the world is asked, the answer arrives."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.auth: Auth | None = None
        self._steps: Any = None
        self._effect: Any = None
        self._answer: Any = None
        self.parts = [self._begin, *[self._ask, self._hear] * 2]

    def finish(self) -> Auth:
        """Take all steps that are left, and return the outcome."""
        self._begin()
        while self.auth is None:
            self._ask()
            self._hear()
        return self.auth

    def _begin(self) -> None:
        outcome = self.world.flow.process_request(self.world.request(), NOW)
        if isinstance(outcome, Auth):
            self.auth = outcome
            return
        self._steps = outcome
        self._go_on(lambda: next(self._steps))

    def _ask(self) -> None:
        if self.auth is None:
            self._answer = self.world.answer(self._effect)

    def _hear(self) -> None:
        if self.auth is None:
            self._go_on(lambda: self._steps.send(self._answer))

    def _go_on(self, step: Callable[[], Any]) -> None:
        try:
            self._effect = step()
        except StopIteration as done:
            self.auth = done.value


def orders(*lengths: int) -> Iterator[list[int]]:
    """Yield every order of several rows of events, each row in its own order."""
    if not any(lengths):
        yield []
    for row, left in enumerate(lengths):
        if left:
            fewer = [n - (number == row) for number, n in enumerate(lengths)]
            yield from ([row, *rest] for rest in orders(*fewer))


def played(rows: list[list[Callable[[], None]]], order: list[int]) -> None:
    """Let the events of *rows* happen in that *order*."""
    iterators = [iter(row) for row in rows]
    for row in order:
        next(iterators[row])()


HOW = ["cookie", "bearer", "api token"]


@pytest.mark.parametrize("how", HOW)
def test_f14_a_check_in_progress_ends_in_out_in_any_order(how: str) -> None:
    """Two requests, one given up, and an ending: whoever comes after it is out."""
    late = set()
    for order in orders(5, 3, 2):
        world = World(how)
        rows = [Visitor(world).parts, Visitor(world).parts[:3], world.ends]
        played(rows, order)
        late.add(Visitor(world).finish().user is None)

    assert late == {True}


@pytest.mark.parametrize("how", ["cookie", "bearer"])
def test_f14_a_logout_during_a_check_ends_in_out_in_any_order(how: str) -> None:
    """A login or a session that is revoked here is over for whoever comes next."""
    id_ = LOGIN_ID if how == "cookie" else "kss_1"
    late = set()
    for order in orders(5, 3, 1):
        world = World(how)
        world.ends = [lambda world=world: world.known.revoke(id_, "", NOW + 3600)]
        rows = [Visitor(world).parts, Visitor(world).parts[:3], world.ends]
        played(rows, order)
        late.add(Visitor(world).finish().user is None)

    assert late == {True}


def test_f14_the_search_covers_every_order() -> None:
    """None is tried twice, and each row keeps its own order."""
    found = [tuple(order) for order in orders(2, 2, 1)]

    assert len(found) == len(set(found)) == 30
    assert all(a < b for a, b in pairwise(sorted(found)))
