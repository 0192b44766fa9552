"""Recovery codes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "recovery_codes"
down_revision = "totp"


def upgrade() -> None:
    op.create_table(
        "ar_recovery_codes",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(26), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_ar_recovery_codes"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ar_users.id"],
            name="fk_ar_recovery_codes_user_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_ar_recovery_codes_user_id", "ar_recovery_codes", ["user_id"])


def downgrade() -> None:
    op.drop_table("ar_recovery_codes")
