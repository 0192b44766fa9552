"""The local users: ``request.user``, for permissions, the admin and foreign keys."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_backends, get_user_model
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_in
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.crypto import get_random_string
from django.utils.functional import SimpleLazyObject

from arware.errors import ConfigurationError
from arware.settings import Fault

from .configuration import FLAGS
from .exchange import DjangoExchange

if TYPE_CHECKING:
    from arware.auth import Auth

if not apps.is_installed("arware.django"):
    _PROBLEM = "arware.django.Backend needs a table that is not there"
    _FIX = 'Add "arware.django" to INSTALLED_APPS, and run manage.py migrate'
    raise ConfigurationError([Fault("INSTALLED_APPS", None, _PROBLEM, _FIX)])

from .models import ExternalId

log = logging.getLogger("arware")


class Backend(ModelBackend):
    """
    Keep a local user for whoever is logged in, known by AuthRocket's id.

    It is made at the first request that asks for ``request.user``, and kept up to
    date: e-mail address and names follow, and so do ``is_staff`` and ``is_superuser``
    where ``AUTHROCKET_STAFF_PERMISSION`` and ``AUTHROCKET_SUPERUSER_PERMISSION`` name
    a permission. Derive your own to find users of yours, or to keep more.
    """

    def authenticate(self, request: HttpRequest | None, *, authrocket: Auth) -> Any:  # noqa: ARG002 - Django's signature
        """Return the local user of the auth object; passwords are none of ours."""
        return None if authrocket.user is None else self.user_of(authrocket)

    async def aauthenticate(
        self, request: HttpRequest | None, *, authrocket: Auth
    ) -> Any:
        """Return the same; the one that is inherited would take passwords."""
        return await sync_to_async(self.authenticate)(request, authrocket=authrocket)

    # --- For who derives ---

    def find_user(self, auth: Auth) -> Any:  # noqa: ARG002 - for who derives
        """
        Return the user of yours who comes here for the first time; ``None`` for none.

        By default nobody is taken for a user that there is already.
        """
        return None

    def make_user(self, auth: Auth, username: str) -> Any:
        """Make a local user called *username*, who has no password, and return it."""
        model = get_user_model()
        user = model(**self.values_of(auth) | {model.USERNAME_FIELD: username})
        user.set_unusable_password()
        user.save(force_insert=True)
        return user

    def values_of(self, auth: Auth) -> dict[str, Any]:
        """Return what a local user has of the person: values by names of fields."""
        model, person, membership = get_user_model(), auth.user, auth.membership
        fields = {field.name: field for field in model._meta.concrete_fields}
        texts = {
            model.get_email_field_name(): getattr(person, "email", None),
            "first_name": getattr(person, "first_name", None),
            "last_name": getattr(person, "last_name", None),
        }
        values: dict[str, Any] = {
            name: (text or "")[: fields[name].max_length]
            for name, text in texts.items()
            if name in fields
        }
        for setting, name in FLAGS.items():
            permission = getattr(settings, setting, None)
            if permission and name in fields:
                held = membership is not None and membership.any_permission(permission)
                values[name] = held
        return values

    # --- For request.user ---

    def user_of(self, auth: Auth, request: HttpRequest | None = None) -> Any:
        """Return the local user, made or brought up to date; ``None`` if not active."""
        link = _link_of(auth) or self._make(auth)
        if link is None or not self.user_can_authenticate(link.user):
            return None
        self._update(link.user, self.values_of(auth))
        if _is_new_login(link, auth):
            kind = type(link.user)
            user_logged_in.send(sender=kind, request=request, user=link.user)
        return link.user

    def _make(self, auth: Auth) -> Any:
        id = _id_of(auth)
        # A user may be called like that already, who is somebody else.
        for username in (id, f"{id}-{get_random_string(8)}"):
            try:
                with transaction.atomic():
                    user = self.find_user(auth) or self.make_user(auth, username)
                    return _links().create(external_id=id, user=user)
            except IntegrityError as error:
                link = _link_of(auth)  # another request was first
                if link is not None:
                    return link
                problem = error
        log.error("no local user can be made for %s: %s", id, problem)
        return None

    def _update(self, user: Any, values: dict[str, Any]) -> None:
        changed = [
            name for name, value in values.items() if getattr(user, name) != value
        ]
        if not changed:
            return
        for name in changed:
            setattr(user, name, values[name])
        try:
            with transaction.atomic():
                user.save(update_fields=changed)
        except IntegrityError as error:
            # An address may be somebody else's here, still: the login counts all the
            # same.
            log.warning("the local user %s is not up to date: %s", user.pk, error)
            user.refresh_from_db()


def _links() -> Any:
    return ExternalId.objects.select_related("user")


def _link_of(auth: Auth) -> Any:
    return _links().filter(external_id=_id_of(auth)).first()


def _id_of(auth: Auth) -> str:
    return (auth.user and auth.user.id) or ""


def _is_new_login(link: Any, auth: Auth) -> bool:
    """Tell, once for each login of the person's own, that it has begun."""
    began = auth.session.created_at if auth.session is not None else None
    if began is None or auth.owner is None or auth.impersonator is not None:
        return False
    seconds = int(began.timestamp())
    if link.login_at >= seconds:
        return False
    before = _links().filter(pk=link.pk, login_at__lt=seconds)
    return bool(before.update(login_at=seconds))


class LocalUserExchange(DjangoExchange):
    """The exchange where ``request.user`` is the local user of whoever is logged in."""

    def publish_user(self) -> None:
        """Set ``request.user``, which is looked up when it is first asked for."""
        request, auth = self.request, self.auth
        if auth.user is None:
            super().publish_user()
            return
        user = SimpleLazyObject(partial(_local_user, request, auth))

        async def auser() -> Any:
            await sync_to_async(bool)(user)
            return user

        request.user, request.auser = user, auser


def _local_user(request: HttpRequest, auth: Auth) -> Any:
    backend = next((one for one in get_backends() if isinstance(one, Backend)), None)
    # By the time that it is asked for, somebody may have logged out.
    user = None
    if backend is not None and auth.user is not None:
        user = backend.user_of(auth, request)
    return AnonymousUser() if user is None else user
