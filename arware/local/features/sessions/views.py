"""``/profile/sessions``."""

from __future__ import annotations

from typing import Any

from pyramid.response import Response

from arware.kit.user_agents import browser_of
from arware.kit.web import Form, forms, view_config

from ...models import LoginSession
from ...redirects import redirect
from ...request import RealmRequest
from ...texts import _
from . import flow


class EndForm(Form):
    """Which login."""

    session = forms.hidden(maxlength=64)


@view_config(
    route_name="sessions",
    request_method="GET",
    renderer="sessions/page.jinja2",
    permission="member",
)
def show(request: RealmRequest) -> Any:
    """Show where the member is logged in; a program gets it as JSON."""
    found = flow.listed(request.realm, request.member)
    values = {"sessions": [_shown(request, one) for one in found]}
    return Response(json=values) if request.is_json else values


@view_config(
    route_name="session_end",
    request_method="POST",
    form=EndForm,
    page="sessions",
    permission="fresh",
)
def end(request: RealmRequest) -> Any:
    """End one login."""
    flow.end(request.realm, request.member, request.form(EndForm).session)
    request.flash(_("That login has ended."))
    return redirect(request.url_to("sessions"))


@view_config(
    route_name="sessions_end",
    request_method="POST",
    page="sessions",
    permission="fresh",
)
def end_others(request: RealmRequest) -> Any:
    """End all other logins."""
    flow.end_others(request.realm, request.member)
    request.flash(_("All your other logins have ended."))
    return redirect(request.url_to("sessions"))


def _shown(request: RealmRequest, session: LoginSession) -> dict[str, Any]:
    browser, system = browser_of(session.client)
    return {
        "session": flow.handle(request.realm, session),
        "browser": browser,
        "system": system,
        "ip": session.ip,
        "created_at": session.created_at,
        "seen_at": session.seen_at,
        "remembered": session.remembered,
        "is_here": session.id == request.member.session.id,
        "is_operator": session.impersonator is not None,
    }
