"""The table of closed accounts."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from arware.kit.personal import Personal

from ...models import ID, Base


class Closure(Base):
    """An account whose owner has closed it, and when it will be deleted."""

    __tablename__ = "ar_closures"
    __table_args__ = (Index(None, "due_at"),)
    personal = Personal("closures")

    user_id: Mapped[str] = mapped_column(
        ID, ForeignKey("ar_users.id", ondelete="CASCADE"), primary_key=True
    )
    closed_at: Mapped[int] = mapped_column(BigInteger)
    due_at: Mapped[int] = mapped_column(BigInteger)
