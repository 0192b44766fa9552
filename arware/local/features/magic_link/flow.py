"""Asking for a mail, and logging in by its link or its code."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from arware.kit import one_time as tokens
from arware.kit.secrets import is_digest
from arware.kit.throttle import FOREVER, Limit, doubling
from arware.kit.web import Reason, Refused

from ... import links, login, mail, one_time, people, tries
from ...caller import Caller
from ...events import Event, LoginFailed
from ...login import LoggedIn, Pending
from ...models import OneTimeToken, User
from ...texts import _
from .settings import LEAST_MINUTES, MagicLink

if TYPE_CHECKING:
    from ...realm import Realm

#: What the link carries; and what the browser that asked keeps, for the code.
LINK, CODE = "tml", "tmc"
#: Digits of a code.
DIGITS = 8

#: Mails to one address: five in no hour more (RQ-T7), and one at least while the link
#: of the last is good. So strangers who ask for others leave the owner with one.
MAILS = tries.Kind(
    word="mail",
    cause="waits_mail",
    network=tries.MAILS.network,
    target=Limit(((1, 60), (2, 60 * LEAST_MINUTES)), tries.HOUR),
)
#: Tries at one code, of whoever asked for it; and at any, of one network (RQ-T6).
TYPED = tries.Kind(
    word="mailed code",
    network=Limit(doubling(20, 900), tries.HOUR),
    target=Limit(((5, 900),), tries.HOUR),
    is_told=True,
)
#: Wrong codes of one account in a row. Then none is right, until a link is used: so
#: strangers, who can have codes sent and guess at them, keep nobody out (RQ-T1).
IN_A_ROW = tries.Kind(
    word="mailed codes in a row",
    target=Limit(((tries.MOST_FAILURES, FOREVER),), FOREVER),
)

CODE_WRONG = Reason(
    "mailed_code_wrong",
    _("This code is wrong or has expired. Open the link in the message."),
)


class MagicLinkAsked(Event):
    """Somebody asked for a mail to log in by."""

    type = "user.login.mail_asked"
    title = _("A message to log in by was asked for.")
    by_strangers = True


def can_log_in(realm: Realm, _db: Session, user: User) -> bool:
    """Tell whether *user* can log in by mail: it takes a proved address."""
    return realm.settings[MagicLink].enabled and user.email_verified


def ask(realm: Realm, caller: Caller, name: str) -> str:
    """
    Mail a link and a code to the user called *name*, if there is one.

    Nobody is told whether there is: see :func:`.links.ask`.

    Returns what the browser needs for the code; without it the code is good for
    nothing. A login by the link leads on to where this caller was going.
    """

    def write(realm: Realm, db: Session, caller: Caller, whom: User) -> str:
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        kept = {"code": realm.digest("mailed-code", _bound(whom, code))}
        now, then = caller.now, {"then": caller.destination}
        values = {
            "token": one_time.make(realm, db, LINK, whom, now, data=then),
            "minutes": one_time.minutes(realm, LINK),
            "code": f"{code[:4]} {code[4:]}",
            "code_minutes": one_time.minutes(realm, CODE),
        }
        template = "magic_link/mail"
        mail.write(realm, db, whom, template, now, locale=caller.locale, **values)
        return one_time.make(realm, db, CODE, whom, now, data=kept)

    return links.ask(realm, caller, name, LINK, MagicLinkAsked, write, limit=MAILS)


def log_in_by_link(realm: Realm, caller: Caller, token: str) -> LoggedIn | Pending:
    """Log in by the link, in whatever browser. Raises ``Refused`` if it is over."""
    with realm.writing(caller) as db:
        user, row = one_time.consume_row(realm, db, LINK, token, caller.now)
        caller = replace(caller, destination=(row.data or {}).get("then", ""))
        return _log_in(realm, db, caller, user)


def log_in_by_code(
    realm: Realm, caller: Caller, kept: str, code: str
) -> LoggedIn | Pending:
    """
    Log in by the code, in the browser that *kept* what :func:`ask` returned.

    A wrong code, one that is over and one for somebody unknown get the same refusal
    after the same work. Raises ``Refused``.
    """
    asked = kept.partition(".")[0]
    typed = tries.take(realm, caller, TYPED, asked, field="code")
    found = one_time.find(realm, CODE, kept, caller.now)
    user = None if found is None else found[0]
    taken = tries.take(realm, caller, IN_A_ROW, tries.account(realm, user, asked))
    if found is None or taken.blocked or not _is_right(realm, *found, code):
        with realm.writing(caller) as db:
            user_id = "" if user is None else user.id
            failed = LoginFailed(user_id=user_id, proof="mailed_code")
            realm.record(db, failed, caller)
        raise Refused(CODE_WRONG, "code")
    tries.give_back(realm, typed)
    with realm.writing(caller) as db:
        whose = one_time.consume(realm, db, CODE, kept, caller.now)
        return _log_in(realm, db, caller, whose)


def is_asked_by(realm: Realm, kept: str, user: User, now: int) -> bool:
    """Tell whether the browser with the cookie *kept* asked for a mail to *user*."""
    found = one_time.find(realm, CODE, kept, now)
    return found is not None and found[0].id == user.id


def _log_in(
    realm: Realm, db: Session, caller: Caller, user: User
) -> LoggedIn | Pending:
    """
    Void the other half of the mail, note that mail arrives, and finish.

    The first proof of an address ends what was set before, the password too, unless
    it is who is logged in already that gives it.
    """
    for kind in (LINK, CODE):
        tokens.void(db, OneTimeToken, kind, user.id, caller.now)
    tries.forget(realm, db, IN_A_ROW, tries.account(realm, user, ""))
    is_own = caller.user_id == user.id
    people.prove_address(
        realm, db, user, caller, keep_password=is_own, is_same_person=is_own
    )
    return login.finish(realm, db, caller, user, "mail")


def _is_right(realm: Realm, user: User, row: OneTimeToken, code: str) -> bool:
    kept = (row.data or {}).get("code", "")
    return is_digest(realm, "mailed-code", _bound(user, code), kept)


def _bound(user: User, code: str) -> str:
    # One person's code is nothing in the hands of another.
    return f"{user.id} {code}"
