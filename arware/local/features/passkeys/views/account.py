"""``/profile/passkeys``."""

from __future__ import annotations

from typing import Any

from arware.kit.web import view_config, view_defaults

from ....redirects import redirect
from ....request import View
from ....texts import _
from .. import flow, keeping, site
from ..forms import AddForm, RemoveForm
from ..settings import Passkeys


@view_defaults(
    route_name="passkeys", renderer="passkeys/page.jinja2", permission="fresh"
)
class Page(View):
    """The page on which passkeys are added and removed."""

    @view_config(request_method="GET")
    def show(self) -> dict[str, Any]:
        """List them."""
        request, user = self.request, self.request.member.user
        with request.realm.reading() as db:
            known = flow.of(db, user.id)
        forms = {"form": request.form(AddForm), "remove": request.form(RemoveForm)}
        asks_later = (
            not known
            and user.password_hash is not None
            and request.realm.settings[Passkeys].second_factor
        )
        values = {"is_here": site.is_here(request), "asks_later": asks_later}
        return {"passkeys": known, **values, **forms}

    @view_config(request_method="POST", form=AddForm)
    def add(self) -> Any:
        """Add one."""
        request, form = self.request, self.request.form(AddForm)
        ceremony = site.ceremony(request, "add")
        name, text = form.name, form.answer
        cookie = keeping.add(request.realm, request.member, ceremony, name, text)
        request.renew_session(cookie)
        request.flash(_("The passkey was added. All your other logins have ended."))
        return redirect(request.url_to("passkeys"))

    @view_config(route_name="passkey_remove", request_method="POST", form=RemoveForm)
    def remove(self) -> Any:
        """Remove one."""
        request, passkey = self.request, self.request.form(RemoveForm).passkey
        request.renew_session(keeping.remove(request.realm, request.member, passkey))
        request.flash(_("The passkey was removed. All your other logins have ended."))
        return redirect(request.url_to("passkeys"))
