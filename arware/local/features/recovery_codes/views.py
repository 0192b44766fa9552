"""``/profile/recovery-codes`` and ``/login/recovery``."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from arware.kit.web import Form, forms, view_config, view_defaults

from ... import factors, steps
from ...request import RealmRequest, View
from ...texts import _
from . import flow


class CodeForm(Form):
    """A code. Features may add fields."""

    open_to = "step"

    code = forms.text(
        _("Recovery code"),
        maxlength=64,
        hint=_("Any one of those that you kept. Each works once."),
    )


def section(request: RealmRequest, db: Session) -> dict[str, Any] | None:
    """Return what the section of the account page says; nothing without a factor."""
    user = request.member.user
    if not factors.has_one(request.realm, db, user):
        return None
    left = flow.left(request.realm, db, user)
    return {"left": left, "is_low": left <= flow.LOW}


@view_config(
    route_name="recovery_codes",
    request_method="GET",
    renderer="recovery_codes/ask.jinja2",
    permission="fresh",
)
def ask(request: RealmRequest) -> dict[str, Any]:
    """Ask whether new codes shall be made."""
    with request.realm.reading() as db:
        return {"left": flow.left(request.realm, db, request.member.user)}


@view_config(
    route_name="recovery_codes",
    request_method="POST",
    renderer="recovery_codes/codes.jinja2",
    permission="fresh",
)
def make(request: RealmRequest) -> dict[str, Any]:
    """Make new codes, and show them this once."""
    return {"codes": flow.make(request.realm, request.member)}


@view_defaults(
    route_name="recovery_step", renderer="recovery_codes/step.jinja2", csrf="browser"
)
class Step(View):
    """A code in place of the second factor of a login."""

    @view_config(request_method="GET")
    def show(self) -> Any:
        """Ask for a code, if there is a login that waits."""
        return steps.ask(self.request, CodeForm)

    @view_config(request_method="POST", form=CodeForm)
    def submit(self) -> Any:
        """Go on with the login."""
        code = self.request.form(CodeForm).code
        return steps.go_on(self.request, flow.answer, code)
