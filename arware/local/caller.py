"""Who asks for something: the argument that every flow takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from .models import LoginSession, User
    from .sessions import Visitor

#: The client of who asks without a browser: an operator, or a program.
OPERATOR = "operator"


M = TypeVar("M", bound="Member")


@dataclass(frozen=True, slots=True)
class Caller:
    """
    Who asks for something, and when: the one context that flows are given.

    *ip* and *client* are what the network tells, both fit for storing, and empty for
    an operator or a program. *now* is one time, in seconds since the epoch, for all
    that happens in a request. *locale* is the language the answer will be in, *visitor*
    who is logged in, *device* the cookie of a browser in which somebody has logged in
    before: see :mod:`.device_cookies`. *ticked* are the names of the boxes that were
    ticked in the form that was sent, *facts* what features have read of the request, by
    the names that they gave them: see ``add_fact``. *destination* is the query of the
    page that a login leads on to, ``""`` where it comes from nowhere.
    """

    ip: str
    client: str
    now: int
    locale: str = "en"
    visitor: Visitor | None = None
    device: str = field(default="", repr=False)
    ticked: frozenset[str] = frozenset()
    facts: Mapping[str, str] = field(default_factory=dict, repr=False)
    destination: str = ""

    @property
    def user_id(self) -> str | None:
        """The id of the user who is logged in, if anybody is."""
        return None if self.visitor is None else self.visitor.user.id

    @property
    def session_id(self) -> str | None:
        """The id of the session that the caller has, if any."""
        return None if self.visitor is None else self.visitor.session.id

    def session_of(self, user_id: str) -> str | None:
        """Return the id of the caller's session, ``None`` if it is not that user's."""
        return self.session_id if self.user_id == user_id else None

    @property
    def operator_id(self) -> str | None:
        """
        The id of the operator who acts here in the account of somebody else.

        What happens is recorded with it.
        """
        return None if self.visitor is None else self.visitor.session.impersonator

    def acting(self, visitor: Visitor) -> Member:
        """Return the caller in the name of *visitor*, who is logged in."""
        return self._as(Member, visitor)

    def operating(self, visitor: Visitor) -> Operator:
        """
        Return the caller as *visitor*, who looks after others' accounts.

        Those others are not to see the network and the browser.
        """
        return replace(self, ip="", client=OPERATOR)._as(Operator, visitor)

    def _as(self, kind: type[M], visitor: Visitor) -> M:
        asked = {one.name: getattr(self, one.name) for one in fields(Caller)}
        return kind(**asked | {"visitor": visitor})


@dataclass(frozen=True, slots=True)
class Member(Caller):
    """
    Somebody who asks as the user that is logged in: what is done counts as theirs.

    What flows for members take. A transaction that is opened for one, as
    ``realm.writing(member)``, begins by making sure that the session still holds.
    """

    visitor: Visitor = field(kw_only=True)

    @property
    def user(self) -> User:
        """The user, as they were when the request began. The row is read only."""
        return self.visitor.user

    @property
    def session(self) -> LoginSession:
        """The session, as it was when the request began. The row is read only."""
        return self.visitor.session


@dataclass(frozen=True, slots=True)
class Operator(Member):
    """
    Somebody who looks after the realm, and does something to somebody else's account.

    That their session may is what the permission ``realm:operator`` says.
    """

    @property
    def operator_id(self) -> str | None:
        """The id of the operator."""
        return self.user.id
