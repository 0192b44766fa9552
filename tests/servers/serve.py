"""
The application of the adapter suite for real servers.

Servers import ``tests.servers.serve`` in a process of their own. The environment says
which host to build (``ARWARE_TEST_HOST``), which paths need a login
(``ARWARE_TEST_REQUIRE_LOGIN``, none without it) and which realm to trust (the settings
that adapters read from it anyway).
"""

from __future__ import annotations

import os
from typing import Any

from tests.adapters.hosts import HOST


def make() -> Any:
    """Return the application that the environment asks for."""
    paths = os.environ.get("ARWARE_TEST_REQUIRE_LOGIN", "").split()
    settings = {"require_login": paths} if paths else {}
    return HOST[os.environ["ARWARE_TEST_HOST"]].build(**settings)


application = make()
