"""The local users: ``request.user``, for permissions, the admin and foreign keys."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.apps import apps
from django.contrib.auth import get_backends, get_user_model
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_in
from django.db import Error
from django.http import HttpRequest
from django.utils.crypto import get_random_string
from django.utils.functional import SimpleLazyObject

from arware.errors import ConfigurationError
from arware.settings import Fault

from .exchange import DjangoExchange

if TYPE_CHECKING:
    from arware.auth import Auth

if not apps.is_installed("arware.django"):
    _PROBLEM = "arware.django.Backend needs a table that is not there"
    _FIX = 'Add "arware.django" to INSTALLED_APPS, and run manage.py migrate'
    raise ConfigurationError([Fault("INSTALLED_APPS", None, _PROBLEM, _FIX)])

from . import records

log = logging.getLogger("arware")


class Backend(ModelBackend):
    """
    Keep a local user for whoever is logged in, known by AuthRocket's id.

    It is made, or brought up to date, before the view of a login's first request; for a
    Bearer token when ``request.user`` is asked for. E-mail address and names follow,
    and so do ``is_staff`` and ``is_superuser`` where ``AUTHROCKET_STAFF_PERMISSION``
    and ``AUTHROCKET_SUPERUSER_PERMISSION`` name a permission, which counts in
    ``AUTHROCKET_STAFF_ORG`` if that is set. Derive your own to find
    users of yours, or to keep more.
    """

    def authenticate(self, request: HttpRequest | None, *, authrocket: Auth) -> Any:
        """Return the local user of the auth object; passwords are none of ours."""
        return None if authrocket.user is None else self.user_of(authrocket, request)

    async def aauthenticate(
        self, request: HttpRequest | None, *, authrocket: Auth
    ) -> Any:
        """Return the same; the one that is inherited would take passwords."""
        return await sync_to_async(self.authenticate)(request, authrocket=authrocket)

    # --- For who derives ---

    def find_user(self, auth: Auth) -> Any:  # noqa: ARG002 - for who derives
        """
        Return the user of yours who comes here for the first time; ``None`` for none.

        By default nobody is taken for a user that there is already. One who is known by
        another id of AuthRocket's is somebody else, and is not taken.
        """
        return None

    def make_user(self, auth: Auth, username: str) -> Any:
        """Make a local user called *username*, who has no password, and return it."""
        model, values = get_user_model(), self.values_of(auth)
        rights = {name: values[name] for name in records.RIGHTS & values.keys()}
        try:
            return records.save_new(model(**values | {model.USERNAME_FIELD: username}))
        except records.REFUSED:  # another one has the address, say
            return records.save_new(model(**rights | {model.USERNAME_FIELD: username}))

    def values_of(self, auth: Auth) -> dict[str, Any]:
        """Return what a local user has of the person: values by names of fields."""
        model, person = get_user_model(), auth.user
        fields = {field.name: field for field in model._meta.concrete_fields}
        texts = {
            model.get_email_field_name(): getattr(person, "email", None),
            "first_name": getattr(person, "first_name", None),
            "last_name": getattr(person, "last_name", None),
        }
        values: dict[str, Any] = {
            name: records.fitting(
                text or "", fields[name], may_be_cut=name.endswith("_name")
            )
            for name, text in texts.items()
            if name in fields
        }
        rights = records.rights_of(auth)
        return values | {name: rights[name] for name in rights if name in fields}

    # --- For request.user ---

    def user_of(self, auth: Auth, request: HttpRequest | None = None) -> Any:
        """Return the local user, made or brought up to date; ``None`` if not active."""
        user = self._kept_user(auth, request)
        records.see(auth)
        return user

    def _kept_user(self, auth: Auth, request: HttpRequest | None) -> Any:
        link = records.links().filter(external_id=records.id_of(auth)).first()
        link = link or self._make(auth)
        if link is None or not records.update(link, auth, self.values_of(auth)):
            return None
        user = link.user
        if not self.user_can_authenticate(user):
            return None
        if records.is_new_login(link, auth):
            user_logged_in.send(sender=type(user), request=request, user=user)
        return user

    def _make(self, auth: Auth) -> Any:
        id, links = records.id_of(auth), records.written_links()
        problem = ""
        # A user may be called like that already, who is somebody else.
        for username in (id, f"{id}-{get_random_string(8)}"):
            # Before the transaction, which then begins with what it writes.
            user = self._found_user(auth)
            try:
                with records.atomic():
                    user = user or self.make_user(auth, username)
                    return links.create(external_id=id, user=user)
            except records.REFUSED as error:
                link = links.filter(external_id=id).first()
                if link is not None:
                    return link  # another request was first
                problem = type(error).__name__  # its text may hold an address
        if not records.is_seen(auth):
            log.error(
                "no local user can be made for %s: the database refuses it (%s). Look "
                "which fields of the user model have to be unique, or filled: let them "
                "be null, or give them values in a backend of your own",
                id,
                problem,
            )
        return None

    def _found_user(self, auth: Auth) -> Any:
        """Return who is found, unless it is another person's by now."""
        user = self.find_user(auth)
        if user is None or not records.written_links().filter(user=user).exists():
            return user
        log.warning(
            "find_user found local user %s for %s, who is known by another id already",
            user.pk,
            records.id_of(auth),
        )
        return None


class LocalUserExchange(DjangoExchange):
    """The exchange where ``request.user`` is the local user of whoever is logged in."""

    def has_new_login(self) -> bool:
        """Tell whether the local user is to be seen to."""
        return self.auth.owner is not None and not records.is_seen(self.auth)

    def keep_local_user(self) -> None:
        """Make it, or bring it up to date, outside of the transaction of a view."""
        try:
            bool(self.request.user)
        except Error as error:
            # A view that needs it will say so; others need no database.
            log.warning("no local user can be looked up (%s)", type(error).__name__)

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
