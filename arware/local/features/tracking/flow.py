"""Noting logins and visits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from arware.kit.forgetting import delete_some, update_some
from arware.kit.throttle import per_hour
from arware.kit.web import Refused

from ... import tries
from ...caller import Caller
from ...events import Event, Happening, LoginSucceeded, UserCreated
from .models import SignIns, Visits

if TYPE_CHECKING:
    from ...realm import Realm

#: The names of what a caller tells: where they came from, and the cookie of the visits.
#: Nobody tells either who does not want to be tracked.
SOURCE, BROWSER = "source", "visits"

#: Who comes back after so many seconds visits anew.
PAUSE = 30 * 60
#: How many browsers one network may add an hour: without cookies each page is a new
#: one.
NEW_BROWSERS = tries.Kind(word="visits", network=per_hour(60))
#: How many browsers are remembered at most, the last ones.
MOST_BROWSERS = 100_000


def note_sign_up(happening: Happening[UserCreated]) -> None:
    """Note where somebody came from who signs up."""
    if SOURCE in happening.caller.facts:
        _row(happening)


def note_login(happening: Happening[LoginSucceeded]) -> None:
    """Note a login, and join the visits before it to the person (AK-F26)."""
    caller = happening.caller
    if SOURCE not in caller.facts:
        return
    row = _row(happening)
    row.sign_in_count += 1
    row.last_sign_in_at = row.current_sign_in_at
    row.last_sign_in_ip = row.current_sign_in_ip
    row.current_sign_in_at = row.last_visit_at = caller.now
    row.current_sign_in_ip = caller.ip
    row.session_source = caller.facts[SOURCE]


def _row(happening: Happening[Event]) -> SignIns:
    """Return the row of the user, made if need be, with the visits before it."""
    db, caller, user_id = happening.db, happening.caller, happening.event.user_id
    found = db.get(SignIns, user_id)
    if found is None:
        found = SignIns(
            user_id=user_id,
            sign_in_count=0,
            current_sign_in_ip="",
            last_sign_in_ip="",
            visits=0,
            first_visit_at=caller.now,
            last_visit_at=caller.now,
            original_source=caller.facts[SOURCE],
            session_source=caller.facts[SOURCE],
        )
        db.add(found)
    _join(happening.realm, db, found, caller)
    return found


def _join(realm: Realm, db: Session, row: SignIns, caller: Caller) -> None:
    """Join the visits of the caller's browser to the person, and forget the browser."""
    cookie = caller.facts.get(BROWSER)
    if not cookie:
        return
    digests = realm.digests("visits", cookie)
    gone = delete(Visits).where(Visits.digest.in_(digests)).returning(Visits)
    for visits in db.scalars(gone).all():
        row.visits += visits.number
        if visits.first_at < row.first_visit_at:
            row.first_visit_at = visits.first_at
            row.original_source = visits.source


def note_browser(realm: Realm, caller: Caller, *, is_new: bool) -> None:
    """
    Note that a browser is there in which nobody is logged in.

    One that *is_new* has just been given its cookie. It is noted once in a visit.
    """
    cookie = caller.facts[BROWSER]
    if not is_new and _has_come_back(realm, caller, cookie):
        return
    try:
        tries.take(realm, caller, NEW_BROWSERS)
    except Refused:
        return
    with realm.writing(caller) as db:
        db.add(
            Visits(
                digest=realm.digest("visits", cookie),
                number=1,
                first_at=caller.now,
                last_at=caller.now,
                source=caller.facts[SOURCE],
            )
        )


def _has_come_back(realm: Realm, caller: Caller, cookie: str) -> bool:
    """Tell whether the browser is known; note that it has come back."""
    theirs = Visits.digest.in_(realm.digests("visits", cookie))
    with realm.reading() as db:
        last_at = db.scalar(select(Visits.last_at).where(theirs))
    if last_at is None:
        return False
    if last_at <= caller.now - PAUSE:
        back = update(Visits).where(theirs, Visits.last_at == last_at)
        values = {"number": Visits.number + 1, "last_at": caller.now}
        with realm.writing(caller) as db:
            db.execute(back.values(values))
    return True


def forget_visits(db: Session, before: int, most: int) -> int:
    """Forget old browsers in which nobody has logged in, and those beyond the most."""
    newest = select(Visits.last_at).order_by(Visits.last_at.desc())
    first_of_others = newest.offset(MOST_BROWSERS).limit(1).scalar_subquery()
    old = (Visits.last_at <= before) | (Visits.last_at <= first_of_others)
    return delete_some(db, Visits.digest, old, most)


def forget_addresses(db: Session, before: int, most: int) -> int:
    """Empty the addresses of users whose last login was up to *before*."""
    told = (SignIns.current_sign_in_ip != "") | (SignIns.last_sign_in_ip != "")
    where = told & (SignIns.current_sign_in_at <= before)
    none = {"current_sign_in_ip": "", "last_sign_in_ip": ""}
    return update_some(db, SignIns.user_id, where, most, **none)


def sign_ins(db: Session, user_id: str) -> SignIns | None:
    """Return what is known of the logins of a user."""
    return db.get(SignIns, user_id)
