"""The tables of orgs."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from arware.kit.personal import Personal

from ...models import ID, Base


class Org(Base):
    """An organization, which AuthRocket's pages call an account."""

    __tablename__ = "ar_orgs"
    __table_args__ = (
        CheckConstraint("state IN ('active', 'inactive', 'closed')", name="state"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    reference: Mapped[str | None] = mapped_column(String(255))
    custom: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    state: Mapped[str] = mapped_column(String(10), default="active")
    created_at: Mapped[int] = mapped_column(BigInteger)


class Membership(Base):
    """A user in an org, with what the user may do there."""

    __tablename__ = "ar_memberships"
    __table_args__ = (UniqueConstraint("user_id", "org_id"), Index(None, "org_id"))
    personal = Personal("memberships")

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("ar_users.id", ondelete="CASCADE"))
    org_id: Mapped[str] = mapped_column(ForeignKey("ar_orgs.id", ondelete="CASCADE"))
    permissions: Mapped[list[str]] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[int] = mapped_column(BigInteger)
