"""Orgs, which LoginRocket calls accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arware.api.calls import narrowed

from .associations import (
    Children,
    CreateChild,
    DeleteChild,
    FindChild,
    Parent,
    RetrieveChild,
    UpdateChild,
    one_of,
    parents_of,
)
from .fields import mapping, moment, text
from .membership import Membership
from .operations import Created, Deleted, Found, Listed, Updated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arware.api.calls import Steps

    from .base import Collection
    from .event import Event
    from .invitation import Invitation
    from .realm import Realm
    from .user import User


class Org(Listed, Found, Created, Updated, Deleted):
    """An organization, to which users belong through memberships."""

    __slots__ = ()
    _kind = "org"
    _path = "orgs"

    realm_id = text()
    name = text()
    reference = text()
    state = text()
    custom = mapping()
    created_at = moment()

    realm: Parent[Realm] = Parent()

    events: Children[Event] = Children()
    find_event: FindChild[Event] = FindChild()
    retrieve_event: RetrieveChild[Event] = RetrieveChild()

    invitations: Children[Invitation] = Children()
    find_invitation: FindChild[Invitation] = FindChild()
    retrieve_invitation: RetrieveChild[Invitation] = RetrieveChild()
    create_invitation: CreateChild[Invitation] = CreateChild()
    create_invitation_or_raise: CreateChild[Invitation] = CreateChild()
    update_invitation: UpdateChild[Invitation] = UpdateChild()
    update_invitation_or_raise: UpdateChild[Invitation] = UpdateChild()
    delete_invitation: DeleteChild[Invitation] = DeleteChild()
    delete_invitation_or_raise: DeleteChild[Invitation] = DeleteChild()

    memberships: Children[Membership] = Children()
    find_membership: FindChild[Membership] = FindChild()
    retrieve_membership: RetrieveChild[Membership] = RetrieveChild()
    create_membership: CreateChild[Membership] = CreateChild()
    create_membership_or_raise: CreateChild[Membership] = CreateChild()
    update_membership: UpdateChild[Membership] = UpdateChild()
    update_membership_or_raise: UpdateChild[Membership] = UpdateChild()
    delete_membership: DeleteChild[Membership] = DeleteChild()
    delete_membership_or_raise: DeleteChild[Membership] = DeleteChild()

    def users(self, **params: Any) -> Collection[User]:
        """
        Return the users that belong to the org, by way of its memberships.

        Like these it is one page; *more_results* tells whether there is another.
        *params* are those of the memberships.
        """
        return self._run(self._users(**params))

    def _users(self, **params: Any) -> Steps[Collection[User]]:
        memberships = yield Org.memberships.step(self, **params)
        return (yield from parents_of(memberships, Membership.user))

    def find_user(self, id: str, /, **params: Any) -> User:
        """Return the org's user *id*, or raise ``RecordNotFound``."""
        return self._run(self._find_user(id, params))

    def _find_user(self, id: str, params: Mapping[str, Any]) -> Steps[User]:
        users = yield from self._users(**params)
        if id and users.more_results and all(user.id != id for user in users):
            # Who is not on the first page may still belong to the org.
            users = yield from self._users(**narrowed(params, user_id=id))
        return one_of(users, id, "user")
