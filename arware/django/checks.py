"""What ``manage.py check`` reports of our configuration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from inspect import unwrap
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as CheckWarning
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.views.debug import get_default_exception_reporter_filter

from arware.errors import ConfigurationError
from arware.runtime.adapter_settings import adapter_settings

from .configuration import (
    CHECKED,
    OURS,
    our_places,
    read_settings,
    uses_local_users,
)
from .views import login

if TYPE_CHECKING:
    from arware.settings import Fault


#: What stands for the value of a cookie.
_SHOWN = "shown"
#: An id of AuthRocket's, and what tells it from a name that is taken.
_NAME_LENGTH = 26 + len("-12345678")


def check_configuration(
    app_configs: object = None,  # noqa: ARG001 - Django's signature
    **options: Any,  # noqa: ARG001 - Django's signature
) -> list[CheckMessage]:
    """Return all that is wrong, and what is probably not meant."""
    values, faults = read_settings()
    doubts = [*_missing_parts(), *_refusing_fields()]
    try:
        ours = adapter_settings(None, values)[0]
        doubts += _login_places(ours.login_path)
        doubts += _shown_cookies(ours.cookie_name)
    except ConfigurationError as error:
        faults += error.faults
    messages = [*_errors(faults, "arware.E001")]
    for code, find_faults in CHECKED.items():
        messages += _errors(find_faults(), code)
    return [*messages, *doubts]


def _errors(faults: Iterable[Fault], code: str) -> Iterator[CheckMessage]:
    for fault in faults:
        name = (
            f"{fault.setting} ({fault.variable})" if fault.variable else fault.setting
        )
        yield Error(f"{name}: {fault.problem}.", hint=f"{fault.fix}.", id=code)


def _missing_parts() -> Iterator[CheckMessage]:
    if not our_places():
        yield CheckWarning(
            "MIDDLEWARE: arware's is missing, so nobody is logged in.",
            hint=f'Add "{OURS}" at the end.',
            id="arware.W001",
        )
    if not uses_local_users():
        yield CheckWarning(
            "AUTHENTICATION_BACKENDS: arware's is missing, so request.user stays "
            "anonymous for those who are logged in.",
            hint='Add "arware.django.Backend".',
            id="arware.W002",
        )


def _login_places(login_path: str | None) -> Iterator[CheckMessage]:
    """Yield where Django would send people to log in, and nobody can."""
    if not _is_ours(settings.LOGIN_URL, login_path):
        fix = f'Write LOGIN_URL = "{login_path}"' if login_path else "Name a view of it"
        yield CheckWarning(
            f"LOGIN_URL: {settings.LOGIN_URL} is not where a login of arware starts.",
            hint=f"{fix}.",
            id="arware.W003",
        )
    if _admin_asks_for_passwords():
        yield CheckWarning(
            "The admin's login asks for a password, which no local user has.",
            hint='Write path("admin/login/", arware.django.login) above the admin\'s '
            "own URLs.",
            id="arware.W004",
        )


def _shown_cookies(name: str) -> Iterator[CheckMessage]:
    """Yield that Django shows the cookie of a login in what it reports of errors."""
    masked = get_default_exception_reporter_filter().cleanse_setting(name, _SHOWN)
    if masked == _SHOWN:
        yield CheckWarning(
            f"AUTHROCKET_COOKIE_NAME: Django's error reports show the cookie {name}, "
            "and whoever has it is logged in as that person.",
            hint=f'Write AUTHROCKET_COOKIE_NAME = "{name}_auth": Django hides that.',
            id="arware.W005",
        )


def _refusing_fields() -> Iterator[CheckMessage]:
    """Yield for which fields of the user model a database may refuse people."""
    if not uses_local_users():
        return
    model = get_user_model()
    fields = {field.name: field for field in model._meta.concrete_fields}
    name = fields[model.USERNAME_FIELD]
    if name.max_length is not None and name.max_length < _NAME_LENGTH:
        yield CheckWarning(
            f"{model.__name__}.{name.name} is too short for AuthRocket's ids.",
            hint=f"Let it have {_NAME_LENGTH} characters or more.",
            id="arware.W006",
        )
    email = fields.get(model.get_email_field_name())
    if email is not None and email.unique and not email.null:
        yield CheckWarning(
            f"{model.__name__}.{email.name} has to be unique, so of those who have no "
            "address here only one gets a local user.",
            hint="Let it be null.",
            id="arware.W007",
        )


def _is_ours(place: str, login_path: str | None = None) -> bool:
    """Tell whether *place*, an address or the name of a view, starts our login."""
    try:
        path = resolve_url(place)
        return path == login_path or unwrap(resolve(path).func) is login
    except (NoReverseMatch, Resolver404):
        return False


def _admin_asks_for_passwords() -> bool:
    if not apps.is_installed("django.contrib.admin") or not uses_local_users():
        return False
    if len(settings.AUTHENTICATION_BACKENDS) > 1:
        return False  # another one may take passwords
    try:
        return not _is_ours(reverse("admin:login"))
    except NoReverseMatch:
        return False
