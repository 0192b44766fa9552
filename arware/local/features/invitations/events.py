"""What happens to invitations, by AuthRocket's names; *user_id* is who did it."""

from __future__ import annotations

from dataclasses import dataclass

from ...events import Event
from ...texts import _


@dataclass(frozen=True, kw_only=True)
class Invited(Event):
    """
    Somebody was invited to the realm.

    Whom the invitation is for it says itself, as long as it is good: who has no account
    could not have their address removed from here.
    """

    type = "invitation.referral.invited"
    title = _("Somebody was invited.")
    labels = (("org_id", _("Organization")),)

    invitation_id: str
    org_id: str | None = None


class OrgInvited(Invited):
    """Somebody was invited to an org."""

    type = "invitation.org.invited"
    title = _("Somebody was invited to an organization.")


@dataclass(frozen=True, kw_only=True)
class Accepted(Event):
    """The user has accepted an invitation to the realm."""

    type = "invitation.referral.accepted"
    title = _("The invitation was accepted.")
    labels = (("org_id", _("Organization")),)

    invitation_id: str
    org_id: str | None = None


class OrgAccepted(Accepted):
    """The user has accepted an invitation to an org."""

    type = "invitation.org.accepted"
    title = _("The invitation to an organization was accepted.")


@dataclass(frozen=True, kw_only=True)
class Revoked(Event):
    """An invitation was taken back."""

    type = "invitation.updated"
    title = _("An invitation was taken back.")

    invitation_id: str
