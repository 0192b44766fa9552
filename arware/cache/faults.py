"""What is wrong with the setting ``cache``."""

from __future__ import annotations

from arware.errors import ConfigurationError
from arware.settings import Fault


def invalid(problem: str, fix: str) -> ConfigurationError:
    """Return the error that tells *problem* and *fix*."""
    return ConfigurationError([Fault("cache", None, problem, fix)])
