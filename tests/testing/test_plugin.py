"""The fixtures for pytest, in runs of their own."""

from __future__ import annotations

import tomllib
from importlib import import_module
from pathlib import Path

from tests.docs.blocks import ROOT

from .plugin_runs import run_pytest

APPLICATION = """
import flask
from arware.flask import AuthRocket, current_user, login_required

app = flask.Flask(__name__)
AuthRocket(app)


@app.get("/")
@login_required
def home():
    return current_user.email
"""

CLIENT = """
import pytest
from app import app


@pytest.fixture
def client():
    return app.test_client()
"""

TESTS = """
def test_nobody(client):
    assert client.get("/").status_code == 401


def test_alice(logged_in):
    assert logged_in().get("/").text == "alice@example.com"


def test_bob_at_another_client(client, logged_in):
    from app import app

    bob = logged_in("bob", client=app.test_client())
    assert bob.get("/").text == "bob@example.com"
    assert client.get("/").status_code == 401


def test_an_hour_later(logged_in, authrocket_realm):
    client = logged_in(lifetime=3600)
    with authrocket_realm.travel(hours=2):
        assert client.get("/").status_code == 401
"""

#: Set in the ini file, so that the application can be imported.
ENVIRONMENT = "[pytest]\nauthrocket_environment = true\n"


def write(folder: Path, **files: str) -> None:
    """Write *files* by their names without an ending; ``ini`` is pytest's."""
    for name, text in files.items():
        path = "pytest.ini" if name == "ini" else f"{name}.py"
        (folder / path).write_text(text)


def test_the_package_offers_it_to_pytest() -> None:
    """The entry point names a module that exists and has the fixtures."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    plugin = import_module(settings["project"]["entry-points"]["pytest11"]["arware"])

    assert plugin.logged_in
    assert plugin.authrocket_realm


def test_the_fixtures_log_in(tmp_path: Path) -> None:
    """The ini file's option lets the application be imported, even by ``conftest``."""
    write(tmp_path, ini=ENVIRONMENT, app=APPLICATION, conftest=CLIENT, test_app=TESTS)
    result = run_pytest(tmp_path)

    assert "4 passed" in result.stdout


def test_an_environment_of_one_s_own_stays(tmp_path: Path) -> None:
    """The option fills in what is missing and replaces nothing."""
    test = """
import os

def test_it():
    assert os.environ["LOGINROCKET_URL"] == "https://own.e2.loginrocket.com/"
    assert len(os.environ["AUTHROCKET_COOKIE_SECRET"]) > 32
"""
    write(tmp_path, ini=ENVIRONMENT, test_it=test)
    result = run_pytest(tmp_path, LOGINROCKET_URL="https://own.e2.loginrocket.com/")

    assert "1 passed" in result.stdout


MOUNTED = """
import atexit
import tempfile
import flask
from arware.flask import AuthRocket, current_user, login_required
from arware.local import Realm

folder = tempfile.TemporaryDirectory()
realm = Realm(f"sqlite:///{folder.name}/users.db", url="http://localhost:8000/auth")
realm.add_user("ada@example.com")
atexit.register(realm.close)
app = flask.Flask(__name__)
AuthRocket(app, local_realm=realm)


@app.get("/")
@login_required
def home():
    return current_user.email
"""

ADA = """
def test_it(logged_in, client):
    assert "localhost/auth/login" in client.get("/login").location
    assert logged_in().get("/").text == "ada@example.com"
"""


def test_an_application_that_mounts_a_realm_uses_that(tmp_path: Path) -> None:
    """The address that the option sets stands for none, and contradicts nothing."""
    write(tmp_path, ini=ENVIRONMENT, app=MOUNTED, conftest=CLIENT, test_app=ADA)
    result = run_pytest(tmp_path)

    assert "1 passed" in result.stdout


STRANGER = """
import sys

def test_it(client, authrocket_realm):
    hosts = set()

    def note(event, what):
        if event == "socket.getaddrinfo":
            hosts.add(what[0].rpartition(".")[2])

    sys.addaudithook(note)
    headers = {"Authorization": f"Bearer {authrocket_realm.token()}"}
    assert client.get("/", headers=headers).status_code == 401
    assert hosts == {"invalid"}
"""


def test_no_host_is_asked_that_might_exist(tmp_path: Path) -> None:
    """By an application that wants keys before anybody is logged in (RFC 2606)."""
    write(tmp_path, ini=ENVIRONMENT, app=APPLICATION, conftest=CLIENT, test_it=STRANGER)
    result = run_pytest(tmp_path)

    assert "1 passed" in result.stdout


UNUSED = """
import os
import sys

def test_it():
    assert "LOGINROCKET_URL" not in os.environ
    heavy = {"cryptography", "webob", "jwt", "requests", "arware.testing.realm"}
    assert heavy & sys.modules.keys() == set()
"""


def test_a_run_that_does_not_use_it_pays_nothing(tmp_path: Path) -> None:
    """Nothing heavy is imported and no variable is set."""
    write(tmp_path, test_it=UNUSED)

    assert "1 passed" in run_pytest(tmp_path).stdout


def test_a_missing_client_is_told(tmp_path: Path) -> None:
    """The fixture is the application's own."""
    test = "def test_it(logged_in):\n    logged_in()\n"
    write(tmp_path, test_it=test)

    assert "fixture 'client' not found" in run_pytest(tmp_path).stdout
