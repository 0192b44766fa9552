"""
For the tests of your own application: log somebody in, without a network.

::

    from arware.testing import login

    def test_editors_see_the_drafts():
        client = login(app.test_client(), permissions=["drafts:read"])
        assert client.get("/drafts").status_code == 200

The client may be WebTest's, Flask's, Django's, Starlette's, FastAPI's or httpx's. In
pytest there are the fixtures ``logged_in`` and ``authrocket_realm``. In a realm of
one's own, which :func:`local_realm` makes for a test, a :class:`Person` goes from page
to page. Nothing here is meant for production.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from arware.kit.authenticator import Authenticator

    from ._login import login, signed_in
    from .browser import Browser
    from .people import Person, local_realm
    from .realm import MemoryRealm

__all__ = [
    "Authenticator",
    "Browser",
    "MemoryRealm",
    "Person",
    "local_realm",
    "login",
    "signed_in",
]


#: Where each name is.
_MODULES = {"Browser": ".browser", "MemoryRealm": ".realm"}
_MODULES |= dict.fromkeys(("login", "signed_in"), "._login")
_MODULES |= dict.fromkeys(("Person", "local_realm"), ".people")
_MODULES |= {"Authenticator": "arware.kit.authenticator"}


def __getattr__(name: str) -> object:
    # Late, so that pytest can load the fixtures beside it without all that these need.
    if name in _MODULES:
        return getattr(import_module(_MODULES[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
