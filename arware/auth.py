"""
The auth object: who is there during one request.

It lives as long as its request. It is a record of wishes: an application may log
in or out through it, and what that means for the answer is decided by the flow when
the answer starts.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Iterable, MutableMapping
from typing import TYPE_CHECKING, Any, Protocol

from .errors import Forbidden, LoginRequired, Reason, Refusal, observer
from .links import Links, Signposts

if TYPE_CHECKING:
    from .api.calls import Context
    from .resources.claims import Identity
    from .resources.membership import Membership
    from .resources.org import Org
    from .resources.session import Session
    from .resources.user import User
    from .web.request import Request


class Host(Signposts, Protocol):
    """What an auth object wants from its flow."""

    local_realm: Any
    #: Where the calls of the auth object's objects go.
    context: Context | None
    likeness: tuple[object, ...]

    def login(self, auth: Auth, token: str) -> Session:
        """Log in with the keys at hand."""
        ...

    def alogin(self, auth: Auth, token: str) -> Awaitable[Session]:
        """Log in, fetching the key if need be."""
        ...

    def end_login(self, auth: Auth) -> None:
        """Revoke the auth object's login at once."""
        ...


class Verdict:
    """
    That a credential is good: whose it is, by which keys, and until when.

    Kept between requests, so everything in it is immutable but the times.
    """

    __slots__ = (
        "asked_at",
        "checked_until",
        "expires_at",
        "fresh_until",
        "identity",
        "keys",
        "login_id",
    )

    def __init__(
        self, identity: Identity, keys: object, login_id: str | None = None
    ) -> None:
        self.identity = identity
        self.keys = keys
        self.login_id = login_id
        self.expires_at = identity.exp
        self.asked_at = 0.0
        self.checked_until = 0.0
        #: Until when nothing has to be asked; before the first look, never.
        self.fresh_until = 0.0


