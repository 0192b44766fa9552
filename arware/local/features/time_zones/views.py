"""``/profile/region``."""

from __future__ import annotations

from typing import Any

from arware.kit.time_zones import time_zone_names
from arware.kit.web import view_config, view_defaults

from ...redirects import home
from ...request import View
from ...texts import _
from . import flow
from .forms import RegionForm, language_name


@view_defaults(
    route_name="region", renderer="time_zones/page.jinja2", permission="member"
)
class Region(View):
    """The page on which people choose their language and their time zone."""

    @view_config(request_method="GET")
    def show(self) -> dict[str, Any]:
        """Return what the page needs."""
        request, user = self.request, self.request.member.user
        chosen = user.time_zone
        form = request.form(
            RegionForm, locale=user.locale or request.locale_name, time_zone=chosen
        )
        names = dict.fromkeys([*time_zone_names(), *filter(None, [chosen])])
        return {
            "form": form,
            "languages": [(tag, language_name(tag)) for tag in request.locales],
            "names": [(name, name.replace("_", " ")) for name in names],
        }

    @view_config(request_method="POST", form=RegionForm)
    def submit(self) -> Any:
        """Change them."""
        request, form = self.request, self.request.form(RegionForm)
        flow.change(request.realm, request.member, form.locale, form.time_zone)
        request.flash(_("Your profile was saved."))
        return home(request)
