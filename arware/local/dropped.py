"""Refuse to start without a feature that still protects users, unless told so."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from importlib import import_module
from pathlib import Path

from sqlalchemy.orm import Session

from arware.settings import Fault

from .features import FEATURES

FOLDER = Path(__file__).parent / "features"


def faults(
    db: Session, told: Collection[str], features: Collection[str] = FEATURES
) -> Iterator[Fault]:
    """
    Yield a fault for each feature that is not among *features* but protects users.

    A feature says so by ``protected(db)`` in its package, which returns how many. Those
    whose names are *told* are left out on purpose.
    """
    names = {path.parent.name for path in FOLDER.glob("*/__init__.py")}
    for name in sorted(names - {*features} - {*told}):
        feature = import_module(f".features.{name}", __package__)
        count = getattr(feature, "protected", lambda _: 0)(db)
        if count:
            problem = f"{name} is left out, but it still protects users ({count})"
            fix = f"Put it back, or name {name} in dropped_features to do without"
            yield Fault("dropped_features", None, problem, fix)
