"""``/profile``."""

from __future__ import annotations

from typing import Any

from arware.kit.web import view_config

from ...fields import names_in
from ...redirects import home
from ...request import RealmRequest
from ...texts import _
from . import flow
from .forms import DetailsForm


@view_config(
    route_name="profile",
    request_method="GET",
    renderer="account/page.jinja2",
    permission="member",
)
def show(_request: RealmRequest) -> dict[str, Any]:
    """Show all sections."""
    return {}


@view_config(
    route_name="details",
    request_method="POST",
    form=DetailsForm,
    page="profile",
    permission="member",
)
def change_details(request: RealmRequest) -> Any:
    """Change the name."""
    names = names_in(request.form(DetailsForm))
    flow.change_details(request.realm, request.member, names)
    request.flash(_("Your profile was saved."))
    return home(request)
