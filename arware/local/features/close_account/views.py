"""``/profile/export``, ``/profile/close`` and ``/login/keep``."""

from __future__ import annotations

import json
from typing import Any

from pyramid.response import Response

from arware.kit.web import Form, view_config, view_defaults

from ... import steps
from ...redirects import redirect
from ...request import RealmRequest, View
from ...texts import _
from . import flow
from .settings import CloseAccount


class CloseForm(Form):
    """The button that closes."""


class KeepForm(Form):
    """The button that keeps."""


def section(_request: RealmRequest) -> dict[str, Any]:
    """Return what the section of the account page needs."""
    return {}


@view_config(
    route_name="export", request_method="POST", page="close", permission="fresh"
)
def export(request: RealmRequest) -> Any:
    """Give out a copy of all that is held about who asks, as a file."""
    copied = flow.export(request.realm, request.member)
    text = json.dumps(copied, ensure_ascii=False, indent=2)
    answer = Response(text, content_type="application/json", charset="utf-8")
    answer.content_disposition = 'attachment; filename="my-data.json"'
    return answer


@view_defaults(
    route_name="close", renderer="close_account/close.jinja2", permission="fresh"
)
class Close(View):
    """The page on which one closes the account."""

    @view_config(request_method="GET")
    def show(self) -> dict[str, Any]:
        """Say what will happen, and offer a copy of one's data first."""
        request = self.request
        days = request.realm.settings[CloseAccount].days
        return {"form": request.form(CloseForm), "days": days}

    @view_config(request_method="POST", form=CloseForm)
    def submit(self) -> Any:
        """Close it, and log out."""
        request = self.request
        flow.close(request.realm, request.member)
        auth = request.adapter_auth
        if auth is not None:
            auth.logout(local=True)
        request.drop("")
        request.flash(_("Your account is closed. To keep it after all, log in."))
        return redirect(request.url_to("login"))


@view_defaults(route_name="keep", renderer="close_account/keep.jinja2", csrf="browser")
class Keep(View):
    """The question at the login to an account that is closed."""

    @view_config(request_method="GET")
    def show(self) -> Any:
        """Ask, if there is a login that waits."""
        request, form = self.request, self.request.form(KeepForm)
        cookie = request.own_cookie("_pending")
        closure = flow.asked(request.realm, cookie, request.now)
        if closure is None and not form.faults:
            return redirect(request.url_to("login"))
        return {"form": form, "closure": closure}

    @view_config(request_method="POST", form=KeepForm)
    def submit(self) -> Any:
        """Keep the account, and go on with the login."""
        return steps.go_on(self.request, flow.keep)
