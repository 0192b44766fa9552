"""
The pages: each reads a request, lets an action decide, and says the result in HTML.

One line includes one feature.
"""

from __future__ import annotations

from typing import Any

from . import (
    accounts,
    api,
    entry,
    keys,
    login,
    logout,
    problems,
    profile,
    signup,
    static,
)


def includeme(config: Any) -> None:
    """Include every page."""
    config.include(problems)
    config.include(static)
    config.include(keys)
    config.include(api)
    config.include(entry)
    config.include(login)
    config.include(signup)
    config.include(logout)
    config.include(accounts)
    config.include(profile)
