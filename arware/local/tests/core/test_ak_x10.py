"""
Authkit's own sentences about its user (AK-X10, 34), one test for each, in their order.

Its one model did what here the core and the features do: each test names what it needs.
"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from arware.kit.web import Refused

from ... import links, people, sessions
from ...models import LoginSession, OneTimeToken, User
from ...realm import Realm
from ..conftest import Make, find, with_ada
from ..mailbox import last_link
from ..support import (
    ADA,
    OTHER_PASSWORD,
    PASSWORD,
    START,
    URL,
    Browser,
    Clock,
    caller_at,
    member,
    needs,
)

MINUTE, DAY = 60, 86_400
BOB = "bob@example.com"


def add(realm: Realm, **values: Any) -> User:
    """Add a user, whose values are canonical already."""
    with realm.writing() as db:
        return people.add(realm, db, caller_at(realm.now), User(**values))


def post(browser: Browser, path: str, status: int, **fields: str) -> Any:
    """Send *fields* as a program does."""
    return browser.app.post_json(path, fields, headers={"Origin": URL}, status=status)


def last_token(realm: Realm, to: str = ADA) -> str:
    """Return the token of the newest link that somebody was sent."""
    return last_link(realm, to).partition("token=")[2].replace("%3A", ":")


def words(answer: Any) -> dict[str, list[str]]:
    """Return why something was refused."""
    found: dict[str, list[str]] = answer.json["reasons"]
    return found


def test_ak_x10_1_a_user_has_sessions(realm: Realm) -> None:
    """Several, which go with the user."""
    ada = [member(realm), member(realm)][0].user
    with realm.writing() as db:
        theirs = select(LoginSession).where(LoginSession.user_id == ada.id)
        before = len(db.scalars(theirs).all())
        db.delete(db.get_one(User, ada.id))
        db.flush()
        after = len(db.scalars(theirs).all())

    assert (before, after) == (2, 0)


def test_ak_x10_2_a_password_is_secure(realm: Realm) -> None:
    """Kept as a hash, that only itself opens."""
    stored = find(realm, ADA).password_hash

    assert stored is not None
    assert PASSWORD not in stored
    assert realm.verify(stored, PASSWORD)
    assert not realm.verify(stored, OTHER_PASSWORD)


@needs("totp")
def test_ak_x10_3_a_user_can_have_one_time_passwords() -> None:
    """AK-M04: in a table of its own, of which no copy has the secret."""
    from ...features.totp.models import Authenticator

    assert "secret" in Authenticator.__table__.c
    assert "secret" in Authenticator.personal.withheld


def test_ak_x10_4_an_address_is_in_lower_case(realm: Realm) -> None:
    """However a program gives it."""
    realm.add_user("Bob@Example.COM")

    assert find(realm, BOB).email == BOB


def test_ak_x10_5_a_user_name_is_unique(any_realm: Realm) -> None:
    """The database lets one of two have it (AK-M02)."""
    add(any_realm, username="bob")

    with pytest.raises(Refused, match="username_taken"):
        add(any_realm, username="bob", email=BOB)


def test_ak_x10_6_an_address_is_unique(any_realm: Realm) -> None:
    """The same (AK-M02)."""
    with pytest.raises(Refused, match="email_taken"):
        add(any_realm, email=ADA)


@needs("password", "email_change")
def test_ak_x10_7_an_address_that_is_to_be_confirmed_is_free(
    realm: Realm, clock: Clock
) -> None:
    """Two may want one: who confirms it has it (AK-F12)."""
    from ...features.email_change import flow

    realm.add_user(BOB, PASSWORD)
    tokens = []
    for name in (ADA, BOB):
        clock.forward(seconds=2 * MINUTE)
        flow.ask(realm, member(realm, name), "new@example.com", PASSWORD)
        tokens.append(last_token(realm, "new@example.com"))
    flow.prove(realm, member(realm, ADA), tokens[0])

    with pytest.raises(Refused, match="email_taken"):
        flow.prove(realm, member(realm, BOB), tokens[1])


@needs("signup")
def test_ak_x10_8_an_address_is_needed(browser: Browser) -> None:
    """Unless the realm lets people have a user name in its place."""
    told = post(browser, "/signup", 422, password=PASSWORD)

    assert words(told) == {"email": ["missing"]}


@needs("signup", "usernames")
def test_ak_x10_9_a_user_name_is_needed(make: Make) -> None:
    """Where the realm says so (AK-F02)."""
    browser = Browser(make(**{"usernames.mode": "required"}))
    told = post(browser, "/signup", 422, email=BOB, password=PASSWORD)

    assert words(told) == {"username": ["missing"]}


@needs("signup")
def test_ak_x10_10_a_password_is_needed(browser: Browser) -> None:
    """Of who signs up with one."""
    told = post(browser, "/signup", 422, email=BOB)

    assert words(told) == {"password": ["password_missing"]}


@needs("signup")
def test_ak_x10_11_a_password_is_typed_once(browser: Browser) -> None:
    """NIST SP 800-63B-4 3.1.1.2: it can be looked at instead, or pasted (RQ-P7)."""
    page = browser.get("/signup").html
    (field,) = page.find_all("input", type="password")

    assert field["autocomplete"] == "new-password"
    assert page.find("button", attrs={"data-shows": field["id"]})


def is_good(realm: Realm, clock: Clock, kind: str, seconds: int) -> bool:
    """Tell whether a link of *kind* is good so long after it was sent."""
    from ... import one_time

    with realm.writing() as db:
        token = one_time.make(realm, db, kind, find(realm, ADA), realm.now)
    clock.forward(seconds=seconds)
    try:
        one_time.look(realm, kind, token, realm.now)
    except Refused:
        return False
    return True


@needs("reset")
def test_ak_x10_12_a_reset_is_good_after_ten_minutes(
    realm: Realm, clock: Clock
) -> None:
    """RQ-K6: half an hour by default."""
    assert is_good(realm, clock, "tpw", 10 * MINUTE)


@needs("reset")
def test_ak_x10_13_a_reset_is_over_after_a_day(realm: Realm, clock: Clock) -> None:
    """Long before."""
    assert not is_good(realm, clock, "tpw", DAY)


@needs("confirm")
def test_ak_x10_14_a_confirmation_is_good_after_two_days(
    make: Make, clock: Clock
) -> None:
    """Where a realm keeps to Authkit's three (AK-D04)."""
    realm = with_ada(make(**{"confirm.minutes": 3 * 24 * 60}))

    assert is_good(realm, clock, "tve", 2 * DAY)


