"""
The integration for Django: a middleware, a decorator and local users.

::

    INSTALLED_APPS = [..., "arware.django"]
    MIDDLEWARE = [..., "arware.django.Middleware"]
    AUTHENTICATION_BACKENDS = ["arware.django.Backend"]
    LOGIN_URL = "/login"

    LOGINROCKET_URL = "https://example.e2.loginrocket.com/"
    AUTHROCKET_COOKIE_SECRET = os.environ["AUTHROCKET_COOKIE_SECRET"]

In views there are ``request.current_user`` and others, and ``request.user`` is the
local user of whoever is logged in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arware.settings.extras import extra

with extra("django", "django", "asgiref"):
    from .middleware import Middleware
    from .views import login, login_required

if TYPE_CHECKING:
    from .users import Backend

__all__ = ["Backend", "Middleware", "login", "login_required"]


def __getattr__(name: str) -> object:
    # Late: it has models, which cannot be loaded before all applications are there.
    if name == "Backend":
        from .users import Backend

        return Backend
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
