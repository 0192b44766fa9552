"""Memberships: who belongs to which org, and may do what there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .associations import Children, FindChild, Parent, RetrieveChild
from .fields import flag, moment, text, texts
from .operations import Created, Deleted, Found, Listed, Updated
from .permissions import holds_any

if TYPE_CHECKING:
    import re

    from .event import Event
    from .org import Org
    from .user import User


class Membership(Listed, Found, Created, Updated, Deleted):
    """A user's place in an org, with the permissions held there."""

    __slots__ = ()
    _kind = "membership"
    _path = "memberships"

    user_id = text()
    org_id = text()
    permissions = texts()
    selected = flag()
    expires_at = moment()

    org: Parent[Org] = Parent()
    user: Parent[User] = Parent()

    events: Children[Event] = Children()
    find_event: FindChild[Event] = FindChild()
    retrieve_event: RetrieveChild[Event] = RetrieveChild()

    def any_permission(self, *wanted: str | re.Pattern[str]) -> bool:
        """
        Tell whether any of *wanted* is among the permissions.

        A text must equal a permission exactly, and ``*`` means nothing special; a
        compiled pattern is searched for in each.
        """
        return holds_any(self.permissions, wanted)
