"""The box, the section of the account page, and what its forms do."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from arware.kit.web import Form, forms, view_config

from ... import steps
from ...redirects import home
from ...request import RealmRequest
from ...texts import _
from . import flow
from .settings import TrustedBrowsers


class RemoveForm(Form):
    """Which browser."""

    browser = forms.hidden(maxlength=26)


def hint(request: RealmRequest) -> dict[str, Any] | None:
    """Return what the box says, nothing where none is trusted, and at fresh proofs."""
    days = request.realm.settings[TrustedBrowsers].days
    waits = steps.waiting(request) if days else None
    return {"days": days} if waits and waits[0].session_id is None else None


def section(request: RealmRequest, db: Session) -> dict[str, Any] | None:
    """Return what the section says, nothing where no browser is trusted."""
    found = flow.listed(db, request.member.user, request.now)
    return {"browsers": found} if found else None


@view_config(
    route_name="trusted_browser_remove",
    request_method="POST",
    form=RemoveForm,
    page="profile",
    permission="member",
)
def remove(request: RealmRequest) -> Any:
    """Trust a browser no more."""
    flow.remove(request.realm, request.member, request.form(RemoveForm).browser)
    request.flash(_("That browser is not trusted any more."))
    return home(request)
