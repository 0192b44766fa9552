"""``/login/terms``."""

from __future__ import annotations

from typing import Any

from arware.kit.web import view_config, view_defaults

from ... import steps
from ...redirects import redirect
from ...request import View
from . import flow
from .forms import TermsForm
from .settings import Terms


@view_defaults(route_name="terms", renderer="terms/step.jinja2", csrf="browser")
class Step(View):
    """The step of a login."""

    @view_config(request_method="GET")
    def show(self) -> Any:
        """Show where the terms are, if there is a login that waits."""
        request, form = self.request, self.request.form(TermsForm)
        is_asked = steps.is_asked(request, flow.STEP)
        if not is_asked and not form.faults:
            return redirect(request.url_to("login"))
        terms = request.realm.settings[Terms]
        return {"form": form, "terms": terms, "is_asked": is_asked}

    @view_config(request_method="POST", form=TermsForm)
    def submit(self) -> Any:
        """Go on with the login."""
        version = self.request.form(TermsForm).values.get("terms", "")
        return steps.go_on(self.request, flow.accept, version)