@needs("confirm")
def test_ak_x10_15_a_confirmation_is_over_after_three_days(
    make: Make, clock: Clock
) -> None:
    """To the second."""
    realm = with_ada(make(**{"confirm.minutes": 3 * 24 * 60}))

    assert not is_good(realm, clock, "tve", 3 * DAY)


def test_ak_x10_16_a_name_is_shown() -> None:
    """First and last."""
    assert User(first_name="Ada", last_name="King", email=ADA).name == "Ada King"


def test_ak_x10_17_without_one_another_is_shown() -> None:
    """What one logs in with."""
    assert User(email=ADA).name == ADA
    assert User(username="ada").name == "ada"


def sign_ins(realm: Realm, clock: Clock) -> Any:
    """Return what is known of Ada, who logged in twice, from two networks."""
    from ...features.tracking.models import SignIns

    Browser(realm, {"REMOTE_ADDR": "192.0.2.7"}).log_in()
    clock.forward(seconds=MINUTE)
    Browser(realm).log_in()
    with realm.reading() as db:
        return db.get_one(SignIns, find(realm, ADA).id)


@needs("password", "tracking")
@pytest.mark.parametrize(
    ("column", "value"),
    [
        pytest.param("sign_in_count", 2, id="ak_x10_18"),
        pytest.param("current_sign_in_at", START + MINUTE, id="ak_x10_19"),
        pytest.param("last_sign_in_at", START, id="ak_x10_20"),
        pytest.param("current_sign_in_ip", "192.0.2.1", id="ak_x10_21"),
        pytest.param("last_sign_in_ip", "192.0.2.7", id="ak_x10_22"),
    ],
)
def test_ak_x10_18_to_22_a_login_is_tracked(
    realm: Realm, clock: Clock, column: str, value: object
) -> None:
    """AK-M05: how often, when, from where, and the time before."""
    assert getattr(sign_ins(realm, clock), column) == value


@pytest.fixture
def asked(make: Make) -> Realm:
    """Return a realm that has asked Ada to confirm her address."""
    return with_ada(make(**{"confirm.mode": "soft"}))


@needs("confirm")
def test_ak_x10_23_a_confirmation_is_mailed(asked: Realm) -> None:
    """With a link to the page."""
    assert last_link(asked, ADA).startswith("/email/confirm?token=")


@needs("confirm")
def test_ak_x10_24_a_confirmation_has_a_token(asked: Realm) -> None:
    """AK-M08: a digest of it is kept (AK-N01), and the address it went to (AK-B09)."""
    with asked.reading() as db:
        row = db.scalars(select(OneTimeToken)).one()

    assert (row.kind, row.address) == ("tve", ADA)
    assert row.digest not in last_link(asked, ADA)


