"""The account page: one's name and address; other features add sections."""

from __future__ import annotations

from typing import Any

from arware.kit.web import Config

from ...request import RealmRequest
from .forms import DetailsForm, EmailForm


def includeme(config: Config) -> None:
    """Add the page, and its first sections."""
    config.add_route("profile", "/profile")
    config.add_route("details", "/profile/details")
    config.add_route("email", "/profile/email")
    config.add_to_page(
        "account.section", "account/details.jinja2", order=10, values=details
    )
    config.add_to_page(
        "account.section", "account/email.jinja2", order=20, values=email
    )
    config.scan_views()


def details(request: RealmRequest) -> dict[str, Any]:
    """Return what the section needs."""
    user = request.member.user
    names = {"first_name": user.first_name, "last_name": user.last_name}
    return {"form": request.form(DetailsForm, **names)}


def email(request: RealmRequest) -> dict[str, Any]:
    """Return what the section needs."""
    return {"form": request.form(EmailForm, email=request.member.user.email)}
