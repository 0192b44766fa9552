"""
User names, beside or instead of the e-mail address: to log in with, to be known by.

Settings: ``realm.usernames.mode``. A user name that a program gave logs in with any
mode; the mode says whether people choose one. With ``instead`` they need no address;
who gives none cannot reset a password by mail, and is never written to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from arware.kit.web import Config

from ...events import EmailVerified
from ...request import RealmRequest
from . import flow, forms

T = TypeVar("T")


@dataclass(frozen=True)
class Usernames:
    """
    Settings of user names: whether people may choose one, or have to.

    With ``instead`` they have to, and an address is optional.
    """

    #: Whether people choose a user name: not, if they like, all, or all and no address.
    mode: Literal["off", "optional", "required", "instead"] = "off"


def includeme(config: Config) -> None:
    """Add the field to the sign-up, a section, and the words of login and reset."""
    config.add_feature_settings(Usernames)
    config.add_route("username", "/profile/username")
    config.add_field("login", "email", by_mode(forms.LOGIN_NAME))
    config.add_field("reset", "email", by_mode(forms.RESET_NAME))
    config.add_field("signup", "email", by_mode(forms.ADDRESS))
    name = by_mode(forms.USERNAME)
    config.add_field("signup", "username", name, write=flow.write_new)
    config.add_field("username", "username", name, write=flow.write)
    first, beside = {"autofocus": True}, {"autofocus": False}
    config.add_to_page(
        "signup.above", "usernames/field.jinja2", values=by_mode({"instead": first})
    )
    config.add_to_page(
        "signup.fields",
        "usernames/field.jinja2",
        order=50,
        values=by_mode({"optional": beside, "required": beside}),
    )
    config.add_to_page(
        "reset.sent", "usernames/sent.jinja2", values=by_mode({"instead": {}})
    )
    config.add_to_page(
        "account.section", "usernames/section.jinja2", order=15, values=section
    )
    config.on(EmailVerified, flow.give_wanted)
    config.scan_views()


def mode_of(request: RealmRequest) -> str:
    """Return the mode of the realm that is asked."""
    return request.realm.settings[Usernames].mode


def by_mode(values: Mapping[str, T]) -> Callable[[RealmRequest], T | None]:
    """Return a function of the request: the value for the realm's mode, or ``None``."""
    return lambda request: values.get(mode_of(request))


def section(request: RealmRequest) -> dict[str, Any] | None:
    """Return what the section needs."""
    if mode_of(request) == "off":
        return None
    name = request.member.user.username
    return {"form": request.form(forms.UsernameForm, username=name)}
