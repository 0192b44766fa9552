"""Which version of the terms of service people have accepted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "terms"
down_revision = "operators"


def upgrade() -> None:
    op.create_table(
        "ar_accepted_terms",
        sa.Column("user_id", sa.String(26), nullable=False),
        sa.Column("version", sa.String(50), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "version", name="pk_ar_accepted_terms"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ar_users.id"],
            name="fk_ar_accepted_terms_user_id",
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    op.drop_table("ar_accepted_terms")
