"""
The fixtures for pytest, which loads this module wherever arware is installed.

So it imports nothing of the rest: what a run does not use costs it nothing.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from .realm import MemoryRealm

_HELP = "set LOGINROCKET_URL and AUTHROCKET_COOKIE_SECRET, where they are missing"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Know the option in the ini file."""
    parser.addini("authrocket_environment", _HELP, type="bool", default=False)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Set what an application reads when it is imported, before anything imports it."""
    if early_config.getini("authrocket_environment"):
        import secrets

        from arware.settings.addresses import PLACEHOLDER

        # Nobody is there: a login has the application ask a testing realm.
        os.environ.setdefault("LOGINROCKET_URL", PLACEHOLDER)
        os.environ.setdefault("AUTHROCKET_COOKIE_SECRET", secrets.token_urlsafe(32))


@pytest.fixture(scope="session")
def authrocket_realm() -> MemoryRealm:
    """Return the realm that logs people in to applications that have none mounted."""
    from .realm import usual_realm

    return usual_realm()


@pytest.fixture
def logged_in(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """
    Return a function that logs somebody in to your fixture ``client``, and returns it.

    It takes what :func:`arware.testing.login` takes, which may be another ``client``.
    """
    from ._login import login

    def log_in(user: str | None = None, *, client: Any = None, **options: Any) -> Any:
        used = request.getfixturevalue("client") if client is None else client
        return login(used, user, **options)

    return log_in
