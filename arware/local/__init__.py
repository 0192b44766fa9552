"""
A realm of one's own: login pages, users, orgs and keys, AuthRocket's protocol.

::

    from arware.local import Realm

    realm = Realm(
        database="sqlite:///realm.sqlite",
        url="http://localhost:8001",
        login_urls=["http://localhost:8000/"],
    )
    realm.wsgi_app  # serve it with any WSGI server

In an application it is :mod:`.wsgi` or :mod:`.asgi` that serves it, or, in Pyramid,
``config.include`` of this package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arware.settings.extras import extra

if TYPE_CHECKING:
    from .realm import Realm
    from .settings import RealmSettings

__all__ = ["Realm", "RealmSettings"]

#: What the extra brings, by the names under which it is imported.
_PACKAGES = (
    "alembic", "argon2", "jinja2", "pyramid", "sqlalchemy", "idna"
)  # fmt: skip


def __getattr__(name: str) -> object:
    # Late, so that the command can describe itself where the extra is not installed.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with extra("local", *_PACKAGES):
        from .realm import Realm
        from .settings import RealmSettings
    return {"Realm": Realm, "RealmSettings": RealmSettings}[name]


def includeme(config: Any) -> None:
    """Join a Pyramid application: see :mod:`.pyramid`."""
    config.include(".pyramid")
