"""
A Django project with django-allauth as its documentation sets it up.

It counts no attempts, since a round has more logins than its limits allow, and keeps no
list of logins, which it would read whole at each. The realm does both.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.contrib.auth.hashers import BasePasswordHasher
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import include, path

_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "allauth",
    "allauth.account",
]
_MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
_PROCESSORS = [
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
]


class Free(BasePasswordHasher):
    """Hashes nothing, so that a login is measured without it."""

    algorithm = "free"

    def salt(self) -> str:
        """Return no salt."""
        return ""

    def encode(self, password: str, salt: str) -> str:
        """Return the password behind the name of this hasher."""
        return f"free${password}"

    def verify(self, password: str, encoded: str) -> bool:
        """Tell whether *encoded* is of *password*."""
        return encoded == self.encode(password, "")

    def must_update(self, encoded: str) -> bool:
        """Keep what there is."""
        return False


def make_site(folder: Path, email: str, password: str) -> Any:
    """Return the project as a WSGI application, with one user."""
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "django")}
    settings.configure(
        ACCOUNT_EMAIL_VERIFICATION="none",
        ACCOUNT_LOGIN_METHODS={"email"},
        ACCOUNT_RATE_LIMITS=False,
        ACCOUNT_SIGNUP_FIELDS=["email*", "password1*"],
        ALLOWED_HOSTS=["*"],
        AUTHENTICATION_BACKENDS=["allauth.account.auth_backends.AuthenticationBackend"],
        DATABASES={"default": database},
        INSTALLED_APPS=_APPS,
        LOGIN_REDIRECT_URL="/",
        MIDDLEWARE=_MIDDLEWARE,
        PASSWORD_HASHERS=[f"{__name__}.Free"],
        SECRET_KEY="0123456789abcdef" * 4,
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": _PROCESSORS},
            }
        ],
        USE_TZ=True,
    )
    django.setup()
    home = path("", lambda _: HttpResponse("home"))
    # Not before: what it includes reads the settings.
    settings.ROOT_URLCONF = (path("accounts/", include("allauth.urls")), home)
    call_command("migrate", verbosity=0)
    from allauth.account.models import EmailAddress
    from django.contrib.auth.models import User

    user = User.objects.create_user("ada", email, password)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return get_wsgi_application()
