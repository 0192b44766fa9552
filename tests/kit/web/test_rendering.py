"""Templates: a team's first, then the features', then the core's; in any language."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from jinja2 import TemplateNotFound

from arware.kit.catalogues import write
from arware.kit.web.rendering import ENVIRONMENT, unlinked
from tests.kit.web.sample import Browser

SPANISH = {
    "Log in": "Iniciar sesión",
    "E-mail address": "Correo electrónico",
    "These do not belong together.": "No coinciden.",
    "Text of missing.": "Rellene este campo.",
    "Welcome ${name}.": "Bienvenida, ${name}.",
}


@pytest.fixture(scope="module")
def locale(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a Spanish catalogue for the sample."""
    folder = tmp_path_factory.mktemp("locale")
    made = Catalog(locale="es")
    for text, said in SPANISH.items():
        made.add(text, said)
    made.add(
        ("%(num)d note", "%(num)d notes"),
        ("%(num)d nota", "%(num)d notas", "%(num)d notas"),
    )
    write(folder / "es.po", made)
    return folder


@pytest.mark.parametrize(
    ("accepted", "language", "title"),
    [
        ("es-MX,es;q=0.9", "es", "Iniciar sesión"),
        ("de, es;q=0.5", "es", "Iniciar sesión"),
        ("de", "en", "Log in"),
        ("", "en", "Log in"),
        ("*", "en", "Log in"),
        ("es;q=0", "en", "Log in"),
        ("x" * 5000, "en", "Log in"),
        ("\xff;q=", "en", "Log in"),
    ],
)
def test_the_browser_says_the_language(
    locale: Path, accepted: str, language: str, title: str
) -> None:
    """The best that there is a catalogue of, else English."""
    page = Browser(locale=locale).get("/login", headers={"Accept-Language": accepted})

    assert f'<html lang="{language}">' in page.text
    assert f"<h1>{title}</h1>" in page.text


def test_refusals_and_messages_are_translated(locale: Path) -> None:
    """On the page and for programs; plurals, too."""
    browser = Browser(locale=locale)
    browser.extra_environ["HTTP_ACCEPT_LANGUAGE"] = "es"
    fields = {"email": "", "password": "x"}

    page = browser.send("/login", fields)
    said = browser.post_json(
        "/login", fields, headers={"Origin": "http://localhost"}, status=422
    )
    browser.log_in()
    notes = browser.get("/notes")

    assert "Rellene este campo." in page.text
    assert "Correo electrónico" in page.text
    assert said.json["errors"] == {"email": ["Rellene este campo."]}
    assert "Bienvenida, alice@example.com." in notes.text
    assert "0 notas" in notes.text


def test_a_mail_is_in_the_language_of_who_gets_it(locale: Path) -> None:
    """There is no request that could say it."""
    renderer = Browser(locale=locale).registry[ENVIRONMENT]

    assert renderer.text("notes/count.jinja2", "es", count=1).strip() == "1 nota"
    assert renderer.text("notes/count.jinja2", "en", count=2).strip() == "2 notes"


def test_a_team_changes_one_page(tmp_path: Path) -> None:
    """A file of the same name is drawn instead; all others stay."""
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "form.jinja2").write_text("OUR FORM")
    browser = Browser(team=tmp_path)
    browser.log_in()

    page = browser.get("/notes").text

    assert "OUR FORM" in page
    assert "<title>Notes" in page


def test_a_team_changes_the_layout_of_all_pages(tmp_path: Path) -> None:
    """The problem pages have it, too."""
    (tmp_path / "layout.jinja2").write_text("OURS {% block body %}{% endblock %}")
    browser = Browser(team=tmp_path)

    assert browser.get("/login").text.startswith("OURS")
    assert browser.get("/nothing", status=404).text.startswith("OURS")


def test_a_team_extends_what_it_replaces(tmp_path: Path) -> None:
    """The one that is shipped has a name of its own."""
    (tmp_path / "layout.jinja2").write_text(
        '{% extends "!layout.jinja2" %}{% block below %}OURS{% endblock %}'
    )

    page = Browser(team=tmp_path).get("/login").text

    assert "OURS" in page
    assert "<h1>Log in</h1>" in page


def test_what_people_typed_is_escaped() -> None:
    """On pages and in pieces."""
    browser = Browser()
    page = browser.send("/login", {"email": '"><script>', "password": "x"})
    browser.log_in()
    browser.site.notes.append("<script>")

    assert "<script>" not in page.text
    assert "<script>" not in browser.get("/notes").text


def test_a_template_that_is_missing_is_a_fault(tmp_path: Path) -> None:
    """Nothing is looked for outside of the folders."""
    (tmp_path.parent / "outside.jinja2").write_text("secret")
    environment = Browser(team=tmp_path).registry[ENVIRONMENT]

    for name in ("../outside.jinja2", "!../outside.jinja2", "notes/../layout.jinja2"):
        with pytest.raises(TemplateNotFound):
            environment.text(name, "en")


def test_links_begin_at_the_prefix() -> None:
    """So do static files; parameters of the pattern become part of the path."""
    browser = Browser()
    browser.site.prefix = "/auth"

    page = browser.get("/login").text

    assert 'action="/auth/login"' in page
    assert 'href="/auth/static/sample.css?' in page


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Acme & Sons, Inc.", "Acme & Sons, Inc."),
        ("Node.js", "Node. js"),
        ("https://a.example/x", "https ://a. example/x"),
        ("b@a.b.example", "b@a. b. example"),
        ("ア。エ", "ア。 エ"),
        ("कि.example", "कि. example"),
        ("💩.example", "💩. example"),
        ("1/2 ... 3", "1/2 ... 3"),
    ],
)
def test_a_strangers_text_is_no_link_in_a_mail(text: str, told: str) -> None:
    """Mail programs look for addresses of the web in what is no link, too."""
    assert unlinked(text) == told
