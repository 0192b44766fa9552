"""Credentials: what a user logs in with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .associations import Parent
from .changes import post
from .fields import anything, moment, text
from .operations import Created, Deleted, Found, Updated

if TYPE_CHECKING:
    from .auth_provider import AuthProvider
    from .client_app import ClientApp
    from .user import User


class Credential(Found, Created, Updated, Deleted):
    """
    One thing that a user logs in with: a password, a device for one-time codes, a login
    elsewhere.
    """

    __slots__ = ()
    _kind = "credential"
    _path = "credentials"

    user_id = text()
    auth_provider_id = text()
    client_app_id = text()
    credential_type = text()
    name = text()
    state = text()
    password = text(secret=True)
    password_confirmation = text(secret=True)
    otp_secret = text(secret=True)
    provisioning_svg = text(secret=True)
    provisioning_uri = text(secret=True)
    access_token = text(secret=True)
    provider_user_id = text()
    client_app_name = text()
    approved_scopes = anything()
    token_expires_at = moment()

    auth_provider: Parent[AuthProvider] = Parent()
    client_app: Parent[ClientApp] = Parent()
    user: Parent[User] = Parent()

    def verify(self, code: str | None = None, **params: Any) -> bool:
        """
        Activate a new TOTP credential with a *code* that the device shows.

        Returns whether the code was right; if not, *errors* tell why.
        """
        return post(self, "verify", params, code=code)
