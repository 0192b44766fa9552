"""SMTP providers: who sends a realm's e-mails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .associations import Parent
from .fields import number, text
from .operations import Created, Deleted, Found, Listed, Updated

if TYPE_CHECKING:
    from .realm import Realm


class SmtpProvider(Listed, Found, Created, Updated, Deleted):
    """A mail server that sends a realm's e-mails."""

    __slots__ = ()
    _kind = "smtp_provider"
    _path = "smtp_providers"

    realm_id = text()
    provider_name = text()
    provider_type = text()
    state = text()
    email_from = text()
    email_from_name = text()
    smtp_host = text()
    smtp_password = text(secret=True)
    smtp_port = number()
    smtp_user = text()

    realm: Parent[Realm] = Parent()
