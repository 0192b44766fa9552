"""``/hints``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pyramid.response import Response

from arware.kit.web import Field, Refused, joined, view_config
from arware.kit.web.answers import text_of
from arware.kit.web.translating import translate

from ... import tries
from ...request import RealmRequest
from ...texts import _
from . import flow
from .forms import HintForm

FINE = _("This password is good.")
FREE = _("This user name is free.")


@view_config(route_name="hints", request_method="POST", form=HintForm, csrf="browser")
def say(request: RealmRequest) -> Any:
    """Return what is to be said of each field that has something in it."""
    tries.take(request.realm, request.caller, flow.HINTS)
    hints = {name: _hint(request, check, good) for name, check, good in _asked(request)}
    return Response(json={"hints": hints})


def _asked(
    request: RealmRequest,
) -> Iterator[tuple[str, Callable[[], object], str]]:
    """Yield the fields that have something in them, with what checks them."""
    realm, caller, form = request.realm, request.caller, request.form(HintForm)
    if form.password:
        beside = [form.email, form.username, form.first_name, form.last_name]
        context = [text for text in beside if text]
        yield (
            "password",
            lambda: flow.check_password(realm, caller, form.password, context),
            FINE,
        )
    names, is_open = _username_field(request), _is_open(request)
    if form.username and names is not None:
        yield (
            "username",
            lambda: flow.check_username(realm, caller, names, form.username),
            FREE,
        )
    if form.email:
        yield (
            "email",
            lambda: flow.check_address(realm, caller, form.email, is_told=is_open),
            "",
        )


def _is_open(request: RealmRequest) -> bool:
    """Tell whether anybody can sign up here, and so learn what is taken."""
    return request.has_route("signup") and request.realm.settings.signup == "open"


def _username_field(request: RealmRequest) -> Field[Any] | None:
    """Return the field of user names where who asks may choose one."""
    if request.visitor is None and not _is_open(request):
        return None
    added = joined(request.registry).fields.get("signup", {}).get("username")
    return None if added is None else added.field(request)


def _hint(
    request: RealmRequest, check: Callable[[], object], good: str
) -> dict[str, str]:
    try:
        check()
    except Refused as refused:
        if refused.wait is not None:
            raise
        return {"reason": refused.reason.word, "text": text_of(request, refused)}
    return {"reason": "", "text": translate(good, request.localizer) if good else ""}
