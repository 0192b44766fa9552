"""``/profile/email`` and ``/email/change``."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from arware.kit.web import Form, forms, view_config, view_defaults

from ... import one_time
from ...links import LinkPage
from ...redirects import home, redirect
from ...request import RealmRequest
from ...texts import _
from . import flow


class EmailForm(Form):
    """Another address, and the proof that it is its owner who wants it."""

    prefix = "email-"

    email = forms.email(_("New e-mail address"), "email")
    current_password = forms.password(
        _("Current password"), "current-password", required=False
    )


class ProveForm(Form):
    """The button."""


def section(request: RealmRequest, db: Session) -> dict[str, Any]:
    """Return what the section of the account page needs."""
    user = request.member.user
    waiting = flow.waiting(db, user, request.now)
    return {"form": request.form(EmailForm), "user": user, "waiting": waiting}


@view_config(
    route_name="email",
    request_method="POST",
    form=EmailForm,
    page="profile",
    permission="proven",
)
def ask(request: RealmRequest) -> Any:
    """Send a link to the new address."""
    form = request.form(EmailForm)
    flow.ask(request.realm, request.member, form.email, form.current_password)
    text = _("We have sent a message to ${address}. Open the link in it.")
    request.flash(text % {"address": form.email})
    return home(request)


@view_defaults(route_name="email_change", renderer="email_change/prove.jinja2")
class Prove(LinkPage):
    """The page that the link leads to."""

    kind, route, form = flow.KIND, "email_change", ProveForm

    @view_config(request_method="GET")
    def open(self) -> Any:
        """Move the token out of the address, and then ask for a login."""
        request, moved = self.request, self.moved()
        if moved is None and self.holder is not None and request.visitor is None:
            return redirect(request.way_to("login"))
        return moved or self.show()

    def show(self) -> dict[str, Any]:
        """Return what the page needs; there is no button without the *address*."""
        request, user, address = self.request, self.holder, None
        visitor = request.visitor
        is_theirs = user is not None and visitor and visitor.user.id == user.id
        if is_theirs:
            row = one_time.look(request.realm, self.kind, self.token, request.now)
            address = row.address
        return {**super().show(), "address": address}

    @view_config(request_method="POST", form=ProveForm, permission="member")
    def submit(self) -> Any:
        """Change the address."""
        request = self.request
        email, cookie = flow.prove(request.realm, request.member, self.token)
        self.used()
        request.renew_session(cookie)
        text = _("Your e-mail address is ${address} now.")
        request.flash(text % {"address": email})
        return home(request)
