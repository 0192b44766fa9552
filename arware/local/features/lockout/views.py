"""``/login/unlock``, and the page that the link leads to."""

from __future__ import annotations

from typing import Any

from arware.kit.web import Form, view_config, view_defaults

from ...links import AskForm, LinkPage
from ...onward import redirect
from ...request import RealmRequest
from ...texts import _
from . import flow
from .settings import Lockout


class UnlockForm(Form):
    """The button."""


def way(request: RealmRequest) -> dict[str, Any] | None:
    """Draw the way to the link where a login has just failed."""
    return {} if request.failed else None


@view_defaults(route_name="unlock", renderer="lockout/ask.jinja2", csrf="browser")
class Asking:
    """The page on which a link is asked for."""

    def __init__(self, request: RealmRequest) -> None:
        self.request = request

    @view_config(request_method="GET")
    def show(self) -> dict[str, Any]:
        """Show the form, filled in by who was about to log in."""
        request = self.request
        return {"form": request.form(AskForm, email=request.login_hint)}

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


@view_defaults(
    route_name="unlock_link", renderer="lockout/unlock.jinja2", csrf="browser"
)
class Unlocking(LinkPage):
    """The page that the link leads to."""

    kind, route = flow.KIND, "unlock_link"

    @view_config(request_method="GET")
    def open(self) -> Any:
        """Move the token out of the address, and then show the button."""
        return self.moved() or self.show()

    def show(self) -> dict[str, Any]:
        """Return what the page needs; there is no button where there is no user."""
        form = self.request.form(UnlockForm)
        return {"form": form, "user": self.holder, "opened": self.opened}

    @view_config(request_method="POST", form=UnlockForm)
    def submit(self) -> Any:
        """Unlock."""
        request = self.request
        flow.unlock(request.realm, request.caller, self.token)
        self.used()
        request.flash(_("Your password is unlocked. Log in with it."))
        return redirect(request.url_to("login"))
