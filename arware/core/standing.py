"""Standing: whether what a verdict stands for still does, by revocations and checks."""

from __future__ import annotations

from collections.abc import Container
from typing import TYPE_CHECKING, Protocol

from arware.auth import Reason
from arware.errors import LoginRefused

from .effects import NeedRevocation, NeedSession, Steps
from .verdict import Verdict

if TYPE_CHECKING:
    from arware.settings import Settings

#: How often, in seconds, a login that is in use is looked up among those that other
#: processes revoked.
REVOCATION_SECONDS = 30

#: After nobody could tell whether a session stands, ask again so many seconds later.
OUTAGE_SECONDS = 5


class RevocationsAtHand(Protocol):
    """The revoked logins that this process knows; asking never blocks."""

    #: Whether other processes may know of more.
    shared: bool

    @property
    def known(self) -> Container[str | None]:
        """The ids of logins and of whole sessions."""
        ...

    def revoke(self, login_id: str, sid: str, until: float) -> None:
        """Revoke at once here, and elsewhere without anybody waiting for it."""
        ...


class Standing:
    """Check what *settings* ask for, with the *revocations* at hand."""

    def __init__(self, settings: Settings, revocations: RevocationsAtHand) -> None:
        self._revocations = revocations
        self._check_session = settings.check_session or None  # 0: never
        if settings.local_realm is not None:
            # It tells of endings itself; then, and at first sight, it is asked.
            self._check_session = settings.check_session or float("inf")
        self._deny_on_outage = settings.on_outage == "deny"
        self._leeway = settings.leeway

    def check(self, verdict: Verdict, now: float) -> Steps[float]:
        """
        Return until when *verdict* holds without anything being asked.

        Raises :class:`~arware.errors.LoginRefused` if what it stands for is over.
        """
        until = verdict.expires_at + self._leeway
        was_set_back = now < verdict.fresh_from
        known = self._revocations.known
        if verdict.login_id in known or verdict.identity.sid in known:
            raise LoginRefused(Reason.REVOKED)
        if verdict.login_id is not None:
            yield from self._check_revocation(verdict, now, was_set_back)
            if self._revocations.shared:
                until = min(until, verdict.asked_at + REVOCATION_SECONDS)
        if self._check_session is not None:
            if was_set_back or now >= verdict.checked_until:
                yield from self._ask_session(verdict, self._check_session, now)
            until = min(until, verdict.checked_until)
        return until

    def _check_revocation(
        self, verdict: Verdict, now: float, was_set_back: bool
    ) -> Steps[None]:
        login_id, sid = verdict.login_id, verdict.identity.sid
        is_due = was_set_back or now - verdict.asked_at >= REVOCATION_SECONDS
        if self._revocations.shared and is_due:
            if (yield NeedRevocation(login_id or "", sid, now)):
                raise LoginRefused(Reason.REVOKED)
            verdict.asked_at = now

    def _ask_session(self, verdict: Verdict, age: float, now: float) -> Steps[None]:
        identity = verdict.identity
        state = yield NeedSession(identity.sid, identity.rid, age, now)
        if state.active is False:
            raise LoginRefused(Reason.ENDED)
        if state.active is None:
            if self._deny_on_outage:
                raise LoginRefused(Reason.OUTAGE)
            verdict.checked_until = now + OUTAGE_SECONDS
        else:
            verdict.checked_until = state.until
