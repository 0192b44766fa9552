"""What the forms for passwords do."""

from __future__ import annotations

from typing import Any

from arware.kit.web import view_config

from ...redirects import arrive, home
from ...request import RealmRequest
from ...texts import _
from . import flow
from .forms import LoginForm, PasswordForm, ProofForm


@view_config(
    route_name="login",
    request_method="POST",
    form=LoginForm,
    page="login",
    csrf="browser",
)
def log_in(request: RealmRequest) -> Any:
    """Log in."""
    form = request.form(LoginForm)
    done = flow.log_in(request.realm, request.caller, form.email, form.password)
    return arrive(request, done)


@view_config(
    route_name="proof",
    request_method="POST",
    form=ProofForm,
    page="proof",
    permission="member",
)
def prove(request: RealmRequest) -> Any:
    """Take a fresh proof, and go on to what needed it."""
    member, password = request.member, request.form(ProofForm).password
    return arrive(request, flow.prove(request.realm, member, password))


@view_config(
    route_name="password",
    request_method="POST",
    form=PasswordForm,
    page="profile",
    permission="proven",
)
def change(request: RealmRequest) -> Any:
    """Change the password."""
    form = request.form(PasswordForm)
    cookie = flow.change(
        request.realm,
        request.member,
        current_password=form.current_password,
        password=form.new_password,
    )
    request.renew_session(cookie)
    request.flash(_("Your password was changed. All your other logins have ended."))
    return home(request)
