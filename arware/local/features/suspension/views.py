"""What the operator's page of a user has of suspensions."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from arware.kit.web import Field, Form, Reason, Refused, forms, view_config

from ... import operators
from ...models import User
from ...redirects import home, redirect
from ...request import RealmRequest
from ...texts import _
from . import flow

DAYS_INVALID = Reason("days_invalid", _("Enter a number of days, at most ${most}."))


def _days(text: str) -> int:
    days = text.strip() or "0"
    if not (days.isascii() and days.isdigit() and int(days) <= flow.MOST_DAYS):
        raise Refused(DAYS_INVALID, most=flow.MOST_DAYS)
    return int(days)


class SuspendForm(Form):
    """Why, and for how long."""

    prefix = "suspend-"

    reason = forms.text(
        _("Reason"),
        maxlength=flow.LONGEST_REASON,
        hint=_("They get it by e-mail."),
    )
    days = Field(
        _("Days"),
        _days,
        inputmode="numeric",
        maxlength=4,
        required=False,
        hint=_("Without a number it lasts until you enable the account."),
    )


def fact(request: RealmRequest, db: Session) -> dict[str, Any] | None:
    """Return what is known of a suspension, for the page of a user."""
    row = flow.of(db, request.matchdict["id"])
    return None if row is None else {"suspension": row}


def action(request: RealmRequest, db: Session) -> dict[str, Any] | None:
    """Return what the form needs, nothing where nobody can be suspended."""
    user = db.get(User, request.matchdict["id"])
    if user is None or user.state != "active" or operators.is_one(db, user.id):
        return None
    return {"form": request.form(SuspendForm), "id": user.id}


@view_config(
    route_name="suspend",
    request_method="POST",
    form=SuspendForm,
    page="operator_user",
    permission=operators.PERMISSION,
)
def suspend(request: RealmRequest) -> Any:
    """Suspend a user."""
    form, operator = request.form(SuspendForm), request.operator
    with request.realm.writing(operator) as db:
        user = operators.target(db, operator, request.matchdict["id"])
        days = form.values["days"]
        flow.suspend(request.realm, db, user, operator, form.reason, days)
    request.flash(_("The account is suspended."))
    if not request.has_route("operator_user"):
        return home(request)
    return redirect(request.url_to("operator_user", id=user.id))
