"""Mailing list subscriptions: which lists a user is on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .associations import Parent
from .fields import text
from .operations import Created, Deleted, Found, Listed, Updated

if TYPE_CHECKING:
    from .hook import Hook
    from .user import User


class MailingListSubscription(Listed, Found, Created, Updated, Deleted):
    """A user's place on a mailing list."""

    __slots__ = ()
    _kind = "mailing_list_subscription"
    _path = "mailing_list_subscriptions"

    hook_id = text()
    user_id = text()
    list_state = text()

    hook: Parent[Hook] = Parent()
    user: Parent[User] = Parent()
