"""The table of API tokens."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from arware.kit.personal import Personal

from ...models import ID, Base


class ApiToken(Base):
    """
    What a program of a user's shows in place of a login. Only a keyed digest is stored.

    *org_id* is the org that it acts in; without one it acts in none. It goes with its
    user. *expires_at* is ``None`` for one without an end.
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
    digest: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int | None] = mapped_column(BigInteger)
    last_used_at: Mapped[int | None] = mapped_column(BigInteger)
    revoked_at: Mapped[int | None] = mapped_column(BigInteger)

    @property
    def claims(self) -> dict[str, Any]:
        """What its login tokens tell of it: nobody proved anything."""
        return {}
