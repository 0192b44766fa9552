"""Invitations: to an org, or to sign up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .associations import Children, FindChild, Parent, RetrieveChild
from .changes import post
from .fields import moment, text, texts
from .operations import Created, Deleted, Found, Listed, Updated
from .permissions import holds_any

if TYPE_CHECKING:
    import re

    from .auth_provider import AuthProvider
    from .event import Event
    from .org import Org
    from .realm import Realm
    from .user import User


class Invitation(Listed, Found, Created, Updated, Deleted):
    """An invitation to an org, or to sign up."""

    __slots__ = ()
    _kind = "invitation"
    _path = "invitations"
    _id_is_secret = True

    realm_id = text()
    org_id = text()
    auth_provider_id = text()
    inviting_user_id = text()
    email = text()
    invitation_type = text()
    locale = text()
    token = text(secret=True)
    permissions = texts()
    created_at = moment()
    expires_at = moment()
    invited_at = moment()

    auth_provider: Parent[AuthProvider] = Parent()
    inviting_user: Parent[User] = Parent("user")
    org: Parent[Org] = Parent()
    realm: Parent[Realm] = Parent()

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

    def invite(self, **params: Any) -> bool:
        """Send the invitation, once more if need be; tell whether it went well."""
        return post(self, "invite", params)
