"""``/signup``."""

from __future__ import annotations

from typing import Any

from arware.kit.web import Refused, view_config, view_defaults

from ...fields import names_in
from ...redirects import arrive, go_on
from ...request import View
from . import flow
from .forms import SignupForm


@view_defaults(route_name="signup", renderer="signup/page.jinja2", csrf="browser")
class Signup(View):
    """The page on which strangers create accounts."""

    @view_config(request_method="GET")
    def get(self) -> Any:
        """Show the form, or send on who is logged in already."""
        request = self.request
        if request.visitor is not None and request.query.get("prompt") != "login":
            return go_on(request, request.visitor)
        return self.show()

    def show(self) -> dict[str, Any]:
        """Return what the page needs, while strangers may sign up."""
        settings = self.request.realm.settings
        if settings.signup == "closed":
            raise Refused(flow.CLOSED)
        form = self.request.form(SignupForm)
        return {"form": form, "least": settings.password_minimum}

    @view_config(request_method="POST", form=SignupForm)
    def submit(self) -> Any:
        """Create the account and log in to it."""
        request, form = self.request, self.request.form(SignupForm)
        wish = flow.Wish(form.email, form.chosen_password, names_in(form))
        write = request.writer(SignupForm)
        done = flow.sign_up(request.realm, request.caller, wish, write)
        return arrive(request, done)
