"""
Mail: written in the transaction that causes it, sent after it.

A mail is a template, ``reset/mail.txt``: its blocks ``subject`` and ``text`` are drawn
in the language of whom it is for. Its HTML is made of the text, unless there is a
``reset/mail.html.jinja2``. Both make links with ``link("route", token=token)``, of the
realm's configured address and never of what a request says.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from pyramid.interfaces import IRoutesMapper
from sqlalchemy.orm import Session

from arware.kit.database import after_commit
from arware.kit.delivery import Delivery, Result
from arware.kit.forgetting import delete_some
from arware.kit.mail import Mail as Message
from arware.kit.mail import make_message
from arware.kit.outbox import Outbox
from arware.kit.secrets import new_id
from arware.kit.web.dates import in_zone
from arware.kit.web.translating import nearest

from .mail_settings import Mail
from .models import MailRow, User

if TYPE_CHECKING:
    from arware.kit.web import Config

    from .realm import Realm

log = logging.getLogger("arware.local")

#: Seconds between two looks for what other processes wrote, and for what is due again.
DELIVER_EVERY, GIVE_UP_EVERY = 5, 3600


def write(
    realm: Realm,
    db: Session,
    to: User | str,
    template: str,
    now: int,
    sent_to: str | None = None,
    /,
    *,
    locale: str = "",
    **values: Any,
) -> None:
    """
    Put a mail into the outbox, to be sent if and when *db* is committed.

    *to* is a user, or an address in its canonical form. A user has a language, else
    *locale* counts, and a time zone; the mail goes to the user's address, or *sent_to*
    another, and without one nowhere. *template* is ``reset/mail`` for
    ``reset/mail.txt``, which is drawn with *values*.
    """
    user = None if isinstance(to, str) else to
    address = to if isinstance(to, str) else sent_to or to.email
    if address is None:
        return
    wanted = (user and user.locale) or locale
    language = nearest(wanted, realm.locales) or realm.locales[0]
    with in_zone((user and user.zone) or UTC):
        message = draw(realm, address, template, language, values)
    outbox(realm).put(db, message, kind=template, now=now)
    after_commit(db, partial(realm.jobs.wake, "mail.deliver"))


def draw(
    realm: Realm, to: str, template: str, locale: str, values: Mapping[str, Any]
) -> Message:
    """Return a drawn mail. Its times are of the zone that :func:`in_zone` has set."""
    registry = _registry(realm)
    renderer = registry["realm.templates"]
    mapper = registry.getUtility(IRoutesMapper)
    shared = {
        **values,
        "realm_name": realm.settings.name,
        "realm_url": realm.url,
        "link": partial(url_of, realm),
        "has_route": lambda route: mapper.get_route(route) is not None,
        "language": locale,
    }
    drawn = renderer.text(f"{template}.txt", locale, **shared)
    subject, _, text = drawn.strip().partition("\n")
    said = shared | {"subject": subject, "paragraphs": paragraphs(text)}
    names = f"{template}.html.jinja2", "mail.html.jinja2"
    html = renderer.text(names, locale, **said)
    return Message(to=to, subject=subject, text=text.strip(), html=html)


def url_of(realm: Realm, route: str, **query: str) -> str:
    """Return the URL of a page, below the configured address of the realm."""
    mapper = _registry(realm).getUtility(IRoutesMapper)
    url: str = realm.settings.base_url + mapper.generate(route, {})
    return f"{url}?{urlencode(query)}" if query else url


def _registry(realm: Realm) -> Any:
    # Late: it includes all features, which import this module.
    from .app import configured

    return configured(realm.settings.templates).registry


def paragraphs(text: str) -> list[list[str]]:
    """Return the paragraphs of a text, as lines. Between them are blank lines."""
    found = (paragraph.strip().splitlines() for paragraph in text.split("\n\n"))
    return [lines for lines in found if lines]


def outbox(realm: Realm) -> Outbox:
    """Return the realm's mails."""
    return Outbox(MailRow, realm.sealer)


def is_sent(realm: Realm) -> bool:
    """Tell whether there is a server that mails are handed to."""
    return realm.settings[Mail].host is not None


def is_shown(realm: Realm) -> bool:
    """Tell whether mails are shown on a page, as they are while one develops."""
    return realm.settings.url.is_loopback and not is_sent(realm)


def tell_if_nowhere(realm: Realm) -> None:
    """Warn where mails are neither sent nor shown."""
    if not is_sent(realm) and not is_shown(realm):
        log.warning("no mail server is set, so no mail is sent: see mail.host")


def try_out(realm: Realm, to: str) -> None:
    """
    Hand a mail to the server at once, past the outbox.

    Raises :class:`~arware.kit.mail.MailError`, and :class:`ValueError` for what is no
    address.
    """
    settings = realm.settings[Mail]
    message = draw(realm, to, "test_mail", realm.locales[0], {})
    id, now = new_id("mail"), realm.now
    settings.mailer.send(
        make_message(message, sender=settings.address, id=id, made_at=now)
    )


# Sending.


def send_due(realm: Realm) -> dict[Result, int]:
    """Send what is due; return how many were sent, delayed and given up."""
    settings = realm.settings[Mail]
    if settings.host is None:
        return {}
    return Delivery(
        outbox=outbox(realm),
        mailer=settings.mailer,
        sender=settings.address,
        reading=realm.reading,
        writing=realm.writing,
        clock=realm.settings.clock,
    ).run(stopping=lambda: realm.jobs.is_stopping)


def deliver(realm: Realm, _now: int) -> None:
    """Send what is due."""
    send_due(realm)


def give_up(realm: Realm, now: int) -> None:
    """Give up what waited for too long."""
    with realm.writing() as db:
        outbox(realm).give_up(db, now)


def forget_sent(db: Session, before: int, most: int) -> int:
    """Remove mails that were sent up to *before*, *most* at most; return how many."""
    return delete_some(db, MailRow.id, MailRow.sent_at <= before, most)


def forget_failed(db: Session, before: int, most: int) -> int:
    """Remove mails that had failed by *before*; the rest as :func:`forget_sent`."""
    return delete_some(db, MailRow.id, MailRow.failed_at <= before, most)


def includeme(config: Config) -> None:
    """Join: settings ``mail.*``, and what is done beside the pages."""
    config.add_feature_settings(Mail)
    config.add_job(deliver, every=DELIVER_EVERY)
    config.add_job(give_up, every=GIVE_UP_EVERY)
