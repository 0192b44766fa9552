"""The table of the browsers."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from arware.kit.personal import Personal

from ...models import ID, Base


class TrustedBrowser(Base):
    """
    A browser that a user trusts, known by its device cookie.

    It counts while the user's *credential_version* is what it was.
    """

    __tablename__ = "ar_trusted_browsers"
    personal = Personal("trusted_browsers", ("device", "credential_version"))

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    # A login gives the browser a new cookie, and the trust goes with it.
    device: Mapped[str] = mapped_column(
        String(64),
        ForeignKey("ar_device_cookies.digest", ondelete="CASCADE", onupdate="CASCADE"),
        unique=True,
    )
    user_id: Mapped[str] = mapped_column(
        ForeignKey("ar_users.id", ondelete="CASCADE"), index=True
    )
    credential_version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)
    ip: Mapped[str] = mapped_column(String(45), default="")
    client: Mapped[str] = mapped_column(String(255), default="")
