"""JWT keys: what a realm signs its login tokens with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .associations import Parent
from .fields import anything, text
from .operations import Created, Deleted, Found, Listed

if TYPE_CHECKING:
    from .realm import Realm


class JwtKey(Listed, Found, Created, Deleted):
    """A key that a realm signs its login tokens with."""

    __slots__ = ()
    _kind = "jwt_key"
    _path = "jwt_keys"

    realm_id = text()
    algo = text()
    key = text(secret=True)
    use = text()
    flags = anything()
    short_key = text(secret=True)

    realm: Parent[Realm] = Parent()
