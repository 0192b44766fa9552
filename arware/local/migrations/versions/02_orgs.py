"""Orgs and who is in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "orgs"
down_revision = "core"


def upgrade() -> None:
    op.create_table(
        "ar_orgs",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("reference", sa.String(255)),
        sa.Column("custom", sa.JSON(none_as_null=True)),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state IN ('active', 'inactive', 'closed')", name=op.f("ck_ar_orgs_state")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_ar_orgs"),
    )
    op.create_table(
        "ar_memberships",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("user_id", sa.String(26), nullable=False),
        sa.Column("org_id", sa.String(26), nullable=False),
        sa.Column("permissions", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ar_memberships"),
        sa.UniqueConstraint(
            "user_id", "org_id", name="uq_ar_memberships_user_id_org_id"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ar_users.id"],
            name="fk_ar_memberships_user_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"],
            ["ar_orgs.id"],
            name="fk_ar_memberships_org_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_ar_memberships_org_id", "ar_memberships", ["org_id"])


def downgrade() -> None:
    op.drop_table("ar_memberships")
    op.drop_table("ar_orgs")
