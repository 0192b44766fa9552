"""
Login for any Python web application, through AuthRocket.

The adapters are modules of their own: :mod:`arware.wsgi`, :mod:`arware.asgi`,
:mod:`arware.pyramid` and :mod:`arware.bottle`. What is named here is loaded when it is
first used, so importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .version import __version__

if TYPE_CHECKING:
    from . import errors
    from .api.client import Client
    from .api.provider import configure
    from .auth import Auth, Reason
    from .errors import (
        AuthRocketError,
        ConfigurationError,
        Forbidden,
        LoginRequired,
        RecordInvalid,
        RecordNotFound,
    )
    from .resources.auth_provider import AuthProvider
    from .resources.client_app import ClientApp
    from .resources.credential import Credential
    from .resources.domain import Domain
    from .resources.event import Event
    from .resources.hook import Hook
    from .resources.invitation import Invitation
    from .resources.jwt_key import JwtKey
    from .resources.mailing_list_provider import MailingListProvider
    from .resources.mailing_list_subscription import MailingListSubscription
    from .resources.membership import Membership
    from .resources.named_permission import NamedPermission
    from .resources.notification import Notification
    from .resources.oauth2_session import Oauth2Session
    from .resources.org import Org
    from .resources.realm import Realm
    from .resources.resource_link import ResourceLink
    from .resources.session import Session
    from .resources.smtp_provider import SmtpProvider
    from .resources.token import Token
    from .resources.user import User
    from .settings import Settings

__all__ = [
    "Auth",
    "AuthProvider",
    "AuthRocketError",
    "Client",
    "ClientApp",
    "ConfigurationError",
    "Credential",
    "Domain",
    "Event",
    "Forbidden",
    "Hook",
    "Invitation",
    "JwtKey",
    "LoginRequired",
    "MailingListProvider",
    "MailingListSubscription",
    "Membership",
    "NamedPermission",
    "Notification",
    "Oauth2Session",
    "Org",
    "Realm",
    "Reason",
    "RecordInvalid",
    "RecordNotFound",
    "ResourceLink",
    "Session",
    "Settings",
    "SmtpProvider",
    "Token",
    "User",
    "__version__",
    "configure",
    "errors",
]

_PLACES = {
    **dict.fromkeys(
        (
            "AuthRocketError",
            "ConfigurationError",
            "Forbidden",
            "LoginRequired",
            "RecordInvalid",
            "RecordNotFound",
        ),
        ".errors",
    ),
    "Auth": ".auth",
    "AuthProvider": ".resources.auth_provider",
    "Client": ".api.client",
    "ClientApp": ".resources.client_app",
    "Credential": ".resources.credential",
    "Domain": ".resources.domain",
    "Event": ".resources.event",
    "Hook": ".resources.hook",
    "Invitation": ".resources.invitation",
    "JwtKey": ".resources.jwt_key",
    "MailingListProvider": ".resources.mailing_list_provider",
    "MailingListSubscription": ".resources.mailing_list_subscription",
    "Membership": ".resources.membership",
    "NamedPermission": ".resources.named_permission",
    "Notification": ".resources.notification",
    "Oauth2Session": ".resources.oauth2_session",
    "Org": ".resources.org",
    "Realm": ".resources.realm",
    "Reason": ".auth",
    "ResourceLink": ".resources.resource_link",
    "Session": ".resources.session",
    "Settings": ".settings",
    "SmtpProvider": ".resources.smtp_provider",
    "Token": ".resources.token",
    "User": ".resources.user",
    "configure": ".api.provider",
}


def __getattr__(name: str) -> Any:
    if name == "errors":
        value: Any = import_module(".errors", __name__)
    elif name in _PLACES:
        value = getattr(import_module(_PLACES[name], __name__), name)
    else:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


def includeme(config: Any) -> None:
    """Set up Pyramid's adapter: ``config.include("arware")``."""
    config.include("arware.pyramid")
