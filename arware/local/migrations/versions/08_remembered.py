"""Sessions that end at different times without use, and what was ticked at a login."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "remembered"
down_revision = "wanted_usernames"


def upgrade() -> None:
    op.add_column(
        "ar_sessions",
        sa.Column("idle_seconds", sa.Integer(), nullable=False, server_default="7200"),
    )
    op.add_column(
        "ar_pending_logins",
        sa.Column("ticked", sa.JSON(), nullable=False, server_default="[]"),
    )


def downgrade() -> None:
    op.drop_column("ar_pending_logins", "ticked")
    op.drop_column("ar_sessions", "idle_seconds")
