"""
What people say of themselves: a few words, a website, a phone number (AK-M03).

Settings: ``realm.about.fields`` names those that people are asked for, none by default.
What they say are custom attributes of the user, so login tokens have it in ``cs``.
"""

from __future__ import annotations

from typing import Any

from arware.kit.web import Config, Field

from ...request import RealmRequest
from . import flow, forms
from .settings import About


def includeme(config: Config) -> None:
    """Add the section of the account page."""
    config.add_feature_settings(About)
    config.add_route("about", "/profile/about")
    for name in forms.FIELDS:
        config.add_field("about", name, asked(name), write=flow.writer(name))
    config.add_to_page(
        "account.section", "about/section.jinja2", order=12, values=section
    )
    config.scan_views()


def asked(name: str) -> Any:
    """Return what gives a request the field *name*, where people are asked for it."""

    def field(request: RealmRequest) -> Field[str] | None:
        wanted = request.realm.settings[About].fields
        return forms.FIELDS[name] if name in wanted else None

    return field


def section(request: RealmRequest) -> dict[str, Any] | None:
    """Return what the section needs, where people are asked for something."""
    said = request.member.user.custom or {}
    known = {name: str(said.get(name) or "") for name in forms.FIELDS}
    form = request.form(forms.AboutForm, **known)
    return {"form": form} if form.fields else None
