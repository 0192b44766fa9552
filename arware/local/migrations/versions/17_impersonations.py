"""The sessions in which an operator acts as somebody."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "impersonations"
down_revision = "closures"


def upgrade() -> None:
    op.create_table(
        "ar_impersonations",
        sa.Column("session_id", sa.String(26), nullable=False),
        sa.Column("operator_session_id", sa.String(26), nullable=False),
        sa.PrimaryKeyConstraint("session_id", name="pk_ar_impersonations"),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["ar_sessions.id"],
            name="fk_ar_impersonations_session_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index(
        "ix_ar_impersonations_operator_session_id",
        "ar_impersonations",
        ["operator_session_id"],
    )


def downgrade() -> None:
    op.drop_table("ar_impersonations")
