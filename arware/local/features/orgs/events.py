"""What happens to orgs; *user_id* is who did it, or who is in one now."""

from __future__ import annotations

from dataclasses import dataclass

from ...events import Event
from ...texts import _


@dataclass(frozen=True, kw_only=True)
class OrgCreated(Event):
    """An org was made."""

    type = "org.created"
    title = _("An organization was made.")
    labels = (("org_id", _("Organization")),)

    org_id: str


@dataclass(frozen=True, kw_only=True)
class OrgUpdated(Event):
    """An org has another name."""

    type = "org.updated"
    title = _("An organization was given another name.")
    labels = (("org_id", _("Organization")),)

    org_id: str


@dataclass(frozen=True, kw_only=True)
class MembershipCreated(Event):
    """The user is in an org."""

    type = "membership.created"
    title = _("The account was added to an organization.")
    labels = (("org_id", _("Organization")),)

    org_id: str
