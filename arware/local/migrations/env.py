"""How Alembic runs the migrations: see :mod:`arware.kit.migrations`."""

from __future__ import annotations

from arware.kit.migrations import run
from arware.local.tables import metadata

run(metadata())
