"""A mounted realm sends mails by threads of its server's processes, forked or not."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
import requests

from arware.local import Realm, mail
from tests.local.support import make_realm
from tests.services import HOST, find_program, free_port, running, wait_until
from tests.smtp_servers import smtp_server

ROOT = Path(__file__).parent.parent.parent
PEOPLE = [f"user{number}@example.com" for number in range(4)]

#: The process that forks has had a thread of its own, and has none any more: what is
#: sent is sent by its children.
APPLICATION = """
from pathlib import Path
from arware.wsgi import Middleware
from tests.local.support import make_realm

settings = {{"mail.host": "127.0.0.1", "mail.port": {mail_port},
            "mail.security": "plain", "mail.sender": "a@b.example"}}
realm = make_realm(
    Path({folder!r}), url={url!r}, login_urls=None, jobs=True,
    trusted_proxies=["127.0.0.1"], **settings,
)
realm.jobs.start()
realm.jobs.stop()


def home(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"home"]


application = Middleware(home, local_realm=realm)
"""


def command_of(server: str, port: int) -> list[str]:
    """Return how *server* is started with processes that are forked."""
    if server == "gunicorn":
        gunicorn = [sys.executable, "-m", "gunicorn", "--preload", "-w", "2"]
        return [*gunicorn, "-b", f"{HOST}:{port}", "mailing:application"]
    beside = Path(sys.executable).with_name("uwsgi")
    uwsgi = str(beside) if beside.exists() else find_program("uwsgi")
    command = [uwsgi, "--http-socket", f"{HOST}:{port}", "-p", "2", "--enable-threads"]
    command += ["--master", "--die-on-term", "--need-app", "--disable-logging"]
    return [*command, "--virtualenv", sys.prefix, "--module", "mailing:application"]


@pytest.mark.parametrize("server", ["gunicorn", "uwsgi"])
def test_the_processes_of_a_server_send_mails(tmp_path: Path, server: str) -> None:
    """Though the process that they were forked from had done jobs before."""
    port = free_port()
    url = f"http://{HOST}:{port}/auth"
    with smtp_server() as mailbox:
        program = APPLICATION.format(
            mail_port=mailbox.port, folder=str(tmp_path), url=url
        )
        (tmp_path / "mailing.py").write_text(program)
        path = os.pathsep.join((str(tmp_path), str(ROOT)))
        environ = {**os.environ, "PYTHONPATH": path}
        with (
            make_realm(tmp_path, url=url) as realm,
            running(command_of(server, port), port=port, env=environ),
        ):
            write(realm)
            # The first request of a process starts its thread.
            assert requests.get(f"{url}/connect/jwks", timeout=60).ok
            wait_until(lambda: len(mailbox.messages) == len(PEOPLE))

    assert sorted(str(message["To"]) for message in mailbox.messages) == PEOPLE


def write(realm: Realm) -> None:
    """Write a mail to each of the people."""
    with realm.writing() as db:
        for email in PEOPLE:
            mail.write(realm, db, email, "test_mail", realm.now)
