"""``/accounts`` to choose an org, ``/account/<id>`` and ``/accounts/<id>`` for one."""

from __future__ import annotations

from typing import Any

from arware.kit.web import view_config, view_defaults

from ...redirects import redirect, to_application
from ...request import RealmRequest, View
from ...sessions import Visitor
from ...texts import _
from . import flow, selecting
from .forms import ChoiceForm, RenameForm


def settle(request: RealmRequest, visitor: Visitor) -> Any:
    """Select the org that the next token names, or send to the choice of one."""
    preferred = request.query.get("account")
    known = request.method != "GET" or request.is_sent_by_application
    if not known and selecting.is_switch(request.realm, visitor, preferred):
        # A stranger's link switches nothing by itself: the person is asked.
        return redirect(request.url_to("accounts", account=None, force="1"))
    if selecting.settle(request.realm, request.caller.acting(visitor), preferred):
        return None
    return redirect(request.url_to("accounts", account=None))


@view_defaults(
    route_name="accounts", renderer="orgs/choice.jinja2", permission="member"
)
class Choice(View):
    """The orgs to choose from."""

    @view_config(request_method="GET")
    def get(self) -> Any:
        """Show them; a single one is chosen unless forced."""
        is_forced = self.request.query.get("force", "0").lower() not in ("0", "false")
        page = self.show()
        if len(page["scopes"]) <= 1 and not is_forced:
            return to_application(self.request, self.request.member.visitor)
        return page

    def show(self) -> dict[str, Any]:
        """Return what the page needs."""
        request, visitor = self.request, self.request.member.visitor
        return {
            "form": request.form(ChoiceForm),
            "scopes": flow.of(request.realm, visitor),
            "selected": visitor.session.org_id,
        }

    @view_config(request_method="POST", form=ChoiceForm, also_impersonated=True)
    def choose(self) -> Any:
        """Select an org and go back to the application."""
        request, member = self.request, self.request.member
        selecting.choose(request.realm, member, request.form(ChoiceForm).account)
        return to_application(request, member.visitor)


@view_defaults(renderer="orgs/org.jinja2", permission="member")
class OrgPage(View):
    """An org and its members."""

    def __init__(self, request: RealmRequest) -> None:
        super().__init__(request)
        org_id = request.matchdict["id"]
        with request.realm.reading() as db:
            self.scope = flow.find(request.realm, db, request.member.user, org_id)

    @view_config(route_name="org", request_method="GET")
    @view_config(route_name="org_of_clients", request_method="GET")
    def show(self) -> dict[str, Any]:
        """Show it."""
        request = self.request
        return {
            "form": request.form(RenameForm, name=self.scope.name),
            "org": self.scope,
            "is_managed": flow.is_managed(self.scope),
            "members": flow.members(request.realm, self.scope),
        }

    @view_config(route_name="org", request_method="POST", form=RenameForm)
    @view_config(route_name="org_of_clients", request_method="POST", form=RenameForm)
    def rename(self) -> Any:
        """Give it another name."""
        request, org_id = self.request, self.scope.org_id
        name = request.form(RenameForm).name
        flow.rename(request.realm, request.member, org_id, name)
        request.flash(_("The name was changed."))
        return redirect(request.url_to("org", id=org_id))
