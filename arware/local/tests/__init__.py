"""
The realm's own tests.

They travel with the realm into an application: they name it only relatively, and need
nothing but pytest, WebTest, Babel and what stands in this folder. Where the variable
``REALM_TEST_POSTGRESQL`` holds the URL of an empty database of a PostgreSQL server,
what a database decides is asked of that, too.
"""

from __future__ import annotations

import sys

# An application's `config.scan()` imports whatever it finds in its package, and pytest
# need not be where it is served.
if "pytest" not in sys.modules and not __name__.startswith("arware."):
    __path__ = []
