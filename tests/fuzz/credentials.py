"""What opens a realm of one's own, spoilt: a session, a browser, a link, a token."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from random import Random

from arware.local import Realm, device_cookies, login, one_time, people, sessions
from arware.local.features.reset.flow import KIND
from arware.local.tests.support import ADA, PASSWORD, caller_at, settings, sqlite_url
from arware.testing import MemoryRealm
from arware.testing._calls import Call, wsgi_environ

from .mutations import mutate


def fuzz_credentials(
    random: Random, _: MemoryRealm
) -> Iterator[tuple[str, str | None]]:
    """Yield mutated credentials, each through one of those that read them."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        realm = stack.enter_context(Realm(settings(sqlite_url(folder))))
        realm.add_user(ADA, PASSWORD)
        seeds = [*_seeds(realm), realm.add_api_token(ADA, "a program")]
        readers = _readers(realm)
        while True:
            text = mutate(random, seeds)
            # A cookie of a browser may hold several tokens, and ends where a header's
            # next one begins.
            parts = re.split(r"[.;\s]+", text)
            if text in seeds or not set(seeds).isdisjoint(parts):
                yield text, "same"
            else:
                yield text, "accepted" if random.choice(readers)(text) else None


def _seeds(realm: Realm) -> Iterator[str]:
    """Yield the cookies of a session and of a browser, and the token of a link."""
    now = realm.now
    with realm.writing() as db:
        user = people.by_email(db, ADA)
        assert user is not None
        done = login.finish(realm, db, caller_at(now), user, "password")
        assert isinstance(done, login.LoggedIn)
        yield from (done.cookie, done.device, one_time.make(realm, db, KIND, user, now))


def _readers(realm: Realm) -> list[Callable[[str], object]]:
    """Return what tells whether a text counts, as a credential of each kind."""
    user, now = realm.users()[0], realm.now

    def is_known(text: str) -> object:
        with realm.reading() as db:
            return device_cookies.find(realm, db, user, text, now)

    def is_waiting(text: str) -> object:
        with realm.reading() as db:
            return login.find(realm, db, text, now)

    return [
        is_known,
        is_waiting,
        realm.redeem_api_token,
        partial(_opens_page, realm),
        lambda text: one_time.find(realm, KIND, text, now),
        lambda text: sessions.current(realm, text, now),
    ]


def _opens_page(realm: Realm, text: str) -> bool:
    """Tell whether the account page opens to a browser with cookies that are *text*."""
    sent = text.encode("utf-8", "surrogatepass").decode("latin-1")
    environ = wsgi_environ(Call(target="/profile", origin=realm.url.rstrip("/")))
    environ["HTTP_COOKIE"] = f"arrealm={sent}; arrealm_device={sent}"
    answers: list[str] = []
    realm.wsgi_app(environ, lambda status, *_: answers.append(status))
    if answers[0].startswith("5"):
        raise RuntimeError(answers[0])
    return answers[0].startswith("200")
