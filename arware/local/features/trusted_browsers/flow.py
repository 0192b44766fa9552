"""Trusting a browser, asking whether one is trusted, and ending that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from arware.kit.forgetting import delete_some
from arware.kit.secrets import new_id

from ... import device_cookies
from ...caller import Caller, Member
from ...events import EmailVerified, Event, Happening, LoginSucceeded
from ...models import User
from ...texts import _
from .models import TrustedBrowser
from .settings import TrustedBrowsers

if TYPE_CHECKING:
    from ...realm import Realm

#: The name of the box.
BOX = "trust"

DAY = 86_400


class BrowserTrusted(Event):
    """A second factor is not asked for in a browser from now on."""

    type = "user.browser.trusted"
    notice = _("A browser was trusted: it logs in without a second factor.")


class BrowserDistrusted(Event):
    """A browser is not trusted any more: a second factor is asked for again."""

    type = "user.browser.distrusted"
    title = _("A browser is not trusted any more.")


def is_trusted(realm: Realm, db: Session, caller: Caller, user: User) -> bool:
    """Tell whether *user* trusts the browser, so that a first proof is enough."""
    if not realm.settings[TrustedBrowsers].days:
        return False
    device = device_cookies.find(realm, db, user, caller.device, caller.now)
    if device is None:
        return False
    known = select(TrustedBrowser.id).where(
        TrustedBrowser.device == device, *_counting(user, caller.now)
    )
    return db.scalars(known).first() is not None


def trust(happening: Happening[LoginSucceeded]) -> None:
    """Trust the browser of a login that gave a second factor, and ticked the box."""
    realm, db, caller = happening.realm, happening.db, happening.caller
    event, days = happening.event, realm.settings[TrustedBrowsers].days
    if BOX not in event.ticked or len(event.factors) < 2 or not days:
        return
    user = db.get_one(User, event.user_id)
    device = device_cookies.find(realm, db, user, caller.device, caller.now)
    if device is None:
        return
    db.execute(delete(TrustedBrowser).where(TrustedBrowser.device == device))
    row = TrustedBrowser(
        id=new_id("tb"),
        device=device,
        user_id=user.id,
        credential_version=user.credential_version,
        created_at=caller.now,
        expires_at=caller.now + days * DAY,
        ip=caller.ip,
        client=caller.client,
    )
    db.add(row)
    realm.record(db, BrowserTrusted(user_id=user.id), caller)


def listed(db: Session, user: User, now: int) -> Sequence[TrustedBrowser]:
    """Return the browsers that *user* trusts, the newest first."""
    theirs = select(TrustedBrowser).where(*_counting(user, now))
    newest = theirs.order_by(TrustedBrowser.created_at.desc(), TrustedBrowser.id)
    return db.scalars(newest).all()


def remove(realm: Realm, member: Member, browser_id: str) -> bool:
    """Trust the member's browser no longer. Returns whether it was trusted."""
    gone = delete(TrustedBrowser).where(
        TrustedBrowser.id == browser_id, TrustedBrowser.user_id == member.user.id
    )
    with realm.writing(member) as db:
        if db.scalars(gone.returning(TrustedBrowser.id)).first() is None:
            return False
        realm.record(db, BrowserDistrusted(user_id=member.user.id), member)
    return True


def end_all(happening: Happening[EmailVerified]) -> None:
    """Trust no browser any more, at the first proof of the address."""
    event = happening.event
    if event.first:
        theirs = TrustedBrowser.user_id == event.user_id
        happening.db.execute(delete(TrustedBrowser).where(theirs))


def forget(db: Session, before: int, most: int) -> int:
    """Remove those whose time is over."""
    over = TrustedBrowser.expires_at <= before
    return delete_some(db, TrustedBrowser.id, over, most)


def _counting(user: User, now: int) -> tuple[ColumnElement[bool], ...]:
    return (
        TrustedBrowser.user_id == user.id,
        TrustedBrowser.credential_version == user.credential_version,
        TrustedBrowser.expires_at > now,
    )
