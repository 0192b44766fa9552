"""``/email/confirm``, and the pages on the way to it."""

from __future__ import annotations

from typing import Any

from arware.kit.web import Form, forms, lift, view_config, view_defaults

from ...links import AskPage, LinkPage
from ...login import Pending
from ...models import User
from ...redirects import arrive, redirect
from ...request import RealmRequest, View
from ...texts import _
from . import flow
from .settings import Confirm

SENT = _("If the message is not there yet, it will be in a minute.")
# Said alike where nothing waits any more, or never has: see `flow.go_on`.
NOT_YET = _(
    "Not confirmed yet. Open the link in the message first. If you have done so, "
    "log in instead."
)


class ConfirmForm(Form):
    """The button, and the password of who did not sign up in this browser."""

    password = forms.password(
        _("Password that you signed up with"), "current-password", required=False
    )


class AskForm(Form):
    """The address that is to be confirmed."""

    email = forms.email(_("E-mail address"))


def way(request: RealmRequest) -> dict[str, Any] | None:
    """Link the login page to it, where nobody logs in before confirming."""
    return {} if request.realm.settings[Confirm].mode == "required" else None


def section(request: RealmRequest) -> dict[str, Any] | None:
    """Return what the section of the account page needs while there is a need."""
    user = request.member.user
    return {"user": user} if user.is_unconfirmed else None


@lift()
@view_defaults(route_name="confirm", renderer="confirm/confirm.jinja2", csrf="browser")
class Confirming(LinkPage):
    """The page that the link leads to."""

    kind, route, form = flow.KIND, "confirm", ConfirmForm

    def show(self) -> dict[str, Any]:
        """Return what the page needs, with whether it asks for the password."""
        user = self.holder
        has_one = user is not None and user.password_hash is not None
        asks = has_one and not self._is_known(user)
        return {**super().show(), "asks_password": asks}

    @view_config(request_method="POST", form=ConfirmForm)
    def submit(self) -> Any:
        """Confirm, and go on with what waited for it."""
        request, user = self.request, self.holder
        caller, password = request.caller, request.form(ConfirmForm).password
        stays = flow.confirm(
            request.realm, caller, self.token, password, is_known=self._is_known(user)
        )
        self.used()
        if self._waits(user):
            cookie = request.own_cookie("_pending")
            return arrive(request, flow.go_on(request.realm, caller, cookie))
        request.flash(_("Your e-mail address is confirmed."))
        if not stays and request.has_route("reset"):
            hint = user and user.email
            return redirect(request.url_to("reset", login_hint=hint))
        return redirect(
            request.home_url() if request.visitor else request.url_to("login")
        )

    def _is_known(self, user: User | None) -> bool:
        """Tell whether this browser has shown that it is the holder's own."""
        own = user is not None and self.request.caller.user_id == user.id
        return own or self._waits(user)

    def _waits(self, user: User | None) -> bool:
        """Tell whether a login of the holder waits in this browser."""
        pending = self.request.pending
        return user is not None and pending is not None and pending[1].id == user.id


@view_defaults(
    route_name="confirm_wait", renderer="confirm/wait.jinja2", csrf="browser"
)
class Waiting(View):
    """The step of the login: it waits until the address is confirmed."""

    @view_config(request_method="GET")
    def show(self) -> dict[str, Any]:
        """Say what to do."""
        return {}

    @view_config(request_method="POST")
    def submit(self) -> Any:
        """Look again, in this browser, whether it was done in another."""
        request = self.request
        cookie = request.own_cookie("_pending")
        done = flow.go_on(request.realm, request.caller, cookie)
        if isinstance(done, Pending) and done.step.route == "confirm_wait":
            request.flash(NOT_YET)
        return arrive(request, done)

    @view_config(route_name="confirm_again", request_method="POST")
    def send(self) -> Any:
        """Send another link to who waits, whoever else is logged in here."""
        request = self.request
        user = None if request.pending is None else request.pending[1]
        target = request.own_cookie("_pending")
        flow.ask(request.realm, request.caller, user, target)
        request.flash(SENT)
        return redirect(request.url_to("confirm_wait"))


@view_config(
    route_name="confirm_send",
    request_method="POST",
    page="profile",
    permission="member",
)
def send(request: RealmRequest) -> Any:
    """Send another link to who is logged in."""
    flow.ask(request.realm, request.caller, request.member.user)
    request.flash(SENT)
    return redirect(request.home_url())


@lift()
@view_defaults(route_name="confirm_ask", renderer="confirm/ask.jinja2", csrf="browser")
class Asking(AskPage):
    """The page on which another link is asked for, in whatever browser."""

    form = AskForm

    @view_config(request_method="POST", form=AskForm)
    def submit(self) -> Any:
        """Send a link, if there is an address to confirm."""
        request = self.request
        email = request.form(AskForm).email
        flow.ask_again(request.realm, request.caller, email)
        text = _("If ${address} has not been confirmed yet, we have sent a link there.")
        request.flash(text % {"address": email})
        return redirect(request.url_to("login"))
