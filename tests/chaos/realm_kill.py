"""
Sign-ups and resets at a realm that is killed again and again.

Whoever was told that the account exists must find it again, whole and once; whoever was
told that the password was changed must get in with it; each mail that was promised must
arrive, and none that nobody caused.
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import func, select, text

from arware.kit.outbox import LEASE
from arware.local import Realm
from arware.local.features.orgs.models import Membership, Org
from arware.local.mail import send_due
from arware.local.models import EventRow, MailRow, User
from tests import services
from tests.smtp_servers import Mailbox, smtp_server

from .scenarios import Report

PASSWORD = "walrus tangerine lighthouse"
OTHER_PASSWORD = "plenty of blue mango"
CLIENTS = 8
#: For how many seconds somebody waits for a mail before giving up.
PATIENCE = 8.0
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]+)"')
_LINK = re.compile(r"http://\S+/password/change\?token=\S+")

#: The realm in a process of its own. Hashing is made cheap: what is proven is what the
#: database keeps.
SERVE = """
import sys
from waitress import serve
from arware.local import Realm

database, key, port, mail_port = sys.argv[1:]
realm = Realm(
    database=database, key_file=key, url=f"http://127.0.0.1:{port}",
    login_urls=["http://127.0.0.1:1/"], cheap_hashing=True, migrate=True,
    trusted_proxies=["127.0.0.1"],
    **{"mail.host": "127.0.0.1", "mail.port": mail_port, "mail.security": "plain",
       "mail.sender": "no-reply@example.com"},
)
serve(
    realm.wsgi_app, host="127.0.0.1", port=int(port), threads=8,
    clear_untrusted_proxy_headers=False,
)
"""

#: What causes a mail: the type of the event, by the kind that the outbox has.
CAUSES = {
    "reset/mail": "user.password.resetting",
    "security_mail/mail": "user.password.updated",
}


@dataclass
class Person:
    """Somebody who signs up and then forgets the password; what they were told."""

    address: str
    network: str
    has_account: bool = False
    asked: bool = False
    was_promised: bool = False
    tried: bool = False
    has_changed: bool = False


class PostOffice:
    """The mails that have arrived, by whom they are for."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        self._read = 0
        self._lock = threading.Lock()
        self.messages: dict[str, dict[str, str]] = {}

    def read(self, address: str) -> list[str]:
        """Return the texts of the mails to *address*, of one that came twice once."""
        with self._lock:
            envelopes = self.mailbox.envelopes[self._read :]
            for message in Mailbox(envelopes=envelopes).messages:
                body = message.get_body(("plain",))
                found = self.messages.setdefault(str(message["To"]), {})
                found[str(message["Message-ID"])] = body.get_content() if body else ""
            self._read += len(envelopes)
            return list(self.messages.get(address, {}).values())

    def link_for(self, address: str) -> str | None:
        """Return the link that *address* was sent, once it has come."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for content in self.read(address):
                link = _LINK.search(content)
                if link is not None:
                    return link[0]
            time.sleep(0.05)
        return None


@dataclass
class Crowd:
    """Clients that sign up, one after the other, and every other one resets."""

    url: str
    post: PostOffice
    sent: int = 0
    people: list[Person] = field(default_factory=list)

    def run(self, over: threading.Event) -> list[threading.Thread]:
        """Start the clients; they end when it is *over*."""
        threads = [
            threading.Thread(target=self._live, args=(over, number))
            for number in range(CLIENTS)
        ]
        for thread in threads:
            thread.start()
        return threads

    @property
    def acknowledged(self) -> list[Person]:
        """Those who were told that they have an account."""
        return [person for person in self.people if person.has_account]

    def _live(self, over: threading.Event, number: int) -> None:
        count = 0
        while not over.is_set():
            count += 1
            # From a network of its own each, or else they would be slowed down.
            network = f"{100 + number}.{count >> 8}.{count & 255}.7"
            person = Person(f"person{number}.{count}@example.com", network)
            self.people.append(person)
            try:
                self._sign_up(person)
                if person.has_account and count % 2:
                    self._reset(person)
            except requests.RequestException:
                time.sleep(0.02)

    def _sign_up(self, person: Person) -> None:
        with self._session(person) as session:
            form = {"email": person.address, "password": PASSWORD}
            person.has_account = self._send(session, f"{self.url}/signup", form)

    def _reset(self, person: Person) -> None:
        with self._session(person) as session:
            person.asked = True
            form = {"email": person.address}
            page = f"{self.url}/password/reset"
            person.was_promised = self._send(session, page, form)
        link = self.post.link_for(person.address)
        if link is None:
            return
        with self._session(person) as session:
            person.tried = True
            form = {"password": OTHER_PASSWORD}
            person.has_changed = self._send(session, link, form)

    def _session(self, person: Person) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.headers["X-Forwarded-For"] = person.network
        return session

    def _send(self, session: requests.Session, url: str, form: dict[str, str]) -> bool:
        """Fill in the form of a page; tell whether that was taken."""
        page = session.get(url, timeout=30)
        hidden = dict(_HIDDEN.findall(page.text))
        if "form_token" not in hidden:
            return False
        self.sent += 1
        sent = {**hidden, **form}
        answer = session.post(page.url, sent, timeout=30, allow_redirects=False)
        return answer.status_code == 303


def realm_kill(
    seconds: float, database: str = "sqlite", kills: int | None = None
) -> Report:
    """
    Kill the realm again and again while eight clients sign up and reset.

    It ends after *seconds*, or, if that is given, after so many *kills*.
    """
    report = Report(f"realm-kill, {database}")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = f"sqlite:///{folder}/realm.sqlite"
        if database == "postgresql":
            url = stack.enter_context(services.postgres()).url
        mailbox = stack.enter_context(smtp_server())
        port, key = services.free_port(), folder / "realm-key.pem"
        places = [url, str(key), str(port), str(mailbox.port)]
        arguments = [sys.executable, "-c", SERVE, *places]
        service = stack.enter_context(services.running(arguments, port=port))
        crowd = Crowd(service.url, PostOffice(mailbox))
        killed = _kill_again_and_again(service, crowd, seconds, kills)
        report.figures |= {
            "kills": killed,
            "forms sent": crowd.sent,
            "sign-ups acknowledged": len(crowd.acknowledged),
        }
        mail = {"mail.host": services.HOST, "mail.port": mailbox.port}
        mail |= {"mail.security": "plain", "mail.sender": "no-reply@example.com"}
        options: dict[str, Any] = {
            "key_file": key,
            "url": service.url,
            "cheap_hashing": True,
            "jobs": False,
            # Mails that were being sent when the realm was killed are sent again then.
            "clock": lambda: time.time() + LEASE,
        }
        realm = stack.enter_context(Realm(database=url, **options, **mail))
        _credentials(report, realm, crowd.acknowledged)
        _passwords(report, realm, crowd.acknowledged)
        while any(send_due(realm).values()):
            pass
        _mails(report, realm, crowd)
    return report


def _kill_again_and_again(
    service: services.Service, crowd: Crowd, seconds: float, kills: int | None
) -> int:
    over = threading.Event()
    threads = crowd.run(over)
    end, killed = time.monotonic() + seconds, 0
    try:
        while killed < (kills or 1) or (kills is None and time.monotonic() < end):
            _wait_for_more(crowd)
            time.sleep(random.uniform(0.0, 3.0))
            service.kill()
            killed += 1
            service.start_again()
        _wait_for_more(crowd)
    finally:
        over.set()
        for thread in threads:
            thread.join()
        service.kill()
    return killed


def _wait_for_more(crowd: Crowd) -> None:
    """Wait until somebody has signed up, but not for ever: that shows in the report."""
    count, end = len(crowd.acknowledged), time.monotonic() + 30
    while len(crowd.acknowledged) == count and time.monotonic() < end:
        time.sleep(0.02)


def _credentials(report: Report, realm: Realm, acknowledged: list[Person]) -> None:
    """Look for what is lost, half written or double."""
    with realm.reading() as database:
        users = {
            email: (hashed, memberships)
            for email, hashed, memberships in database.execute(
                select(User.email, User.password_hash, func.count(Membership.id))
                .outerjoin(Membership, Membership.user_id == User.id)
                .group_by(User.id)
            )
        }
        count = database.scalar(select(func.count(User.id)))
        ownerless = database.scalar(
            select(func.count(Org.id)).where(
                ~select(Membership.id).where(Membership.org_id == Org.id).exists()
            )
        )
        if realm.settings.database.drivername.startswith("sqlite"):
            sound = database.scalar(text("PRAGMA integrity_check"))
            report.figures["integrity_check"] = sound
            report.expect(sound == "ok", "the database is damaged")
    lost = [person for person in acknowledged if person.address not in users]
    halves = [email for email, kept in users.items() if not kept[0] or kept[1] != 1]
    report.figures |= {
        "accounts": count,
        "lost": len(lost),
        "half written": len(halves),
        "orgs of nobody": ownerless,
        "double": (count or 0) - len(users),
    }
    report.expect(not lost, "acknowledged accounts are lost")
    report.expect(not halves and not ownerless, "accounts are half written")
    report.expect(count == len(users), "accounts are double")
    report.expect(bool(acknowledged), "nobody signed up")


def _passwords(report: Report, realm: Realm, acknowledged: list[Person]) -> None:
    """Look for passwords that were changed and are not, or the other way round."""
    with realm.reading() as database:
        asked = select(User.email, User.password_hash)
        hashes = {row.email: row.password_hash for row in database.execute(asked)}
    wrong = 0
    for person in acknowledged:
        stored = hashes.get(person.address)
        is_new = realm.verify(stored, OTHER_PASSWORD)
        is_old = realm.verify(stored, PASSWORD)
        # Who was not told may have either.
        expected = is_new if person.has_changed else is_old or (person.tried and is_new)
        wrong += not expected
    report.figures |= {
        "passwords changed": sum(person.has_changed for person in acknowledged),
        "passwords that are not what was told": wrong,
    }
    report.expect(not wrong, "passwords are not what was told")


def _mails(report: Report, realm: Realm, crowd: Crowd) -> None:
    """Compare the mails that have come with what was promised, and what happened."""
    crowd.post.read("")
    arrived = {
        address: sum(_LINK.search(content) is not None for content in found.values())
        for address, found in crowd.post.messages.items()
    }
    total = sum(len(found) for found in crowd.post.messages.values())
    lost = [
        person
        for person in crowd.people
        if person.was_promised and not arrived.get(person.address)
    ]
    uncaused = [
        person
        for person in crowd.people
        if arrived.get(person.address, 0) > int(person.asked)
    ]
    with realm.reading() as db:
        kinds = select(MailRow.kind, func.count()).group_by(MailRow.kind)
        sent = Counter(dict(db.execute(kinds.where(MailRow.state == "sent")).all()))
        unsent = db.scalar(select(func.count()).where(MailRow.state != "sent"))
        types = select(EventRow.type, func.count()).group_by(EventRow.type)
        happened = Counter(dict(db.execute(types).all()))
    differences = [kind for kind in CAUSES if sent[kind] != happened[CAUSES[kind]]]
    twice = len(crowd.post.mailbox.envelopes) - total
    report.figures |= {
        "mails": total,
        "mails lost": len(lost),
        "mails without a cause": len(uncaused),
        "mails that came twice": twice,
        "mails not sent": unsent,
    }
    report.expect(not lost, "mails that were promised are lost")
    report.expect(not uncaused, "mails have no cause")
    report.expect(not unsent, "mails were not sent")
    report.expect(not differences, f"mails and events differ: {differences}")
    report.expect(total == sum(sent.values()), "mails came that are not in the outbox")
