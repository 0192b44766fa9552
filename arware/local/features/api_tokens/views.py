"""``/profile/tokens`` and ``/profile/tokens/new``."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from arware.kit.web import (
    Field,
    Form,
    Reason,
    Refused,
    forms,
    view_config,
    view_defaults,
)
from arware.kit.web.refusals import NOT_FOUND

from ... import fields
from ...redirects import redirect
from ...request import RealmRequest, View
from ...texts import _
from . import self_service
from .flow import USUAL_DAYS
from .settings import ApiTokens

DAYS_INVALID = Reason("days_invalid", _("Enter a number from 1 to 365."))


def read_days(text: str) -> int:
    """Return for how many days a token shall be good."""
    if not (text.isascii() and text.strip().isdigit() and len(text) < 5):
        raise Refused(DAYS_INVALID)
    if not 1 <= int(text) <= self_service.MOST_DAYS:
        raise Refused(DAYS_INVALID)
    return int(text)


def read_permissions(text: str) -> tuple[str, ...]:
    """Return the permissions that are named."""
    return tuple(dict.fromkeys(text.split()))


class NewForm(Form):
    """A token to be made."""

    name = fields.name(
        _("Name"), "off", hint=_("The program that will use it, such as Nightly report")
    )
    days = Field(
        _("Days until it ends"),
        read_days,
        inputmode="numeric",
        maxlength=20,
        hint=_("1 to 365"),
        initial=str(USUAL_DAYS),
    )
    permissions = Field(
        _("Permissions"),
        read_permissions,
        maxlength=4096,
        required=False,
        hint=_("Take out what the program does not need."),
    )


class EndForm(Form):
    """A token to be ended."""

    id = forms.hidden(maxlength=26)


def section(request: RealmRequest, db: Session) -> dict[str, Any] | None:
    """Return what the section of the account page says."""
    if not request.realm.settings[ApiTokens].self_service:
        return None
    return {"count": self_service.count(db, request.member)}


class TokenPage(View):
    """A page that is not found where only operators make tokens."""

    def __init__(self, request: RealmRequest) -> None:
        super().__init__(request)
        if not request.realm.settings[ApiTokens].self_service:
            raise Refused(NOT_FOUND)


@view_defaults(
    route_name="api_tokens", renderer="api_tokens/list.jinja2", permission="member"
)
class Tokens(TokenPage):
    """What tokens there are."""

    @view_config(request_method="GET")
    def show(self) -> dict[str, Any]:
        """Show them."""
        request = self.request
        tokens = self_service.present(request.realm, request.member)
        return {"form": request.form(EndForm), "tokens": tokens}

    @view_config(request_method="POST", form=EndForm)
    def end(self) -> Any:
        """End one."""
        request = self.request
        self_service.end(request.realm, request.member, request.form(EndForm).id)
        request.flash(_("The API token was revoked."))
        return redirect(request.url_to("api_tokens"))


@view_defaults(
    route_name="api_token", renderer="api_tokens/new.jinja2", permission="fresh"
)
class New(TokenPage):
    """A token to be made."""

    @view_config(request_method="GET")
    def show(self) -> dict[str, Any]:
        """Ask what it is for."""
        request = self.request
        with request.realm.reading() as db:
            scope = self_service.scope(request.realm, db, request.member)
        have = () if scope is None else scope.permissions
        form = request.form(NewForm, permissions=" ".join(have))
        return {"form": form, "scope": scope, "token": None}

    @view_config(request_method="POST", form=NewForm)
    def make(self) -> dict[str, Any]:
        """Make it, and show it this once."""
        request, form = self.request, self.request.form(NewForm)
        token = self_service.make(
            request.realm, request.member, form.name, form.days, form.permissions
        )
        return {"token": token}
