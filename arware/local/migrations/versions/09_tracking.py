"""Logins of people, and visits of browsers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "tracking"
down_revision = "remembered"


def upgrade() -> None:
    op.create_table(
        "ar_sign_ins",
        sa.Column("user_id", sa.String(26), nullable=False),
        sa.Column("sign_in_count", sa.Integer(), nullable=False),
        sa.Column("current_sign_in_at", sa.BigInteger(), nullable=True),
        sa.Column("current_sign_in_ip", sa.String(45), nullable=False),
        sa.Column("last_sign_in_at", sa.BigInteger(), nullable=True),
        sa.Column("last_sign_in_ip", sa.String(45), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("first_visit_at", sa.BigInteger(), nullable=False),
        sa.Column("last_visit_at", sa.BigInteger(), nullable=False),
        sa.Column("original_source", sa.String(100), nullable=False),
        sa.Column("session_source", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_ar_sign_ins"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ar_users.id"],
            name="fk_ar_sign_ins_user_id",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "ar_visits",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_ar_visits"),
    )
    op.create_index("ix_ar_visits_last_at", "ar_visits", ["last_at"])


def downgrade() -> None:
    op.drop_table("ar_visits")
    op.drop_table("ar_sign_ins")
