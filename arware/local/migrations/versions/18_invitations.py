"""Invitations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "invitations"
down_revision = "impersonations"

TABLE = "ar_invitations"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("selector", sa.String(16), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("user_id", sa.String(26)),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger()),
        sa.Column("data", sa.JSON(none_as_null=True)),
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("org_id", sa.String(26)),
        sa.Column("permissions", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("accepted_by", sa.String(26)),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("selector", name="pk_ar_invitations"),
        sa.UniqueConstraint("id", name="uq_ar_invitations_id"),
    )
    for column in ("user_id", "address", "expires_at", "org_id"):
        op.create_index(f"ix_ar_invitations_{column}", TABLE, [column])


def downgrade() -> None:
    op.drop_table(TABLE)
