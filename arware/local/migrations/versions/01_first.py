"""
The tables of the first release: the core's, then those of each feature that has any.

All are made, whichever features are in use. A later change of a table is a revision of
its own: this one stays as it was released.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "first"
down_revision = None

ID = sa.String(26)
DIGEST = sa.String(64)
#: Whole seconds since the epoch, in UTC.
TIME = sa.BigInteger()
#: SQLite counts up by itself only in a column that is exactly an INTEGER.
COUNTED = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True)


def upgrade() -> None:
    op.create_table(
        "ar_realm",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.CheckConstraint("number = 1", name=op.f("ck_ar_realm_single")),
        sa.PrimaryKeyConstraint("number", name="pk_ar_realm"),
    )
    op.create_table(
        "ar_users",
        sa.Column("id", ID, nullable=False),
        sa.Column("email", sa.String(254)),
        sa.Column("email_verified", sa.Boolean(), nullable=False),
        sa.Column("username", sa.String(62)),
        sa.Column("first_name", sa.String(100)),
        sa.Column("last_name", sa.String(100)),
        sa.Column("locale", sa.String(35)),
        sa.Column("reference", sa.String(255)),
        sa.Column("custom", JSON),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("password_hash", sa.String(400)),
        sa.Column("credential_version", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("last_login_at", TIME),
        sa.CheckConstraint(
            "state IN ('active', 'inactive')", name=op.f("ck_ar_users_state")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_ar_users"),
        sa.UniqueConstraint("email", name="uq_ar_users_email"),
        sa.UniqueConstraint("username", name="uq_ar_users_username"),
    )
    op.create_table(
        "ar_sessions",
        sa.Column("id", ID, nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("org_id", ID),
        sa.Column("factors", JSON, nullable=False),
        sa.Column("remembered", sa.Boolean(), nullable=False),
        sa.Column("impersonator", ID),
        sa.Column("auth_at", TIME, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("idle_seconds", sa.Integer(), nullable=False, server_default="7200"),
        sa.Column("ended_at", TIME),
        sa.Column("ip", sa.String(45), nullable=False),
        sa.Column("client", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ar_sessions"),
        sa.UniqueConstraint("digest", name="uq_ar_sessions_digest"),
        _of_user("ar_sessions"),
    )
    _index("ar_sessions", "user_id")
    _index("ar_sessions", "expires_at")
    op.create_table(
        "ar_pending_logins",
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("credential_version", sa.Integer(), nullable=False),
        sa.Column("factors", JSON, nullable=False),
        sa.Column("passed", JSON, nullable=False),
        sa.Column("ticked", JSON, nullable=False, server_default="[]"),
        sa.Column("then", sa.Text(), nullable=False),
        sa.Column("session_id", ID),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_ar_pending_logins"),
        _of_user("ar_pending_logins"),
    )
    _index("ar_pending_logins", "user_id")
    _index("ar_pending_logins", "expires_at")
    op.create_table(
        "ar_events",
        sa.Column("number", COUNTED, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("type", sa.String(62), nullable=False),
        sa.Column("user_id", ID),
        sa.Column("session_id", ID),
        sa.Column("at", TIME, nullable=False),
        sa.Column("ip", sa.String(45), nullable=False),
        sa.Column("client", sa.String(255), nullable=False),
        sa.Column("data", JSON),
        sa.PrimaryKeyConstraint("number", name="pk_ar_events"),
        sa.UniqueConstraint("id", name="uq_ar_events_id"),
    )
    _index("ar_events", "user_id", "number")
    _index("ar_events", "type", "at")
    op.create_table(
        "ar_one_time_tokens",
        sa.Column("selector", sa.String(16), nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("user_id", ID),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("used_at", TIME),
        sa.Column("data", JSON),
        sa.PrimaryKeyConstraint("selector", name="pk_ar_one_time_tokens"),
    )
    _index("ar_one_time_tokens", "user_id")
    _index("ar_one_time_tokens", "expires_at")
    op.create_table(
        "ar_throttles",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("about", sa.String(64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_at", TIME, nullable=False),
        sa.Column("blocked_until", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_ar_throttles"),
    )
    _index("ar_throttles", "about")
    _index("ar_throttles", "expires_at")
    op.create_table(
        "ar_device_cookies",
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("used_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_ar_device_cookies"),
        _of_user("ar_device_cookies"),
    )
    _index("ar_device_cookies", "user_id")
    _index("ar_device_cookies", "used_at")
    op.create_table(
        "ar_mails",
        sa.Column("number", COUNTED, nullable=False),
        sa.Column("id", sa.String(30), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("recipient", sa.String(254), nullable=False),
        sa.Column("body", sa.Text()),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("claimed_until", TIME, nullable=False),
        sa.Column("sent_at", TIME),
        sa.Column("failed_at", TIME),
        sa.Column("last_error", sa.String(40)),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'failed')", name=op.f("ck_ar_mails_state")
        ),
        sa.PrimaryKeyConstraint("number", name="pk_ar_mails"),
        sa.UniqueConstraint("id", name="uq_ar_mails_id"),
    )
    _index("ar_mails", "state", "due_at")
    op.create_table(
        "ar_operators",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_ar_operators"),
        _of_user("ar_operators"),
    )

    # Of the feature `passkeys`.
    op.create_table(
        "ar_passkeys",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("credential_id", sa.String(1364), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", JSON, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("used_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_ar_passkeys"),
        sa.UniqueConstraint("credential_id", name="uq_ar_passkeys_credential_id"),
        _of_user("ar_passkeys"),
    )
    _index("ar_passkeys", "user_id")
    op.create_table(
        "ar_used_challenges",
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_ar_used_challenges"),
    )
    _index("ar_used_challenges", "expires_at")

    # Of the feature `totp`.
    op.create_table(
        "ar_totp",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("secret", sa.String(255), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_ar_totp"),
        _of_user("ar_totp"),
    )

    # Of the feature `recovery_codes`.
    op.create_table(
        "ar_recovery_codes",
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_ar_recovery_codes"),
        _of_user("ar_recovery_codes"),
    )
    _index("ar_recovery_codes", "user_id")

    # Of the feature `trusted_browsers`.
    op.create_table(
        "ar_trusted_browsers",
        sa.Column("id", ID, nullable=False),
        sa.Column("device", DIGEST, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("credential_version", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("ip", sa.String(45), nullable=False),
        sa.Column("client", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ar_trusted_browsers"),
        sa.UniqueConstraint("device", name="uq_ar_trusted_browsers_device"),
        sa.ForeignKeyConstraint(
            ["device"],
            ["ar_device_cookies.digest"],
            name="fk_ar_trusted_browsers_device",
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        _of_user("ar_trusted_browsers"),
    )
    _index("ar_trusted_browsers", "user_id")
    _index("ar_trusted_browsers", "expires_at")

    # Of the feature `usernames`.
    op.create_table(
        "ar_wanted_usernames",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("username", sa.String(62), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_ar_wanted_usernames"),
        _of_user("ar_wanted_usernames"),
    )

    # Of the feature `terms`.
    op.create_table(
        "ar_accepted_terms",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("version", sa.String(50), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "version", name="pk_ar_accepted_terms"),
        _of_user("ar_accepted_terms"),
    )

    # Of the feature `orgs`.
    op.create_table(
        "ar_orgs",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("reference", sa.String(255)),
        sa.Column("custom", JSON),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.CheckConstraint(
            "state IN ('active', 'inactive', 'closed')", name=op.f("ck_ar_orgs_state")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_ar_orgs"),
    )
    op.create_table(
        "ar_memberships",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("org_id", ID, nullable=False),
        sa.Column("permissions", JSON, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ar_memberships"),
        sa.UniqueConstraint(
            "user_id", "org_id", name="uq_ar_memberships_user_id_org_id"
        ),
        _of_user("ar_memberships"),
        sa.ForeignKeyConstraint(
            ["org_id"],
            ["ar_orgs.id"],
            name="fk_ar_memberships_org_id",
            ondelete="CASCADE",
        ),
    )
    _index("ar_memberships", "org_id")

    # Of the feature `api_tokens`.
    op.create_table(
        "ar_api_tokens",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("org_id", ID),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("permissions", JSON),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME),
        sa.Column("last_used_at", TIME),
        sa.Column("revoked_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_ar_api_tokens"),
        sa.UniqueConstraint("digest", name="uq_ar_api_tokens_digest"),
        _of_user("ar_api_tokens"),
    )
    _index("ar_api_tokens", "user_id")
    _index("ar_api_tokens", "org_id")

    # Of the feature `tracking`.
    op.create_table(
        "ar_sign_ins",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("sign_in_count", sa.Integer(), nullable=False),
        sa.Column("current_sign_in_at", TIME),
        sa.Column("current_sign_in_ip", sa.String(45), nullable=False),
        sa.Column("last_sign_in_at", TIME),
        sa.Column("last_sign_in_ip", sa.String(45), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("first_visit_at", TIME, nullable=False),
        sa.Column("last_visit_at", TIME, nullable=False),
        sa.Column("original_source", sa.String(100), nullable=False),
        sa.Column("session_source", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_ar_sign_ins"),
        _of_user("ar_sign_ins"),
    )
    op.create_table(
        "ar_visits",
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("first_at", TIME, nullable=False),
        sa.Column("last_at", TIME, nullable=False),
        sa.Column("source", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_ar_visits"),
    )
    _index("ar_visits", "last_at")

    # Of the feature `suspension`.
    op.create_table(
        "ar_suspensions",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("suspended_at", TIME, nullable=False),
        sa.Column("ends_at", TIME),
        sa.PrimaryKeyConstraint("user_id", name="pk_ar_suspensions"),
        _of_user("ar_suspensions"),
    )
    _index("ar_suspensions", "ends_at")

    # Of the feature `close_account`.
    op.create_table(
        "ar_closures",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("closed_at", TIME, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_ar_closures"),
        _of_user("ar_closures"),
    )
    _index("ar_closures", "due_at")

    # Of the feature `impersonate`.
    op.create_table(
        "ar_impersonations",
        sa.Column("session_id", ID, nullable=False),
        sa.Column("operator_session_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("session_id", name="pk_ar_impersonations"),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["ar_sessions.id"],
            name="fk_ar_impersonations_session_id",
            ondelete="CASCADE",
        ),
    )
    _index("ar_impersonations", "operator_session_id")

    # Of the feature `invitations`.
    op.create_table(
        "ar_invitations",
        sa.Column("selector", sa.String(16), nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("user_id", ID),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("used_at", TIME),
        sa.Column("data", JSON),
        sa.Column("id", ID, nullable=False),
        sa.Column("org_id", ID),
        sa.Column("permissions", JSON, nullable=False),
        sa.Column("accepted_by", ID),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("selector", name="pk_ar_invitations"),
        sa.UniqueConstraint("id", name="uq_ar_invitations_id"),
    )
    _index("ar_invitations", "user_id")
    _index("ar_invitations", "address")
    _index("ar_invitations", "expires_at")
    _index("ar_invitations", "org_id")


def downgrade() -> None:
    op.drop_table("ar_invitations")
    op.drop_table("ar_impersonations")
    op.drop_table("ar_closures")
    op.drop_table("ar_suspensions")
    op.drop_table("ar_visits")
    op.drop_table("ar_sign_ins")
    op.drop_table("ar_api_tokens")
    op.drop_table("ar_memberships")
    op.drop_table("ar_orgs")
    op.drop_table("ar_accepted_terms")
    op.drop_table("ar_wanted_usernames")
    op.drop_table("ar_trusted_browsers")
    op.drop_table("ar_recovery_codes")
    op.drop_table("ar_totp")
    op.drop_table("ar_used_challenges")
    op.drop_table("ar_passkeys")
    op.drop_table("ar_operators")
    op.drop_table("ar_mails")
    op.drop_table("ar_device_cookies")
    op.drop_table("ar_throttles")
    op.drop_table("ar_one_time_tokens")
    op.drop_table("ar_events")
    op.drop_table("ar_pending_logins")
    op.drop_table("ar_sessions")
    op.drop_table("ar_users")
    op.drop_table("ar_realm")


def _of_user(table: str) -> sa.ForeignKeyConstraint:
    """Return the foreign key that takes the rows of a user along with the user."""
    return sa.ForeignKeyConstraint(
        ["user_id"],
        ["ar_users.id"],
        name=f"fk_{table}_user_id",
        ondelete="CASCADE",
    )


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, [*columns])
