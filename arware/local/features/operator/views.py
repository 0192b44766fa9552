"""``/operator`` and what is below it."""

from __future__ import annotations

import re
from typing import Any

from arware.kit.web import Refused, view_config, view_defaults
from arware.kit.web.refusals import NOT_FOUND

from ... import factors, history, mail, operators, people, sessions
from ...fields import names_in
from ...models import EventRow, User
from ...redirects import redirect
from ...request import View
from ...scopes import scopes_of
from ...texts import _
from . import flow
from .forms import NewUserForm

#: How many rows a page has.
MOST = 50
#: What of a mail is shown. Never what it says: that may log somebody in.
MAILS = ("waiting", "failed")
#: By what events are looked for.
FILTERS = ("type", "user", "ip")


@view_defaults(permission=operators.PERMISSION)
class Operating(View):
    """What operators see, and what they do."""

    @view_config(
        route_name="operator", request_method="GET", renderer="operator/users.jinja2"
    )
    def users(self) -> dict[str, Any]:
        """Show the users, or those who are looked for."""
        query = self.request.query
        text = query.get("q", "").strip()[:254]
        with self.request.realm.reading() as db:
            found = flow.users(db, text, query.get("after", ""), MOST + 1)
        more = found[MOST - 1].id if len(found) > MOST else None
        return {"q": text, "users": found[:MOST], "more": more}

    @view_config(
        route_name="operator_user_new",
        request_method="GET",
        renderer="operator/new.jinja2",
    )
    def ask_for_user(self) -> dict[str, Any]:
        """Show the form for another user."""
        return {"form": self.request.form(NewUserForm)}

    @view_config(
        route_name="operator_user_new",
        request_method="POST",
        form=NewUserForm,
        page="operator_user_new",
    )
    def add_user(self) -> Any:
        """Make the account."""
        request, form = self.request, self.request.form(NewUserForm)
        user = User(email=form.email, **names_in(form))
        user_id = flow.add_user(request.realm, request.operator, user)
        request.flash(_("The account was created. It has no password yet."))
        return redirect(request.url_to("operator_user", id=user_id))

    @view_config(
        route_name="operator_user",
        request_method="GET",
        renderer="operator/user.jinja2",
    )
    def user(self) -> dict[str, Any]:
        """Show one user, with what can be done."""
        realm, user_id = self.request.realm, self.request.matchdict["id"]
        wanted = history.Wanted(user_id=user_id)
        with realm.reading() as db:
            found = db.get(User, user_id)
            if found is None:
                raise Refused(NOT_FOUND)
            events = history.newest(db, wanted, 10)
            return {
                "user": found,
                "is_operator": operators.is_one(db, user_id),
                "has_factor": factors.has_one(realm, db, found),
                "actions": flow.offered(realm, db, found),
                "logins": sessions.newest(db, self.request.now, MOST, user_id),
                "events": [_event(one) for one in events],
                "names": flow.names(realm, db, events),
                "orgs": scopes_of(realm, db, [user_id]).get(user_id, ()),
            }

    @view_config(
        route_name="operator_action", request_method="POST", page="operator_user"
    )
    def act(self) -> Any:
        """Do something to a user."""
        request, user_id = self.request, self.request.matchdict["id"]
        name = request.matchdict["action"]
        request.flash(flow.act(request.realm, request.operator, user_id, name).done)
        return redirect(request.url_to("operator_user", id=user_id))

    @view_config(
        route_name="operator_sessions",
        request_method="GET",
        renderer="operator/sessions.jinja2",
    )
    def sessions(self) -> dict[str, Any]:
        """Show who is logged in."""
        with self.request.realm.reading() as db:
            found = sessions.newest(db, self.request.now, MOST)
        return {"logins": found, "most": MOST}

    @view_config(
        route_name="operator_session", request_method="POST", page="operator_sessions"
    )
    def end_session(self) -> Any:
        """End a login."""
        request, session_id = self.request, self.request.matchdict["id"]
        user_id = flow.end_session(request.realm, request.operator, session_id)
        request.flash(_("The login has ended."))
        return redirect(request.url_to("operator_user", id=user_id))

    @view_config(
        route_name="operator_events",
        request_method="GET",
        renderer="operator/events.jinja2",
    )
    def events(self) -> dict[str, Any]:
        """Show what happened, newest first."""
        query = self.request.query
        asked = {name: query.get(name, "").strip() for name in FILTERS}
        before, realm = query.get("before", ""), self.request.realm
        with realm.reading() as db:
            # Of who is gone, the id is all that finds what happened.
            user = people.find(db, asked["user"])
            wanted = history.Wanted(
                user_id=(user.id if user else asked["user"]) or None,
                type=asked["type"] or None,
                ip=asked["ip"] or None,
                before=int(before) if re.fullmatch("[0-9]{1,18}", before) else None,
            )
            found = history.newest(db, wanted, MOST + 1)
            names = flow.names(realm, db, found)
        return {
            "asked": asked | ({"user": user.login_name} if user else {}),
            "carried": {name: text or None for name, text in asked.items()},
            "events": [_event(one) for one in found[:MOST]],
            "names": names,
            "older": str(found[MOST - 1].number) if len(found) > MOST else None,
            "is_first": wanted.before is None,
        }

    @view_config(
        route_name="operator_mail",
        request_method="GET",
        renderer="operator/mail.jinja2",
    )
    def mails(self) -> dict[str, Any]:
        """Show the mails that wait and that failed, but not what they say."""
        realm = self.request.realm
        with realm.reading() as db:
            rows = mail.outbox(realm).newest(db, *MAILS, most=MOST)
        return {"mails": rows, "is_sent": mail.is_sent(realm), "most": MOST}

    @view_config(
        route_name="operator_mail", request_method="POST", page="operator_mail"
    )
    def retry_mails(self) -> Any:
        """Send those that wait now."""
        request = self.request
        flow.retry_mail(request.realm, request.operator)
        request.flash(_("The waiting messages are being sent."))
        return redirect(request.url_to("operator_mail"))

    @view_config(
        route_name="operator_keys",
        request_method="GET",
        renderer="operator/keys.jinja2",
    )
    def keys(self) -> dict[str, Any]:
        """Show which keys there are, and nothing that is secret."""
        ring = self.request.realm.keys
        return {"ids": [key.kid for key in ring.keys], "changed_at": ring.changed_at}


def _event(row: EventRow) -> dict[str, Any]:
    return {
        "row": row,
        "text": history.text_of(row.type),
        "details": history.details_of(row),
        "operator": (row.data or {}).get("operator"),
        "is_by_command": history.is_by_operator(row),
        "is_by_strangers": history.is_by_strangers(row),
    }
