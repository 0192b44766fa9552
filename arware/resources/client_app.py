"""Client apps: the applications that a realm's users log in to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .associations import Parent
from .fields import anything, flag, text, texts
from .operations import Created, Deleted, Found, Listed, Updated

if TYPE_CHECKING:
    from .realm import Realm


class ClientApp(Listed, Found, Created, Updated, Deleted):
    """An application that users log in to."""

    __slots__ = ()
    _kind = "client_app"
    _path = "client_apps"

    realm_id = text()
    client_type = text()
    name = text()
    redirect_uris = texts()
    state = text()
    allowed_scopes = anything()
    app_type = text()
    logo = anything()
    secret = text(secret=True)
    trusted = flag()

    realm: Parent[Realm] = Parent()
