"""The core: users, sessions, pending logins, events, throttles, mails."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core"
down_revision = None

#: SQLite counts up by itself only in a column that is exactly an INTEGER.
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


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
        sa.Column("email", sa.String(254)),
        sa.Column("email_verified", sa.Boolean(), nullable=False),
        sa.Column("username", sa.String(62)),
        sa.Column("first_name", sa.String(100)),
        sa.Column("last_name", sa.String(100)),
        sa.Column("locale", sa.String(35)),
        sa.Column("reference", sa.String(255)),
        sa.Column("custom", sa.JSON(none_as_null=True)),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("password_hash", sa.String(400)),
        sa.Column("credential_version", sa.Integer(), nullable=False),
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
        "ar_sessions",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(26), nullable=False),
        sa.Column("org_id", sa.String(26)),
        sa.Column("factors", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("remembered", sa.Boolean(), nullable=False),
        sa.Column("impersonator", sa.String(26)),
        sa.Column("auth_at", sa.BigInteger(), nullable=False),
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
    )
    op.create_index("ix_ar_sessions_user_id", "ar_sessions", ["user_id"])
    op.create_index("ix_ar_sessions_expires_at", "ar_sessions", ["expires_at"])
    op.create_table(
        "ar_pending_logins",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(26), nullable=False),
        sa.Column("credential_version", sa.Integer(), nullable=False),
        sa.Column("factors", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("passed", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("then", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_ar_pending_logins"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ar_users.id"],
            name="fk_ar_pending_logins_user_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_ar_pending_logins_user_id", "ar_pending_logins", ["user_id"])
    op.create_index(
        "ix_ar_pending_logins_expires_at", "ar_pending_logins", ["expires_at"]
    )
    op.create_table(
        "ar_events",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("type", sa.String(62), nullable=False),
        sa.Column("user_id", sa.String(26)),
        sa.Column("session_id", sa.String(26)),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("ip", sa.String(45), nullable=False),
        sa.Column("client", sa.String(255), nullable=False),
        sa.Column("data", sa.JSON(none_as_null=True)),
        sa.PrimaryKeyConstraint("number", name="pk_ar_events"),
        sa.UniqueConstraint("id", name="uq_ar_events_id"),
    )
    op.create_index("ix_ar_events_user_id_number", "ar_events", ["user_id", "number"])
    op.create_index("ix_ar_events_type_at", "ar_events", ["type", "at"])
    op.create_table(
        "ar_one_time_tokens",
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
        sa.PrimaryKeyConstraint("selector", name="pk_ar_one_time_tokens"),
    )
    op.create_index("ix_ar_one_time_tokens_user_id", "ar_one_time_tokens", ["user_id"])
    op.create_index(
        "ix_ar_one_time_tokens_expires_at", "ar_one_time_tokens", ["expires_at"]
    )
    op.create_table(
        "ar_throttles",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("about", sa.String(64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_at", sa.BigInteger(), nullable=False),
        sa.Column("blocked_until", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_ar_throttles"),
    )
    op.create_index("ix_ar_throttles_about", "ar_throttles", ["about"])
    op.create_index("ix_ar_throttles_expires_at", "ar_throttles", ["expires_at"])
    op.create_table(
        "ar_device_cookies",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(26), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_ar_device_cookies"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ar_users.id"],
            name="fk_ar_device_cookies_user_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_ar_device_cookies_user_id", "ar_device_cookies", ["user_id"])
    op.create_index("ix_ar_device_cookies_used_at", "ar_device_cookies", ["used_at"])
    op.create_table(
        "ar_mails",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("id", sa.String(30), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("recipient", sa.String(254), nullable=False),
        sa.Column("body", sa.Text()),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("claimed_until", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger()),
        sa.Column("failed_at", sa.BigInteger()),
        sa.Column("last_error", sa.String(40)),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'failed')", name=op.f("ck_ar_mails_state")
        ),
        sa.PrimaryKeyConstraint("number", name="pk_ar_mails"),
        sa.UniqueConstraint("id", name="uq_ar_mails_id"),
    )
    op.create_index("ix_ar_mails_state_due_at", "ar_mails", ["state", "due_at"])


def downgrade() -> None:
    op.drop_table("ar_mails")
    op.drop_table("ar_device_cookies")
    op.drop_table("ar_throttles")
    op.drop_table("ar_one_time_tokens")
    op.drop_table("ar_events")
    op.drop_table("ar_pending_logins")
    op.drop_table("ar_sessions")
    op.drop_table("ar_users")
    op.drop_table("ar_realm")
