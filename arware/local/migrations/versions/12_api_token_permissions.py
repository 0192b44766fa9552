"""API tokens that may do less than their user."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "api_token_permissions"
down_revision = "terms"


def upgrade() -> None:
    op.add_column("ar_api_tokens", sa.Column("permissions", sa.JSON()))


def downgrade() -> None:
    op.drop_column("ar_api_tokens", "permissions")
