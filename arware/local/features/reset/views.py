"""``/password/reset`` and ``/password/change``."""

from __future__ import annotations

from typing import Any

from arware.kit.web import lift, view_config, view_defaults

from ...links import AskForm, AskPage, LinkPage
from ...redirects import redirect
from ...request import RealmRequest
from ...texts import _
from . import Reset, flow
from .forms import ChooseForm


@lift()
@view_defaults(route_name="reset", renderer="reset/ask.jinja2", csrf="browser")
class Asking(AskPage):
    """The page on which a link is asked for."""

    @view_config(request_method="POST", form=AskForm)
    def submit(self) -> Any:
        """Mail a link, if there is somebody."""
        request = self.request
        flow.ask(request.realm, request.caller, request.form(AskForm).email)
        return redirect(request.url_to("reset_sent"))


@view_config(
    route_name="reset_sent", request_method="GET", renderer="reset/sent.jinja2"
)
def sent(request: RealmRequest) -> Any:
    """Say what to do next, to everybody the same."""
    return {"minutes": request.realm.settings[Reset].minutes}


@lift()
@view_defaults(route_name="choose", renderer="reset/choose.jinja2", csrf="browser")
class Choosing(LinkPage):
    """The page that the link leads to."""

    kind, route, form = flow.KIND, "choose", ChooseForm

    def show(self) -> dict[str, Any]:
        """Return what the page needs, with how long a password is at least."""
        return {**super().show(), "least": self.request.realm.password_rules.minimum}

    @view_config(request_method="POST", form=ChooseForm)
    def submit(self) -> Any:
        """Set the password."""
        request, password = self.request, self.request.form(ChooseForm).password
        flow.choose(request.realm, request.caller, self.token, password)
        self.used()
        request.flash(_("Your password was changed. Log in with it."))
        return redirect(request.url_to("login"))
