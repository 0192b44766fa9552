"""Users, orgs, memberships, sessions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "ar_realm",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("number = 1", name=op.f("ck_ar_realm_single")),
        sa.PrimaryKeyConstraint("number", name="pk_ar_realm"),
    )
    op.create_table(
        "ar_users",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("email_verified", sa.Boolean(), nullable=False),
        sa.Column("username", sa.String(62)),
        sa.Column("first_name", sa.String(100)),
        sa.Column("last_name", sa.String(100)),
        sa.Column("locale", sa.String(35)),
        sa.Column("reference", sa.String(255)),
        sa.Column("custom", sa.JSON(none_as_null=True)),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("password_hash", sa.String(255)),
        sa.Column("password_changed_at", sa.BigInteger()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_login_at", sa.BigInteger()),
        sa.CheckConstraint(
            "state IN ('active', 'inactive')", name=op.f("ck_ar_users_state")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_ar_users"),
        sa.UniqueConstraint("email", name="uq_ar_users_email"),
        sa.UniqueConstraint("username", name="uq_ar_users_username"),
    )
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
    op.create_table(
        "ar_sessions",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(26), nullable=False),
        sa.Column("org_id", sa.String(26)),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("ip", sa.String(45), nullable=False),
        sa.Column("client", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ar_sessions"),
        sa.UniqueConstraint("digest", name="uq_ar_sessions_digest"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ar_users.id"],
            name="fk_ar_sessions_user_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"],
            ["ar_orgs.id"],
            name="fk_ar_sessions_org_id",
            ondelete="SET NULL",
        ),
    )
    op.create_index("ix_ar_sessions_user_id", "ar_sessions", ["user_id"])
    op.create_index("ix_ar_sessions_expires_at", "ar_sessions", ["expires_at"])
    op.create_table(
        "ar_throttles",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_at", sa.BigInteger(), nullable=False),
        sa.Column("blocked_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_ar_throttles"),
    )
    op.create_index("ix_ar_throttles_failed_at", "ar_throttles", ["failed_at"])


def downgrade() -> None:
    op.drop_table("ar_throttles")
    op.drop_table("ar_sessions")
    op.drop_table("ar_memberships")
    op.drop_table("ar_orgs")
    op.drop_table("ar_users")
    op.drop_table("ar_realm")
