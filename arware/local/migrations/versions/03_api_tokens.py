"""API tokens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "api_tokens"
down_revision = "orgs"


def upgrade() -> None:
    op.create_table(
        "ar_api_tokens",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("user_id", sa.String(26), nullable=False),
        sa.Column("org_id", sa.String(26)),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger()),
        sa.Column("last_used_at", sa.BigInteger()),
        sa.Column("revoked_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_ar_api_tokens"),
        sa.UniqueConstraint("digest", name="uq_ar_api_tokens_digest"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ar_users.id"],
            name="fk_ar_api_tokens_user_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_ar_api_tokens_user_id", "ar_api_tokens", ["user_id"])
    op.create_index("ix_ar_api_tokens_org_id", "ar_api_tokens", ["org_id"])


def downgrade() -> None:
    op.drop_table("ar_api_tokens")
