"""Who is suspended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "suspensions"
down_revision = "trusted_browsers"


def upgrade() -> None:
    op.create_table(
        "ar_suspensions",
        sa.Column("user_id", sa.String(26), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("suspended_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("user_id", name="pk_ar_suspensions"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ar_users.id"],
            name="fk_ar_suspensions_user_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_ar_suspensions_ends_at", "ar_suspensions", ["ends_at"])


def downgrade() -> None:
    op.drop_table("ar_suspensions")
