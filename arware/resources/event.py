"""Events: what happened in a realm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .associations import EmbeddedChildren, Parent, one_of
from .fields import mapping, moment, text
from .operations import Found, Listed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arware.api.calls import Steps

    from .auth_provider import AuthProvider
    from .base import Collection
    from .invitation import Invitation
    from .membership import Membership
    from .notification import Notification
    from .org import Org
    from .realm import Realm
    from .user import User


class Event(Listed, Found):
    """Something that happened. *request_data* tells whose doing it was."""

    __slots__ = ()
    _kind = "event"
    _path = "events"

    event_type = text()
    auth_provider_id = text()
    invitation_id = text()
    membership_id = text()
    org_id = text()
    realm_id = text()
    session_id = text()
    user_id = text()
    token = text(secret=True)
    request_data = mapping("request")
    event_at = moment()
    expires_at = moment()

    auth_provider: Parent[AuthProvider] = Parent()
    invitation: Parent[Invitation] = Parent()
    membership: Parent[Membership] = Parent()
    org: Parent[Org] = Parent()
    realm: Parent[Realm] = Parent()
    user: Parent[User] = Parent()

    notifications: EmbeddedChildren[Notification] = EmbeddedChildren()

    def find_notification(self, id: str, /, **params: Any) -> Notification:
        """Return the notification *id* of this event, or raise ``RecordNotFound``."""
        return self._run(self._find_notification(id, params))

    def _find_notification(
        self, id: str, params: Mapping[str, Any]
    ) -> Steps[Notification]:
        found: Collection[Notification] = yield Event.notifications.step(self, **params)
        return one_of(found, id, "notification")
