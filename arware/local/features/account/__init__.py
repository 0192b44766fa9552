"""The account page, with one's name; other features add sections."""

from __future__ import annotations

from typing import Any

from arware.kit.web import Config

from ...request import RealmRequest
from .forms import DetailsForm


def includeme(config: Config) -> None:
    """Add the page, and its first sections."""
    config.add_route("profile", "/profile")
    config.add_route("details", "/profile/details")
    config.add_to_page(
        "account.section", "account/details.jinja2", order=10, values=details
    )
    config.scan_views()


def details(request: RealmRequest) -> dict[str, Any]:
    """Return what the section needs."""
    user = request.member.user
    names = {"first_name": user.first_name, "last_name": user.last_name}
    return {"form": request.form(DetailsForm, **names)}
