"""``/profile/totp``, ``/profile/totp/off`` and ``/login/totp``."""

from __future__ import annotations

from textwrap import wrap
from typing import Any

from markupsafe import Markup
from sqlalchemy.orm import Session

from arware.kit import totp
from arware.kit.web import Form, forms, view_config, view_defaults

from ... import steps
from ...redirects import home
from ...request import RealmRequest, View
from ...texts import _
from . import flow


class SwitchOnForm(Form):
    """The secret that was offered, sealed, and a code made from it."""

    offer = forms.hidden()
    code = forms.code(_("Code that the application shows"))


class CodeForm(Form):
    """A code. Features may add fields."""

    open_to = "step"

    code = forms.code(_("Code that your authenticator application shows"))


def section(request: RealmRequest, db: Session) -> dict[str, Any]:
    """Return what the section of the account page says."""
    user = request.member.user
    return {"is_on": flow.is_on(db, user), "is_confirmed": not user.is_unconfirmed}


def way(request: RealmRequest, db: Session) -> dict[str, Any] | None:
    """Draw the way here from other second factors, for who has this one."""
    waits, is_own = steps.waiting(request), request.matched_route.name == "totp_step"
    is_theirs = waits is not None and flow.is_on(db, waits[1])
    return {} if is_theirs and not is_own else None


@view_defaults(route_name="totp", renderer="totp/page.jinja2", permission="fresh")
class Page(View):
    """The page with the picture, or, while they are on, to switch them off."""

    @view_config(request_method="GET")
    def show(self) -> dict[str, Any]:
        """Draw it, with the same picture as long as it can be used."""
        request, user = self.request, self.request.member.user
        form = request.form(SwitchOnForm)
        with request.realm.reading() as db:
            if flow.is_on(db, user):
                return {"is_on": True, "form": form}
        offer = flow.offer(request.realm, user, request.now, form.typed["offer"])
        form.typed["offer"] = offer.sealed
        issuer = request.realm.settings.name
        uri = totp.otpauth_uri(offer.secret, name=user.login_name, issuer=issuer)
        picture = Markup(totp.qr_svg(uri))  # noqa: S704  Drawn here, of numbers.
        secret = " ".join(wrap(offer.secret, 4))
        return {"is_on": False, "form": form, "secret": secret, "picture": picture}

    @view_config(request_method="POST", form=SwitchOnForm)
    def switch_on(self) -> Any:
        """Switch one-time passwords on."""
        request = self.request
        form, member = request.form(SwitchOnForm), request.member
        cookie = flow.switch_on(request.realm, member, form.offer, form.code)
        request.renew_session(cookie)
        request.flash(_("One-time passwords are on."))
        return home(request)


@view_config(route_name="totp_off", request_method="POST", permission="fresh")
def switch_off(request: RealmRequest) -> Any:
    """Switch one-time passwords off."""
    request.renew_session(flow.switch_off(request.realm, request.member))
    request.flash(_("One-time passwords are off."))
    return home(request)


@view_defaults(route_name="totp_step", renderer="totp/step.jinja2", csrf="browser")
class Step(View):
    """The step of a login."""

    @view_config(request_method="GET")
    def show(self) -> Any:
        """Ask for a code, if there is a login that waits."""
        return steps.ask(self.request, CodeForm)

    @view_config(request_method="POST", form=CodeForm)
    def submit(self) -> Any:
        """Go on with the login."""
        code = self.request.form(CodeForm).code
        return steps.go_on(self.request, flow.answer, code)
