"""Who looks after the realm."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "operators"
down_revision = "tracking"


def upgrade() -> None:
    op.create_table(
        "ar_operators",
        sa.Column("user_id", sa.String(26), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_ar_operators"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ar_users.id"],
            name="fk_ar_operators_user_id",
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    op.drop_table("ar_operators")
