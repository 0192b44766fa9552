"""
User names, beside or instead of the e-mail address: to log in with, to be known by.

Settings: ``realm.usernames.mode``. A user name that a program gave logs in with any
mode; the mode says whether people choose one. With ``instead`` they need no address;
who gives none cannot reset a password by mail, and is never written to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from arware.kit.web import Config, Field

from ...request import RealmRequest
from . import flow, forms


@dataclass(frozen=True)
class Usernames:
    """
    Settings of user names: whether people may choose one, or have to.

    With ``instead`` they have to, and an address is optional.
    """

    mode: Literal["off", "optional", "required", "instead"] = "off"


def includeme(config: Config) -> None:
    """Add the field to the sign-up, a section, and the words of login and reset."""
    config.add_feature_settings(Usernames)
    config.add_route("username", "/profile/username")
    config.add_field("login", "email", login_name)
    config.add_field("reset", "email", reset_name)
    config.add_field("signup", "email", address)
    config.add_field("signup", "username", field, write=flow.write)
    config.add_field("username", "username", field, write=flow.write)
    config.add_to_page("signup.above", "usernames/field.jinja2", values=instead)
    config.add_to_page(
        "signup.fields", "usernames/field.jinja2", order=50, values=beside
    )
    config.add_to_page("reset.sent", "usernames/sent.jinja2", values=instead)
    config.add_to_page(
        "account.section", "usernames/section.jinja2", order=15, values=section
    )
    config.scan_views()


def mode_of(request: RealmRequest) -> str:
    """Return the mode of the realm that is asked."""
    return request.realm.settings[Usernames].mode


def field(request: RealmRequest) -> Field[str] | None:
    """Return the field of the sign-up and of the section, if there is one."""
    return forms.FIELDS.get(mode_of(request))


def login_name(request: RealmRequest) -> Field[str] | None:
    """Return the login's first field, where it takes user names, too."""
    return None if mode_of(request) == "off" else forms.LOGIN_NAME


def reset_name(request: RealmRequest) -> Field[str] | None:
    """Return the same for who has forgotten a password, and has to say who it is."""
    return None if mode_of(request) == "off" else forms.RESET_NAME


def address(request: RealmRequest) -> Field[str] | None:
    """Return the sign-up's field for an address, where it may be left out."""
    return forms.ADDRESS if mode_of(request) == "instead" else None


def instead(request: RealmRequest) -> dict[str, Any] | None:
    """Draw what is for people who may have no address."""
    return {"autofocus": True} if mode_of(request) == "instead" else None


def beside(request: RealmRequest) -> dict[str, Any] | None:
    """Draw what is for people who have an address, and perhaps a user name."""
    is_beside = mode_of(request) in ("optional", "required")
    return {"autofocus": False} if is_beside else None


def section(request: RealmRequest) -> dict[str, Any] | None:
    """Return what the section needs."""
    if mode_of(request) == "off":
        return None
    name = request.member.user.username
    return {"form": request.form(forms.UsernameForm, username=name)}
