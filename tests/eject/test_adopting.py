"""A realm of the library goes on in an application that owns its code (GN-25)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from webtest import TestApp

from arware.local import Realm
from tests.local.support import PASSWORD, PEM

ROOT = Path(__file__).parents[2]
URL = "http://localhost:8000/auth"
ASK = """
import sys
from webtest import TestApp
from myapp.auth.configuration import open_realm
from myapp.auth.wsgi import Middleware

def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    user = environ["authrocket.user"]
    return [b"nobody" if user is None else user.id.encode()]

cookie, token, password = sys.argv[1:]
realm = open_realm()
browser = TestApp(Middleware(application, realm), {"HTTP_HOST": "localhost:8000"})
print(browser.get("/", headers={"Cookie": f"arrealm={cookie}"}).text)
print(realm.redeem_api_token(token) is not None)
form = browser.get("/auth/login?redirect_uri=/").forms[0]
form["email"], form["password"] = "ada@example.com", password
print(form.submit().follow().text)
"""


def test_gn25_cookie_token_and_password_go_on(run, project: Path):
    """Nobody is logged out: the same tables, secrets and labels of digests."""
    (project / "key.pem").write_text(PEM)
    (project / "key.pem").chmod(0o600)
    url = f"sqlite:///{project}/realm.sqlite"
    with Realm(url, url=URL, key=project / "key.pem", jobs=False) as realm:
        ada = realm.add_user("ada@example.com", PASSWORD)
        token = realm.add_api_token("ada@example.com", "a program")
        browser = TestApp(realm.wsgi_app, {"HTTP_HOST": "localhost:8000"})
        form = browser.get("/auth/login").forms[0]
        form["email"], form["password"] = "ada@example.com", PASSWORD
        form.submit(status=303)
        cookie = browser.cookies["arrealm"]
    run("new", "myapp.auth")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ASK, cookie, token, PASSWORD],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(ROOT), "REALM_KEY": "key.pem"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.split() == [ada, "True", ada], done.stderr[-2000:]
