"""The table of the codes."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from arware.kit.personal import Personal
from arware.kit.recovery_codes import RecoveryCodeColumns

from ...models import ID, Base


class RecoveryCode(RecoveryCodeColumns, Base):
    """A code that a user can still use; of it only a keyed digest is kept."""

    __tablename__ = "ar_recovery_codes"
    personal = Personal("recovery_codes", ("digest", "key"))

    user_id: Mapped[str] = mapped_column(
        ID, ForeignKey("ar_users.id", ondelete="CASCADE"), index=True
    )
