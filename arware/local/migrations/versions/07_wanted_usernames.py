"""User names that are wanted, until an address is proved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "wanted_usernames"
down_revision = "fresh_proof"


def upgrade() -> None:
    op.create_table(
        "ar_wanted_usernames",
        sa.Column("user_id", sa.String(26), nullable=False),
        sa.Column("username", sa.String(62), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_ar_wanted_usernames"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ar_users.id"],
            name="fk_ar_wanted_usernames_user_id",
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    op.drop_table("ar_wanted_usernames")
