"""The realm's mails: written with their cause, sent after it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from arware.local import Realm, mail
from arware.local.models import MailRow
from arware.local.tests.mailbox import greeting
from tests.local.support import START, Clock
from tests.services import HOST, free_port, wait_until
from tests.smtp_servers import smtp_server

Make = Callable[..., Realm]


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """Return a team's folder of templates, with a mail."""
    return greeting(tmp_path)


@pytest.fixture
def make_with(make: Make, templates: Path) -> Make:
    """Return a maker of realms that have the mail, and one user."""

    def maker(**overrides: Any) -> Realm:
        realm = make(templates=templates, **overrides)
        realm.add_user("ada@example.com", "walrus tangerine lighthouse")
        return realm

    return maker


def to_server(port: int, **more: Any) -> dict[str, Any]:
    """Return the settings of a mail server on loopback."""
    values = {"host": HOST, "port": port, "security": "plain", "sender": "a@b.example"}
    return {f"mail.{name}": value for name, value in (values | more).items()}


def write(realm: Realm, to: str | None = None, **values: Any) -> None:
    """Write the mail to Ada, or to an address."""
    with realm.writing() as db:
        user = realm.users()[0]
        values = {"name": "<Ada>", **values}
        mail.write(realm, db, to or user, "hello/mail", realm.now, **values)


def rows(realm: Realm) -> list[MailRow]:
    """Return the rows of the outbox."""
    with realm.reading() as db:
        return list(mail.outbox(realm).newest(db))


def test_a_due_mail_is_sent_by_the_configured_server(
    make_with: Make, database_url: str
) -> None:
    """In the name of the configured sender; nothing of it is kept."""
    with smtp_server() as mailbox:
        realm = make_with(database=database_url, **to_server(mailbox.port))
        write(realm)
        mail.deliver(realm, realm.now)

    (message,) = mailbox.messages
    assert (message["From"], message["To"]) == ("a@b.example", "ada@example.com")
    assert message["Subject"] == "Welcome, <Ada>"
    (row,) = rows(realm)
    assert (row.state, row.body, row.sent_at) == ("sent", None, START)


def test_without_a_server_mails_wait(make_with: Make) -> None:
    """They are there to be looked at, and nothing is logged as wrong."""
    realm = make_with()
    write(realm)
    mail.deliver(realm, realm.now)

    assert [row.state for row in rows(realm)] == ["waiting"]


def test_a_server_that_is_away_delays_a_mail(make_with: Make, clock: Clock) -> None:
    """It is sent once the server is back, and given up after days."""
    realm = make_with(**to_server(free_port()))
    write(realm)
    mail.deliver(realm, realm.now)
    (row,) = rows(realm)
    assert (row.state, row.last_error, row.due_at) == (
        "waiting",
        "connection",
        START + 60,
    )

    clock.forward(minutes=4 * 24 * 60)
    mail.give_up(realm, realm.now)
    assert [row.state for row in rows(realm)] == ["failed"]


def test_the_first_request_starts_what_sends(make_with: Make) -> None:
    """A mail is sent once its cause is committed, not at the next look (RQ-E3)."""
    with smtp_server() as mailbox:
        realm = make_with(jobs=True, **to_server(mailbox.port))
        realm.wsgi_app({"REQUEST_METHOD": "GET", **ENVIRON}, lambda *_: None)
        for number in range(1, 4):
            write(realm)
            wait_until(lambda n=number: len(mailbox.messages) == n)


ENVIRON = {
    "PATH_INFO": "/connect/jwks",
    "SERVER_NAME": HOST,
    "SERVER_PORT": "8001",
    "wsgi.url_scheme": "http",
    "SERVER_PROTOCOL": "HTTP/1.1",
}


def test_a_closed_realm_has_no_thread(make_with: Make) -> None:
    """Closing waits for it."""
    realm, others = make_with(jobs=True), threads_of_jobs()
    realm.jobs.start()
    (own,) = threads_of_jobs() - others
    realm.close()

    assert not own.is_alive()


def threads_of_jobs() -> set[threading.Thread]:
    """Return what does jobs in this process, for whichever realm."""
    return {thread for thread in threading.enumerate() if thread.name == "arware-jobs"}


def test_jobs_can_be_left_to_another_process(make_with: Make) -> None:
    """A setting says so."""
    realm, others = make_with(jobs=False), threads_of_jobs()
    realm.wsgi_app({"REQUEST_METHOD": "GET", **ENVIRON}, lambda *_: None)

    assert threads_of_jobs() <= others


@pytest.mark.parametrize(
    ("settings", "is_told"),
    [
        ({}, False),
        ({"url": "https://acme.example", "cheap_hashing": False}, True),
        (
            {"url": "https://acme.example", "cheap_hashing": False}
            | {"mail.host": "localhost", "mail.sender": "a@b.example"},
            False,
        ),
    ],
    ids=["development", "no server", "server"],
)
def test_a_realm_that_can_send_no_mail_says_so(
    make: Make,
    caplog: pytest.LogCaptureFixture,
    settings: dict[str, Any],
    is_told: bool,
) -> None:
    """Once, when it begins to serve; while one develops there is the mailbox."""
    make(**settings).wsgi_app  # noqa: B018  Makes it.

    assert ("see mail.host" in caplog.text) == is_told