def confirm(realm: Realm, status: int, token: str | None = None) -> Any:
    """Use the link that Ada was sent, or another token."""
    given = last_token(realm) if token is None else token
    fields = {"token": given, "password": PASSWORD}
    return post(Browser(realm), "/email/confirm", status, **fields)


@needs("confirm")
def test_ak_x10_25_a_confirmation_succeeds(asked: Realm) -> None:
    """The address is confirmed then."""
    confirm(asked, 204)

    assert find(asked, ADA).email_verified


@needs("confirm")
def test_ak_x10_26_a_confirmation_needs_a_token(asked: Realm) -> None:
    """AK-B06: nothing is no token, and no fault of ours."""
    assert words(confirm(asked, 422, "")) == {"": ["token_invalid"]}


@needs("confirm")
def test_ak_x10_27_a_confirmation_needs_its_address(asked: Realm) -> None:
    """One that has changed since is not confirmed by it (AK-B09)."""
    with asked.writing() as db:
        db.execute(update(User).values(email=BOB))

    assert words(confirm(asked, 422)) == {"": ["token_invalid"]}
    assert not find(asked, BOB).email_verified


@needs("confirm")
def test_ak_x10_28_an_address_that_is_taken_stays_with_its_owner(
    asked: Realm,
) -> None:
    """The database lets nobody else have it, by whatever way."""
    asked.add_user(BOB)

    with pytest.raises(IntegrityError), asked.writing() as db:
        db.execute(update(User).where(User.email == BOB).values(email=ADA))


@needs("password", "email_change")
def test_ak_x10_29_it_shows_that_a_confirmation_is_pending(realm: Realm) -> None:
    """An address that is wanted, until it is confirmed."""
    from ...features.email_change import flow

    ada = member(realm)
    with realm.reading() as db:
        before = flow.waiting(db, ada.user, realm.now)
    flow.ask(realm, ada, BOB, PASSWORD)
    with realm.reading() as db:
        after = flow.waiting(db, ada.user, realm.now)

    assert (before, after) == (None, BOB)


def reset(realm: Realm, status: int, password: str) -> Any:
    """Choose a password by a link of Ada's."""
    with realm.writing() as db:
        ada = find(realm, ADA)
        links.send(realm, db, caller_at(realm.now), ada, "tpw", "reset/mail")
    fields = {
        "token": last_token(realm),
        "new_password": password,
        "password": password,
    }
    return post(Browser(realm), "/password/change", status, **fields)


@needs("reset")
def test_ak_x10_30_a_password_is_changed(realm: Realm) -> None:
    """The new one counts, and the old one no more."""
    reset(realm, 204, OTHER_PASSWORD)
    stored = find(realm, ADA).password_hash

    assert realm.verify(stored, OTHER_PASSWORD)
    assert not realm.verify(stored, PASSWORD)


@needs("reset")
def test_ak_x10_31_a_password_that_is_none_changes_nothing(realm: Realm) -> None:
    """And the link stays good, as Authkit's token did (AK-F14)."""
    before = find(realm, ADA).password_hash
    reset(realm, 422, "short")

    assert find(realm, ADA).password_hash == before
    with realm.reading() as db:
        assert db.scalars(select(OneTimeToken.used_at)).one() is None


@needs("reset")
def test_ak_x10_32_a_change_ends_all_sessions(realm: Realm) -> None:
    """AK-B13, AK-N14: Authkit's went on (AK-S09)."""
    session = member(realm).session
    reset(realm, 204, OTHER_PASSWORD)

    assert sessions.find(realm, session.id, realm.now) is None


@needs("reset")
def test_ak_x10_33_a_change_uses_the_token_up(realm: Realm) -> None:
    """It is good once (RQ-K4)."""
    reset(realm, 204, OTHER_PASSWORD)
    with realm.reading() as db:
        used = db.scalars(select(OneTimeToken.used_at)).all()

    assert used == [realm.now]


@needs("reset")
def test_ak_x10_34_a_reset_has_a_token(realm: Realm) -> None:
    """A new one each time, which voids the one before (RQ-K7, AK-M07)."""
    with realm.writing() as db:
        ada = find(realm, ADA)
        for _ in range(2):
            links.send(realm, db, caller_at(realm.now), ada, "tpw", "reset/mail")
    with realm.reading() as db:
        used = [row.used_at for row in db.scalars(select(OneTimeToken))]

    assert sorted(used, key=str) == [realm.now, None]
