"""
Tell people by mail of each change that concerns the safety of their account.

An event says so by its ``notice``. Where an address changed, the old and the new one
are told (RQ-N1): who took an account over must not be the only one to learn of it. An
address that nobody has proved gets few such mails: see :func:`.tries.may_tell`.
"""

from __future__ import annotations

from arware.kit.user_agents import browser_of
from arware.kit.web import Config

from ... import mail, tries
from ...caller import OPERATOR
from ...events import EmailUpdated, Event, Happening, PasswordOff
from ...models import User


def includeme(config: Config) -> None:
    """Hear of all events."""
    config.on(Event, tell)


def tell(happening: Happening[Event]) -> None:
    """Write a mail about an event that has a notice, in its transaction."""
    event, caller, db = happening.event, happening.caller, happening.db
    user = db.get(User, event.user_id) if event.notice else None
    if user is None or not tries.may_tell(happening.realm, db, user, caller.now):
        return
    addresses = [user.email]
    if isinstance(event, EmailUpdated):
        addresses = [event.old, event.email]  # there may have been no old one
    browser, system = browser_of(caller.client)
    # What a stranger did is not told in a stranger's language.
    is_own = caller.user_id == user.id
    for address in filter(None, dict.fromkeys(addresses)):
        mail.write(
            happening.realm,
            db,
            user,
            "security_mail/mail",
            caller.now,
            address,
            locale=caller.locale if is_own else "",
            title=event.title or event.notice,
            notice=event.notice,
            account=addresses[-1],
            at=caller.now,
            browser=browser,
            system=system,
            network=caller.ip,
            is_by_operator=caller.client == OPERATOR,
            is_old=address != addresses[-1],
            is_off=isinstance(event, PasswordOff),
        )
