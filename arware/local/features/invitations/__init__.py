"""
Invitations: a link in a mail to somebody who has no account yet, or is in no org.

Where ``signup`` is ``closed`` they are the way in. An operator invites to the realm, on
a page or by ``arware realm invite``; who manages an org invites to it, on its page. The
link is good for ``days``, once, and for the address that it was sent to, which it
proves; it is void once who sent it is shut out, gone, or no operator any more.
Accepting it makes an account, or puts one that is there into the org. Words are
AuthRocket's: ids begin with ``nvt_``. Settings: ``realm.invitations.days``.
"""

from __future__ import annotations

from arware.kit.web import Config

from ...events import LockedDown, UserDeleted, UserUpdated
from ...operators import OperatorRemoved
from . import flow
from .commands import invite
from .settings import Invitations
from .views import org_section


def includeme(config: Config) -> None:
    """Add the pages for inviting and for accepting, and the command."""
    config.add_feature_settings(Invitations)
    config.add_token_kind(
        flow.KIND, minutes=lambda settings: 1440 * settings[Invitations].days
    )
    config.add_route("invitation", "/invitation")
    config.add_route("invitation_join", "/invitation/join")
    config.add_route("operator_invitations", "/operator/invitations")
    config.add_route("operator_invitation", "/operator/invitations/{id}/revoke")
    config.add_route("org_invitations", "/account/{id}/invitations")
    config.add_route("org_invitation", "/account/{id}/invitations/{which}/revoke")
    config.add_to_page("operator.tab", "invitations/tab.jinja2", order=60)
    config.add_to_page("org.section", "invitations/section.jinja2", load=org_section)
    config.on(LockedDown, flow.void_all)
    config.on(UserUpdated, flow.void_of_shut_out)
    config.on(UserDeleted, flow.void_of_shut_out)
    config.on(OperatorRemoved, flow.void_of_operator)
    config.add_kept("invitations", flow.forget, seconds=lambda _settings: 0)
    config.add_operator_command("invite", invite)
    config.scan_views()
