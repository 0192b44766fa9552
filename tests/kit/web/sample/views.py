"""The pages of the sample."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPGone, HTTPSeeOther, HTTPServiceUnavailable
from sqlalchemy.exc import OperationalError

from arware.kit.web import (
    Form,
    Reason,
    Refused,
    WebRequest,
    forms,
    view_config,
    view_defaults,
)

from . import _

LOGIN_FAILED = Reason("login_failed", _("These do not belong together."))
TOO_MANY = Reason("too_many", _("Wait ${minutes} minutes."), 429)
FULL = Reason("full", _("There is no room for more."), 422)


FAULTS = {
    "gone": HTTPGone(),
    "away": HTTPSeeOther("http://localhost/login"),
    "later": HTTPServiceUnavailable(),
    "refused": Refused(FULL),
}


class LoginForm(Form):
    """Who, and the proof."""

    email = forms.email(_("E-mail address"))
    password = forms.password(_("Password"), "current-password")


class NoteForm(Form):
    """A note."""

    open_to = "notes"

    title = forms.text(_("Title"), maxlength=20)
    body = forms.text(_("Text"), required=False)
    is_public = forms.checkbox(_("Public"))


@view_defaults(route_name="login", renderer="login.jinja2", csrf="browser")
class Login:
    """The login page."""

    def __init__(self, request: WebRequest) -> None:
        self.request = request

    @view_config(request_method="GET")
    def show(self) -> Any:
        """Draw it."""
        return {"form": self.request.form(LoginForm)}

    @view_config(request_method="POST", form=LoginForm)
    def submit(self) -> Any:
        """Log in."""
        form = self.request.form(LoginForm)
        if form.password == "wait":
            raise Refused(TOO_MANY, wait=120, minutes=2)
        if form.password != "right":
            raise Refused(LOGIN_FAILED)
        self.request.flash(_("Welcome ${name}.", mapping={"name": form.email}))
        self.request.keep("", self.request.realm.open(form.email))
        return HTTPSeeOther(self.request.url_to("notes"))


@view_config(
    route_name="notes",
    renderer="notes/notes.jinja2",
    request_method="GET",
    permission="member",
)
def notes(request: Any) -> Any:
    """Show all notes."""
    return {"notes": request.realm.notes}


@view_config(
    route_name="notes",
    request_method="POST",
    permission="member",
    form=NoteForm,
    page="notes",
)
def add(request: Any) -> Any:
    """Add one."""
    form = request.form(NoteForm)
    if form.title == "wait":
        raise Refused(TOO_MANY, "title", wait=120, minutes=2)
    if len(request.realm.notes) > 2:
        raise Refused(FULL, "title")
    request.realm.notes.append(form.title)
    request.writer(NoteForm)(request.realm, form.title)
    return HTTPSeeOther(request.url_to("notes"))


@view_config(
    route_name="note",
    renderer="notes/notes.jinja2",
    request_method="GET",
    permission="fresh",
)
def note(request: Any) -> Any:
    """Show one note."""
    return {"notes": [request.realm.notes[int(request.matchdict["id"])]]}


@view_config(route_name="proof", renderer="login.jinja2", request_method="GET")
def proof(request: Any) -> Any:
    """Ask for the password again."""
    return {"form": request.form(LoginForm)}


@view_config(route_name="fault", request_method="GET")
def fault(request: Any) -> Any:
    """Fail."""
    if request.query.get("kind") == "database":
        raise OperationalError("SELECT secret", {}, Exception("refused"))
    if request.query.get("kind") in FAULTS:
        raise FAULTS[request.query["kind"]]
    raise RuntimeError("a secret")


@view_config(
    route_name="lost",
    request_method="POST",
    permission="member",
    form=NoteForm,
    page="left-out",
)
def lost(_request: Any) -> Any:
    """Belong to a page of a feature that was left out."""
    return {}


@view_config(route_name="tidy", request_method="POST", permission="member")
def tidy(request: Any) -> Any:
    """Throw all away."""
    request.realm.notes.clear()
    return HTTPSeeOther(request.url_to("notes"))
