"""Pending logins that prove a session anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "fresh_proof"
down_revision = "recovery_codes"


def upgrade() -> None:
    op.add_column("ar_pending_logins", sa.Column("session_id", sa.String(26)))


def downgrade() -> None:
    op.drop_column("ar_pending_logins", "session_id")
