"""
How pages are put together with Pyramid, whatever they show.

``config.include("arware.kit.web")`` adds the directives of :mod:`.joining` and switches
on strict reading, CSRF, permissions, forms and rendering.
"""

from __future__ import annotations

from typing import Any

from .directives import Config
from .forms import Field, Form
from .joining import CATEGORY, Joined, Phase, joined
from .refusals import Reason, Refused, raise_all
from .request import WebRequest
from .views import lift, view_config, view_defaults

__all__ = [
    "CATEGORY",
    "Config",
    "Field",
    "Form",
    "Joined",
    "Phase",
    "Reason",
    "Refused",
    "WebRequest",
    "includeme",
    "joined",
    "lift",
    "raise_all",
    "view_config",
    "view_defaults",
]


def includeme(config: Any) -> None:
    """Switch it on."""
    from . import csrf, joining, rendering, security, static, views

    for part in (joining, rendering, static, csrf, views, security):
        config.include(part)
