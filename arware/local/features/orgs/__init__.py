"""Organizations: people are in some, and act in one of them at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from arware.kit.web import Config
from arware.kit.web.joining import Scopes

from ...events import AccountClosing, LoginSucceeded, UserDeleted
from . import commands, flow, forms, leaving, selecting, views


@dataclass(frozen=True)
class Orgs:
    """
    Settings of orgs.

    With the mode ``single_user`` somebody without an org gets one of their own at the
    next login, so that each login has one (PROTOCOL statement 90). With ``multi_user``
    others put people into orgs, and who is in none logs in without.
    """

    #: ``single_user``: who has no org gets one of their own. ``multi_user``: not.
    mode: Literal["single_user", "multi_user"] = "single_user"


def includeme(config: Config) -> None:
    """
    Add the choice of an org, and the page of one.

    The documentation of AuthRocket says ``account``, its clients say ``accounts``.
    """
    config.add_feature_settings(Orgs)
    config.add_route("accounts", "/accounts")
    config.add_route("org", "/account/{id}")
    config.add_route("org_of_clients", "/accounts/{id}")
    config.set_scopes(Scopes(flow.scopes, flow.beside, flow.scope_in, are_own))
    config.add_detour(views.settle)
    config.add_carried("account", preferred)
    config.on(LoginSucceeded, select_at_login)
    config.on(AccountClosing, leaving.check_owned)
    config.on(UserDeleted, leaving.remove_own)
    config.add_field("signup", "org_name", forms.org_name, write=flow.write_own)
    config.add_to_page("signup.fields", "orgs/signup.jinja2", order=50)
    config.add_to_page("account.below", "orgs/link.jinja2")
    config.add_operator_command("org list", commands.list_all)
    config.add_operator_command("org show", commands.show)
    config.add_operator_command("org members", commands.members)
    config.scan_views()


def preferred(request: Any) -> str | None:
    """Return the org that a link asks for; ``""`` asks to choose again."""
    found: str | None = request.query.get("account")
    return found


def are_own(settings: Any) -> bool:
    """Tell whether somebody who is in no org gets one of their own."""
    mode: str = settings[Orgs].mode
    return mode == "single_user"


def select_at_login(happening: Any) -> None:
    """Select the only org, and make one for somebody who is to have one."""
    selecting.select_at_login(happening, makes_own=are_own(happening.realm.settings))
