"""A hundred log in at once: what is hashed at once is bounded, and all get in."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import waitress

from arware.kit.passwords import Passwords
from arware.local import Realm
from tests import services
from tests.local.support import make_realm
from tests.patience import PATIENCE

from .logins import PEOPLE, all_at_once, move_in

SLOTS = 4
#: What the realm's own command has.
THREADS = 8


class Holding(Passwords):
    """A hasher that is not done before it is let go, and knows how many are at it."""

    def __init__(self) -> None:
        super().__init__(slots=SLOTS, patience=0, cheap=True)
        self.go = threading.Event()
        self.most = self._now = 0
        self._lock = threading.Lock()

    def _is_ours(self, hashed: str, password: str) -> bool:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        assert self.go.wait(PATIENCE)
        with self._lock:
            self._now -= 1
        return super()._is_ours(hashed, password)


@contextmanager
def serving(realm: Realm) -> Iterator[int]:
    """Serve *realm* by some threads; yield the port."""
    server = waitress.create_server(
        realm.wsgi_app,
        host=services.HOST,
        port=0,
        threads=THREADS,
        clear_untrusted_proxy_headers=False,
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server.effective_port
    finally:
        server.task_dispatcher.shutdown()
        server.close()
        thread.join()


def test_rq_h4_a_hundred_logins_at_once(tmp_path: Path) -> None:
    """Four are looked at, all others told when to come again; then all get in."""
    with make_realm(tmp_path, trusted_proxies=[services.HOST]) as realm:
        names = move_in(realm, PEOPLE)
        realm.passwords = hasher = Holding()
        with serving(realm) as port:
            first = []
            for answer in all_at_once(port, names):
                first.append(answer)
                if len(first) == PEOPLE - SLOTS:
                    hasher.go.set()
            realm.passwords = Passwords(slots=SLOTS, patience=PATIENCE, cheap=True)
            waiting = [answer.name for answer in first if answer.status == 503]
            second = list(all_at_once(port, waiting))

    assert [answer for answer in first if not answer.is_plain] == []
    assert Counter(answer.status for answer in first) == {
        503: PEOPLE - SLOTS,
        204: SLOTS,
    }
    assert hasher.most == SLOTS
    assert {answer.status for answer in second} == {204}
