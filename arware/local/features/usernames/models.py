"""The table of the user names that are wanted."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from arware.kit.personal import Personal

from ...models import ID, Base


class WantedUsername(Base):
    """The user name that somebody gets who proves the address. Several may want one."""

    __tablename__ = "ar_wanted_usernames"
    personal = Personal("wanted_username")

    user_id: Mapped[str] = mapped_column(
        ID, ForeignKey("ar_users.id", ondelete="CASCADE"), primary_key=True
    )
    username: Mapped[str] = mapped_column(String(62))
