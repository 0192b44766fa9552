"""The table of the authenticator applications."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from arware.kit.personal import Personal
from arware.kit.totp import TotpColumns

from ...models import ID, Base


class Authenticator(TotpColumns, Base):
    """The authenticator application of a user. Its secret is sealed."""

    __tablename__ = "ar_totp"
    personal = Personal("totp", ("secret", "last_step"))

    user_id: Mapped[str] = mapped_column(
        ID, ForeignKey("ar_users.id", ondelete="CASCADE"), primary_key=True
    )
