"""Named permissions: what a realm calls its permissions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .associations import Parent
from .fields import anything, text
from .operations import Created, Deleted, Found, Updated

if TYPE_CHECKING:
    from .realm import Realm


class NamedPermission(Found, Created, Updated, Deleted):
    """A permission's name for people, and whether everybody gets it."""

    __slots__ = ()
    _kind = "named_permission"
    _path = "named_permissions"

    realm_id = text()
    auto_grant = anything()
    name = text()
    permission = text()

    realm: Parent[Realm] = Parent()
