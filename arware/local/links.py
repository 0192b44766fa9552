"""Links in mails: sending them without telling who has an account, and their pages."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pyramid.decorator import reify
from sqlalchemy.orm import Session

from arware.kit.web import Form, Refused, forms, view_config

from . import locking, mail, one_time, people, tries
from .caller import Caller
from .events import Event, UnknownUser
from .models import User
from .redirects import redirect
from .request import View
from .texts import _

if TYPE_CHECKING:
    from .realm import Realm

T = TypeVar("T")

log = logging.getLogger("arware.local")


def ask(
    realm: Realm,
    caller: Caller,
    name: str,
    kind: str,
    asked: type[Event],
    write: Callable[[Realm, Session, Caller, User], T],
    *,
    limit: tries.Kind = tries.MAILS,
) -> T:
    """
    Mail a link of *kind* to the user called *name*, an address or a user name.

    *write* writes the mail, as :func:`write` does; what it returns comes back. Nobody
    is told whether that is somebody (RQ-E1, AK-B03): the answer is the same, after the
    same work, for who is unknown, disabled or without an address, and where enough was
    sent. That there was a mail is the event *asked*. Raises
    :class:`~arware.kit.web.Refused` only after too many tries of the caller's.
    """
    with realm.reading() as db:
        known = people.by_login_name(db, name)
    # By the address that gets the mail: with its user name an account has no more.
    address = None if known is None else known.email
    target = address or people.canonical_login_name(name)
    taken = tries.take(realm, caller, limit, target, purpose=kind)
    with realm.writing(caller) as db:
        user = people.by_login_name(db, name)
        if user and (user.state != "active" or not user.email or taken.blocked):
            user = None
        with addressee(db, caller, user) as whom:
            made = write(realm, db, caller, whom)
        unknown = UnknownUser(event=asked.type)
        realm.record(db, asked(user_id=user.id) if user else unknown, caller)
    log.info("link asked kind=%s user=%s ip=%s", kind, user and user.id, caller.ip)
    return made


def send(
    realm: Realm,
    db: Session,
    caller: Caller,
    user: User | None,
    kind: str,
    template: str,
    **values: object,
) -> None:
    """
    Mail *user* a new one-time token of *kind*; ``None`` gets nothing.

    The work is the same: see :func:`addressee`.
    """
    with addressee(db, caller, user) as whom:
        write(realm, db, caller, whom, kind=kind, template=template, **values)


@contextmanager
def addressee(db: Session, caller: Caller, user: User | None) -> Iterator[User]:
    """
    Yield whom to write a mail to: *user*, locked, or for ``None`` a decoy.

    What is written for the decoy is rolled back at the end. Who asks for somebody
    unknown must not see that by the time it takes (RQ-E1), so the statements are the
    same: for a known *user* a decoy is added, too, and rolled back at once.
    """
    tried = db.begin_nested()
    decoy = people.add_decoy(db, caller)
    if user is not None:
        tried.rollback()
    # Of two at once, the later voids the token of the earlier.
    whom = user or decoy
    yield locking.lock(db, whom.id) or whom
    if user is None:
        tried.rollback()


def write(
    realm: Realm,
    db: Session,
    caller: Caller,
    whom: User,
    *,
    kind: str,
    template: str,
    **values: object,
) -> None:
    """
    Write *whom* a mail with a new one-time token of *kind*.

    The *template* gets the ``token``, for how many ``minutes`` it is good, and
    *values*.
    """
    token = one_time.make(realm, db, kind, whom, caller.now)
    values |= {"token": token, "minutes": one_time.minutes(realm, kind)}
    mail.write(realm, db, whom, template, caller.now, locale=caller.locale, **values)


class AskForm(Form):
    """Who wants a link. Features may put another field in place."""

    open_to = "reset"

    email = forms.text(
        _("E-mail address"), "username", inputmode="email", maxlength=254
    )


class AskPage(View):
    """A page on which a link is asked for. Subclasses are lifted, and mail it."""

    #: What is typed.
    form: ClassVar[type[Form]] = AskForm

    @view_config(request_method="GET")
    def show(self) -> dict[str, Any]:
        """Show the form, filled in by who was about to log in."""
        request = self.request
        return {"form": request.form(self.form, email=request.login_hint)}


class LinkPage(View):
    """
    A page that a link in a mail leads to. Subclasses are lifted, and act.

    Opening it uses nothing up, for scanners open every link (RQ-K5). The token moves
    from the address into a cookie, so that it is in no history, no log and no
    ``Referer`` (RQ-K8). Programs send it as the field ``token``.

    The form has a field ``link`` with what :attr:`opened` says. Another site can have a
    browser open another link at any time, and so put its token in place: what is typed
    into the form of one link must not go to the account of the other.
    """

    #: The kind of the tokens, the route of the page, and what it asks for.
    kind: ClassVar[str]
    route: ClassVar[str]
    form: ClassVar[type[Form]]

    @view_config(request_method="GET")
    def open(self) -> Any:
        """Move the token out of the address, and then show the page."""
        return self.moved() or self.show()

    def show(self) -> dict[str, Any]:
        """Return what the page needs; there is no form where there is no user."""
        form = self.request.form(self.form)
        return {"form": form, "user": self.holder, "opened": self.opened}

    def moved(self) -> Any:
        """Return the redirect that moves a good token into the cookie, or ``None``."""
        request = self.request
        if "token" not in request.query:
            return None
        request.response.headers["Referrer-Policy"] = "no-referrer"
        if not self.is_good:
            return None
        seconds = 60 * one_time.minutes(request.realm, self.kind)
        request.keep(self._cookie, self.token, seconds)
        answer = redirect(request.url_to(self.route))
        answer.headers["Referrer-Policy"] = "no-referrer"
        return answer

    def used(self) -> None:
        """Clear the cookie: the token was used up."""
        self.request.drop(self._cookie)

    @property
    def token(self) -> str:
        """The token that was opened or sent, ``""`` for none."""
        request = self.request
        kept = request.own_cookie(self._cookie)
        if request.method != "POST":
            return request.query.get("token") or kept
        is_same = request.typed.get("link") == _public_part(kept)
        return request.typed.get("token") or (kept if is_same else "")

    @property
    def opened(self) -> str:
        """The public part of the token: it says which link it is, and opens nothing."""
        return _public_part(self.token)

    @property
    def is_good(self) -> bool:
        """Whether the link can still be used."""
        return self.holder is not None

    @reify
    def holder(self) -> User | None:
        """Whose link it is; ``None``, and the page has failed, if it is over."""
        return self.found(one_time.holder)

    def found(self, look: Callable[[Realm, str, str, int], T]) -> T | None:
        """Return what *look* finds by the token, as :attr:`holder` does."""
        request = self.request
        try:
            return look(request.realm, self.kind, self.token, request.now)
        except Refused as refused:
            request.failed = request.response.status_int = refused.reason.status
            return None

    @property
    def _cookie(self) -> str:
        return f"_{self.route}"


def _public_part(token: str) -> str:
    return token.partition(".")[0]
