"""Resource links: a realm's links to its terms and the like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .associations import Parent
from .fields import text
from .operations import Created, Deleted, Found, Updated

if TYPE_CHECKING:
    from .realm import Realm


class ResourceLink(Found, Created, Updated, Deleted):
    """A link that a realm shows to its users."""

    __slots__ = ()
    _kind = "resource_link"
    _path = "resource_links"

    realm_id = text()
    link_url = text()
    resource_type = text()
    title = text()

    realm: Parent[Realm] = Parent()
