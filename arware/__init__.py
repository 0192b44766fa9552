"""
Login for any Python web application, through AuthRocket.

The adapters are modules of their own: :mod:`arware.wsgi`, :mod:`arware.asgi`,
:mod:`arware.bottle`, :mod:`arware.django`, :mod:`arware.fastapi`, :mod:`arware.flask`,
:mod:`arware.pyramid` and :mod:`arware.starlette`. What is named here is loaded when it
is first used, so importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import errors as errors
from .resources.registry import CLASSES
from .version import __version__ as __version__

if TYPE_CHECKING:
    from .api.async_client import AsyncClient as AsyncClient
    from .api.client import Client as Client
    from .api.provider import configure as configure
    from .auth import Auth as Auth
    from .auth import Reason as Reason
    from .errors import AuthRocketError as AuthRocketError
    from .errors import ConfigurationError as ConfigurationError
    from .errors import Forbidden as Forbidden
    from .errors import LoginRequired as LoginRequired
    from .errors import RecordInvalid as RecordInvalid
    from .errors import RecordNotFound as RecordNotFound
    from .resources.auth_provider import AuthProvider as AuthProvider
    from .resources.client_app import ClientApp as ClientApp
    from .resources.credential import Credential as Credential
    from .resources.domain import Domain as Domain
    from .resources.event import Event as Event
    from .resources.hook import Hook as Hook
    from .resources.invitation import Invitation as Invitation
    from .resources.jwt_key import JwtKey as JwtKey
    from .resources.mailing_list_provider import (
        MailingListProvider as MailingListProvider,
    )
    from .resources.mailing_list_subscription import (
        MailingListSubscription as MailingListSubscription,
    )
    from .resources.membership import Membership as Membership
    from .resources.named_permission import NamedPermission as NamedPermission
    from .resources.notification import Notification as Notification
    from .resources.oauth2_session import Oauth2Session as Oauth2Session
    from .resources.org import Org as Org
    from .resources.realm import Realm as Realm
    from .resources.resource_link import ResourceLink as ResourceLink
    from .resources.session import Session as Session
    from .resources.smtp_provider import SmtpProvider as SmtpProvider
    from .resources.token import Token as Token
    from .resources.user import User as User
    from .settings import Settings as Settings

#: Where the public names are; each resource has a module of its own.
_PLACES = {
    "Auth": ".auth",
    "Reason": ".auth",
    "AuthRocketError": ".errors",
    "ConfigurationError": ".errors",
    "Forbidden": ".errors",
    "LoginRequired": ".errors",
    "RecordInvalid": ".errors",
    "RecordNotFound": ".errors",
    "AsyncClient": ".api.async_client",
    "Client": ".api.client",
    "configure": ".api.provider",
    "Settings": ".settings",
    **{name: f".resources.{kind}" for kind, name in CLASSES.items()},
}

if not TYPE_CHECKING:  # type checkers read the imports above
    __all__ = ["__version__", "errors"]
    __all__.extend(_PLACES)

    def __dir__() -> list[str]:
        return sorted(__all__)


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    value = getattr(import_module(_PLACES[name], __name__), name)
    globals()[name] = value
    return value


def includeme(config: Any) -> None:
    """Set up Pyramid's adapter: ``config.include("arware")``."""
    config.include("arware.pyramid")
