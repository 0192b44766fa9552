"""The auth object: who is there during one request."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from .errors import Forbidden, LoginRequired, Refusal, ResponseStarted
from .links import Links

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from .api.calls import Context
    from .core.verdict import CallbackError, Verdict
    from .resources.membership import Membership
    from .resources.org import Org
    from .resources.session import Session
    from .resources.user import User
    from .settings import Settings
    from .web.browser import Browsers
    from .web.paths import Paths
    from .web.request import Request

#: Where the auth object stands in an environ or a scope.
KEY = "authrocket.auth"

_BEARER = re.compile(r"\s*bearer\b", re.IGNORECASE)

Permissions = str | re.Pattern[str] | Iterable[str | re.Pattern[str]]


class Reason(StrEnum):
    """
    Why nobody is logged in.

    The members are strings, so ``auth.reason == "expired"`` holds too. Errors have the
    same words as their ``reason``.
    """

    NO_CREDENTIAL = "no_credential"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    BAD_SIGNATURE = "bad_signature"
    MALFORMED = "malformed"
    WRONG_ISSUER = "wrong_issuer"
    WRONG_REALM = "wrong_realm"
    UNKNOWN_KEY = "unknown_key"
    KEYS_UNAVAILABLE = "keys_unavailable"
    BAD_COOKIE = "bad_cookie"
    FOREIGN_ORIGIN = "foreign_origin"
    REVOKED = "revoked"
    ENDED = "ended"
    OUTAGE = "outage"


#: What time may heal: a key not published yet, a clock, an outage.
TRANSIENT = frozenset(
    (
        Reason.KEYS_UNAVAILABLE,
        Reason.UNKNOWN_KEY,
        Reason.NOT_YET_VALID,
        Reason.OUTAGE,
    )
)


class Change(StrEnum):
    """What has become of the login during a request."""

    LOGIN = "login"
    LOGOUT = "logout"
    LOCAL_LOGOUT = "local_logout"


class LoginFlow(Protocol):
    """What an auth object wants from the flow that made it."""

    settings: Settings
    paths: Paths
    browsers: Browsers
    #: Where the calls of its objects go.
    context: Context | None

    def zone(self, name: str) -> ZoneInfo | None:
        """Return the time zone *name*, ``None`` if there is none."""
        ...

    def verify_login(self, token: str, now: float) -> Verdict:
        """Verify *token* for a login, with the keys at hand."""
        ...

    async def averify_login(self, token: str, now: float) -> Verdict:
        """Verify *token* for a login, fetching its key if need be."""
        ...

    def revoke_logins(self, request: Request) -> None:
        """Revoke at once the logins whose cookies came with *request*."""
        ...


class Auth:
    """
    Who is there during one request, why nobody is, and what shall become of it.

    *session*, *user*, *membership* and *org* are ``None`` when there is nobody (or no
    org); *reason* is then a :class:`~arware.Reason`, otherwise ``None``. The objects
    are made for this request alone.
    """

    session: Session | None
    user: User | None
    membership: Membership | None
    org: Org | None
    reason: Reason | None

    # Nearly no request asks for what follows, so it is not set for each.
    #: Whether the cookies that came can never be good again.
    clear_cookies = False
    #: Whether the response has begun, so that no cookie can be set any more.
    response_started = False
    #: Why the token that arrived with the request does not count, if one did.
    callback_error: CallbackError | None = None
    #: What the application raised.
    refusal: Refusal | None = None
    #: What has become of the login, if anything.
    change: Change | None = None
    #: The id of the session that was left.
    left_session: str | None = None
    #: Whether this is a preflight for what needs a login.
    is_blind_preflight = False
    #: Whose login the last change has ended.
    left_owner: str | None = None
    #: The realm in this process that answers the request, if one of its pages is meant.
    mounted: Any = None

    def __init__(
        self,
        flow: LoginFlow,
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
        #: Whether the path is one of ``ignore``.
        self.ignored = False
        #: Whether the response needs more than the usual headers.
        self.unusual = False
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
        """The links to the login pages, for this request."""
        return Links(self._flow, self)

    @property
    def local_realm(self) -> Any:
        """The realm that is mounted in this process, ``None`` if there is none."""
        return self._flow.settings.local_realm

    @property
    def impersonator(self) -> str | None:
        """The id of who acts as the user (RFC 8693, 4.1), else ``None``."""
        return None if self.verdict is None else self.verdict.identity.impersonator

    @property
    def zone(self) -> ZoneInfo | None:
        """
        The user's time zone, which the token names in the user's ``time_zone``.

        That is a custom attribute, with a name of the IANA database, like
        ``Europe/Paris``. ``None`` without one, and if there is no such zone.
        """
        name = None if self.verdict is None else self.verdict.identity.time_zone
        return None if name is None else self._flow.zone(name)

    def is_fresh(self, within: float | timedelta) -> bool:
        """
        Tell whether the person has proved who they are *within* so many seconds.

        Where not, ``links.login_url(max_age=...)`` asks for it and comes back. It needs
        a realm of your own: tokens of AuthRocket do not tell, and are never fresh. Nor
        is the login of an operator who acts as the person.
        """
        proved = None if self.session is None else self.session.auth_time
        # What a token tells that is no time stays as it is.
        if not isinstance(proved, datetime) or self.impersonator is not None:
            return False
        seconds = within.total_seconds() if isinstance(within, timedelta) else within
        return proved.timestamp() > self.now - seconds

    def login(self, token: str) -> Session:
        """
        Log in with *token* and return its session, the auth object's from now on.

        The cookie is set when the response starts. It waits where a callback would,
        for the check of a managed session, but downloads no keys: see :meth:`alogin`.
        Raises :class:`~arware.errors.TokenError` if the token is not good or its login
        is over (all stays as it was), :class:`~arware.errors.KeysUnavailable` if its
        key is not at hand, and :class:`~arware.errors.ResponseStarted` once the
        response has begun, and in a websocket, whose handshake sets no cookie.
        """
        self._check_time()
        return self._log_in(self._flow.verify_login(token, self.now))

    async def alogin(self, token: str) -> Session:
        """Do what :meth:`login` does on an event loop, and download missing keys."""
        self._check_time()
        verdict = await self._flow.averify_login(token, self.now)
        self._check_time()
        return self._log_in(verdict)

    def logout(self, *, local: bool = False) -> None:
        """
        Log out: nobody is there from now on, the cookie is cleared, the login revoked.

        When the response starts, a redirect to LoginRocket's logout page takes its
        place, unless *local* is true, or the application fails. A second call takes
        nothing back from the first.
        """
        self._flow.revoke_logins(self.request)
        if self.session is not None:
            self.left_session = self.session.id
        self.left_owner = self.owner
        self.verdict = None
        self.reason = Reason.REVOKED
        self.session = self.user = self.membership = self.org = None
        is_local = local and self.change is not Change.LOGOUT
        self._changed(Change.LOCAL_LOGOUT if is_local else Change.LOGOUT)

    def require(
        self, *, permission: Permissions = (), org: Org | str | None = None
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
        if isinstance(permission, str | re.Pattern):
            permission = (permission,)
        wanted = tuple(permission)
        if org is None and not wanted:
            return
        membership = self.membership_in(org)
        if membership is None or not all(
            membership.any_permission(one) for one in wanted
        ):
            raise self._noted(Forbidden())

    def _noted(self, refusal: Refusal) -> Refusal:
        # It does so itself, but in a thread without our context variable.
        self.note(refusal)
        return refusal

    def _check_time(self) -> None:
        if self.response_started:
            raise ResponseStarted

    def _log_in(self, verdict: Verdict) -> Session:
        self.left_owner = self.owner
        self.verdict = verdict
        self.reason = None
        self.session, self.user, self.membership, self.org = verdict.identity.objects(
            self._flow.context
        )
        self._changed(Change.LOGIN)
        return self.session

    def _changed(self, change: Change) -> None:
        self.change = change
        self.unusual = True
        # Whoever publishes it is not kept here: it would keep the auth object in turn.
        for exchange in Refusal.observer.get() or ():
            exchange.changed(self)

    # --- For the core and the adapters ---------------------------------------------

    @property
    def owner(self) -> str | None:
        """
        Whose is what a framework keeps for this browser beside the login.

        ``None`` without a login of the browser's own: a Bearer token is of one request.
        Who acts as somebody else owns something else than that person.
        """
        verdict = self.verdict
        if verdict is None or verdict.login_id is None:
            return None
        return verdict.identity.owner

    def is_of_another(self, owner: str | None) -> bool:
        """
        Tell whether what a framework keeps as *owner*'s is of somebody else.

        Who has no login any more is somebody else, too. But not every request tells of
        that: an outage passes, a Bearer token is of its own request, and browsers send
        our cookie (``SameSite=Lax``) only for pages if another site makes them.
        """
        if owner is None or owner == self.owner:
            return False
        if self.owner is not None or self.change is not None:
            return True
        if self.user is not None or self.ignored or self.reason in TRANSIENT:
            return False
        if any(_BEARER.match(value) for value in self.request.authorizations):
            return False
        request = self.request
        return (
            request.is_navigation()
            or self.reason is not Reason.NO_CREDENTIAL
            or not self._flow.browsers.of(request).comes_from_elsewhere()
        )

    def passes_preflight(self) -> bool:
        """Tell whether a preflight asks for what needs a login, and remember it."""
        if self.request.is_preflight():
            self.is_blind_preflight = self.unusual = True
        return self.is_blind_preflight

    def membership_in(self, org: Org | str | None) -> Membership | None:
        """Return the membership in *org*, by default the current one."""
        if org is None:
            return self.membership
        org_id = str(getattr(org, "id", org))  # of a URL it may be a number
        # Without a current membership the token names none, and the API is not asked.
        if self.user is None or self.membership is None or not org_id:
            return None
        found = (m for m in self.user.memberships() if m.org_id == org_id)
        return next(found, None)

    def note(self, refusal: Refusal) -> None:
        """Remember what the application raised, in case its framework hides it."""
        self.refusal = refusal
        self.unusual = True

    def callback_failed(self, error: CallbackError) -> None:
        """Remember that a token arrived with this request and does not count."""
        self.callback_error = error
        if self.user is None:
            self.reason = Reason(error.reason)

    def is_under_way(self) -> bool:
        """Tell whether an adapter above us, just now, has published it."""
        return any(exchange.auth is self for exchange in Refusal.observer.get() or ())

    def belongs_to(self, flow: object) -> bool:
        """Tell whether the auth object comes from a flow that does the same."""
        return getattr(self._flow, "kind", None) == getattr(flow, "kind", self)
