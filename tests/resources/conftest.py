"""The API on loopback, also for what resources do with it."""

from tests.api.conftest import api, client

__all__ = ["api", "client"]
