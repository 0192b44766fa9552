"""The pages of who invites, and ``/invitation`` for who is invited."""

from __future__ import annotations

from typing import Any

from pyramid.decorator import reify
from sqlalchemy.orm import Session

from arware.kit.web import Form, Refused, lift, view_config, view_defaults

from ... import operators
from ...fields import names_in
from ...links import LinkPage
from ...redirects import arrive, home, redirect
from ...request import RealmRequest, View
from ...texts import _
from . import accepting, flow
from .forms import AcceptForm, InviteForm
from .models import Invitation

SENT = _("The invitation is on its way.")
TAKEN_BACK = _("The invitation was taken back.")


# The operator's page.


@view_defaults(
    route_name="operator_invitations",
    renderer="invitations/page.jinja2",
    permission=operators.PERMISSION,
)
class Invitations(View):
    """The invitations to the realm."""

    @view_config(request_method="GET")
    def show(self) -> dict[str, Any]:
        """Show those that wait, and the form for another."""
        request = self.request
        with request.realm.reading() as db:
            found = flow.waiting(db, request.now, None)
        return {"form": request.form(InviteForm), "invitations": found}

    @view_config(request_method="POST", form=InviteForm)
    def invite(self) -> Any:
        """Invite somebody to the realm."""
        request = self.request
        flow.invite(request.realm, request.operator, request.form(InviteForm).email)
        request.flash(SENT)
        return redirect(request.url_to("operator_invitations"))


@view_config(
    route_name="operator_invitation",
    request_method="POST",
    page="operator_invitations",
    permission=operators.PERMISSION,
)
def revoke(request: RealmRequest) -> Any:
    """Take an invitation to the realm back."""
    flow.revoke(request.realm, request.operator, request.matchdict["id"], None)
    request.flash(TAKEN_BACK)
    return redirect(request.url_to("operator_invitations"))


# The section of an org's page.


def org_section(request: RealmRequest, db: Session) -> dict[str, Any] | None:
    """Return what the section shows to who may invite to the org."""
    org_id = request.matchdict["id"]
    try:
        org = flow.managed(request.realm, db, request.member.user.id, org_id)
    except Refused:
        return None
    found = flow.waiting(db, request.now, org_id)
    return {"org": org, "invitations": found, "invite": request.form(InviteForm)}


@view_config(
    route_name="org_invitations",
    request_method="POST",
    form=InviteForm,
    page="org",
    permission="member",
)
def invite_to_org(request: RealmRequest) -> Any:
    """Invite somebody to an org."""
    realm, member, org_id = request.realm, request.member, request.matchdict["id"]
    with realm.reading() as db:
        org = flow.managed(realm, db, member.user.id, org_id)
    flow.invite(realm, member, request.form(InviteForm).email, org)
    request.flash(SENT)
    return redirect(request.url_to("org", id=org_id))


@view_config(route_name="org_invitation", request_method="POST", permission="member")
def revoke_in_org(request: RealmRequest) -> Any:
    """Take an invitation to an org back."""
    org_id, id = request.matchdict["id"], request.matchdict["which"]
    flow.revoke(request.realm, request.member, id, org_id)
    request.flash(TAKEN_BACK)
    return redirect(request.url_to("org", id=org_id))


# Who is invited.


class _LinkPage(LinkPage):
    """What both pages of an invitation share."""

    kind, route = flow.KIND, "invitation"

    @property
    def is_good(self) -> bool:
        """Whether the invitation can still be accepted."""
        return self.invitation is not None

    @reify
    def invitation(self) -> Invitation | None:
        """The invitation, ``None`` if it is over."""
        return self.found(accepting.look)


@lift()
@view_defaults(
    route_name="invitation", renderer="invitations/accept.jinja2", csrf="browser"
)
class Accepting(_LinkPage):
    """The page that the link leads to: who has no account makes one."""

    def show(self) -> dict[str, Any]:
        """Return what the page needs."""
        realm, found = self.request.realm, self.invitation
        return {
            "form": self.request.form(AcceptForm),
            "invitation": found,
            "has_account": found is not None and accepting.has_account(realm, found),
            "least": realm.settings.password_minimum,
            "opened": self.opened,
        }

    @view_config(request_method="POST", form=AcceptForm)
    def sign_up(self) -> Any:
        """Make the account, and log in to it."""
        request, form = self.request, self.request.form(AcceptForm)
        password, names = form.chosen_password, names_in(form)
        done = accepting.sign_up(
            request.realm, request.caller, self.token, password, names
        )
        self.used()
        return arrive(request, done)


class JoinForm(Form):
    """The button."""


@view_defaults(
    route_name="invitation_join",
    renderer="invitations/join.jinja2",
    permission="member",
)
class Joining(_LinkPage):
    """The page for who has an account: it joins the org."""

    @view_config(request_method="GET")
    def show(self) -> dict[str, Any]:
        """Show the button, if the invitation is for who is there."""
        found, user = self.invitation, self.request.member.user
        is_theirs = found is not None and found.address == user.email
        return {
            "form": self.request.form(JoinForm),
            "invitation": found,
            "is_theirs": is_theirs,
            "opened": self.opened,
        }

    @view_config(request_method="POST", form=JoinForm)
    def join(self) -> Any:
        """Join the org."""
        request = self.request
        org_id = accepting.join(request.realm, request.member, self.token)
        self.used()
        if org_id is None or not request.has_route("org"):
            return home(request)
        request.flash(_("You are a member now."))
        return redirect(request.url_to("org", id=org_id))
