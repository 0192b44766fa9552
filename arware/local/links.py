"""Links in mails: sent to who is there, and the pages that they lead to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pyramid.decorator import reify
from sqlalchemy.orm import Session

from arware.kit.web import Refused

from . import locking, mail, one_time, people
from .caller import Caller
from .models import User
from .onward import redirect
from .request import RealmRequest

if TYPE_CHECKING:
    from .realm import Realm


def send(
    realm: Realm,
    db: Session,
    caller: Caller,
    user: User | None,
    kind: str,
    template: str,
) -> None:
    """
    Mail *user* a new one-time token of *kind*.

    The *template* gets the ``token``, and for how many ``minutes`` it is good. ``None``
    gets nothing, after the same work: who asks for somebody unknown must not see that
    by the time it takes (RQ-E1).
    """
    tried = db.begin_nested()
    if user is None:
        whom = people.add_decoy(db, caller)
    else:  # of two at once, the later voids the token of the earlier
        whom = locking.lock(db, user.id) or user
    token = one_time.make(realm, db, kind, whom, caller.now)
    values = {"token": token, "minutes": minutes(realm, kind)}
    mail.write(realm, db, whom, template, caller.now, locale=caller.locale, **values)
    if user is None:
        tried.rollback()
    else:
        tried.commit()


def minutes(realm: Realm, kind: str) -> int:
    """Return for how long links of *kind* are good."""
    return realm.joined.token_kinds[kind](realm.settings)


class LinkPage:
    """
    A page that a link in a mail leads to, for a class of views.

    Opening it uses nothing up, for scanners open every link (RQ-K5). The token moves
    from the address into a cookie, so that it is in no history, no log and no
    ``Referer`` (RQ-K8). Programs send it as the field ``token``.

    The form has a field ``link`` with what :attr:`opened` says. Another site can have a
    browser open another link at any time, and so put its token in place: what is typed
    into the form of one link must not go to the account of the other.
    """

    #: The kind of the tokens, and the route of the page.
    kind: ClassVar[str]
    route: ClassVar[str]

    def __init__(self, request: RealmRequest) -> None:
        self.request = request

    def moved(self) -> Any:
        """Return the answer that moves a good token, ``None`` if none has to move."""
        request = self.request
        if "token" not in request.query:
            return None
        request.response.headers["Referrer-Policy"] = "no-referrer"
        if self.holder is None:
            return None
        seconds = 60 * minutes(request.realm, self.kind)
        request.keep(self._cookie, self.token, seconds)
        answer = redirect(request.url_to(self.route))
        answer.headers["Referrer-Policy"] = "no-referrer"
        return answer

    def used(self) -> None:
        """Forget the token."""
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
        """Which link the page is drawn for. It opens nothing."""
        return _public_part(self.token)

    @reify
    def holder(self) -> User | None:
        """Whose link it is; ``None``, and the page has failed, if it is over."""
        request = self.request
        try:
            return one_time.holder(request.realm, self.kind, self.token, request.now)
        except Refused as refused:
            request.failed = request.response.status_int = refused.reason.status
            return None

    @property
    def _cookie(self) -> str:
        return f"_{self.route}"


def _public_part(token: str) -> str:
    return token.partition(".")[0]
