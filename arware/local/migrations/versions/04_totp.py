"""One-time passwords."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "totp"
down_revision = "api_tokens"


def upgrade() -> None:
    op.create_table(
        "ar_totp",
        sa.Column("user_id", sa.String(26), nullable=False),
        sa.Column("secret", sa.String(255), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_ar_totp"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ar_users.id"],
            name="fk_ar_totp_user_id",
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    op.drop_table("ar_totp")
