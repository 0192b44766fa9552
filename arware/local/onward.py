"""From a page of the realm to the next one, and in the end to the application."""

from __future__ import annotations

from .pages.base import arrive, go_on, redirect

__all__ = ["arrive", "go_on", "redirect"]
