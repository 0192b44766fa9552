"""The table of the sessions in which an operator acts as somebody."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ...models import ID, Base


class Impersonation(Base):
    """A session in which an operator acts as its user, and the operator's own."""

    __tablename__ = "ar_impersonations"
    __table_args__ = (Index(None, "operator_session_id"),)

    session_id: Mapped[str] = mapped_column(
        ID, ForeignKey("ar_sessions.id", ondelete="CASCADE"), primary_key=True
    )
    operator_session_id: Mapped[str] = mapped_column(ID)
