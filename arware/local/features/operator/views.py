"""``/operator`` and what is below it."""

from __future__ import annotations

import json
import re
from typing import Any

from arware.kit.user_agents import browser_of
from arware.kit.web import Refused, view_config, view_defaults
from arware.kit.web.refusals import NOT_FOUND

from ... import factors, history, mail, operators
from ...models import EventRow, User
from ...onward import redirect
from ...request import RealmRequest, View
from ...texts import _
from . import flow
from .forms import NewUserForm

#: How many rows a page has.
MOST = 50
#: What of a mail is shown. Never what it says: that may log somebody in.
MAILS = ("waiting", "failed")


@view_config(
    route_name="operator",
    request_method="GET",
    renderer="operator/users.jinja2",
    permission=operators.PERMISSION,
)
def users(request: RealmRequest) -> dict[str, Any]:
    """Show the users, or those who are looked for."""
    text = request.query.get("q", "").strip()[:254]
    with request.realm.reading() as db:
        found = flow.users(db, text, request.query.get("after", ""), MOST + 1)
    more = found[MOST - 1].id if len(found) > MOST else None
    return {"q": text, "users": found[:MOST], "more": more}


@view_defaults(
    route_name="operator_user_new",
    renderer="operator/new.jinja2",
    permission=operators.PERMISSION,
)
class NewUser(View):
    """The page on which an account for somebody is made."""

    @view_config(request_method="GET")
    def show(self) -> dict[str, Any]:
        """Show the form."""
        return {"form": self.request.form(NewUserForm)}

    @view_config(request_method="POST", form=NewUserForm)
    def submit(self) -> Any:
        """Make the account."""
        request, form = self.request, self.request.form(NewUserForm)
        user = User(
            email=form.email,
            first_name=form.first_name or None,
            last_name=form.last_name or None,
        )
        user_id = flow.add_user(request.realm, request.operator, user)
        request.flash(_("The account was created. It has no password yet."))
        return redirect(request.url_to("operator_user", id=user_id))


@view_config(
    route_name="operator_user",
    request_method="GET",
    renderer="operator/user.jinja2",
    permission=operators.PERMISSION,
)
def user(request: RealmRequest) -> dict[str, Any]:
    """Show one user, with what can be done."""
    realm, user_id = request.realm, request.matchdict["id"]
    wanted = history.Wanted(user_id=user_id)
    with realm.reading() as db:
        found = db.get(User, user_id)
        if found is None:
            raise Refused(NOT_FOUND)
        logins = flow.logins(db, request.now, MOST, user_id)
        return {
            "user": found,
            "is_operator": operators.is_one(db, user_id),
            "has_factor": factors.has_one(realm, db, found),
            "actions": flow.offered(realm, db, found),
            "logins": [_login(one) for one in logins],
            "events": [_event(one) for one in history.newest(db, wanted, 10)],
        }


@view_config(
    route_name="operator_action",
    request_method="POST",
    page="operator_user",
    permission=operators.PERMISSION,
)
def act(request: RealmRequest) -> Any:
    """Do something to a user."""
    user_id, name = request.matchdict["id"], request.matchdict["action"]
    done = flow.act(request.realm, request.operator, user_id, name).done
    request.flash(done)
    return redirect(request.url_to("operator_user", id=user_id))


@view_config(
    route_name="operator_sessions",
    request_method="GET",
    renderer="operator/sessions.jinja2",
    permission=operators.PERMISSION,
)
def sessions(request: RealmRequest) -> dict[str, Any]:
    """Show who is logged in."""
    with request.realm.reading() as db:
        found = flow.logins(db, request.now, MOST)
    return {"logins": [_login(one) for one in found], "most": MOST}


@view_config(
    route_name="operator_session",
    request_method="POST",
    page="operator_sessions",
    permission=operators.PERMISSION,
)
def end_session(request: RealmRequest) -> Any:
    """End a login."""
    session_id = request.matchdict["id"]
    user_id = flow.end_session(request.realm, request.operator, session_id)
    request.flash(_("The login has ended."))
    return redirect(request.url_to("operator_user", id=user_id))


@view_config(
    route_name="operator_events",
    request_method="GET",
    renderer="operator/events.jinja2",
    permission=operators.PERMISSION,
)
def events(request: RealmRequest) -> dict[str, Any]:
    """Show what happened, newest first."""
    asked = {name: request.query.get(name, "").strip() for name in FILTERS}
    before = request.query.get("before", "")
    wanted = history.Wanted(
        user_id=asked["user"] or None,
        type=asked["type"] or None,
        ip=asked["ip"] or None,
        before=int(before) if re.fullmatch("[0-9]{1,18}", before) else None,
    )
    with request.realm.reading() as db:
        found = history.newest(db, wanted, MOST + 1)
        names = flow.names(db, [one.user_id for one in found])
    return {
        "asked": asked,
        "carried": {name: text or None for name, text in asked.items()},
        "events": [_event(one) for one in found[:MOST]],
        "names": names,
        "older": str(found[MOST - 1].number) if len(found) > MOST else None,
        "is_first": wanted.before is None,
    }


#: By what events are looked for.
FILTERS = ("type", "user", "ip")


@view_defaults(
    route_name="operator_mail",
    renderer="operator/mail.jinja2",
    permission=operators.PERMISSION,
)
class Mails(View):
    """The mails that wait and that failed."""

    @view_config(request_method="GET")
    def show(self) -> dict[str, Any]:
        """Show them, but not what they say."""
        realm = self.request.realm
        with realm.reading() as db:
            rows = mail.outbox(realm).newest(db, *MAILS, most=MOST)
        return {"mails": rows, "is_sent": mail.is_sent(realm), "most": MOST}

    @view_config(request_method="POST")
    def retry(self) -> Any:
        """Send those that wait now."""
        request = self.request
        flow.retry_mail(request.realm, request.operator)
        request.flash(_("The messages that wait are sent now."))
        return redirect(request.url_to("operator_mail"))


@view_config(
    route_name="operator_keys",
    request_method="GET",
    renderer="operator/keys.jinja2",
    permission=operators.PERMISSION,
)
def keys(request: RealmRequest) -> dict[str, Any]:
    """Show which keys there are, and nothing that is secret."""
    ring = request.realm.keys
    return {"ids": [key.kid for key in ring.keys], "changed_at": ring.changed_at}


def _login(one: flow.Login) -> dict[str, Any]:
    browser, system = browser_of(one.session.client)
    return {
        "user": one.user,
        "session": one.session,
        "browser": browser,
        "system": system,
    }


def _event(row: EventRow) -> dict[str, Any]:
    data = dict(row.data or {})
    return {
        "row": row,
        "text": history.text_of(row.type),
        "operator": data.pop("operator", None),
        "data": json.dumps(data, ensure_ascii=False) if data else "",
    }
