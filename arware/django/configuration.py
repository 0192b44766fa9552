"""What Django's settings say of us, and what is wrong with them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.utils.module_loading import import_string

from arware.api.provider import offer
from arware.errors import ConfigurationError
from arware.runtime.authenticator import Authenticator
from arware.runtime.order import kinds_of
from arware.settings import Fault, read_mapping

if TYPE_CHECKING:
    Kind = tuple[str, str]

#: Settings of this integration, beside those that all adapters have: which permission
#: gives what to a local user.
FLAGS = {
    "AUTHROCKET_STAFF_PERMISSION": "is_staff",
    "AUTHROCKET_SUPERUSER_PERMISSION": "is_superuser",
}

#: The organization in which they count, by its id; without it the current one.
STAFF_ORG = "AUTHROCKET_STAFF_ORG"

OURS = "arware.django.Middleware"
_MIDDLEWARE = ("arware.django.middleware", "Middleware")
_BACKEND = ("arware.django.users", "Backend")
#: What has to stand above us, by what it is for. They are told by name, since not all
#: can be imported everywhere.
_ABOVE = {
    ("django.contrib.sessions.middleware", "SessionMiddleware"): "for request.session",
    ("django.contrib.auth.middleware", "AuthenticationMiddleware"): "for request.user",
    ("corsheaders.middleware", "CorsMiddleware"): "for the headers of its own answers",
}


def read_settings() -> tuple[dict[str, Any], list[Fault]]:
    """Return our settings among Django's, and a fault for each name that is none."""
    names = ("AUTHROCKET_", "LOGINROCKET_URL")
    given = {
        name: getattr(settings, name)
        for name in dir(settings)
        if name.startswith(names) and name not in {*FLAGS, STAFF_ORG}
    }
    return read_mapping(given, "AUTHROCKET_")


def make_authenticator() -> Authenticator:
    """
    Return the authenticator that Django's settings ask for.

    The default client, which class methods like ``Org.find`` use, gets the same.
    """
    values, faults = read_settings()
    for find_faults in CHECKED.values():
        faults.extend(find_faults())
    clock = getattr(settings, "ARWARE_CLOCK", time.time)
    try:
        authenticator = Authenticator(None, values, clock=clock)
    except ConfigurationError as error:
        raise ConfigurationError([*faults, *error.faults]) from None
    if faults:
        raise ConfigurationError(faults)
    offer(authenticator.settings)
    return authenticator


# --- Middlewares -------------------------------------------------------------------


def _kinds_at(path: str) -> set[Kind]:
    """Return what stands at *path*: the names of a class and of all its bases."""
    try:
        return kinds_of(import_string(path))
    except ImportError:
        return set()  # Django will say so


def our_places() -> list[int]:
    """Return where in ``MIDDLEWARE`` ours stands."""
    kinds = map(_kinds_at, settings.MIDDLEWARE)
    return [place for place, kind in enumerate(kinds) if _MIDDLEWARE in kind]


def repetition_faults() -> Iterator[Fault]:
    """Yield that ``MIDDLEWARE`` has ours more than once."""
    places = our_places()
    if len(places) > 1:
        problem = f"{OURS} stands there {len(places)} times"
        yield Fault("MIDDLEWARE", None, problem, "Leave the last one")


def order_faults() -> Iterator[Fault]:
    """Yield what stands below ours in ``MIDDLEWARE``, and has to stand above."""
    for place in our_places()[:1]:
        for path in settings.MIDDLEWARE[place + 1 :]:
            for kind in _kinds_at(path) & _ABOVE.keys():
                problem = f"{path} stands below {OURS}, which needs it {_ABOVE[kind]}"
                yield Fault("MIDDLEWARE", None, problem, f"Move {OURS} to the end")


# --- Local users -------------------------------------------------------------------


def uses_local_users() -> bool:
    """Tell whether a backend of ours is among ``AUTHENTICATION_BACKENDS``."""
    if not apps.is_installed("django.contrib.auth"):
        return False
    return any(_BACKEND in _kinds_at(path) for path in settings.AUTHENTICATION_BACKENDS)


def backend_faults() -> Iterator[Fault]:
    """Yield what keeps a backend of ours from knowing people again."""
    if not uses_local_users():
        return
    from django.contrib.auth import get_user_model
    from django.db.models import EmailField

    model = get_user_model()
    name = model.USERNAME_FIELD
    field = model._meta.get_field(name)
    if name == model.get_email_field_name() or isinstance(field, EmailField):
        problem = (
            f"{model.__name__} tells users apart by their e-mail address, which may "
            "become somebody else's"
        )
        fix = "Give it another USERNAME_FIELD, or leave out arware.django.Backend"
        yield Fault("AUTH_USER_MODEL", None, problem, fix)


#: What is looked at when the application starts, and by ``manage.py check``.
CHECKED = {
    "arware.E002": repetition_faults,
    "arware.E003": order_faults,
    "arware.E004": backend_faults,
}
