"""
How often something may be tried: passwords, codes, mails, sign-ups.

All numbers stand here. A flow takes a try before its work, outside of any transaction,
and then either forgives it (it was a success), gives it back (it was not decided) or
lets it be::

    taken = tries.take(realm, caller, tries.CODES, user.id)
    if taken.blocked or not is_right(code):
        raise Refused(CODE_WRONG)
    with realm.writing() as db:
        tries.forgive(db, taken, caller.now)

Waits that the caller's own tries made are told, by raising. Those that others made are
not: the try is *blocked*, and is refused like a wrong one after the same work. So
nobody learns from a wait who has an account, or who else has tried (RQ-T5, T71).

The counters' keys are digests under the realm's secret: a new one begins all anew.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from arware.kit import throttle
from arware.kit.addresses import neighbourhood
from arware.kit.throttle import (
    FOREVER,
    Counter,
    Limit,
    State,
    Success,
    doubling,
    per_hour,
)
from arware.kit.web.refusals import Reason, Refused

from . import device_cookies
from .models import Throttle, User
from .texts import too_many_tries

if TYPE_CHECKING:
    from .caller import Caller
    from .realm import Realm

log = logging.getLogger("arware.local")

HOUR, DAY = 3600, 86_400

#: NIST SP 800-63B-4 3.2.2: no more than 100 failures in a row (RQ-T1).
MOST_FAILURES = 100

# Passwords. Each try counts at four places, the last two of which are not told.

#: One account, from one place: a browser that it knows, or else a network (RQ-T2).
PLACE = Limit(doubling(5, 900), DAY)
#: All accounts, from one network. Many people may share one, and who owns an account
#: cannot buy more tries at others with a success.
NETWORK = Limit(doubling(50, 300), HOUR)
#: One account, from all networks that it does not know. Its owner may have to reset the
#: password to get in from a new one meanwhile.
STRANGERS = Limit(doubling(10, 3600), DAY)
#: One account, from all networks that it knows together. At an hour a try, strangers
#: and neighbours need more than a day for MOST_FAILURES between them: who logs in daily
#: does not lose the password to them.
NEIGHBOURS = STRANGERS
#: For how long an account knows a network after a login there. Nothing waits for it.
HOME = Limit((), 30 * DAY)
#: One account, from anywhere, since the last success. Then the password is off until
#: its owner resets it by mail; other ways to log in still work.
IN_A_ROW = Limit(((MOST_FAILURES, FOREVER),), FOREVER)

#: Accounts that do not exist share so many of the counters that are not told, so that
#: made-up ones fill no table.
NOBODIES = 4096

#: How many rows that are over each try sweeps away: more than it adds.
SWEPT = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """
    Something else that is counted, by the network it comes from and by its *target*.

    The target is an account, or an address, whether it is known or not. Waits of the
    network are told, those of the target where it *is_told*; their *cause* is for the
    operator.
    """

    word: str
    cause: str = "waits_other"
    network: Limit | None = None
    target: Limit | None = None
    is_told: bool = False


#: How many minutes links in mails are good at least: as long as the longest wait for
#: the next one. At 20 no hour has more than five mails.
LEAST_MINUTES = 20
#: Mails to one address, of each purpose.
MAILED = Limit(((1, 60), (3, 60 * LEAST_MINUTES)), HOUR)
#: Mails that anybody can have sent to an address (RQ-T7). A blocked one is answered as
#: if it had been sent: an earlier one is in the mailbox, and its link is still good.
#: So strangers who ask for others cannot keep the owner from one that works.
MAILS = Kind(
    word="mail",
    cause="waits_mail",
    network=per_hour(20),
    target=MAILED,
)
#: Mails that tell of changes in an account whose address nobody has proved: a stranger
#: may have signed up with it, and could fill its mailbox by changing things.
CHANGE_MAILS = Kind(word="mail of changes", target=per_hour(5))
#: Sign-ups and new addresses: whether one is taken is told to who tries it. Where it is
#: not, a mail tells the owner of the address that is the target: a blocked sign-up is
#: answered as ever, without the mail.
SIGN_UPS = Kind(
    word="sign-up",
    cause="waits_sign-up",
    network=Limit(doubling(20, 900), HOUR),
    target=MAILED,
)
#: One-time codes and recovery codes of an account together (RQ-T6). Who tries them has
#: given the first proof already.
CODES = Kind(
    word="code",
    cause="waits_code",
    target=Limit(((5, 900), (MOST_FAILURES, FOREVER)), FOREVER),
    is_told=True,
)


@dataclass(frozen=True, slots=True)
class Taken:
    """
    A try that was counted, and is not decided yet.

    Where *blocked*, it has to be refused like a wrong one, whatever it is. *in_a_row*
    is how many failures of the account in a row it would make, 0 where a wait is.
    *blocked_by* is the cause, for the operator.
    """

    numbers: Mapping[Counter, int]
    blocked: bool
    in_a_row: int = 0
    blocked_by: str = ""

    @property
    def ends_password(self) -> bool:
        """Whether a failure is the last one: the password is off from then on."""
        return self.in_a_row == MOST_FAILURES


def take(
    realm: Realm,
    caller: Caller,
    kind: Kind,
    target: str = "",
    *,
    purpose: str = "",
    reason: Reason | None = None,
    field: str | None = None,
) -> Taken:
    """
    Count a try of *kind* at *target*, if it has one.

    A target has as many for each *purpose*: who has other mails sent to an address uses
    up none of those that its owner may need to get in.

    Raises :class:`Refused` with the seconds to wait: for *reason*, by default "too many
    tries", at *field*.
    """
    told: list[Counter] = []
    silent: list[Counter] = []
    network = neighbourhood(caller.ip)
    # Who has no address cannot be told apart: all would wait for one.
    if kind.network is not None and network:
        name, cause = f"{kind.word} from {network}", kind.cause
        told.append(_counter(realm, kind.network, name, cause=cause))
    if kind.target is not None and target:
        at_target = _at_target(realm, kind, target, purpose)
        (told if kind.is_told else silent).append(at_target)
    with realm.reading() as db:
        states = throttle.look(db, Throttle, [*told, *silent])
    return _attempt(realm, caller, states, told, field, reason)


def may_tell(realm: Realm, db: Session, user: User, now: int) -> bool:
    """
    Count a mail about the account of *user*, in the transaction of what it is about.

    Returns whether it may be sent: at an address that somebody has proved each is.
    """
    if not user.is_unconfirmed:
        return True
    return may_send(realm, db, CHANGE_MAILS, user.email or "", now)


def may_send(
    realm: Realm, db: Session, kind: Kind, target: str, now: int, *, purpose: str = ""
) -> bool:
    """
    Count a try of *kind* at *target*, in the transaction of what it is for.

    Returns whether it may be. Of whom it comes from counts nothing: nobody has asked.
    """
    counter = _at_target(realm, kind, target, purpose)
    states = throttle.look(db, Throttle, [counter])
    return bool(throttle.take(db, Throttle, states, now)[counter])


def take_password(
    realm: Realm,
    caller: Caller,
    user: User | None,
    typed: str,
    *,
    field: str | None = None,
) -> Taken:
    """
    Count a try at the password of *user*, who was named by *typed*, in canonical form.

    For ``None`` the work is the same. Raises :class:`Refused` with the seconds to wait,
    if the caller's own tries are the cause.
    """
    about, network = account(realm, user, typed), neighbourhood(caller.ip)
    home = _counter(realm, HOME, f"home {about} {network}", about, Success.MARK)
    strangers = _counter(realm, STRANGERS, f"strangers {about}", about)
    neighbours = _counter(realm, NEIGHBOURS, f"neighbours {about}", about)
    in_a_row = _counter(realm, IN_A_ROW, f"in a row {about}", about)
    with realm.reading() as db:
        browser = _known_browser(realm, db, caller, user)
        if browser is not None:
            told = [_counter(realm, PLACE, f"place {about} {browser}", about)]
        else:
            told = _of_network(realm, network, typed, about)
        looked = [*told, home, strangers, neighbours, in_a_row]
        states = throttle.look(db, Throttle, looked)
    silent = [in_a_row]
    if browser is None:
        is_home = network and states[home].expires_at > caller.now
        silent.append(neighbours if is_home else strangers)
    chosen = {counter: states[counter] for counter in (*told, *silent)}
    taken = _attempt(realm, caller, chosen, told, field)
    marked = {home: 0} if network else {}
    numbers, number = {**marked, **taken.numbers}, taken.numbers[in_a_row]
    return replace(taken, numbers=numbers, in_a_row=number)


def lock(realm: Realm, db: Session, about: str, now: int, until: int) -> None:
    """
    Let no stranger try the password of an :func:`account` before *until*.

    Browsers and networks in which the user has logged in before have their own waits:
    strangers must not keep the owner from them. It looks like a wrong password, and
    ends as other waits do (RQ-T5). One that does not exist is locked, too: who goes on
    must not see by the work that it is none.
    """
    strangers = _counter(realm, STRANGERS, f"strangers {about}", about)
    throttle.block(db, Throttle, strangers, now, until)


def forgive(db: Session, taken: Taken, now: int) -> None:
    """Note in the transaction of what it was for that the try was a success."""
    throttle.forgive(db, Throttle, taken.numbers, now)


def give_back(realm: Realm, taken: Taken) -> None:
    """Take back a try that was not decided."""
    with realm.writing() as db:
        throttle.give_back(db, Throttle, taken.numbers)


def forget(realm: Realm, db: Session, kind: Kind, target: str) -> None:
    """Forget all tries of *kind* at *target*: something has shown who it is."""
    throttle.forgive_about(db, Throttle, [_about(realm, _target(kind, target))])


def open_again(realm: Realm, db: Session, user: User) -> None:
    """
    End all waits of the password of *user*: a mailed link has shown who it is.

    Codes that were off may be tried again, but slowly: a mailbox is no second factor.
    """
    throttle.forgive_about(db, Throttle, [account(realm, user, "")])
    name = _about(realm, _target(CODES, user.id))
    throttle.reopen(db, Throttle, name, failures=5)


def end_waits(realm: Realm, db: Session, user: User) -> None:
    """
    End all waits of *user*, those of codes too: an operator wants it so.

    Nothing is left of the user's tries then, so it is also for a user who goes away.
    """
    throttle.forgive_about(db, Throttle, _all_about(realm, user))


def is_blocked(realm: Realm, db: Session, user: User, now: int) -> bool:
    """Tell whether passwords or codes of *user* are not looked at, from some place."""
    return throttle.is_blocked(db, Throttle, _all_about(realm, user), now)


def _all_about(realm: Realm, user: User) -> list[str]:
    codes = _about(realm, _target(CODES, user.id))
    return [account(realm, user, ""), codes]


def _attempt(
    realm: Realm,
    caller: Caller,
    states: Mapping[Counter, State],
    told: list[Counter],
    field: str | None,
    reason: Reason | None = None,
) -> Taken:
    try:
        numbers, full = throttle.attempt(
            realm.writing, Throttle, states, told, caller.now, SWEPT
        )
    except throttle.Full as wait:
        log.info("not tried, after too many tries")
        refused = too_many_tries(wait.seconds, field)
        if reason is not None:
            refused = Refused(reason, field, wait=wait.seconds)
        raise refused.because(wait.counter.label) from None
    blocked_by = "" if full is None else full.label
    return Taken(numbers, full is not None, blocked_by=blocked_by)


def _known_browser(
    realm: Realm, db: Session, caller: Caller, user: User | None
) -> str | None:
    """Return what *user* knows the caller's browser by, ``None`` if it is strange."""
    own = None if user is None else caller.session_of(user.id)
    return own or device_cookies.find(realm, db, user, caller.device, caller.now)


