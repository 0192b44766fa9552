"""Browsers in which the second factor is not asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "trusted_browsers"
down_revision = "passkeys"

TABLE = "ar_trusted_browsers"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("device", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(26), nullable=False),
        sa.Column("credential_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ip", sa.String(45), nullable=False),
        sa.Column("client", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{TABLE}"),
        sa.UniqueConstraint("device", name=f"uq_{TABLE}_device"),
        sa.ForeignKeyConstraint(
            ["device"],
            ["ar_device_cookies.digest"],
            name=f"fk_{TABLE}_device",
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ar_users.id"],
            name=f"fk_{TABLE}_user_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index(f"ix_{TABLE}_user_id", TABLE, ["user_id"])
    op.create_index(f"ix_{TABLE}_expires_at", TABLE, ["expires_at"])


def downgrade() -> None:
    op.drop_table(TABLE)