class Auth:
    """
    Who is there during one request, why nobody is, and what shall become of it.

    *session*, *user*, *membership* and *org* are ``None`` when there is nobody (or no
    org); *reason* is then a :class:`~arware.errors.Reason`, otherwise ``None``. The
    objects are made for this request alone.
    """

    session: Session | None
    user: User | None
    membership: Membership | None
    org: Org | None
    reason: Reason | None

    # Nearly no request changes what follows, so it is not set for each.
    #: Whether the answer needs more than the usual headers.
    touched = False
    #: Whether the cookies that came can never be good again.
    cookies_bad = False
    #: Whether the path is one of ``ignore``.
    ignored = False
    #: Why the token that arrived with the request does not count, if one did.
    callback_error: Reason | None = None
    #: What the application raised.
    noted: Refusal | None = None
    #: The Set-Cookie texts of states that links were given.
    state_cookies: tuple[str, ...] = ()
    #: The state that these cookies keep, one for all links of an answer.
    state: str | None = None
    #: What the application wishes: ``login``, ``leave`` (ours) or ``logout`` (both).
    wish: str | None = None
    #: The id of the session that was left.
    left_session: str | None = None

    def __init__(
        self,
        flow: Host,
        request: Request,
        now: float,
        verdict: Verdict | None = None,
        reason: Reason | None = None,
    ) -> None:
        self._flow = flow
        self.request = request
        self.now = now
        self.verdict = verdict
        self.reason = reason
        if verdict is None:
            self.session = self.user = self.membership = self.org = None
        else:
            self.session, self.user, self.membership, self.org = (
                verdict.identity.objects(flow.context)
            )

    def __repr__(self) -> str:
        who = self.user.id if self.user is not None else f"nobody, {self.reason}"
        return f"<Auth of {who}>"

    @property
    def links(self) -> Links:
        """The links to LoginRocket's pages, for this request."""
        return Links(self._flow, self)

    @property
    def local_realm(self) -> Any:
        """The realm that is mounted in this process, ``None`` without one."""
        return self._flow.local_realm

    def login(self, token: str) -> Session:
        """
        Log in with *token* and return its session, the auth object's from now on.

        The cookie is set when the answer starts. Raises
        :class:`~arware.errors.TokenError` if the token is not good (the auth object stays as
        it was), :class:`~arware.errors.KeysUnavailable` if its key is not at hand:
        nothing is downloaded here, see :meth:`alogin`.
        """
        return self._flow.login(self, token)

    async def alogin(self, token: str) -> Session:
        """Do what :meth:`login` does, downloading the key set if the key is missing."""
        return await self._flow.alogin(self, token)

    def logout(self, *, local: bool = False) -> None:
        """
        Log out: nobody is there from now on, the cookie is cleared, the login revoked.

        When the answer starts, a redirect to LoginRocket's logout page takes its
        place, unless *local* is true, or the application fails.
        """
        self._flow.end_login(self)
        self.become_anonymous("leave" if local else "logout")

    def require(
        self,
        *,
        permission: str | re.Pattern[str] | Iterable[str | re.Pattern[str]] = (),
        org: Org | str | None = None,
    ) -> None:
        """
        Return if somebody is there who meets all conditions together.

        *permission* is one or several, each to be held (a text exactly, a pattern by
        search); *org* (its id or the object) is where, by default the current one.
        Raises :class:`~arware.errors.LoginRequired` when nobody is there, otherwise
        :class:`~arware.errors.Forbidden`.
        """
        if self.user is None:
            raise self._noted(LoginRequired())
        several = (
            (permission,) if isinstance(permission, str | re.Pattern) else permission
        )
        wanted = tuple(several)
        if org is None and not wanted:
            return
        membership = self._membership_in(org)
        if membership is None or not all(
            membership.any_permission(one) for one in wanted
        ):
            raise self._noted(Forbidden())

    def _noted(self, refusal: Refusal) -> Refusal:
        # It does so itself, but in a thread without our context variable.
        self.note(refusal)
        return refusal

    def _membership_in(self, org: Org | str | None) -> Membership | None:
        if org is None:
            return self.membership
        org_id = org if isinstance(org, str) else org.id
        # Without a current membership the token names none, and the API is not asked.
        if self.user is None or self.membership is None or not org_id:
            return None
        for membership in self.user.memberships():
            if membership.org_id == org_id:
                return membership
        return None

    # What follows is for the flow and the adapters.

    def note(self, refusal: Refusal) -> None:
        """Remember what the application raised, in case its framework hides it."""
        self.noted = refusal
        self.touched = True

    def callback_failed(self, reason: Reason) -> None:
        """Remember that a token arrived with this request and does not count."""
        self.callback_error = reason
        if self.user is None:
            self.reason = reason

    def become(self, verdict: Verdict, wish: str) -> Session:
        """Have *verdict* be who is there, in the auth object and wherever it is shown."""
        self.verdict = verdict
        self.reason = None
        self.session, self.user, self.membership, self.org = verdict.identity.objects(
            self._flow.context
        )
        self._changed(wish)
        return self.session

    def become_anonymous(self, wish: str) -> None:
        """Have nobody be there any more, in the auth object and wherever it is shown."""
        self.left_session = self.session.id if self.session is not None else None
        self.verdict = None
        self.reason = Reason.REVOKED
        self.session = self.user = self.membership = self.org = None
        self._changed(wish)

    def _changed(self, wish: str) -> None:
        self.wish = wish
        self.touched = True
        # Whoever shows the auth object is not kept here: it would keep the auth object in turn.
        listening = observer.get()
        if listening is not None:
            listening.changed(self)

    def is_of(self, likeness: object) -> bool:
        """Tell whether the auth object comes from a adapter like the one asking."""
        return self._flow.likeness == likeness

    def publish(self, environ: MutableMapping[str, Any]) -> None:
        """Set the contract's keys in *environ* (or a scope)."""
        environ["authrocket.auth"] = self
        session = self.session
        environ["authrocket.session"] = session
        environ["authrocket.current_session"] = session
        environ["authrocket.user"] = self.user
        environ["authrocket.membership"] = self.membership
        environ["authrocket.org"] = self.org
