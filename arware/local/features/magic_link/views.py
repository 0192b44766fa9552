"""``/login/mail``, and the pages that the mail leads to."""

from __future__ import annotations

from typing import Any

from arware.kit.web import Form, Refused, forms, lift, view_config, view_defaults
from arware.kit.web.refusals import NOT_FOUND

from ...links import AskForm, AskPage, LinkPage
from ...redirects import arrive, redirect
from ...request import RealmRequest, View
from ...texts import _
from . import flow
from .settings import MagicLink

#: The cookie of the browser that asked.
KEPT = "_magic"


class CodeForm(Form):
    """The code. Features may add fields."""

    open_to = "way_in"

    code = forms.code(_("Code in the message"))


class LinkForm(Form):
    """The button. Features may add fields."""

    open_to = "way_in"


def way(request: RealmRequest) -> dict[str, Any] | None:
    """Draw the way to the mail where people may log in by it."""
    return {} if request.realm.settings[MagicLink].enabled else None


def settings_of(request: RealmRequest) -> MagicLink:
    """Return the settings. Raises ``Refused`` where nobody logs in by mail."""
    settings = request.realm.settings[MagicLink]
    if not settings.enabled:
        raise Refused(NOT_FOUND)
    return settings


@lift()
@view_defaults(route_name="magic", renderer="magic_link/ask.jinja2", csrf="browser")
class Asking(AskPage):
    """The page on which a mail is asked for."""

    def __init__(self, request: RealmRequest) -> None:
        super().__init__(request)
        settings_of(request)

    @view_config(request_method="POST", form=AskForm)
    def submit(self) -> Any:
        """Send a mail, if there is somebody."""
        request, name = self.request, self.request.form(AskForm).email
        kept = flow.ask(request.realm, request.caller, name)
        request.keep(KEPT, kept, 60 * settings_of(request).minutes)
        return redirect(request.url_to("magic_code"))


@view_defaults(
    route_name="magic_code", renderer="magic_link/code.jinja2", csrf="browser"
)
class Code(View):
    """The page that says what to do next, to everybody the same."""

    def __init__(self, request: RealmRequest) -> None:
        super().__init__(request)
        self.settings = settings_of(request)

    @view_config(request_method="GET")
    def show(self) -> Any:
        """Ask for the code, in the browser that it is good in."""
        request = self.request
        if not request.own_cookie(KEPT):
            return redirect(request.url_to("magic"))
        return {"form": request.form(CodeForm), "settings": self.settings}

    @view_config(request_method="POST", form=CodeForm)
    def submit(self) -> Any:
        """Log in."""
        request, code = self.request, self.request.form(CodeForm).code
        kept = request.own_cookie(KEPT)
        done = flow.log_in_by_code(request.realm, request.caller, kept, code)
        request.drop(KEPT)
        return arrive(request, done)


@lift()
@view_defaults(
    route_name="magic_link", renderer="magic_link/link.jinja2", csrf="browser"
)
class Link(LinkPage):
    """The page that the link leads to, perhaps in another browser."""

    kind, route, form = flow.LINK, "magic_link", LinkForm

    def __init__(self, request: RealmRequest) -> None:
        super().__init__(request)
        settings_of(request)

    def show(self) -> dict[str, Any]:
        """Return what the page needs, with whether this browser has asked."""
        request, user = self.request, self.holder
        kept, now = request.own_cookie(KEPT), request.now
        is_here = user and flow.is_asked_by(request.realm, kept, user, now)
        return {**super().show(), "is_asked_here": is_here}

    @view_config(request_method="POST", form=LinkForm)
    def submit(self) -> Any:
        """Log in."""
        request = self.request
        done = flow.log_in_by_link(request.realm, request.caller, self.token)
        self.used()
        request.drop(KEPT)
        return arrive(request, done)