def _of_network(realm: Realm, network: str, typed: str, about: str) -> list[Counter]:
    """Return the counters of a network; none if the caller has no address."""
    if not network:
        return []  # All who have none would wait for one.
    # By what was typed: two names of one account must not show that they are.
    place = _counter(realm, PLACE, f"place {typed} {network}", about)
    everywhere = f"network {network}"
    return [
        place,
        _counter(realm, NETWORK, everywhere, success=Success.GIVE_BACK),
    ]


def account(realm: Realm, user: User | None, typed: str) -> str:
    """
    Return what the counters of an account are about.

    Those that do not exist share :data:`NOBODIES`, by how they are *typed*.
    """
    if user is not None:
        return _about(realm, f"account {user.id}")
    number = int(_about(realm, f"nobody {typed}"), 16) % NOBODIES
    return _about(realm, f"nobody {number}")


def _at_target(realm: Realm, kind: Kind, target: str, purpose: str) -> Counter:
    name = _target(kind, target, purpose)
    limit = kind.target or Limit((), 0)
    return _counter(realm, limit, name, _about(realm, name), cause=kind.cause)


def _target(kind: Kind, target: str, purpose: str = "") -> str:
    return f"{kind.word} {purpose} of {target}"


def _about(realm: Realm, name: str) -> str:
    return realm.digest("throttle", name)


def _counter(
    realm: Realm,
    limit: Limit,
    name: str,
    about: str = "",
    success: Success = Success.FORGET,
    cause: str = "",
) -> Counter:
    label = cause or f"waits_{name.partition(' ')[0]}"
    return Counter(limit, realm.digest("throttle", name), about, success, label)
