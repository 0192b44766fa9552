"""
What happens in the realm: typed events, recorded in the transaction that causes them.

The rows are the audit log. Handlers hear of an event in its transaction, or after the
commit. Here are the events of the core, and those that one feature causes and another
hears; a feature's own stand in its folder. Their types are AuthRocket's where it has
one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from arware.kit.database import after_commit
from arware.kit.forgetting import delete_some, update_some
from arware.kit.secrets import new_id

from .caller import OPERATOR, Caller
from .models import EventRow
from .texts import _

if TYPE_CHECKING:
    from .realm import Realm

CHANGED, WITH, ADDRESS = _("Changed"), _("With"), _("Address")


@dataclass(frozen=True, kw_only=True)
class Event:
    """
    Something that happened to a user.

    An event is stored and may be sent to others, so it never holds a secret. *notice*
    says what the user is told of it by mail, where a feature does that; ``None`` is for
    nothing. *title* is what it is called in a list of what happened, ``None`` where the
    notice does; operators read such a list, too, so it says "the" and never "your".
    What strangers can cause at will is *by_strangers*, and is forgotten. What else a
    subclass has as fields becomes the row's data, but for those that are
    :func:`for_handlers`; *labels* are what operators read before those that mean
    something to people.
    """

    type: ClassVar[str]
    title: ClassVar[str | None] = None
    notice: ClassVar[str | None] = None
    by_strangers: ClassVar[bool] = False
    labels: ClassVar[tuple[tuple[str, str], ...]] = ()

    user_id: str


_FOR_HANDLERS = "for handlers"


def for_handlers() -> str:
    """Declare a field of an event that handlers read, and no row keeps."""
    default: str = field(default="", repr=False, metadata={_FOR_HANDLERS: True})
    return default


E_co = TypeVar("E_co", bound=Event, covariant=True)


@dataclass(frozen=True)
class Happening(Generic[E_co]):
    """
    An event as a handler gets it.

    In its transaction, *db* is that transaction: what the handler writes is committed
    with it, and what it raises rolls it back. After the commit *db* is closed, and a
    handler opens transactions of its own.
    """

    realm: Realm
    db: Session
    event: E_co
    caller: Caller


def record(realm: Realm, db: Session, event: Event, caller: Caller) -> None:
    """
    Write down that *event* happened, and tell the handlers.

    What an operator did in somebody else's account has their id as ``operator``, but
    neither network nor browser: users may see it, and the operator's own login has
    them. Nor does it name the session of anybody but the user: who knows the id of one
    may end it. Needs a writing transaction. Not inside ``begin_nested``: if that were
    rolled back, the late handlers would be told all the same.
    """
    if db.in_nested_transaction():
        raise RuntimeError("record events outside of savepoints")
    data, ip, client = asdict(event), caller.ip, caller.client
    for one in fields(event):
        if _FOR_HANDLERS in one.metadata:
            del data[one.name]
    if caller.operator_id is not None:
        data["operator"], ip, client = caller.operator_id, "", OPERATOR
    db.add(
        EventRow(
            id=new_id("ev"),
            type=event.type,
            user_id=data.pop("user_id") or None,
            session_id=data.pop("session_id", None) or caller.session_of(event.user_id),
            at=caller.now,
            ip=ip,
            client=client,
            data=data or None,
        )
    )
    for handler in realm.joined.handlers:
        if isinstance(event, handler.event):
            call = partial(handler.function, Happening(realm, db, event, caller))
            if handler.after_commit:
                after_commit(db, call)
            else:
                call()


def forget(db: Session, before: int, most: int) -> int:
    """Remove the events up to *before*, *most* at most; return how many."""
    return delete_some(db, EventRow.number, EventRow.at <= before, most)


def forget_failures(db: Session, before: int, most: int) -> int:
    """Remove those that strangers can cause at will; the rest as :func:`forget`."""
    return delete_some(db, EventRow.number, _by_strangers(before), most)


def forget_unknown(db: Session, before: int, most: int) -> int:
    """Remove those of them that are about no account; the rest as :func:`forget`."""
    where = _by_strangers(before) & EventRow.user_id.is_(None)
    return delete_some(db, EventRow.number, where, most)


def forget_addresses(db: Session, before: int, most: int) -> int:
    """Empty addresses and browsers of events up to *before*; operators have none."""
    where = (EventRow.at <= before) & (EventRow.ip != "")
    return update_some(db, EventRow.number, where, most, ip="", client="")


def _by_strangers(before: int) -> ColumnElement[bool]:
    types = {kind.type for kind in kinds() if kind.by_strangers}
    return EventRow.type.in_(types) & (EventRow.at <= before)


def kinds(of: type[Event] = Event) -> Iterator[type[Event]]:
    """Return all classes of events, those of features too."""
    for kind in of.__subclasses__():
        yield kind
        yield from kinds(kind)


class UserCreated(Event):
    """A user was added: signed up, or by an operator."""

    type = "user.created"
    title = _("The account was created.")


class UserImported(Event):
    """A user was imported from another system. No mail welcomes them."""

    type = "user.imported"
    title = _("The account was taken over from another system.")


class AddressRepeated(Event):
    """Somebody signed up with the address of this user, and was not told so."""

    type = "user.signup.repeated"
    title = _("Somebody tried to sign up with this address again.")
    by_strangers = True


@dataclass(frozen=True, kw_only=True)
class UserUpdated(Event):
    """An operator changed *fields* of a user, or whether they may log in."""

    type = "user.updated"
    title = _("An administrator changed the account.")
    labels = (("fields", CHANGED),)

    fields: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class AccountClosing(Event):
    """
    The user closes the account: it will be deleted at *due_at*, unless they come back.

    What gives access without a login ends now. A handler that raises ``Refused`` says
    what has to be settled before.
    """

    type = "user.closing"
    title = _("The account was closed.")
    labels = (("due_at", _("Deleted after")),)

    due_at: int


class UserDeleted(Event):
    """A user goes away, with all that the realm holds about them."""

    type = "user.deleted"
    title = _("The account was deleted.")


@dataclass(frozen=True, kw_only=True)
class LockedDown(Event):
    """
    An operator has ended all logins and links, as after a breach.

    With *password* the user has to choose a new one. Every feature that keeps what
    opens an account without its owner ends that. With *alone* it is this user only.
    """

    type = "user.locked_down"
    title = _("All logins were ended for safety, by an administrator.")

    password: bool
    alone: bool = False


class UserUnlocked(Event):
    """An operator ended the waits after too many tries."""

    type = "user.unlocked"
    title = _("An administrator ended the wait after too many attempts.")


@dataclass(frozen=True, kw_only=True)
class ProfileUpdated(Event):
    """The user changed *fields* that protect nothing: a name, a language."""

    type = "user.profile.updated"
    title = _("The profile was changed.")
    labels = (("fields", CHANGED),)

    fields: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class LoginSucceeded(Event):
    """A login was finished, by the proofs *factors*; *ticked* are the forms' boxes."""

    type = "user.login.succeeded"
    title = _("Logged in.")
    labels = (("factors", WITH),)

    session_id: str
    factors: tuple[str, ...]
    ticked: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LoginInitiated(Event):
    """A first proof was right; the login waits for *step*."""

    type = "user.login.initiated"
    title = _("A login was asked for a second step.")
    # Whoever knows the password begins any number, and finishes none.
    by_strangers = True
    labels = (("step", _("Step")),)

    step: str


