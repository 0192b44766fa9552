"""Rows of the application's own."""

from __future__ import annotations

import re

import sqlalchemy
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import create_engine, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import NullPool

from ... import existing


class Others(DeclarativeBase):
    """Of another application."""


class Old(existing.HasLogin, Others):
    """A model whose table is older than the mixin."""

    __tablename__ = "old"

    number: Mapped[int] = mapped_column(primary_key=True)


def test_gn08_the_migration_for_the_mixin_only_adds(database_url: str) -> None:
    """As Alembic writes it for a table that has rows, and then does it."""
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE old (number INT NOT NULL PRIMARY KEY)"))
        connection.execute(text("INSERT INTO old VALUES (1), (2)"))
        own = {"include_name": lambda name, kind, _: kind != "table" or name == "old"}
        context = MigrationContext.configure(connection, opts=own)
        steps = produce_migrations(context, Old.metadata).upgrade_ops
        assert steps is not None
        written = f"def upgrade():\n    {render_python_code(steps)}\nupgrade()\n"
        exec(written, {"op": Operations(context), "sa": sqlalchemy})
        found = connection.execute(text("SELECT number, realm_user_id FROM old"))
        rows = sorted(tuple(row) for row in found)

    assert re.findall(r"^ *op\.(\w+)", written, re.MULTILINE) == [
        "add_column", "create_index",
    ]  # fmt: skip
    assert rows == [(1, None), (2, None)]
