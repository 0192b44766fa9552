"""Who watches a realm hears of each login that ends in its process, once it has."""

from __future__ import annotations

import gc
import logging
import weakref
from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from arware.local import Realm, sessions
from arware.local.models import LoginSession, User
from tests.local.support import (
    OTHER_PASSWORD,
    PASSWORD,
    SECRET,
    Browser,
    claims_in,
    form_with,
    submit,
)

ADA = "ada@example.com"


class Listener:
    """Notes what it hears."""

    def __init__(self, realm: Realm) -> None:
        self.heard: list[str] = []
        realm.watch(self)

    def ended(
        self, *, session_id: str | None = None, user_id: str | None = None
    ) -> None:
        """Hear of an end."""
        self.heard += [text for text in (session_id, user_id) if text is not None]


def sid_of(browser: Browser) -> str:
    """Log in and return the session's id."""
    return str(claims_in(browser.log_in().location)["sid"])


def change_password(realm: Realm) -> None:
    """Change Ada's in a browser of its own."""
    browser = Browser(realm)
    browser.log_in()
    words = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
    page = browser.get("/profile")
    submit(page, form_with(page, "new_password"), **words)


def test_f6_a_password_change_tells_of_all_other_sessions(realm: Realm) -> None:
    """Applications put the other browsers out as soon as the password is another."""
    others = {sid_of(Browser(realm)) for _ in range(3)}
    listener = Listener(realm)
    change_password(realm)

    assert set(listener.heard) == others
    assert len(listener.heard) == 3


def test_f6_disabling_a_user_tells_of_the_user(realm: Realm) -> None:
    """All logins of somebody who is disabled end, also those that ran out here."""
    sid = sid_of(Browser(realm))
    user_id = next(user.id for user in realm.users() if user.email == ADA)
    listener = Listener(realm)

    assert realm.set_user_state(ADA, "inactive")
    assert user_id in listener.heard
    assert not realm.is_session_active(sid)
    listener.heard.clear()
    assert realm.set_user_state(ADA, "active")
    assert not realm.set_user_state("eve@example.com", "inactive")
    assert listener.heard == []


@pytest.mark.parametrize("again", [False, True])
def test_f6_a_logout_and_a_new_login_tell_of_the_old_session(
    realm: Realm, again: bool
) -> None:
    """A browser's next login takes the place of the one before, which then ends."""
    browser = Browser(realm)
    sid = sid_of(browser)
    listener = Listener(realm)
    if again:
        browser.log_in()
    else:
        browser.get("/logout", 303, **{"Sec-Fetch-Site": "same-origin"})

    assert listener.heard == [sid]


def test_f6_a_revoked_api_token_is_told_of(realm: Realm) -> None:
    """An application in this process need not wait for its minute to be over."""
    realm.add_api_token(ADA, "reports")
    (issued,) = realm.api_tokens()
    listener = Listener(realm)
    realm.revoke_api_token(issued.id)
    realm.revoke_api_token(issued.id)

    assert listener.heard == [issued.id]


def test_f6_nothing_is_told_that_was_not_committed(
    realm: Realm, make: Callable[..., Realm]
) -> None:
    """What a failed transaction ended goes on; another process's realm is not heard."""
    sid_of(Browser(realm))
    listener = Listener(realm)

    def fail() -> None:
        with realm.writing() as database:
            user = database.scalars(select(User).where(User.email == ADA)).one()
            sessions.end_all(realm, database, user, realm.operator())
            database.execute(update(LoginSession).values(user_id="usr_none"))

    with pytest.raises(Exception, match="FOREIGN KEY"):
        fail()
    make().set_user_state(ADA, "inactive")

    assert listener.heard == []


def test_a_watcher_that_fails_stops_neither_the_page_nor_the_others(
    realm: Realm, caplog: pytest.LogCaptureFixture
) -> None:
    """The login has ended, and everybody else hears of it."""

    class Failing(Listener):
        def ended(self, **_: str | None) -> None:
            raise RuntimeError

    failing, listener = Failing(realm), Listener(realm)
    with caplog.at_level(logging.ERROR):
        realm.set_user_state(ADA, "inactive")

    assert listener.heard
    assert failing.heard == []
    assert "a watcher of logins failed" in caplog.text


def test_a_watcher_lives_no_longer_for_it(realm: Realm) -> None:
    """A realm outlives many applications."""
    listener = Listener(realm)
    gone = weakref.ref(listener)
    del listener
    gc.collect()
    realm.set_user_state(ADA, "inactive")

    assert gone() is None


def test_a_secret_is_derived_for_each_purpose_and_realm(
    make: Callable[..., Realm], realm: Realm
) -> None:
    """The same in all processes of a realm, another for each purpose."""
    (first,) = realm.derive_secrets("cookie")

    assert len(bytes.fromhex(first)) == 32
    assert make().derive_secrets("cookie") == (first,)
    assert realm.derive_secrets("other") != (first,)
    rotated = make(secret=["o" * 40, SECRET]).derive_secrets("cookie")
    assert rotated[0] != first
    assert rotated[1] == first
    assert first not in realm.secrets
