"""What the section for the user name does."""

from __future__ import annotations

from typing import Any

from arware.kit.web import Refused, view_config
from arware.kit.web.refusals import NOT_FOUND

from ...redirects import home
from ...request import RealmRequest
from ...texts import _
from . import flow
from .forms import UsernameForm


@view_config(
    route_name="username",
    request_method="POST",
    form=UsernameForm,
    page="profile",
    permission="fresh",  # One logs in with it: so it is part of what protects.
)
def change(request: RealmRequest) -> Any:
    """Change the user name."""
    form = request.form(UsernameForm)
    if not form.fields:  # people choose none here
        raise Refused(NOT_FOUND)
    if form.values["username"] != (request.member.user.username or ""):
        write = request.writer(UsernameForm)
        flow.change(request.realm, request.member, write)
    request.flash(_("Your user name was saved."))
    return home(request)
