"""The table of suspensions."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from arware.kit.personal import Personal

from ...models import ID, Base


class Suspension(Base):
    """Why a user is suspended, since when (AK-M10), and until when, if ever."""

    __tablename__ = "ar_suspensions"
    __table_args__ = (Index(None, "ends_at"),)
    personal = Personal("suspensions")

    user_id: Mapped[str] = mapped_column(
        ID, ForeignKey("ar_users.id", ondelete="CASCADE"), primary_key=True
    )
    reason: Mapped[str] = mapped_column(String(500))
    suspended_at: Mapped[int] = mapped_column(BigInteger)
    ends_at: Mapped[int | None] = mapped_column(BigInteger)
