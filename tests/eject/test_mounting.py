"""Once the code is joined people sign up and log in, and the application knows them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parents[2]

WSGI_TRY = """
from webtest import TestApp

client = TestApp(
    # A server makes an environ for each request; Bottle writes into what it is given.
    lambda environ, start_response: served(dict(environ), start_response),
    {"HTTP_HOST": "localhost:8000", "REMOTE_ADDR": "127.0.0.1"},
)
assert client.get("/").text == "nobody"
assert client.get("/authors", status=404)
form = client.get("/auth/signup?redirect_uri=/").form
form["email"] = "ada@example.com"
form["password"] = "a long-tailed tit in the ivy"
assert form.submit().follow().text == "ada@example.com"
client.reset()
assert client.get("/").text == "nobody"
form = client.get("/auth/login?redirect_uri=/").forms[0]
form["email"] = "ada@example.com"
form["password"] = "a long-tailed tit in the ivy"
answer = form.submit()
assert answer.location == "http://localhost:8000/", answer.location
assert answer.follow().text == "ada@example.com"
client.get("/auth/logout", headers={"Sec-Fetch-Site": "same-origin"})
assert client.get("/").text == "nobody"
print("logged in")
"""
ASGI_TRY = """
import re
from starlette.testclient import TestClient

client = TestClient(served, "http://localhost:8000")
assert client.get("/").text == "nobody"
page = client.get("/auth/signup?redirect_uri=/").text
fields = dict(re.findall('name="([^"]+)"[^>]*value="([^"]*)"', page))
fields |= {"email": "ada@example.com", "password": "a long-tailed tit in the ivy"}
answer = client.post("/auth/signup?redirect_uri=/", data=fields)
assert answer.text == "ada@example.com", answer.text
print("logged in")
"""
#: An application of each framework: where it stands, what it is, how it is served.
APPLICATIONS = {
    "pyramid": (
        "myapp/__init__.py",
        """
        from pyramid.config import Configurator


        def main(global_config, **settings):
            with Configurator(settings=settings) as config:
                config.include(".views")
                config.scan()
            return config.make_wsgi_app()
        """,
        "from myapp import main\nserved = main({})",
    ),
    "bottle": (
        "app.py",
        """
        from bottle import Bottle, request

        app = Bottle()


        @app.route("/")
        def home():
            user = request.environ["authrocket.user"]
            return "nobody" if user is None else user.email
        """,
        "from app import app as served",
    ),
    "wsgi": (
        "app.py",
        """
        def application(environ, start_response):
            found = environ["PATH_INFO"] == "/"
            start_response("200 OK" if found else "404 Not Found", [])
            user = environ["authrocket.user"]
            return [b"nobody" if user is None else user.email.encode()]


        if __name__ == "__main__":
            raise SystemExit
        """,
        "from app import application as served",
    ),
    "flask": (
        "myapp/web.py",
        """
        from flask import Flask, request


        def create_app():
            app = Flask(__name__)

            @app.get("/")
            def home():
                user = request.environ["authrocket.user"]
                return "nobody" if user is None else user.email

            return app
        """,
        "from myapp.web import create_app\nserved = create_app()",
    ),
    "django": (
        "myapp/wsgi.py",
        """
        import os
        from django.core.wsgi import get_wsgi_application

        os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
        application = get_wsgi_application()
        """,
        "from myapp.wsgi import application as served",
    ),
    "fastapi": (
        "myapp/main.py",
        """
        from fastapi import FastAPI, Request
        from fastapi.responses import PlainTextResponse

        app = FastAPI()


        @app.get("/", response_class=PlainTextResponse)
        def home(request: Request):
            user = request.scope["authrocket.user"]
            return "nobody" if user is None else user.email
        """,
        "from myapp.main import app as served",
    ),
}
#: What else there is in two of them.
BESIDE = {
    "pyramid": {
        "myapp/views.py": """
            from pyramid.response import Response


            def includeme(config):
                config.set_default_csrf_options(require_csrf=True)
                config.add_route("home", "/")
                config.add_view(home, route_name="home")


            def home(request):
                user = request.current_user
                return Response("nobody" if user is None else user.email)
            """
    },
    "django": {
        "settings.py": """
            SECRET_KEY = "x" * 50
            ROOT_URLCONF = "urls"
            ALLOWED_HOSTS = ["localhost"]
            """,
        "urls.py": """
            from django.http import HttpResponse
            from django.urls import path


            def home(request):
                user = request.META["authrocket.user"]
                return HttpResponse("nobody" if user is None else user.email)


            urlpatterns = [path("", home)]
            """,
    },
}


def write(project: Path, path: str, text: str) -> None:
    """Write a file of an application."""
    (project / path).write_text(dedent(text).lstrip())


@pytest.mark.parametrize("framework", APPLICATIONS)
def test_gn13_an_application_is_joined_and_knows_who_is_there(run, project, framework):
    """Beside its own pages, which keep what only begins like ours."""
    path, text, serve = APPLICATIONS[framework]
    write(project, path, text)
    for other, content in BESIDE.get(framework, {}).items():
        write(project, other, content)
    _, output, _ = run("new", "myapp.auth", "--preset", "minimal")
    assert f"inject    {path}\n" in output
    attempt = ASGI_TRY if framework == "fastapi" else WSGI_TRY
    (project / "trial.py").write_text(f"{serve}\n{attempt}")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "trial.py"],
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
    usage = command("user", "--help").stdout
    assert usage.startswith("usage: python -m myapp.auth ")
    assert "remove-totp" not in usage


def test_its_command_finds_what_the_application_uses_without_a_configuration(
    run, project
):
    """And writes one, if asked to, that the application starts with."""
    run("new", "myapp.auth", "--preset", "minimal")
    using = "from myapp.auth.configuration import open_realm; open_realm().close()"
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "REALM_CHEAP_HASHING": "true"}

    def python(*words):
        done = subprocess.run(
            [sys.executable, *words],
            cwd=project, env=environ, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    code, said = python("-m", "myapp.auth", "user", "list")
    assert (code, "python -m myapp.auth init" in said) == (1, True)
    assert python("-c", using) == (0, "")
    code, said = python("-m", "myapp.auth", "user", "list")
    assert (code, "no users yet" in said) == (0, True)
    code, said = python("-m", "myapp.auth", "init")
    assert (code, "serve" in said) == (0, False)
    written = (project / "realm.ini").read_text()
    assert "url = http://localhost:8000/auth\n" in written
    assert "    http://localhost:8000/\n" in written
    assert python("-c", using) == (0, "")


def test_its_command_mends_what_the_application_cannot_start_with(run, project):
    """``python -m`` imports an application that wants tables which are not there."""
    path = "myapp/__init__.py"
    write(project, path, "from flask import Flask\n\napp = Flask(__name__)\n")
    run("new", "myapp.auth", "--preset", "minimal")

    def python(*words):
        return subprocess.run(
            [sys.executable, "-W", "ignore", *words],
            cwd=project,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "REALM_URL": "https://app.example.com/auth",
                "REALM_DATABASE": "sqlite:///realm.sqlite",
            },
            capture_output=True,
            text=True,
            check=False,
        )

    before = python("-c", "import myapp").stderr
    assert "Run `python -m myapp.auth migrate`" in before
    done = python("-m", "myapp.auth", "migrate")
    assert (done.returncode, done.stdout) == (0, "The database is up to date.\n")
    assert python("-c", "import myapp").stderr == ""


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
