"""
What is kept for how long.

All of it is declared by ``add_kept``: here what the core keeps, by features what they
keep. A job forgets what is over its time, each hour; ``Realm.purge`` does it at once.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from sqlalchemy.orm import Session

from arware.kit import one_time, throttle
from arware.kit.forgetting import PIECE, Kept, delete_some
from arware.kit.jobs import do_each
from arware.settings.values import read_number

from . import device_cookies, events, mail, sessions
from .models import OneTimeToken, PendingLogin, Throttle

if TYPE_CHECKING:
    from arware.kit.web import Config

    from .realm import Realm

log = logging.getLogger("arware.local")

HOUR, DAY = 3600, 86_400

_Days = Annotated[int, read_number(1, 36_500)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """``realm.retention.*``: for how many days what is kept."""

    #: Network addresses and browsers, in events and in logins that are over. PCI DSS
    #: 4.0 10.5.1 wants three months of an audit log at hand.
    addresses: _Days = 90
    #: Events, the audit log. PCI DSS 4.0 10.5.1 wants it for twelve months.
    events: _Days = 365
    #: Events that strangers can cause at will, such as wrong passwords.
    failures: _Days = 30
    #: Those of them at accounts that do not exist: they are of no use to any person.
    unknown: _Days = 1
    #: Logins that are over.
    sessions: _Days = 30
    #: That a mail was sent; what it said is gone as soon as it is.
    mails: _Days = 7
    #: That a mail could not be sent.
    failed_mails: _Days = 30


def includeme(config: Config) -> None:
    """Declare what the core keeps."""
    config.add_feature_settings(Retention)
    for what, forget, name in (
        ("events", events.forget, "events"),
        ("events that strangers cause", events.forget_failures, "failures"),
        ("those at accounts that do not exist", events.forget_unknown, "unknown"),
        ("addresses in events", events.forget_addresses, "addresses"),
        ("logins that are over", sessions.forget, "sessions"),
        ("addresses in logins that are over", sessions.forget_addresses, "addresses"),
        ("mails that were sent", mail.forget_sent, "mails"),
        ("mails that could not be sent", mail.forget_failed, "failed_mails"),
    ):
        config.add_kept(what, forget, seconds=days_of(name))
    config.add_kept("logins that wait for a step", _pending, seconds=_at_their_end)
    config.add_kept("links in mails", _tokens, seconds=_at_their_end)
    config.add_kept("counted tries", _tries, seconds=_at_their_end)
    config.add_kept(
        "browsers that an account knows",
        device_cookies.forget,
        seconds=lambda _: device_cookies.MEMORY,
    )
    config.add_job(purge_by_job, every=HOUR)


def days_of(name: str) -> Any:
    """Return what tells for how many seconds the setting *name* keeps something."""
    return lambda settings: DAY * getattr(settings[Retention], name)


def _at_their_end(_settings: Any) -> int:
    """Keep nothing longer than it is good for, which its row says."""
    return 0


def _pending(db: Session, before: int, most: int) -> int:
    over = PendingLogin.expires_at <= before
    return delete_some(db, PendingLogin.digest, over, most)


def _tokens(db: Session, before: int, most: int) -> int:
    return one_time.sweep(db, OneTimeToken, before, most)


def _tries(db: Session, before: int, most: int) -> int:
    return throttle.sweep(db, Throttle, before, most)


def purge_by_job(realm: Realm, now: int) -> None:
    """Forget it, without a word."""
    purge(realm, now)


def purge(realm: Realm, now: int) -> dict[str, int]:
    """
    Forget all that has been kept long enough; return how many rows, by what.

    Raises :class:`~arware.kit.jobs.Incomplete` once the rest is forgotten, if something
    could not be.
    """
    removed: dict[str, int] = {}

    def forget(kept: Kept) -> None:
        removed[kept.what] = _purge(realm, kept, now)

    do_each(realm.joined.kept, forget)
    return removed


def _purge(realm: Realm, kept: Kept, now: int) -> int:
    before, removed = now - kept.seconds(realm.settings), 0
    while not realm.jobs.is_stopping:
        with realm.writing() as db:
            piece = kept.forget(db, before, PIECE)
        removed += piece
        if piece < PIECE:
            break
    if removed:
        log.info("forgotten what=%r rows=%d", kept.what, removed)
    return removed
