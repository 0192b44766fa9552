"""The tables of the passkeys, and of the challenges that were answered."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from arware.kit.passkeys import PasskeyColumns, UsedChallengeColumns
from arware.kit.personal import Personal

from ...models import ID, Base


class Passkey(PasskeyColumns, Base):
    """A passkey of a user."""

    __tablename__ = "ar_passkeys"
    personal = Personal("passkeys", ("credential_id", "public_key", "sign_count"))

    user_id: Mapped[str] = mapped_column(
        ID, ForeignKey("ar_users.id", ondelete="CASCADE"), index=True
    )


class UsedChallenge(UsedChallengeColumns, Base):
    """A challenge that was answered, until it would be over."""

    __tablename__ = "ar_used_challenges"
