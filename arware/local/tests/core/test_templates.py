"""That a team can change the pages without owning the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from arware.errors import ConfigurationError

from ..conftest import Make
from ..support import Browser


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder for a team's templates."""
    folder = tmp_path / "templates"
    folder.mkdir()
    return folder


def test_a_team_changes_what_is_around_every_page(make: Make, folder: Path) -> None:
    """It extends the one that comes with the realm; problem pages have it, too."""
    (folder / "layout.jinja2").write_text(
        '{% extends "!layout.jinja2" %}{% block shape %}card ours{% endblock %}'
    )
    browser = Browser(make(templates=folder))

    assert '<main class="card ours">' in browser.get("/login").text
    assert '<main class="card ours">' in browser.get("/nothing", 404).text


def test_a_team_changes_one_page(make: Make, folder: Path) -> None:
    """All others stay what they are, and a change is seen at once."""
    page = folder / "problem.jinja2"
    page.write_text('{% extends "layout.jinja2" %}{% block body %}Ours{% endblock %}')
    browser = Browser(make(templates=folder))

    before = browser.get("/nothing", 404).text
    page.write_text("Entirely ours")

    assert ">\nOurs</main>" in before
    assert browser.get("/nothing", 404).text == "Entirely ours"
    assert "<h1>Log in</h1>" in browser.get("/login").text


def test_realms_of_one_process_have_each_its_own(make: Make, folder: Path) -> None:
    """What a team changes for one does not show at another."""
    (folder / "problem.jinja2").write_text("Ours")

    changed = Browser(make(templates=folder)).get("/nothing", 404)
    usual = Browser(make()).get("/nothing", 404)

    assert changed.text == "Ours"
    assert "<h1>Page not found</h1>" in usual.text


def test_a_team_adds_a_language(make: Make, folder: Path) -> None:
    """Who prefers it reads it, as far as it is translated; all others read English."""
    write_catalogue(folder, "pt_BR", "Log in", "Entrar")
    browser = Browser(make(templates=folder))

    page = browser.get("/login", **{"Accept-Language": "pt-BR, en;q=0.5"})

    assert '<html lang="pt-BR">' in page.text
    assert "<h1>Entrar</h1>" in page.text
    assert "E-mail address" in page.text
    assert "<h1>Log in</h1>" in browser.get("/login").text


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_team_says_it_in_other_words(make: Make, folder: Path, language: str) -> None:
    """Its catalogue counts before the one that comes with the realm."""
    write_catalogue(folder, language, "Log in", "Knock")
    browser = Browser(make(templates=folder))

    page = browser.get("/login", **{"Accept-Language": language})

    assert "<h1>Knock</h1>" in page.text


def write_catalogue(folder: Path, language: str, text: str, said: str) -> None:
    """Write a team's catalogue with one text."""
    path = folder / "locale" / f"{language}.po"
    path.parent.mkdir()
    path.write_text(f'msgid "{text}"\nmsgstr "{said}"\n', "utf-8")


def test_a_catalogue_that_cannot_be_read_is_a_fault(make: Make, folder: Path) -> None:
    """It is told at the start, with the file and the line."""
    write_catalogue(folder, "es", "Log in", "Entrar")
    with (folder / "locale" / "es.po").open("a") as file:
        file.write("<<<<<<< ours")

    with pytest.raises(ConfigurationError, match=r"templates: .*es\.po"):
        make(templates=folder)


@pytest.mark.parametrize("said", ["Quedan %(count)d", "%(num)", "%(num)d (10 %)"])
def test_a_translation_that_could_not_be_drawn_is_a_fault(
    make: Make, folder: Path, said: str
) -> None:
    """Not a page that breaks, or a mail with which a login or a reset does."""
    write_catalogue(folder, "es", "%(num)d left", said)

    with pytest.raises(ConfigurationError, match=r"'%\(num\)d left' may name num only"):
        make(templates=folder)


def test_a_realm_speaks_the_languages_that_it_is_told(make: Make) -> None:
    """The first is for who asks for none of them; one that is not there is a fault."""
    browser = Browser(make(locales="ja es-MX"))

    said = {
        asked: browser.get("/login", **{"Accept-Language": asked}).html.html["lang"]
        for asked in ("es", "ja", "en", "")
    }

    assert said == {"es": "es", "ja": "ja", "en": "ja", "": "ja"}
    with pytest.raises(ConfigurationError, match="no catalogue of tlh"):
        make(locales=["en", "tlh"])


def test_a_folder_that_is_not_there_is_a_fault(make: Make, folder: Path) -> None:
    """Else nobody would know why the pages look as ever."""
    with pytest.raises(ConfigurationError, match="templates"):
        make(templates=folder / "nowhere")
