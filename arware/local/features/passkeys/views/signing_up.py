"""``/signup/passkey``, and the page that the link leads to."""

from __future__ import annotations

from typing import Any

from pyramid.decorator import reify

from arware.kit.web import lift, view_config, view_defaults

from ....fields import names_in
from ....links import LinkPage
from ....models import OneTimeToken
from ....redirects import arrive, redirect
from ....request import View
from ....texts import _
from .. import signup, site
from ..forms import AskForm, SignupForm

#: Where :class:`.LinkPage` keeps the token.
COOKIE = "_passkey_new"


@view_defaults(
    route_name="passkey_signup", renderer="passkeys/signup.jinja2", csrf="browser"
)
class Ask(View):
    """The page on which the address is typed."""

    @view_config(request_method="GET")
    def show(self) -> dict[str, Any]:
        """Show the form, while strangers may sign up."""
        signup.check_open(self.request.realm)
        return {"form": self.request.form(AskForm)}

    @view_config(request_method="POST", form=AskForm)
    def submit(self) -> Any:
        """Send a link, and say to everybody the same."""
        request, email = self.request, self.request.form(AskForm).email
        signup.ask(request.realm, request.caller, email)
        text = _("We have sent a message to ${address}. Open the link in it.")
        request.flash(text % {"address": email})
        return redirect(request.url_to("passkey_signup"))


@lift()
@view_defaults(route_name="passkey_new", renderer="passkeys/new.jinja2", csrf="browser")
class Create(LinkPage):
    """The page that the link leads to."""

    kind, route = signup.KIND, "passkey_new"

    def show(self) -> dict[str, Any]:
        """Return what the page needs; there is no form where the link is over."""
        values = {"form": self.request.form(SignupForm), "opened": self.opened}
        return {**values, "asked": self.asked, "is_here": site.is_here(self.request)}

    @view_config(request_method="POST", form=SignupForm)
    def submit(self) -> Any:
        """Create the account, and log in to it."""
        request, form = self.request, self.request.form(SignupForm)
        done = signup.finish(
            request.realm,
            request.caller,
            site.ceremony(request, "signup"),
            self.token,
            form.answer,
            names_in(form),
            request.writer(SignupForm),
        )
        self.used()
        return arrive(request, done)

    @property
    def is_good(self) -> bool:
        """Whether the link can still be used."""
        return self.asked is not None

    @reify
    def asked(self) -> OneTimeToken | None:
        """What was asked for; ``None``, and the page has failed, if it is over."""
        return self.found(signup.look)
