"""``/login/unlock``, and the page that the link leads to."""

from __future__ import annotations

from typing import Any

from arware.kit.web import Form, lift, view_config, view_defaults

from ...links import AskForm, AskPage, LinkPage
from ...redirects import redirect
from ...request import RealmRequest
from ...texts import _
from . import flow
from .settings import Lockout


class UnlockForm(Form):
    """The button."""


def way(request: RealmRequest) -> dict[str, Any] | None:
    """Draw the way to the link where a login has just failed."""
    return {} if request.failed else None


@lift()
@view_defaults(route_name="unlock", renderer="lockout/ask.jinja2", csrf="browser")
class Asking(AskPage):
    """The page on which a link is asked for."""

    @view_config(request_method="POST", form=AskForm)
    def submit(self) -> Any:
        """Mail a link, if there is somebody."""
        request = self.request
        flow.ask(request.realm, request.caller, request.form(AskForm).email)
        return redirect(request.url_to("unlock_sent"))


@view_config(
    route_name="unlock_sent", request_method="GET", renderer="lockout/sent.jinja2"
)
def sent(request: RealmRequest) -> Any:
    """Say what to do next, to everybody the same."""
    return {"minutes": request.realm.settings[Lockout].link_minutes}


@lift()
@view_defaults(
    route_name="unlock_link", renderer="lockout/unlock.jinja2", csrf="browser"
)
class Unlocking(LinkPage):
    """The page that the link leads to."""

    kind, route, form = flow.KIND, "unlock_link", UnlockForm

    @view_config(request_method="POST", form=UnlockForm)
    def submit(self) -> Any:
        """Unlock."""
        request = self.request
        flow.unlock(request.realm, request.caller, self.token)
        self.used()
        request.flash(_("Your password is unlocked. Log in with it."))
        return redirect(request.url_to("login"))
