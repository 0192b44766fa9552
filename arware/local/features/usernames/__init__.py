"""
User names, beside the e-mail address: to log in with, and to be known by.

Settings: ``realm.usernames.mode``. A user name that a program gave logs in with any
mode; the mode says whether people choose one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from arware.kit.web import Config, Field

from ...request import RealmRequest
from . import flow, forms


@dataclass(frozen=True)
class Usernames:
    """Settings of user names: whether people may choose one, or have to."""

    mode: Literal["off", "optional", "required"] = "off"


def includeme(config: Config) -> None:
    """Add the field to the sign-up, a section, and the words of the login."""
    config.add_feature_settings(Usernames)
    config.add_route("username", "/profile/username")
    config.add_field("login", "email", login_field, write=lambda *_: None)
    config.add_field("signup", "username", field, write=flow.write)
    config.add_field("username", "username", field, write=flow.write)
    config.add_to_page(
        "signup.fields", "usernames/field.jinja2", order=50, values=signup
    )
    config.add_to_page(
        "account.section", "usernames/section.jinja2", order=15, values=section
    )
    config.scan_views()


def mode_of(request: RealmRequest) -> str:
    """Return the mode of the realm that is asked."""
    return request.realm.settings[Usernames].mode


def field(request: RealmRequest) -> Field[str] | None:
    """Return the field of the sign-up and of the section, if there is one."""
    return {"optional": forms.OPTIONAL, "required": forms.REQUIRED}.get(
        mode_of(request)
    )


def login_field(request: RealmRequest) -> Field[str] | None:
    """Return the login's first field, where it takes user names, too."""
    return None if mode_of(request) == "off" else forms.LOGIN_NAME


def signup(request: RealmRequest) -> dict[str, Any] | None:
    """Draw the field, unless there is none; the page has its form."""
    return None if mode_of(request) == "off" else {}


def section(request: RealmRequest) -> dict[str, Any] | None:
    """Return what the section needs."""
    if mode_of(request) == "off":
        return None
    name = request.member.user.username
    return {"form": request.form(forms.UsernameForm, username=name)}
