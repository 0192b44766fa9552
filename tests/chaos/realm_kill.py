"""
Sign-ups at a realm that is killed again and again.

Whoever was told that the account exists must find it again, whole and once.
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import requests
from sqlalchemy import func, select, text

from arware.local import Realm
from arware.local.features.orgs.models import Membership, Org
from arware.local.models import User
from tests import services

from .scenarios import Report

PASSWORD = "walrus tangerine lighthouse"
CLIENTS = 8
_FORM_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')

#: The realm in a process of its own. Hashing is made cheap: what is proven is what the
#: database keeps.
SERVE = """
import sys
from waitress import serve
from arware.local import Realm

database, key, port = sys.argv[1:]
realm = Realm(
    database=database, key_file=key, url=f"http://127.0.0.1:{port}",
    login_urls=["http://127.0.0.1:1/"], cheap_hashing=True,
    trusted_proxies=["127.0.0.1"],
)
serve(
    realm.wsgi_app, host="127.0.0.1", port=int(port), threads=8,
    clear_untrusted_proxy_headers=False,
)
"""


@dataclass
class Crowd:
    """Clients that sign up, one after the other, and remember who was let in."""

    url: str
    acknowledged: list[str] = field(default_factory=list)
    sent: int = 0

    def run(self, over: threading.Event) -> list[threading.Thread]:
        """Start the clients; they end when it is *over*."""
        threads = [
            threading.Thread(target=self._sign_up_many, args=(over, number))
            for number in range(CLIENTS)
        ]
        for thread in threads:
            thread.start()
        return threads

    def _sign_up_many(self, over: threading.Event, number: int) -> None:
        count = 0
        while not over.is_set():
            count += 1
            address = f"person{number}.{count}@example.com"
            try:
                if self._sign_up(address, f"{100 + number}.{count >> 8}.{count & 255}"):
                    self.acknowledged.append(address)
            except requests.RequestException:
                time.sleep(0.02)

    def _sign_up(self, address: str, network: str) -> bool:
        with requests.Session() as session:
            session.trust_env = False
            # From a network of its own each, or else they would be slowed down.
            session.headers["X-Forwarded-For"] = f"{network}.7"
            page = session.get(f"{self.url}/signup", timeout=30)
            token = _FORM_TOKEN.search(page.text)
            if token is None:
                return False
            form = {"form_token": token[1], "email": address, "password": PASSWORD}
            self.sent += 1
            answer = session.post(
                f"{self.url}/signup", form, timeout=30, allow_redirects=False
            )
            return answer.status_code == 303


def realm_kill(seconds: float, database: str = "sqlite") -> Report:
    """Kill the realm every second or so while eight clients sign up."""
    report = Report(f"realm-kill, {database}")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = f"sqlite:///{folder}/realm.sqlite"
        if database == "postgresql":
            url = stack.enter_context(services.postgres()).url
        port, key = services.free_port(), folder / "realm-key.pem"
        arguments = [sys.executable, "-c", SERVE, url, str(key), str(port)]
        service = stack.enter_context(services.running(arguments, port=port))
        crowd, over = Crowd(service.url), threading.Event()
        threads = crowd.run(over)
        end, kills = time.monotonic() + seconds, 0
        try:
            while not kills or time.monotonic() < end:
                time.sleep(random.uniform(0.2, 1.0))
                service.kill()
                kills += 1
                service.start_again()
        finally:
            over.set()
            for thread in threads:
                thread.join()
        report.figures |= {
            "kills": kills,
            "sign-ups sent": crowd.sent,
            "acknowledged": len(crowd.acknowledged),
        }
        realm = stack.enter_context(
            Realm(database=url, key_file=key, url=service.url, cheap_hashing=True)
        )
        _credentials(report, realm, crowd.acknowledged)
    return report


def _credentials(report: Report, realm: Realm, acknowledged: list[str]) -> None:
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
    lost = [address for address in acknowledged if address not in users]
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
