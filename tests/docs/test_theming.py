"""The guide to arware's own pages: its template draws them in each engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from arware.settings import PageName
from arware.testing import Browser, MemoryRealm, signed_in
from arware.web.pages import Pages
from arware.wsgi import Middleware
from tests.web.test_drawing import all_pages

from .blocks import rst_blocks, run
from .test_how_to import HOW_TO, example, run_python

GUIDE = HOW_TO / "theming.rst"
EVIL = "https://evil.example/"
#: Titles with a name in them, and what stands around it.
QUESTION = "<h1>Continue as \u2068bob@example.com\u2069?</h1>"


def block(name: str) -> Any:
    """Return the block *name* of the guide."""
    (found,) = (one for one in rst_blocks(GUIDE) if one.name == name)
    return found


@pytest.fixture
def templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with the guide's template in it, and work there."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "templates"
    folder.mkdir()
    for name in ("login_page.html", "login_page.jinja2"):
        (folder / name).write_text(block("login_page.html").code)
    return folder


def ask(app: Any, realm: MemoryRealm) -> str:
    """Return the question before a login that nobody asked for."""
    browser = Browser(app, "https://app.example")
    return browser.arrive("/", realm.token("bob"), referer=EVIL).text


def hello(environ: Any, start_response: Any) -> list[bytes]:
    """Be an application."""
    environ["authrocket.auth"].require(permission="none")
    return []


def test_one_template_draws_every_page(templates: Path) -> None:
    """With title, texts and the ways on, each a link or a form."""
    drawn = all_pages(Pages("Acme", example("theming.rst", "draw.py")["draw"]))

    assert set(drawn) == set(get_args(PageName))
    for response in drawn.values():
        text = response.body.decode()
        assert "- Acme</title>" in text
        assert "<p>" in text
        assert "None" not in text
    assert b'<form method="post" action="/logout">' in drawn["ask_logout"].body
    assert b'target="_blank"' in drawn["login_over"].body


def test_the_template_works_without_a_name_of_the_application(templates: Path) -> None:
    """Nothing stands in its place."""
    drawn = all_pages(Pages(None, example("theming.rst", "draw.py")["draw"]))

    assert b"<title>Log out?</title>" in drawn["ask_logout"].body
    assert not any(b"None" in response.body for response in drawn.values())


def test_the_table_names_every_page_and_its_status() -> None:
    """What the guide says comes is what comes."""
    rows = GUIDE.read_text().partition(":class: pages")[2].partition("The values:")[0]
    pages = all_pages(Pages())

    for name, response in pages.items():
        assert f"``{name}``\n     - {response.status}" in rows


def test_any_application_draws_with_jinja(templates: Path, realm: MemoryRealm) -> None:
    """What a stranger may have chosen is escaped."""
    app = Middleware(hello, render=example("theming.rst", "draw.py")["draw"])
    member = signed_in(app, realm, "bob", email="<b>@example.com")

    assert QUESTION in ask(app, realm)
    assert "&lt;b&gt;@example.com" in member.get("/").text


def test_flask_draws_with_its_own_templates(
    templates: Path, realm: MemoryRealm
) -> None:
    """Those of the application, though none of its requests has begun."""
    code = block("flask_app.py")
    app = run(code, templates.parent / "flask_app.py")["app"]

    assert QUESTION in ask(app, realm)
    assert "- Acme Reports</title>" in ask(app, realm)


def test_django_draws_with_its_own_templates(templates: Path) -> None:
    """In a process of its own, as Django is set up once."""
    (templates.parent / "django_pages.py").write_text(block("django_pages.py").code)
    result = run_python(templates.parent, "-c", DJANGO_PROGRAM)

    assert result.stderr == ""
    assert QUESTION in result.stdout
    assert "- Acme Reports</title>" in result.stdout


DJANGO_PROGRAM = """
import django
from django.conf import settings

from arware.testing import Browser, MemoryRealm

realm = MemoryRealm()
values = realm.settings()
engine = "django.template.backends.django.DjangoTemplates"
settings.configure(
    ALLOWED_HOSTS=["*"],
    MIDDLEWARE=["arware.django.Middleware"],
    ROOT_URLCONF=(),
    SECRET_KEY="k" * 50,
    TEMPLATES=[{"BACKEND": engine, "DIRS": ["templates"]}],
    AUTHROCKET_APP_NAME="Acme Reports",
    AUTHROCKET_RENDER="django_pages.draw",
    **{f"AUTHROCKET_{name.upper()}": value for name, value in values.items()},
)
django.setup()

from django.core.wsgi import get_wsgi_application

browser = Browser(get_wsgi_application(), "https://app.example")
evil = "https://evil.example/"
print(browser.arrive("/", realm.token("bob"), referer=evil).text)
"""


def test_pyramid_draws_with_its_own_templates(templates: Path) -> None:
    """By the name of the function, as the ini file has it."""
    package = templates.parent / "myapp"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "views.py").write_text(block("views.py").code)
    templates.rename(package / "templates")
    result = run_python(package.parent, "-c", PYRAMID_PROGRAM)

    assert result.stderr == ""
    assert QUESTION in result.stdout


PYRAMID_PROGRAM = """
from arware.testing import Browser, MemoryRealm
from pyramid.config import Configurator

realm = MemoryRealm()
settings = {f"authrocket.{name}": value for name, value in realm.settings().items()}
settings["authrocket.render"] = "myapp.views:draw"
with Configurator(settings=settings) as config:
    config.include("pyramid_jinja2")
    config.include("arware")
    app = config.make_wsgi_app()
page = Browser(app, "https://app.example").arrive(
    "/", realm.token("bob"), referer="https://evil.example/"
)
print(page.text)
"""
