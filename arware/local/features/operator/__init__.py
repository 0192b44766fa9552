"""
The operator's pages: users, logins, events, mails and keys, at ``/operator``.

They are for users with the permission ``realm:operator``, which ``arware realm
operator`` gives, in a login with a second factor; what they change takes a fresh proof.
What can be done to a user, features say by ``add_operator_action``. Nobody sees or sets
a password here (RQ-P10), or reads a mail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arware.kit.web import Config

from ... import operators
from . import commands

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from ...request import RealmRequest


def includeme(config: Config) -> None:
    """Add the pages, the way to them, and the command that makes somebody operator."""
    config.add_route("operator", "/operator")
    config.add_route("operator_user_new", "/operator/users/new")
    config.add_route("operator_user", "/operator/users/{id:usr_[^/]+}")
    config.add_route("operator_action", "/operator/users/{id}/{action}")
    config.add_route("operator_sessions", "/operator/sessions")
    config.add_route("operator_session", "/operator/sessions/{id}/end")
    config.add_route("operator_events", "/operator/events")
    config.add_route("operator_mail", "/operator/mail")
    config.add_route("operator_keys", "/operator/keys")
    config.add_to_page("operator.tab", "operator/tabs.jinja2", order=10)
    config.add_to_page("account.below", "operator/link.jinja2", order=90, load=link)
    config.add_operator_command("operator add", commands.add)
    config.add_operator_command("operator remove", commands.remove)
    config.add_operator_command("operator list", commands.list_all)
    config.scan_views()


def link(request: RealmRequest, db: Session) -> dict[str, Any] | None:
    """Draw the way to the pages for operators."""
    visitor = request.member.visitor
    is_own = visitor.session.impersonator is None
    return {} if is_own and operators.is_one(db, visitor.user.id) else None
