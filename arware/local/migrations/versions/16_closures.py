"""Accounts that their owners have closed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "closures"
down_revision = "suspensions"


def upgrade() -> None:
    op.create_table(
        "ar_closures",
        sa.Column("user_id", sa.String(26), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_ar_closures"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ar_users.id"],
            name="fk_ar_closures_user_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_ar_closures_due_at", "ar_closures", ["due_at"])


def downgrade() -> None:
    op.drop_table("ar_closures")
