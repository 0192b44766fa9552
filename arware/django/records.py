"""The rows of local users: who is who, and how values of theirs are written."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import DataError, IntegrityError, router, transaction

from arware.core.lru import LRU
from arware.core.verdict import VERDICTS

from .configuration import FLAGS, STAFF_ORG
from .models import ExternalId

if TYPE_CHECKING:
    from arware.auth import Auth

log = logging.getLogger("arware")

#: What a local user may do. It is taken away whatever becomes of the other values.
RIGHTS = frozenset(("is_active", "is_staff", "is_superuser"))
#: What a database, or a model that looks for itself, says to values it does not take.
#: Its words may hold an address.
REFUSED = (IntegrityError, DataError, ValidationError)

#: The logins that this process has seen to.
_seen: LRU[object, bool] = LRU(VERDICTS)


def rights_of(auth: Auth) -> dict[str, bool]:
    """Return what the permissions say that the settings name."""
    membership = auth.membership_in(getattr(settings, STAFF_ORG, None))
    permissions = ((getattr(settings, name, None), FLAGS[name]) for name in FLAGS)
    return {
        name: membership is not None and membership.any_permission(permission)
        for permission, name in permissions
        if permission
    }


def fitting(text: str, field: Any, *, may_be_cut: bool) -> str | None:
    """Return *text* as *field* takes it; an address that is cut is another one."""
    if not may_be_cut and len(text) > (field.max_length or len(text)):
        text = ""
    return text[: field.max_length] or (None if field.null else "")


def update(link: Any, auth: Auth, values: dict[str, Any]) -> bool:
    """
    Write *values*, as *auth* knows them, unless what is there is newer.

    A Bearer token is for one request, in an org of its own perhaps: it writes nothing,
    and in that request the user has no right that the token does not give. Tell whether
    the rights are as they should be.
    """
    user, seconds = link.user, _began_at(auth)
    if auth.owner is None:
        for name in RIGHTS & values.keys():
            setattr(user, name, getattr(user, name) and values[name])
        return True
    if seconds < link.values_at:
        return True
    # What was refused once is not tried at each request.
    is_first = seconds > link.values_at or not is_seen(auth)
    wanted = {name: values[name] for name in values if is_first or name in RIGHTS}
    if seconds == link.values_at and not _changes(user, wanted):
        return True
    with atomic():
        # Whoever writes at once with us waits here, and then finds what is newer.
        rows = written_links().filter(pk=link.pk, values_at__lte=seconds)
        is_newest = rows.update(values_at=seconds)
        try:
            user.refresh_from_db(using=_database())
        except ObjectDoesNotExist:
            return False  # deleted since it was read
        return not is_newest or _save_as_far_as_possible(user, _changes(user, wanted))


def _changes(user: Any, wanted: dict[str, Any]) -> dict[str, Any]:
    return {
        name: wanted[name] for name in wanted if getattr(user, name) != wanted[name]
    }


def save_new(user: Any) -> Any:
    """Save *user*, who has no password, and return it."""
    user.set_unusable_password()
    with atomic():
        user.save(force_insert=True)
    return user


def _save_as_far_as_possible(user: Any, changed: dict[str, Any]) -> bool:
    """Save what is *changed*, but for what is refused; tell if the rights are."""
    if not changed or _is_saved(user, changed):
        return True
    rights = {name: changed.pop(name) for name in RIGHTS & changed.keys()}
    for name, value in changed.items():
        if not _is_saved(user, {name: value}):
            log.warning(
                "the local user %s keeps the %s of before: the database refuses the "
                "new one. If another local user has it, correct or delete that one",
                user.pk,
                name,
            )
    if not rights or _is_saved(user, rights):
        return True
    log.error(
        "the local user %s is anonymous: the database refuses what the permissions say",
        user.pk,
    )
    return False


def _is_saved(user: Any, values: dict[str, Any]) -> bool:
    former = {name: getattr(user, name) for name in values}
    for name, value in values.items():
        setattr(user, name, value)
    try:
        with atomic():
            user.save(using=_database(), update_fields=list(values))
    except REFUSED:
        for name, value in former.items():
            setattr(user, name, value)
        return False
    return True


def _database() -> str:
    """Return where users are written."""
    return str(router.db_for_write(get_user_model()))


def atomic() -> Any:
    """Return a transaction where users are written."""
    return transaction.atomic(using=_database())


def links() -> Any:
    """Return who is who."""
    return ExternalId.objects.select_related("user")


def written_links() -> Any:
    """Return the same from where it is written, which no copy lags behind."""
    return links().using(_database())


def id_of(auth: Auth) -> str:
    """Return AuthRocket's id of who is logged in."""
    return (auth.user and auth.user.id) or ""


def _began_at(auth: Auth) -> int:
    """Return when the login began, in seconds; 0 if nobody knows."""
    began = auth.session.created_at if auth.session is not None else None
    return 0 if began is None else int(began.timestamp())


def _login_of(auth: Auth) -> object:
    session = auth.session and auth.session.id
    return id_of(auth), session, _began_at(auth)


def is_seen(auth: Auth) -> bool:
    """Tell whether the local user was made, or brought up to date, for this login."""
    return _seen.get(_login_of(auth)) is not None


def see(auth: Auth) -> None:
    """Remember that all is done for this login."""
    _seen.put(_login_of(auth), True)


def is_new_login(link: Any, auth: Auth) -> bool:
    """Tell, once for each login of the person's own, that it has begun."""
    seconds = _began_at(auth)
    is_own = auth.owner is not None and auth.impersonator is None
    if not is_own or link.login_at >= seconds:
        return False
    rows = written_links().filter(pk=link.pk, login_at__lt=seconds)
    return bool(rows.update(login_at=seconds))