@dataclass(frozen=True, kw_only=True)
class LoginProved(Event):
    """Somebody who was logged in has shown again who they are, by *factors*."""

    type = "user.login.proved"
    title = _("The login was confirmed again.")
    labels = (("factors", WITH),)

    session_id: str
    factors: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class LoginFailed(Event):
    """
    A proof was wrong. *proof* says which kind.

    *user_id* is empty where the account does not exist; what was typed is not kept,
    for it may be a password in the wrong field.
    """

    type = "user.login.failed"
    title = _("A login failed.")
    by_strangers = True
    labels = (("proof", WITH), ("in_a_row", _("In a row")))

    proof: str = "password"


@dataclass(frozen=True, kw_only=True)
class PasswordFailed(LoginFailed):
    """
    A password was wrong: the account's failure number *in_a_row*, 0 during a wait.

    Accounts that do not exist share a few counters. *about* is what the counters of
    this one are filed under: see :func:`.tries.account`.
    """

    in_a_row: int = 0
    about: str = for_handlers()


@dataclass(frozen=True, kw_only=True)
class UnknownUser(Event):
    """
    A mail was due to a name that nobody has, or whose account gets none.

    *event* is the type of what is recorded where somebody gets one. What was typed is
    not kept. It concerns no user, so that it is forgotten after a day: strangers can
    cause any number.
    """

    type = "user.unknown"
    title = _("There was no account to write to.")
    by_strangers = True
    labels = (("event", _("Event")),)

    user_id: str = ""
    event: str


@dataclass(frozen=True, kw_only=True)
class SessionEnded(Event):
    """A session was ended, by its user, an operator, or because of another event."""

    type = "session.deleted"
    title = _("A login was ended.")

    session_id: str


class PasswordUpdated(Event):
    """The user chose another password."""

    type = "user.password.updated"
    title = _("The password was changed.")
    notice = _("Your password was changed.")


class PasswordOff(Event):
    """Nobody can log in with the password until it is reset: it was wrong too often."""

    type = "user.password.off"
    title = _("The password was switched off.")
    notice = _(
        "Your password no longer works, because wrong ones were entered 100 times "
        "in a row. Choose a new one to log in."
    )


@dataclass(frozen=True, kw_only=True)
class EmailVerified(Event):
    """
    The user has shown that mail to *email* reaches them.

    With *first* nobody had shown it before: what whoever signed up with the address
    has set may be a stranger's, so every feature that keeps proofs or permissions ends
    those of the user. *is_same_person* says that whoever signed up has shown to be who
    proves it: their passkeys stay.
    """

    type = "user.email.verified"
    title = _("An e-mail address was confirmed.")
    labels = (("email", ADDRESS),)

    email: str
    first: bool
    is_same_person: bool = False


@dataclass(frozen=True, kw_only=True)
class EmailUpdated(Event):
    """The user's address is no longer *old*, if there was one, but *email*."""

    type = "user.email.updating"
    title = _("The e-mail address was changed.")
    notice = _("Your e-mail address was changed.")
    labels = (("old", _("Before")), ("email", ADDRESS))

    old: str | None
    email: str


@dataclass(frozen=True, kw_only=True)
class FactorAdded(Event):
    """The user's logins ask for the second proof *factor* from now on."""

    type = "user.factor.added"

    factor: str


@dataclass(frozen=True, kw_only=True)
class FactorRemoved(Event):
    """The user's logins do not ask for the second proof *factor* any more."""

    type = "user.factor.removed"

    factor: str
