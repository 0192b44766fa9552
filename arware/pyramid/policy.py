"""A security policy for Pyramid; it is offered, not set."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pyramid.authorization import ACLHelper, Authenticated, Everyone


class SecurityPolicy:
    """
    A security policy for ``config.set_security_policy``; it is offered, not set.

    The identity is the session. Principals are ``user:<id>``, ``org:<id>`` of the
    current org and ``permission:<name>`` of the current membership, beside
    Pyramid's own; permissions are granted by the ACLs of the context's lineage.
    """

    def __init__(self) -> None:
        self._acl = ACLHelper()

    def identity(self, request: Any) -> Any:
        """Return the current session, ``None`` when there is nobody."""
        return getattr(request, "current_session", None)

    def authenticated_userid(self, request: Any) -> str | None:
        """Return the user's id, ``None`` when there is nobody."""
        user = getattr(request, "current_user", None)
        return None if user is None else user.id

    def principals(self, request: Any) -> list[str]:
        """Return who the visitor counts as."""
        user = getattr(request, "current_user", None)
        if user is None:
            return [Everyone]
        principals = [Everyone, Authenticated, f"user:{user.id}"]
        if request.current_org is not None:
            principals.append(f"org:{request.current_org.id}")
        if request.current_membership is not None:
            principals.extend(
                f"permission:{name}" for name in request.current_membership.permissions
            )
        return principals

    def permits(self, request: Any, context: Any, permission: str) -> Any:
        """Return whether the context's ACLs grant *permission* to the visitor."""
        return self._acl.permits(context, self.principals(request), permission)

    def remember(self, request: Any, userid: str, **kw: Any) -> Iterable[Any]:  # noqa: ARG002 - Pyramid's signature
        """Return no headers: only a token logs in, through ``auth.login``."""
        return []

    def forget(self, request: Any, **kw: Any) -> Iterable[Any]:  # noqa: ARG002 - Pyramid's signature
        """Log out of the application; the cookie is cleared as the answer leaves."""
        auth = getattr(request, "authrocket", None)
        if auth is not None:
            auth.logout(local=True)
        return []
