"""``/password/reset`` and ``/password/change``."""

from __future__ import annotations

from typing import Any

from arware.kit.web import view_config, view_defaults

from ...links import AskForm, LinkPage
from ...onward import redirect
from ...request import RealmRequest
from ...texts import _
from . import Reset, flow
from .forms import ChooseForm


@view_defaults(route_name="reset", renderer="reset/ask.jinja2", csrf="browser")
class Ask:
    """The page on which a link is asked for."""

    def __init__(self, request: RealmRequest) -> None:
        self.request = request

    @view_config(request_method="GET")
    def show(self) -> Any:
        """Show the form, filled in by who was about to log in."""
        request = self.request
        return {"form": request.form(AskForm, email=request.login_hint)}

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


@view_defaults(route_name="choose", renderer="reset/choose.jinja2", csrf="browser")
class Choose(LinkPage):
    """The page that the link leads to."""

    kind, route = flow.KIND, "choose"

    @view_config(request_method="GET")
    def open(self) -> Any:
        """Move the token out of the address, and then show the form."""
        return self.moved() or self.show()

    def show(self) -> dict[str, Any]:
        """Return what the page needs; there is no form where there is no user."""
        least = self.request.realm.password_rules.minimum
        form = self.request.form(ChooseForm)
        opened = self.opened
        return {"form": form, "user": self.holder, "least": least, "opened": opened}

    @view_config(request_method="POST", form=ChooseForm)
    def submit(self) -> Any:
        """Set the password."""
        request, password = self.request, self.request.form(ChooseForm).password
        flow.choose(request.realm, request.caller, self.token, password)
        self.used()
        request.flash(_("Your password was changed. Log in with it."))
        return redirect(request.url_to("login"))
