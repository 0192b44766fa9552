"""``arware eject templates``: single pages, for a realm that stays the library's."""

from __future__ import annotations

import json

import pytest

from arware.eject.manifest import read_manifest
from arware.local import Realm

from .applications import Application
from .kills import settle, tree_of
from .releases import NEW, made_up, said

TWO = "features/two/templates/two.jinja2"


@pytest.fixture
def release(tmp_path_factory):
    """Make a release; *more* is what is other in it, by path."""

    def release(version: str = "1.0", **more: str):
        folder = tmp_path_factory.mktemp("release")
        return made_up(folder, version=version, more=more)

    return release


def test_pages_are_copied_with_their_records(project, eject, release):
    """By name or by feature, where the realm looks for them; the steps say so."""
    code, output, _ = eject(release(), "templates", "layout", "two")

    assert code == 0
    assert said(output) == {
        "auth_templates/layout.jinja2": "create",
        "auth_templates/two/two.jinja2": "create",
        ".arware/": "create",
    }
    assert "1. Name the folder to the realm: templates = %(here)s/auth_tem" in output
    assert (project / "auth_templates/two/two.jinja2").read_text() == "<p>two</p>\n"
    manifest = read_manifest(project)
    assert manifest is not None
    assert manifest.options.pages == ("layout.jinja2", "two/two.jinja2")
    assert manifest.options.pages_folder == "auth_templates"


def test_a_realm_draws_the_copy(run, project):
    """The real thing, with something changed."""
    assert run("templates", "layout", "--folder", "web/auth/")[0] == 0
    layout = project / "web/auth/layout.jinja2"
    layout.write_text(layout.read_text().replace("</body>", "<p>Ours</p></body>"))
    url = "http://127.0.0.1/auth"
    realm = Realm(f"sqlite:///{project}/a.sqlite", url=url, templates="web/auth")
    answer = {}
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": "/auth/login", "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80", "HTTP_HOST": "127.0.0.1", "wsgi.url_scheme": "http",
    }  # fmt: skip
    body = realm.wsgi_app(environ, lambda status, _: answer.update(status=status))

    assert answer["status"] == "200 OK"
    assert b"<p>Ours</p>" in b"".join(body)


def test_without_a_name_they_are_listed(project, eject, release):
    """For programs, too."""
    _, output, _ = eject(release(), "templates")
    _, document, _ = eject(release("1.1"), "templates", "--json")

    names = ["layout.jinja2", "login.html", "profile.html", "two/two.jinja2"]
    assert output.splitlines() == names
    assert json.loads(document) == {"templates": names}
    assert list(tree_of(project)) == ["myapp/__init__.py"]


def test_gn01_again_is_no_change_and_another_one_is_added(project, eject, release):
    """To the folder that is known by now."""
    same = release()
    eject(same, "templates", "layout.jinja2", "--folder", "pages")
    before = tree_of(project)
    code, output, _ = eject(same, "templates", "layout")
    assert (code, said(output), tree_of(project)) == (0, {}, before)
    _, output, _ = eject(same, "templates", "two/two")

    assert said(output) == {"pages/two/two.jinja2": "create", ".arware/": "replace"}
    assert eject(same, "status")[2] == "2 pristine\n"


def test_gn02_a_dry_run_prints_the_same(project, eject, release):
    """And writes nothing."""
    before, same = tree_of(project), release()
    dry = eject(same, "templates", "two", "--dry-run")

    assert tree_of(project) == before
    assert eject(same, "templates", "two") == dry


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("three",), 2, "there is no page 'three': `arware eject templates` lists"),
        (("two", "--folder", "../pages"), 1, "no path inside the project"),
        (("two", "--folder", "/pages"), 1, "no path inside the project"),
        (("two", "--folder", "mine"), 1, "nothing was written: mine/two/two.jinja2"),
    ],
)
def test_what_cannot_be_is_refused(project, eject, release, words, code, said):
    """Nothing is written."""
    settle(project, {"mine/two/two.jinja2": b"mine"})
    before = tree_of(project)
    found, _, complaints = eject(release(), "templates", *words)

    assert (found, said in complaints) == (code, True)
    assert tree_of(project) == before


def test_pages_stay_in_one_folder(project, eject, release):
    """The realm looks in one."""
    same = release()
    eject(same, "templates", "layout")
    code, _, complaints = eject(same, "templates", "two", "--folder", "other")

    assert code == 1
    assert "has the pages in auth_templates" in complaints


