"""Domains: where a realm's LoginRocket pages live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .associations import Parent
from .changes import post
from .fields import anything, text
from .operations import Created, Deleted, Found, Listed, Updated

if TYPE_CHECKING:
    from .realm import Realm


class Domain(Listed, Found, Created, Updated, Deleted):
    """A domain of a realm's LoginRocket pages."""

    __slots__ = ()
    _kind = "domain"
    _path = "domains"

    realm_id = text()
    cert_state = text()
    dns_state = text()
    domain_type = text()
    flags = anything()
    fqdn = text()
    state = text()
    uri = text()
    subdomain = text()
    domain = text()

    realm: Parent[Realm] = Parent()

    def verify(self, **params: Any) -> bool:
        """Check the domain's DNS entries now, and tell whether that went well."""
        return post(self, "verify", params)
