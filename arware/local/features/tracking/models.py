"""The tables of sign-ins, and of the visits before them."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from arware.kit.personal import Personal

from ...models import ID, Base


class SignIns(Base):
    """
    What is known of the logins of a user (AK-M05, AK-M06). Times are seconds.

    *original_source* is where the user first came from, *session_source* where before
    the current login: the host of a page, or the name of a campaign.
    """

    __tablename__ = "ar_sign_ins"
    personal = Personal("sign_ins")

    user_id: Mapped[str] = mapped_column(
        ID, ForeignKey("ar_users.id", ondelete="CASCADE"), primary_key=True
    )
    sign_in_count: Mapped[int] = mapped_column(Integer, default=0)
    current_sign_in_at: Mapped[int | None] = mapped_column(BigInteger)
    current_sign_in_ip: Mapped[str] = mapped_column(String(45), default="")
    last_sign_in_at: Mapped[int | None] = mapped_column(BigInteger)
    last_sign_in_ip: Mapped[str] = mapped_column(String(45), default="")
    visits: Mapped[int] = mapped_column(Integer, default=0)
    first_visit_at: Mapped[int] = mapped_column(BigInteger)
    last_visit_at: Mapped[int] = mapped_column(BigInteger)
    original_source: Mapped[str] = mapped_column(String(100), default="")
    session_source: Mapped[str] = mapped_column(String(100), default="")


class Visits(Base):
    """The visits of a browser in which nobody has logged in since (AK-N18)."""

    __tablename__ = "ar_visits"
    __table_args__ = (Index(None, "last_at"),)

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    number: Mapped[int] = mapped_column(Integer)
    first_at: Mapped[int] = mapped_column(BigInteger)
    last_at: Mapped[int] = mapped_column(BigInteger)
    source: Mapped[str] = mapped_column(String(100), default="")
