"""Passkeys, and the challenges that were answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "passkeys"
down_revision = "api_token_permissions"


def upgrade() -> None:
    op.create_table(
        "ar_passkeys",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("user_id", sa.String(26), nullable=False),
        sa.Column("credential_id", sa.String(1364), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_ar_passkeys"),
        sa.UniqueConstraint("credential_id", name="uq_ar_passkeys_credential_id"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ar_users.id"],
            name="fk_ar_passkeys_user_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_ar_passkeys_user_id", "ar_passkeys", ["user_id"])
    op.create_table(
        "ar_used_challenges",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_ar_used_challenges"),
    )
    op.create_index(
        "ix_ar_used_challenges_expires_at", "ar_used_challenges", ["expires_at"]
    )


def downgrade() -> None:
    op.drop_table("ar_used_challenges")
    op.drop_table("ar_passkeys")
