"""Under uWSGI as it comes: the master makes the realm, and no fork hook runs."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

from arware.local import Realm
from tests.local.support import HOST as REALM_HOST
from tests.local.support import PASSWORD, Browser, make_realm
from tests.services import HOST, find_program, free_port, running

ROOT = Path(__file__).parent.parent.parent
WORKERS = 4
REQUESTS = 100

#: The master uses the realm, so that there is a connection to share.
APPLICATION = """
import os
from pathlib import Path
from tests.local.support import make_realm

realm = make_realm(Path({folder!r}), database={database!r})
realm.users()

def application(environ, start_response):
    def start(status, headers, *rest):
        return start_response(status, [*headers, ("X-Worker", str(os.getpid()))], *rest)
    return realm.wsgi_app(environ, start)
"""


def cookies_of_people(realm: Realm) -> dict[str, str]:
    """Return the realm's cookie of several people, by address."""
    cookies = {}
    for name in ("ada", "bob", "eve", "kim"):
        email = f"{name}@example.com"
        realm.add_user(email, PASSWORD)
        browser = Browser(realm)
        browser.log_in(email)
        cookies[email] = browser.cookies["arrealm"]
    return cookies


def ask(port: int, cookie: str) -> tuple[int, str, str | None]:
    """Return the status and the text of the profile page, and who served it."""
    connection = HTTPConnection(HOST, port, timeout=60)
    try:
        headers = {"Host": REALM_HOST, "Cookie": f"arrealm={cookie}"}
        connection.request("GET", "/profile", headers=headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        return answer.status, text, answer.headers["X-Worker"]
    finally:
        connection.close()


def test_f12_each_worker_has_connections_of_its_own(
    tmp_path: Path, database_url: str
) -> None:
    """Forked workers answer each person with their own page, on both databases."""
    with make_realm(tmp_path, database=database_url) as realm:
        cookies = cookies_of_people(realm)
    program = tmp_path / "forked_realm.py"
    values = {"folder": str(tmp_path), "database": database_url}
    program.write_text(APPLICATION.format(**values))
    beside = Path(sys.executable).with_name("uwsgi")
    uwsgi = str(beside) if beside.exists() else find_program("uwsgi")
    port = free_port()
    command = [uwsgi, "--http-socket", f"{HOST}:{port}", "-p", str(WORKERS)]
    command += ["--master", "--die-on-term", "--need-app", "--disable-logging"]
    command += ["--virtualenv", sys.prefix, "--module", "forked_realm:application"]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT)))}
    people = [*cookies] * (REQUESTS // len(cookies))
    with (
        running(command, port=port, env=environ),
        ThreadPoolExecutor(2 * WORKERS) as pool,
    ):
        answers = list(pool.map(lambda email: ask(port, cookies[email]), people))

    assert {status for status, _, _ in answers} == {200}
    for email, (_, text, _) in zip(people, answers, strict=True):
        assert f'value="{email}"' in text
    assert len({worker for _, _, worker in answers}) > 1
