"""The printed text does what it says: people sign up and log in, by HTTP."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from arware.eject.next_steps import FRAMEWORKS, mount

ROOT = Path(__file__).parents[2]

APPLICATIONS = {
    "pyramid": """
        from pyramid.config import Configurator
        from pyramid.response import Response
        config = Configurator()
        config.set_default_csrf_options(require_csrf=True)
        config.add_route("home", "/")
        config.add_view(lambda request: Response("home"), route_name="home")
        {mount}
        served = config.make_wsgi_app()
    """,
    "bottle": """
        from bottle import Bottle
        app = Bottle()
        app.route("/", callback=lambda: "home")
        {mount}
        served = app
    """,
    "wsgi": """
        def application(environ, start_response):
            found = environ["PATH_INFO"] == "/"
            start_response("200 OK" if found else "404 Not Found", [])
            return [b"home"]
        {mount}
        served = with_auth
    """,
}
TRY = """
from webtest import TestApp

host = realm.url.split("/")[2]
client = TestApp(
    # A server makes an environ for each request; Bottle writes into what it is given.
    lambda environ, start_response: served(dict(environ), start_response),
    {"HTTP_HOST": host, "REMOTE_ADDR": "127.0.0.1"},
)
assert client.get("/").text == "home"
assert client.get("/authors", status=404)
form = client.get("/auth/signup").form
form["email"] = "ada@example.com"
form["password"] = "a long-tailed tit in the ivy"
assert form.submit().status_int == 303
assert "ada@example.com" in client.get("/auth/profile").text
client.reset()
assert "ada@example.com" not in client.get("/auth/login").text
form = client.get("/auth/login").form
form["email"] = "ada@example.com"
form["password"] = "a long-tailed tit in the ivy"
assert form.submit().status_int == 303
assert "ada@example.com" in client.get("/auth/profile").text
print("logged in")
"""


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_gn13_the_pages_are_there_once_the_text_is_pasted(run, project, framework):
    """Beside the application's own, which keeps what only begins like them."""
    run("new", "myapp.auth", "--preset", "minimal")
    application = dedent(APPLICATIONS[framework])
    text = mount(framework, "myapp.auth", "/auth")
    (project / "trial.py").write_text(application.replace("{mount}", text) + TRY)
    done = subprocess.run(
        [sys.executable, "trial.py"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout == "logged in\n", done.stderr[-3000:]


def test_its_command_is_the_application_s_own(run, project):
    """``python -m`` the package migrates, with the features that were chosen."""
    run("new", "myapp.auth", "--preset", "minimal")

    def command(*words):
        return subprocess.run(
            [sys.executable, "-m", "myapp.auth", *words],
            cwd=project,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )

    done = command("migrate", "--database", "sqlite:///a.sqlite")
    assert (done.returncode, done.stdout) == (0, "The database is up to date.\n")
    usage = command("--help").stdout
    assert usage.startswith("usage: python -m myapp.auth ")
    assert "remove-totp" not in usage


def test_the_library_has_the_same_command(tmp_path: Path):
    """``python -m arware.local`` is ``arware realm``."""
    done = subprocess.run(
        [sys.executable, "-m", "arware.local", "migrate", "--database",
         f"sqlite:///{tmp_path}/a.sqlite"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip

    assert (done.returncode, done.stdout) == (0, "The database is up to date.\n")
