"""People learn by mail what was changed in their account, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from sqlalchemy import update

from ... import mail
from ...events import EmailUpdated, Event, LoginFailed, PasswordOff, PasswordUpdated
from ...models import User
from ...realm import Realm
from ..support import ADA, URL, caller_at

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@dataclass(frozen=True, kw_only=True)
class Unusual(Event):
    """Something that a feature of a team's own tells."""

    type: ClassVar[str] = "team.unusual"
    notice: ClassVar[str | None] = "Something unusual happened."


def happen(realm: Realm, event: Event, **caller: Any) -> list[Any]:
    """Let an event happen; return the mails that say so, by recipient."""
    with realm.writing() as db:
        realm.record(db, event, caller_at(**caller))
    outbox = mail.outbox(realm)
    with realm.reading() as db:
        found = [outbox.open(row) for row in outbox.newest(db)]
    return sorted(found, key=lambda message: str(message.to))


def test_a_change_is_told(any_realm: Realm) -> None:
    """What, in which account, when, whence, and what to do (AK-N03, RQ-N1)."""
    ada = any_realm.users()[0]
    event = PasswordUpdated(user_id=ada.id)
    (message,) = happen(any_realm, event, client=FIREFOX, ip="192.0.2.7")

    assert message.to == ADA
    assert message.subject == "Local realm: The password was changed"
    for part in (
        "Your password was changed.\n",
        f"Account: {ADA}\n",
        "When: Jan 15, 2027, 08:00 UTC\n",
        "Browser: Firefox on Linux\n",
        "Network address: 192.0.2.7\n",
        "If it was not you,",
        f"\n{URL}/",
    ):
        assert part in message.text


def test_times_are_those_of_whom_it_is_for(realm: Realm, ada: User) -> None:
    """In the time zone that the profile says, and so are the pages'."""
    with realm.writing() as db:
        db.get_one(User, ada.id).custom = {"time_zone": "Asia/Tokyo"}
    (message,) = happen(realm, PasswordUpdated(user_id=ada.id))

    assert "When: Jan 15, 2027, 17:00 JST\n" in message.text


def test_what_the_browser_is_called_is_no_link(realm: Realm, ada: User) -> None:
    """Whoever signs up with somebody's address chooses it, and so what they read."""
    event = PasswordUpdated(user_id=ada.id)
    (message,) = happen(realm, event, client="Prizes at evil.example", ip="192.0.2.7")

    assert "Browser: Prizes at evil. example\n" in message.text
    assert "evil.example" not in message.html


def test_the_old_and_the_new_address_are_told(realm: Realm, ada: User) -> None:
    """Who took an account over is not the only one to learn of it (RQ-N1)."""
    with realm.writing() as db:
        db.execute(update(User).values(email="new@example.com"))
    event = EmailUpdated(user_id=ada.id, old=ADA, email="new@example.com")
    old, new = happen(realm, event)

    assert (old.to, new.to) == (ADA, "new@example.com")
    assert "somebody else has taken your account" in old.text
    assert "somebody else has taken your account" not in new.text
    assert "Account: new@example.com" in old.text
    assert "Account: new@example.com" in new.text


def test_who_cannot_log_in_any_more_is_told_how_to(realm: Realm, ada: User) -> None:
    """A password that others have guessed at is off, and nobody has done wrong."""
    (message,) = happen(realm, PasswordOff(user_id=ada.id))

    assert message.subject == "Local realm: The password was switched off"
    assert "no longer works" in message.text


def test_any_event_with_a_notice_is_told(realm: Realm, ada: User) -> None:
    """A feature that adds one has nothing else to do."""
    (message,) = happen(realm, Unusual(user_id=ada.id))

    assert "Something unusual happened." in message.text


@pytest.mark.parametrize("who", ["ada", ""])
def test_what_has_no_notice_is_not_told(realm: Realm, ada: User, who: str) -> None:
    """Strangers' wrong guesses fill nobody's mailbox."""
    assert happen(realm, LoginFailed(user_id=ada.id if who else "")) == []


def test_who_is_gone_is_not_told(realm: Realm) -> None:
    """A user who is gone has no address."""
    assert happen(realm, PasswordUpdated(user_id="usr_0000000000000000000000")) == []


def test_an_operator_is_called_so(realm: Realm, ada: User) -> None:
    """There is no browser and no network to name."""
    event = PasswordUpdated(user_id=ada.id)
    (message,) = happen(realm, event, ip="", client="operator")

    assert "By: an administrator of Local realm" in message.text
    assert "Network" not in message.text


def test_a_browser_without_an_address_is_no_operator(realm: Realm, ada: User) -> None:
    """As behind a unix socket, where nobody has one."""
    event = PasswordUpdated(user_id=ada.id)
    (message,) = happen(realm, event, ip="", client=FIREFOX)

    assert "Browser: Firefox on Linux\n" in message.text
    assert "By: an administrator" not in message.text
    assert "Network" not in message.text


@pytest.mark.parametrize(
    ("client", "line"),
    [
        (FIREFOX, "Browser: Firefox on Linux"),
        ("curl/8.5.0", "Browser: curl"),
        ("Mozilla/5.0", ""),
    ],
)
def test_a_browser_is_told_as_far_as_it_is_known(
    realm: Realm, ada: User, client: str, line: str
) -> None:
    """The network always is."""
    (message,) = happen(realm, PasswordUpdated(user_id=ada.id), client=client)
    lines = message.text.splitlines()

    assert [one for one in lines if one.startswith("Browser")] == (
        [line] if line else []
    )
    assert "Network address: 192.0.2.1" in lines


def test_a_mail_holds_no_name_that_a_stranger_chose(realm: Realm, ada: User) -> None:
    """Who signs up with somebody's address cannot write to them through us."""
    with realm.writing() as db:
        db.execute(update(User).values(first_name="Call 555-0100", last_name="now"))
    (message,) = happen(realm, PasswordUpdated(user_id=ada.id))

    assert "555" not in message.text + message.html + message.subject


@pytest.mark.parametrize(("is_proved", "told"), [(False, 5), (True, 9)])
def test_who_signs_up_with_somebodys_address_floods_no_mailbox(
    any_realm: Realm, is_proved: bool, told: int
) -> None:
    """Changes are told five times an hour there; to who has proved theirs, all are."""
    with any_realm.writing() as db:
        db.execute(update(User).values(email_verified=is_proved))
    event = PasswordUpdated(user_id=any_realm.users()[0].id)

    assert [len(happen(any_realm, event)) for _ in range(9)][-1] == told


def test_what_is_undone_is_not_told(realm: Realm, ada: User) -> None:
    """The mail is part of the change."""
    with realm.writing() as db:
        realm.record(db, PasswordUpdated(user_id=ada.id), caller_at())
        db.rollback()

    with realm.reading() as db:
        assert list(mail.outbox(realm).newest(db)) == []
