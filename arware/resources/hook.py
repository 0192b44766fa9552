"""Hooks: what a realm does when something happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .associations import Parent
from .fields import anything, text
from .operations import Created, Deleted, Found, Listed, Updated

if TYPE_CHECKING:
    from .mailing_list_provider import MailingListProvider
    from .realm import Realm

_INVITATIONS = ("org", "preverify", "referral", "request")

#: What may happen in a realm, and so set off a hook.
_EVENT_TYPES = (
    *(
        f"invitation.{kind}.{what}"
        for kind in _INVITATIONS
        for what in ("created", "updated", "invited", "accepted", "expired")
    ),
    *("membership.created", "membership.updated", "membership.deleted"),
    *("org.created", "org.updated", "org.closed"),
    "session.deleted",
    *("user.created", "user.updated", "user.deleted"),
    *("user.email.updating", "user.email.verifying", "user.email.verified"),
    *("user.login.succeeded", "user.login.failed", "user.login.initiated"),
    *("user.password.resetting", "user.password.updated"),
    "user.profile.updated",
)

#: Of these, what the service can write e-mails about.
_EMAIL_EVENT_TYPES = (
    *(f"invitation.{kind}.invited" for kind in _INVITATIONS),
    "invitation.org.accepted",
    "user.created",
    *("user.email.updating", "user.email.verifying", "user.email.verified"),
    *("user.login.succeeded", "user.login.failed"),
    *("user.password.resetting", "user.password.updated"),
    "user.profile.updated",
)


class Hook(Listed, Found, Created, Updated, Deleted):
    """A webhook or an e-mail that events set off."""

    __slots__ = ()
    _kind = "hook"
    _path = "hooks"

    realm_id = text()
    mailing_list_provider_id = text()
    accumulate = anything()
    delay = anything()
    event_type = text()
    hook_type = text()
    state = text()
    destination = text()
    email_renderers = anything()
    email_subjects = anything()
    email_templates = anything()
    email_to = anything()
    locales = anything()
    current_locales = anything()
    description = text()
    list_id = text()
    name = text()
    on_create = anything()
    visibility = text()

    realm: Parent[Realm] = Parent()
    mailing_list_provider: Parent[MailingListProvider] = Parent()

    @classmethod
    def event_types(cls) -> list[str]:
        """Return the types of events that a hook can wait for, sorted."""
        return sorted(_EVENT_TYPES)

    @classmethod
    def email_event_types(cls) -> list[str]:
        """Return the types of events that the service can write e-mails about."""
        return sorted(_EMAIL_EVENT_TYPES)
