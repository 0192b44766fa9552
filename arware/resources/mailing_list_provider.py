"""Mailing list providers: whose lists a realm's users can be put on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .associations import Parent
from .fields import anything, text
from .operations import Created, Deleted, Found, Listed, Updated

if TYPE_CHECKING:
    from .realm import Realm


class MailingListProvider(Listed, Found, Created, Updated, Deleted):
    """A service whose mailing lists users can be put on."""

    __slots__ = ()
    _kind = "mailing_list_provider"
    _path = "mailing_list_providers"

    realm_id = text()
    provider_name = text()
    provider_type = text()
    state = text()
    api_endpoint = anything()
    provider_account = anything()
    valid_list_ids = anything()

    realm: Parent[Realm] = Parent()
