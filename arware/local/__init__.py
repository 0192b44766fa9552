"""
A realm of one's own: login pages, users, orgs and keys, AuthRocket's protocol.

::

    from arware.local import Realm

    realm = Realm(
        database="sqlite:///realm.sqlite",
        url="http://127.0.0.1:8001",
        login_urls=["http://127.0.0.1:8000/"],
    )
    realm.wsgi_app  # serve it with any WSGI server
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .realm import Realm
    from .settings import RealmSettings

__all__ = ["Realm", "RealmSettings"]


def __getattr__(name: str) -> object:
    # Late, so that the command can describe itself where the extra is not installed.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from .realm import Realm
        from .settings import RealmSettings
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("", __name__.partition(".")[0]):
            raise
        raise ModuleNotFoundError(
            f"a realm of your own needs the package {package}: "
            "pip install 'arware[local]'",
            name=error.name,
        ) from None
    return {"Realm": Realm, "RealmSettings": RealmSettings}[name]
