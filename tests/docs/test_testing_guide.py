"""The guide to tests: each of its files is run by pytest, beside an application."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.testing.plugin_runs import run_pytest

from .blocks import ROOT, rst_blocks

BLOCKS = {
    block.name: block.code
    for block in rst_blocks(ROOT / "docs/how-to/test-your-application.rst")
    if block.name
}

FLASK = """
import flask
from arware.flask import AuthRocket, current_user, login_required


def make_app(**settings):
    app = flask.Flask(__name__)
    AuthRocket(app, **settings)

    @app.get("/")
    def home():
        return f"Hello {current_user.name if current_user else 'stranger'}"

    @app.get("/drafts")
    @login_required(permission="drafts:read")
    def drafts():
        return "Here are the drafts"

    return app
"""
ONE_FLASK = f"{FLASK}\n\napp = make_app()\n"

FASTAPI = """
from arware.fastapi import install, require
from fastapi import Depends, FastAPI

app = FastAPI()
install(app)


@app.get("/drafts", dependencies=[Depends(require(permission="drafts:read"))])
async def drafts():
    return "Here are the drafts"
"""

WSGI = """
from arware.wsgi import Middleware


def drafts(environ, start_response):
    environ["authrocket.auth"].require(permission="drafts:read")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"Here are the drafts"]


app = Middleware(drafts)
"""

DJANGO = """
from django.http import HttpResponse
from django.urls import path

SECRET_KEY = "k" * 50
ROOT_URLCONF = __name__
ALLOWED_HOSTS = ["testserver"]
MIDDLEWARE = ["arware.django.Middleware"]


def drafts(request):
    request.authrocket.require(permission="drafts:read")
    return HttpResponse("Here are the drafts")


urlpatterns = [path("drafts", drafts)]
"""

#: What stands in ``myapp.py`` beside each file of the guide.
APPLICATIONS = {
    "test_flask.py": ONE_FLASK,
    "test_fastapi.py": FASTAPI,
    "test_django.py": DJANGO,
    "test_webtest.py": WSGI,
    "test_httpx.py": FASTAPI,
    "test_drafts.py": ONE_FLASK,
    "test_mounted.py": FLASK,
    "test_journey.py": FLASK,
    "test_sign_up.py": FLASK,
    "test_events.py": FLASK,
    "test_browser.py": FLASK,
    "test_programs.py": FLASK,
}
#: What a mounted realm does without.
WITHOUT_ENVIRONMENT = ("test_mounted.py", "test_sign_up.py")
DJANGO_SETUP = "import django\n\ndjango.setup()\n"


@pytest.mark.parametrize("name", APPLICATIONS)
def test_the_guide_s_tests_pass(name: str, tmp_path: Path) -> None:
    """Each of them, as it stands."""
    (tmp_path / name).write_text(BLOCKS[name])
    (tmp_path / "myapp.py").write_text(APPLICATIONS[name])
    if name == "test_drafts.py":
        (tmp_path / "conftest.py").write_text(BLOCKS["conftest.py"])
    if name == "test_django.py":
        (tmp_path / "conftest.py").write_text(DJANGO_SETUP)
    if name not in WITHOUT_ENVIRONMENT:
        (tmp_path / "pyproject.toml").write_text(BLOCKS["pyproject.toml"])
    result = run_pytest(tmp_path, DJANGO_SETTINGS_MODULE="myapp")

    assert f"{BLOCKS[name].count('def test_')} passed" in result.stdout, result.stdout
    assert result.returncode == 0


def test_each_of_its_files_is_run() -> None:
    """Nothing in the guide that has a name is left out."""
    assert {*BLOCKS} == {*APPLICATIONS, "conftest.py", "pyproject.toml"}
