"""The table of API tokens."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from arware.kit.personal import Personal

from ...models import ID, Base
from ...scopes import Scope


class ApiToken(Base):
    """
    What a program of a user's shows in place of a login. Only a keyed digest is stored.

    *org_id* is the org that it acts in; without one it acts in none. It goes with its
    user. *permissions* are those of the user's there that it has, ``None`` for all.
    *expires_at* is ``None`` for one without an end.
    """

    __tablename__ = "ar_api_tokens"
    __table_args__ = (
        UniqueConstraint("digest"),
        Index(None, "user_id"),
        Index(None, "org_id"),
    )
    personal = Personal("api_tokens", ("digest",))

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("ar_users.id", ondelete="CASCADE"))
    org_id: Mapped[str | None] = mapped_column(ID)
    name: Mapped[str] = mapped_column(String(100))
    permissions: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    digest: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int | None] = mapped_column(BigInteger)
    last_used_at: Mapped[int | None] = mapped_column(BigInteger)
    revoked_at: Mapped[int | None] = mapped_column(BigInteger)

    @property
    def claims(self) -> dict[str, Any]:
        """What login tokens tell of a proof: nothing, for nobody gave one."""
        return {}

    def narrowed(self, scope: Scope | None) -> Scope | None:
        """Return what its user may do in *scope*, without what the token may not."""
        if scope is None or self.permissions is None:
            return scope
        left = tuple(one for one in scope.permissions if one in self.permissions)
        return replace(scope, permissions=left)
