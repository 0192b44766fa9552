"""How Alembic reaches the database: by the connection that is handed to it."""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table="ar_alembic_version",
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
