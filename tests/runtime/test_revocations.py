"""Revocations: logins that are over, here and in other processes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from arware.cache import Region, guarded
from arware.cache.breaker import Breaker
from arware.cache.memory import BoundedMemory
from arware.runtime.revocations import MOST_LOGINS, Revocations
from tests.making import NOW, SECRET
from tests.patience import until_told
from tests.threads import no_new_threads


def shared_region() -> Region:
    """Return a region that counts as shared, over memory."""
    store = BoundedMemory({})
    return Region(Breaker(lambda: store)).signed([SECRET])


def test_without_a_shared_region_only_this_process_knows() -> None:
    """Memory is nobody else's."""
    for region in (None, guarded(None, ())):
        known = Revocations(region, lambda: NOW)
        known.revoke("a", "kss_1", NOW + 60)

        assert not known.shared
        assert "a" in known.known
        assert not known.ask("c", "kss_2")


def told(act: Callable[[], Any]) -> None:
    """Do *act* and wait for whoever tells the others."""
    act()
    until_told()


def test_others_learn_through_a_shared_region() -> None:
    """Once they have asked, they know it by themselves."""
    region = shared_region()
    here, there = (Revocations(region, time.time) for _ in range(2))
    until = time.time() + 60
    told(lambda: here.revoke("a", "kss_1", until))

    assert here.shared
    assert "a" in here.known
    assert "a" not in there.known
    assert there.ask("a", "kss_1")
    assert "a" in there.known
    assert not there.ask("b", "kss_2")


def test_what_somebody_else_stored_there_revokes_nobody() -> None:
    """Only a time is a revocation."""
    region = shared_region()
    region.set(("revoked", "a"), "text", 60)

    assert not Revocations(region, lambda: NOW).ask("a", "kss_1")


def test_dead_revocations_are_swept() -> None:
    """A process looks for them at ten thousand, and loses none that is needed."""
    moment = [NOW]
    known = Revocations(None, lambda: moment[0])
    for number in range(9_000):
        known.revoke(f"old{number}", f"old{number}", NOW + 10)
    moment[0] = NOW + 130
    for number in range(999):
        known.revoke(f"new{number}", f"new{number}", NOW + 3600)
    assert len(known.known) == 9_999
    known.revoke("last", "last", NOW + 3600)

    assert len(known.known) == 1_000
    assert "new0" in known.known
    assert "old0" not in known.known


def test_many_that_live_are_not_looked_through_again_and_again() -> None:
    """The next look comes when there are twice as many."""
    looks = []
    known = Revocations(None, lambda: looks.append(1) or NOW)
    for number in range(20_000):
        known.revoke(f"new{number}", f"new{number}", NOW + 3600)

    assert len(looks) == 2
    assert "new0" in known.known


class Sleepy(BoundedMemory):
    """A store that does not take the first entry."""

    def __init__(self) -> None:
        super().__init__({})
        self.refuses = 1

    def keep(self, key: str, value: bytes, seconds: int) -> bool:
        """Keep nothing while it refuses."""
        self.refuses -= 1
        return self.refuses < 0 and super().keep(key, value, seconds)


class Counted(BoundedMemory):
    """A store that counts what is written to it."""

    def __init__(self) -> None:
        super().__init__({})
        self.writes = 0

    def keep(self, key: str, value: bytes, seconds: int) -> bool:
        """Keep it."""
        self.writes += 1
        return super().keep(key, value, seconds)


class Broken(Region):
    """A region that fails for one id."""

    def set(self, key: Any, value: Any, seconds: float) -> bool:
        """Fail, or keep it."""
        if key == ("revoked", "bad-id"):
            raise OSError
        return super().set(key, value, seconds)


def test_a_logout_while_the_region_rests_is_told_when_it_is_back() -> None:
    """A broken region delays what others learn, and loses nothing."""
    store = Sleepy()
    region = Region(Breaker(lambda: store)).signed([SECRET])
    here, there = (Revocations(region, lambda: NOW) for _ in range(2))
    told(lambda: here.revoke("a", "", NOW + 60))

    assert store.refuses == -1
    assert there.ask("a", "")
    assert there.known == {"a": NOW + 60}


