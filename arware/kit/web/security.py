"""Who may see a page: permissions are rules, and there is a way to each."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.interfaces import ISecurityPolicy
from pyramid.security import Allowed, Denied
from zope.interface import implementer

from .answers import problem
from .joining import joined
from .refusals import LOGIN_REQUIRED, PROOF_REQUIRED, Refused
from .request import WebRequest

#: What every page needs that needs a login at all.
MEMBER = "member"


@implementer(ISecurityPolicy)
class SecurityPolicy:
    """The identity is the visitor; a permission is a rule about one."""

    def identity(self, request: WebRequest) -> Any:
        """Return who is logged in."""
        return request.visitor

    def authenticated_userid(self, request: WebRequest) -> str | None:
        """Return the user's id, ``None`` for nobody."""
        visitor = request.visitor
        return None if visitor is None else str(visitor.user.id)

    def permits(self, request: WebRequest, _context: Any, permission: str) -> Any:
        """Ask the rules. Who is not logged in may nothing that needs a permission."""
        rules = joined(request.registry).rules
        for name in dict.fromkeys((MEMBER, permission)):
            rule = rules[name]
            if request.visitor is None or not rule.allows(request, request.visitor):
                return Denied(name)
        return Allowed(permission)

    def remember(self, *_: Any, **__: Any) -> list[tuple[str, str]]:
        """Return nothing: views set cookies themselves."""
        return []

    forget = remember


def forbidden(exception: Any, request: WebRequest) -> Any:
    """Send to the login or to the proof, and from there back."""
    lacking = str(getattr(exception.result, "msg", None) or MEMBER)
    refused = Refused(LOGIN_REQUIRED if lacking == MEMBER else PROOF_REQUIRED)
    route = joined(request.registry).rules[lacking].route
    if request.is_json or not request.has_route(route):
        return problem(request, refused)
    return HTTPSeeOther(request.way_to(route))


def includeme(config: Any) -> None:
    """Switch it on."""
    config.set_security_policy(SecurityPolicy())
    config.add_forbidden_view(forbidden)
