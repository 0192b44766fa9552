"""What the realm has written to people, read from its outbox."""

from __future__ import annotations

from pathlib import Path

from arware.kit.mail import Mail

from ..mail import outbox
from ..realm import Realm

GREETING = """{% extends "mail.txt" %}
{% block subject %}{{ _("Welcome") }}, {{ name }}{% endblock %}
{% block text %}
{{ _("Good to see you, %(name)s.", name=name) }}

{{ link("login", token="tok & en") }}
{% endblock %}
"""


def greeting(folder: Path) -> Path:
    """Return a team's templates, made below *folder*, with the mail ``hello/mail``."""
    templates = folder / "templates"
    (templates / "hello").mkdir(parents=True)
    (templates / "hello" / "mail.txt").write_text(GREETING, "utf-8")
    return templates


def letters(realm: Realm, to: str | None = None) -> list[Mail]:
    """Return the mails that wait to be sent, newest first, perhaps those *to* one."""
    box = outbox(realm)
    with realm.reading() as db:
        found = [box.open(row) for row in box.newest(db)]
    return [mail for mail in found if to in (None, mail.to)]


def link_in(mail: Mail, realm: Realm) -> str:
    """Return the path that the one link of a mail leads to."""
    base = realm.settings.base_url
    (link,) = (line for line in mail.text.splitlines() if "token=" in line)
    assert link.startswith(f"{base}/")
    return link.removeprefix(base)


def last_link(realm: Realm, to: str | None = None) -> str:
    """Return the path of the link in the newest mail that has one with a token."""
    found = (mail for mail in letters(realm, to) if "token=" in mail.text)
    return link_in(next(found), realm)
