"""Which class stands for which ``object`` value of the wire; loaded at first use."""

from __future__ import annotations

import re
from functools import lru_cache
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
_LONGEST = 40


@lru_cache(maxsize=len(CLASSES))
def _loaded(kind: str) -> type[Resource]:
    package = __package__ or "arware.resources"
    found: type[Resource] = getattr(import_module(f"{package}.{kind}"), CLASSES[kind])
    return found


@lru_cache(maxsize=64)
def _known(word: str) -> str | None:
    """Return the kind that *word* names: ``AuthProvider`` and ``orgs`` do as well."""
    kind = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", word).replace("-", "_").lower()
    kinds = (kind, kind.removesuffix("s"))
    return next((one for one in kinds if one in CLASSES), None)


def resource_class(kind: str) -> type[Resource]:
    """Return the class for *kind*, or the general one for a kind we do not know."""
    if kind in CLASSES:
        return _loaded(kind)
    # What is longer is no name of ours, and not worth remembering.
    known = _known(kind) if len(kind) <= _LONGEST else None
    if known is not None:
        return _loaded(known)
    from .base import Record

    return Record


def class_of(value: Any, expected: type[Resource]) -> type[Resource]:
    """Return the class that *value* names by its ``object``, else *expected*."""
    kind = value.get("object") if isinstance(value, dict) else None
    # An OAuth2 session may call itself a session, as what is sent for it does.
    if not isinstance(kind, str) or kind == expected._kind:
        return expected
    return resource_class(kind)
