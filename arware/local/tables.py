"""All tables of the realm and its features, also of those that are not in use."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from sqlalchemy import MetaData

from .models import Base

HERE = Path(__file__).parent
MIGRATIONS = HERE / "migrations"


def metadata() -> MetaData:
    """
    Return the tables of the core, and of each feature whose folder is there.

    All are always made: an empty table costs nothing, and to switch a feature on needs
    no migration.
    """
    for models in sorted(HERE.glob("features/*/models.py")):
        import_module(f".features.{models.parent.name}.models", __package__)
    return Base.metadata