def test_a_region_that_breaks_stops_no_other_word(caplog) -> None:
    """It is logged without the id, and the others are told."""
    region = Broken(Breaker(lambda: BoundedMemory({}))).signed([SECRET])
    here, there = (Revocations(region, lambda: NOW) for _ in range(2))
    told(lambda: here.revoke("bad-id", "", NOW + 60))
    told(lambda: here.revoke("good", "", NOW + 60))

    assert [there.ask("bad-id", ""), there.ask("good", "")] == [False, True]
    assert "other processes were not told of a logout" in caplog.text
    assert "bad-id" not in caplog.text


def test_what_no_thread_could_tell_is_told_with_the_next_word() -> None:
    """A logout never fails for want of a thread."""
    region = shared_region()
    here, there = (Revocations(region, lambda: NOW) for _ in range(2))
    with no_new_threads():
        here.revoke("a", "", NOW + 60)
    assert not there.ask("a", "")
    told(lambda: here.revoke("b", "", NOW + 60))

    assert [there.ask("a", ""), there.ask("b", "")] == [True, True]


def test_nobody_is_told_of_a_login_whose_token_has_ended() -> None:
    """Nor is it tried again and again."""
    store = Sleepy()
    known = Revocations(
        Region(Breaker(lambda: store)).signed([SECRET]), lambda: NOW + 3600
    )
    told(lambda: known.revoke("a", "", NOW))

    assert store.refuses == 1


def test_f13_a_session_has_a_bound() -> None:
    """Beyond a hundred logins it is revoked as a whole, here and elsewhere."""
    region = shared_region()
    here, there = (Revocations(region, lambda: NOW) for _ in range(2))

    def revoke_many() -> None:
        for number in range(60_000):
            here.revoke(f"login{number}", "kss_1", NOW + 60)

    told(revoke_many)

    assert list(here.known) == ["kss_1"]
    assert here._by_session == {}
    assert there.ask("login59999", "kss_1")
    assert there.ask("another", "kss_1")
    assert not there.ask("another", "kss_2")


def test_f13_a_session_whose_tokens_live_longer_is_revoked_for_longer() -> None:
    """A revocation holds until the last token is over."""
    known = Revocations(None, lambda: NOW)
    for number in range(MOST_LOGINS + 1):
        known.revoke(f"login{number}", "kss_1", NOW + number)
    assert known.known == {"kss_1": NOW + MOST_LOGINS}
    known.revoke("later", "kss_1", NOW + 3600)

    assert known.known == {"kss_1": NOW + MOST_LOGINS, "later": NOW + 3600}


def test_f13_a_login_that_is_revoked_again_counts_once() -> None:
    """Whoever shows its cookie for ever neither ends the session nor writes a word."""
    store = Counted()
    here = Revocations(Region(Breaker(lambda: store)).signed([SECRET]), lambda: NOW)

    def revoke_often() -> None:
        for _ in range(2 * MOST_LOGINS):
            here.revoke("a", "kss_1", NOW + 60)

    told(revoke_often)
    assert here.known == {"a": NOW + 60}
    assert store.writes == 1
    told(lambda: here.revoke("a", "kss_1", NOW + 90))  # it is to hold for longer
    assert here.known == {"a": NOW + 90}
    assert store.writes == 2


def test_f13_what_others_revoked_is_swept_too() -> None:
    """A process that only asks is as bounded as one that revokes."""
    moment, region = [NOW], shared_region()
    here = Revocations(region, lambda: moment[0])
    here._sweep_at = 3
    for number in range(3):
        moment[0] += 200
        region.set(("revoked", f"login{number}"), moment[0] + 60, 60)
        assert here.ask(f"login{number}", "")

    assert list(here.known) == ["login2"]


def test_f13_a_token_without_a_session_is_revoked_by_its_login() -> None:
    """Such logins have nothing in common."""
    known = Revocations(None, lambda: NOW)
    for number in range(2 * MOST_LOGINS):
        known.revoke(f"login{number}", "", NOW + 60)

    assert len(known.known) == 2 * MOST_LOGINS


def test_f13_dead_logins_do_not_count() -> None:
    """What was swept is not of the session any more."""
    moment = [NOW]
    known = Revocations(None, lambda: moment[0])
    for number in range(MOST_LOGINS):
        known.revoke(f"old{number}", "kss_1", NOW + 10)
    moment[0] = NOW + 3600
    known._sweep_at = 1
    known.revoke("x", "kss_2", moment[0] + 60)
    known.revoke("new", "kss_1", moment[0] + 60)

    assert list(known.known) == ["x", "new"]
