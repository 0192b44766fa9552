"""The application for ``INSTALLED_APPS``: ``"arware.django"``."""

from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import register
from django.http import HttpRequest

from .views import MissingAttribute


class ArwareConfig(AppConfig):
    """The table of local users, and what ``manage.py check`` looks at."""

    name = "arware.django"
    label = "arware"
    verbose_name = "AuthRocket"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks, and what says that the middleware is missing."""
        from .checks import check_configuration

        register(check_configuration, "security")
        for name in ("authrocket", *_CURRENT):
            attribute = MissingAttribute()
            attribute.__set_name__(HttpRequest, name)
            setattr(HttpRequest, name, attribute)


_CURRENT = ("current_session", "current_user", "current_membership", "current_org")
