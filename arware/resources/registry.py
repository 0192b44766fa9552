"""Which class stands for which ``object`` value of the wire; loaded at first use."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .base import Resource

#: By the wire's name, the class's.
CLASSES = {
    "auth_provider": "AuthProvider",
    "client_app": "ClientApp",
    "credential": "Credential",
    "domain": "Domain",
    "event": "Event",
    "hook": "Hook",
    "invitation": "Invitation",
    "jwt_key": "JwtKey",
    "mailing_list_provider": "MailingListProvider",
    "mailing_list_subscription": "MailingListSubscription",
    "membership": "Membership",
    "named_permission": "NamedPermission",
    "notification": "Notification",
    "oauth2_session": "Oauth2Session",
    "org": "Org",
    "realm": "Realm",
    "resource_link": "ResourceLink",
    "session": "Session",
    "smtp_provider": "SmtpProvider",
    "token": "Token",
    "user": "User",
}


@cache
def resource_class(kind: str) -> type[Resource]:
    """Return the class for *kind*, or the general one for a kind we do not know."""
    package = __package__ or "arware.resources"
    if kind not in CLASSES:
        record: type[Resource] = import_module(f"{package}.base").Record
        return record
    found: type[Resource] = getattr(import_module(f"{package}.{kind}"), CLASSES[kind])
    return found


def class_of(value: Any, expected: type[Resource]) -> type[Resource]:
    """Return the class that *value* names by its ``object``, else *expected*."""
    kind = value.get("object") if isinstance(value, dict) else None
    # An OAuth2 session may call itself a session, as what is sent for it does.
    if not isinstance(kind, str) or kind == expected._kind:
        return expected
    return resource_class(kind)
