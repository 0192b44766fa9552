"""Settings ``about.*``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from arware.settings.values import InvalidValue, read_list

from .forms import FIELDS


def _read_fields(value: Any) -> tuple[str, ...]:
    names = read_list(value)
    strange = [name for name in names if name not in FIELDS]
    if strange:
        raise InvalidValue(
            f"there is no field {strange[0]}", f"Choose from {', '.join(FIELDS)}"
        )
    return names


@dataclass(frozen=True, slots=True)
class About:
    """``realm.about.*``."""

    #: What people are asked for: any of ``bio``, ``website`` and ``phone_number``.
    fields: Annotated[tuple[str, ...], _read_fields] = ()
