"""``/profile/about``."""

from __future__ import annotations

from typing import Any

from arware.kit.web import Refused, view_config
from arware.kit.web.refusals import NOT_FOUND

from ...redirects import home
from ...request import RealmRequest
from ...texts import _
from . import flow
from .forms import AboutForm


@view_config(
    route_name="about",
    request_method="POST",
    form=AboutForm,
    page="profile",
    permission="member",
)
def change(request: RealmRequest) -> Any:
    """Change what somebody says of themselves."""
    form = request.form(AboutForm)
    if not form.fields:  # nobody is asked
        raise Refused(NOT_FOUND)
    write = request.writer(AboutForm)
    flow.change(request.realm, request.member, (*form.fields,), write)
    request.flash(_("Your profile was saved."))
    return home(request)
