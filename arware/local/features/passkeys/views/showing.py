"""Showing a passkey: at the login, as its second factor, and as a fresh proof."""

from __future__ import annotations

from functools import partial
from typing import Any

from arware.kit.web import view_config, view_defaults

from .... import steps
from ....redirects import arrive
from ....request import RealmRequest, View
from .. import flow, site
from ..forms import AnswerForm, StepForm


@view_config(
    route_name="passkey_login",
    request_method="POST",
    form=AnswerForm,
    page="login",
    csrf="browser",
)
def log_in(request: RealmRequest) -> Any:
    """Log in."""
    ceremony, text = site.ceremony(request, "login"), request.form(AnswerForm).answer
    return arrive(request, flow.log_in(request.realm, request.caller, ceremony, text))


@view_config(
    route_name="passkey_proof",
    request_method="POST",
    form=AnswerForm,
    page="proof",
    permission="member",
)
def prove(request: RealmRequest) -> Any:
    """Take a fresh proof, and go on to what needed it."""
    ceremony, text = site.ceremony(request, "proof"), request.form(AnswerForm).answer
    return arrive(request, flow.prove(request.realm, request.member, ceremony, text))


@view_defaults(
    route_name="passkey_step", renderer="passkeys/step.jinja2", csrf="browser"
)
class Step(View):
    """The step of a login."""

    @view_config(request_method="GET")
    def show(self) -> Any:
        """Ask for a passkey, if there is a login that waits."""
        found = steps.ask(self.request, StepForm)
        if isinstance(found, dict):
            found["is_here"] = site.is_here(self.request)
        return found

    @view_config(request_method="POST", form=StepForm)
    def submit(self) -> Any:
        """Go on with the login."""
        request = self.request
        answer = partial(flow.answer, ceremony=site.ceremony(request, "step"))
        return steps.go_on(request, answer, request.form(StepForm).answer)
