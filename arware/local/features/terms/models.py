"""The table of what was accepted."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from arware.kit.personal import Personal

from ...models import ID, Base


class AcceptedTerms(Base):
    """That a user has accepted a version of the terms, and when."""

    __tablename__ = "ar_accepted_terms"
    personal = Personal("accepted_terms")

    user_id: Mapped[str] = mapped_column(
        ID, ForeignKey("ar_users.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[str] = mapped_column(String(50), primary_key=True)
    at: Mapped[int] = mapped_column(BigInteger)