def test_who_has_the_code_has_the_pages(app: Application, eject, release):
    """It is said where."""
    code, _, complaints = eject(release(), "templates", "two")

    assert (code, complaints) == (1, "the pages are yours already: see app/auth\n")


def test_the_code_can_be_ejected_beside_the_pages(project, eject, release):
    """Both are known from then on."""
    (project / "app").mkdir()
    same = release()
    eject(same, "templates", "two")
    code, output, _ = eject(same, *NEW)

    assert code == 0
    assert said(output)["app/auth/names.py"] == "create"
    assert "auth_templates/two/two.jinja2" not in said(output)
    manifest = read_manifest(project)
    assert manifest is not None
    assert manifest.options.package == "app.auth"
    assert manifest.options.pages == ("two/two.jinja2",)


@pytest.fixture
def pages(app: Application, eject, release, monkeypatch) -> Application:
    """Have an application with nothing but pages in it, committed."""
    eject(release(), "remove")
    eject(release(), "templates", "layout", "two")
    app.commit({})
    return app


def test_gn15_pages_are_upgraded_like_code(pages: Application, eject, release):
    """Merged; there are no tables and no tests then, and none is spoken of."""
    mine = b"<main>\n{% block main %}{% endblock %}\n</main>\n<p>mine</p>\n"
    pages.commit({"auth_templates/layout.jinja2": mine})
    later = release("1.1", **{"templates/layout.jinja2": "<header>\n\n<main>\n"
                              "{% block main %}{% endblock %}\n</main>\n"})  # fmt: skip
    code, output, _ = eject(later, "upgrade")

    assert code == 0
    assert said(output) == {
        "auth_templates/layout.jinja2": "merged",
        ".arware/": "replace",
    }
    merged = (pages.folder / "auth_templates/layout.jinja2").read_bytes()
    assert merged == b"<header>\n\n" + mine
    assert "\nLook at `git diff`, and commit together: auth_templates, .arwa" in output


@pytest.mark.parametrize(
    "words", [("add", "two"), ("drop", "two"), ("upgrade", "--vendor")]
)
def test_pages_alone_have_no_features(pages: Application, eject, release, words):
    """And import nothing that could be copied; it is said what does."""
    code, _, complaints = eject(release("1.1"), *words)

    assert code == 1
    assert complaints == "only pages are here; `arware eject new` copies the code\n"
    assert pages.status() == []


def test_a_page_that_a_release_has_no_more_is_deleted(
    pages: Application, eject, release
):
    """Nothing would draw it."""
    later = release("1.1")
    (later.folder / TWO).unlink()
    code, output, _ = eject(later, "upgrade")

    assert code == 0
    assert said(output)["auth_templates/two/two.jinja2"] == "delete"
    assert eject(later, "status")[2] == "1 pristine\n"


def test_gn15_a_page_that_a_release_has_renamed_is_followed(
    pages: Application, eject, release
):
    """With what was changed in it, and from then on by its new name."""
    old, new = "templates/layout.jinja2", "templates/frame/page.jinja2"
    mine = b"<main>\n{% block main %}{% endblock %}\n</main>\n<p>mine</p>\n"
    pages.commit({"auth_templates/layout.jinja2": mine})
    later = release("1.1", **{new: (release("1.1").folder / old).read_text()})
    (later.folder / old).unlink()
    code, output, _ = eject(later, "upgrade")

    assert code == 0
    assert said(output)["auth_templates/frame/page.jinja2"] == "merged"
    assert said(output)["auth_templates/layout.jinja2"] == "delete"
    assert (pages.folder / "auth_templates/frame/page.jinja2").read_bytes() == mine
    pages.commit({})
    assert said(eject(later, "upgrade")[1]) == {}


def test_gn16_pages_are_removed_like_code(pages: Application, eject, release):
    """What was edited is kept; there are no tables to drop."""
    pages.write({"auth_templates/layout.jinja2": b"mine\n"})
    code, output, _ = eject(release("1.1"), "remove")

    assert code == 0
    assert "DROP TABLE" not in output
    assert said(output)["auth_templates/layout.jinja2"] == "keep"
    assert not (pages.folder / "auth_templates/two").exists()
