"""
For the tests of your own application: a realm in memory and a browser.

A :class:`MemoryRealm` signs login tokens, a :class:`Browser` carries them to an
application of either kind, WSGI or ASGI, without a socket::

    from arware.testing import MemoryRealm, signed_in

    realm = MemoryRealm()
    app = Middleware(my_application, **realm.settings())

    def test_only_editors_see_the_drafts():
        browser = signed_in(app, realm, "alice", permissions=["drafts:read"])
        assert browser.get("/drafts").status == 200

The fixture :func:`arware_realm` is offered to pytest, never loaded by itself: import
it in your ``conftest.py``, ``from arware.testing import arware_realm``. Nothing here
is meant for production.
"""

from __future__ import annotations

from .browser import Browser, signed_in
from .calls import (
    Call,
    ProtocolBreach,
    Response,
    asgi_scope,
    call,
    call_asgi,
    call_websocket,
    call_wsgi,
    wsgi_environ,
)
from .realm import MemoryRealm

__all__ = [
    "Browser",
    "Call",
    "MemoryRealm",
    "ProtocolBreach",
    "Response",
    "arware_realm",
    "asgi_scope",
    "call",
    "call_asgi",
    "call_websocket",
    "call_wsgi",
    "signed_in",
    "wsgi_environ",
]

try:
    import pytest
except ImportError:  # pytest is for who wants the fixture
    pass
else:

    @pytest.fixture(scope="session")
    def arware_realm() -> MemoryRealm:
        """Offer one realm, and so one key, to all the tests of a run."""
        return MemoryRealm()
