"""``arware eject upgrade``: a release, merged into what an application made of one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from arware.eject.manifest import MANIFEST, pristine, read_manifest
from arware.eject.releases import Release

from .applications import Application
from .kills import tree_of
from .releases import FIRST, NEW, RELEASES, block, changed, made_up, said

SECURITY, RENAMED, DELETED = list(RELEASES)[1:4]


@pytest.fixture
def release(tmp_path: Path):
    """Make the release that is to be merged."""

    def release(name: str = SECURITY, version: str = "1.1", more=None) -> Release:
        return made_up(tmp_path / f"later {version}", [name], version, more)

    return release


def edit(app: Application, path: str, name: str, value: str = "mine") -> bytes:
    """Edit one block of a file, commit it, and return the file."""
    old, new = (block(path, name, text) for text in (f"{name} as it was", value))
    place = app.folder / "app/auth" / path
    content = place.read_bytes().replace(old.encode(), new.encode())
    app.commit({f"app/auth/{path}": content})
    return content


def test_gn15_what_was_left_alone_is_replaced_the_rest_is_merged(
    app: Application, eject, release
) -> None:
    """The manifest and the copies beside it are those of the new release then."""
    mine = edit(app, "core/sessions.py", "session_1")
    code, output, complaints = eject(release(), "upgrade")

    assert (code, complaints) == (0, "")
    assert said(output) == {
        "app/auth/core/sessions.py": "merged",
        "app/auth/tests/test_login.py": "replace",
        ".arware/": "replace",
    }
    merged = (app.folder / "app/auth/core/sessions.py").read_bytes()
    assert merged == mine.replace(b"session_7 as it was", b"compared in constant time")
    manifest = read_manifest(app.folder)
    assert manifest is not None
    assert manifest.version == "1.1"
    new = changed(FIRST, RELEASES[SECURITY])["core/sessions.py"]
    assert pristine(app.folder, manifest)["app/auth/core/sessions.py"] == new
    assert "1. Run the tests: python -m pytest" in output
    assert "2. Look at `git diff`, and commit together: app/auth, .arware" in output


def test_gn01_a_second_upgrade_changes_nothing(
    app: Application, eject, release
) -> None:
    """All is ``identical``, what was edited and committed, too, and no step is left."""
    edit(app, "core/sessions.py", "session_1")
    new = release()
    eject(new, "upgrade")
    app.commit({})
    code, output, _ = eject(new, "upgrade")

    assert (code, said(output)) == (0, {})
    assert "1. " not in output
    assert app.status() == []


def test_gn02_a_dry_run_prints_the_same_and_writes_nothing(
    app: Application, eject, release
) -> None:
    """With its exit code; git knows of no conflict, either."""
    edit(app, "core/sessions.py", "session_7")
    new, before = release(), tree_of(app.folder)
    dry = eject(new, "upgrade", "--dry-run")
    dry_json = eject(new, "upgrade", "--dry-run", "--json")

    assert tree_of(app.folder) == before
    assert app.status() == []
    assert eject(new, "upgrade") == dry
    app.git("reset", "-q", "--hard")
    assert eject(new, "upgrade", "--json") == dry_json
    steps = json.loads(dry_json[1])["steps"]
    assert {"action": "conflict", "path": "app/auth/core/sessions.py"} in steps


def test_gn15_an_overlap_is_a_conflict_of_git_and_ends_with_4(
    app: Application, eject, release
) -> None:
    """With its base; what follows names it first. Once decided all goes on."""
    edit(app, "core/sessions.py", "session_7")
    new = release()
    code, output, _ = eject(new, "upgrade")

    assert code == 4
    assert said(output)["app/auth/core/sessions.py"] == "conflict"
    assert "1. Decide what is in conflict, with `git mergetool`" in output
    assert "UU app/app/auth/core/sessions.py" in app.status()
    base = app.git("cat-file", "blob", ":1:./app/auth/core/sessions.py").encode()
    assert base == changed(FIRST)["core/sessions.py"]
    code, output, _ = eject(new, "upgrade")
    assert said(output) == {"app/auth/core/sessions.py": "conflict"}
    assert (code, "core/sessions.py (not decided yet)" in output) == (4, True)
    app.commit({"app/auth/core/sessions.py": b"decided = 1\n"})
    assert eject(new, "upgrade")[:1] == (0,)


def test_gn15_deleted_stays_deleted_and_is_told(
    app: Application, eject, release
) -> None:
    """Only where the release goes on changing it; nothing comes back."""
    for path in ("core/sessions.py", "core/realm.py"):
        (app.folder / "app/auth" / path).unlink()
    app.commit({})
    code, output, _ = eject(release(), "upgrade")

    assert code == 0
    assert "missing   app/auth/core/sessions.py (you deleted it; the release" in output
    assert "core/realm.py" not in output
    assert not (app.folder / "app/auth/core/sessions.py").exists()


def test_gn15_what_you_renamed_is_followed(app: Application, eject, release) -> None:
    """Also out of the folder, to where git knows it."""
    mine = edit(app, "core/sessions.py", "session_1")
    (app.folder / "app/auth/core/sessions.py").unlink()
    app.commit({"app/own/logins.py": mine, "app/own/a:b.py": b"", "a.bin": b"\0" * 99})
    code, output, _ = eject(release(), "upgrade")

    told = "merged    app/own/logins.py (was app/auth/core/sessions.py)\n"
    assert (code, told in output) == (0, True)
    merged = (app.folder / "app/own/logins.py").read_bytes()
    assert b"compared in constant time" in merged
    assert "commit together: app/auth, app/own, .arware\n" in output


def test_gn15_what_the_release_renamed_takes_your_edits_along(
    app: Application, eject, release
) -> None:
    """And the old name is gone, in the manifest too."""
    edit(app, "core/mail.py", "mail_7")
    code, output, _ = eject(release(RENAMED, "1.2"), "upgrade")

    assert code == 0
    assert said(output)["app/auth/mail/outbox.py"] == "merged"
    assert said(output)["app/auth/core/mail.py"] == "delete"
    assert b"'mine'" in (app.folder / "app/auth/mail/outbox.py").read_bytes()
    assert not (app.folder / ".arware/pristine/app/auth/core/mail.py.txt").exists()
    assert set(app.git("status", "--porcelain").split()[::2]) == {"M", "D", "??"}


def test_gn15_what_the_release_deleted_and_you_edited_is_a_conflict(
    app: Application, eject, release
) -> None:
    """It stays until somebody decides."""
    mine = edit(app, "pages/legacy.py", "legacy_2")
    new = release(DELETED, "1.3")
    code, output, _ = eject(new, "upgrade")

    note = (
        "conflict  app/auth/pages/legacy.py (you changed it; else it would be deleted)"
    )
    assert (code, note in output) == (4, True)
    assert (app.folder / "app/auth/pages/legacy.py").read_bytes() == mine
    assert "UD app/app/auth/pages/legacy.py" in app.status()
    code, output, _ = eject(new, "upgrade")
    assert (code, said(output)) == (4, {"app/auth/pages/legacy.py": "conflict"})


def test_gn15_line_endings_are_kept(app: Application, eject, release) -> None:
    """A file of CRLF is one afterwards."""
    mine = edit(app, "core/sessions.py", "session_1").replace(b"\n", b"\r\n")
    app.commit({"app/auth/core/sessions.py": mine})
    assert eject(release(), "upgrade")[0] == 0

    merged = (app.folder / "app/auth/core/sessions.py").read_bytes()
    assert b"compared in constant time" in merged
    assert merged.count(b"\n") == merged.count(b"\r\n")


def test_gn22_what_is_touched_has_to_be_committed(
    app: Application, eject, release
) -> None:
    """It is named, and nothing is written; other files may be as they are."""
    edit(app, "core/sessions.py", "session_1")
    app.write({"app/auth/core/sessions.py": b"a = 1\n", "app/auth/pages/login.py": b""})
    before = tree_of(app.folder)
    code, output, complaints = eject(release(), "upgrade")

    assert (code, output) == (1, "")
    assert complaints == (
        "commit first, so that git can undo this:\n  app/auth/core/sessions.py\n"
    )
    assert tree_of(app.folder) == before


def test_gn22_an_upgrade_needs_git(tmp_path: Path, monkeypatch, eject, release) -> None:
    """It says so, and nothing is written."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    project = tmp_path / "project"
    (project / "app").mkdir(parents=True)
    monkeypatch.chdir(project)
    eject(made_up(tmp_path / "first"), *NEW)
    before = tree_of(project)
    code, _, complaints = eject(release(), "upgrade")

    assert code == 1
    assert "not a git repository" in complaints
    assert (
        "have the application in a repository, and commit what there is" in complaints
    )
    assert tree_of(project) == before


def test_gn03_what_was_interrupted_is_finished_with_its_conflicts(
    app: Application, eject, release
) -> None:
    """Another git held the index; the next call marks them, unless it only looks."""
    edit(app, "core/sessions.py", "session_7")
    lock = app.root / ".git/index.lock"
    lock.touch()
    code, _, complaints = eject(release(), "upgrade")
    assert code == 1
    assert "only a part was changed, the next call goes on" in complaints
    lock.unlink()
    assert [line for line in app.status() if line.startswith("U")] == []
    newer = release(version="1.1.2")
    assert eject(newer, "status")[0] == 1
    assert [line for line in app.status() if line.startswith("U")] == []
    _, _, complaints = eject(newer, "upgrade")

    assert complaints.startswith("An interrupted call was finished first.\n")
    assert "UU app/app/auth/core/sessions.py" in app.status()


def test_what_a_release_has_beside_is_told(app: Application, eject, release) -> None:
    """Also that there are features which were not there before."""
    listed = 'FEATURES = (\n    "one",\n    "two",\n    "three",\n    "four",\n)\n'
    more = {"features/__init__.py": listed, "features/four/__init__.py": "FOUR = 4\n"}
    new = release(version="2.0", more=more)

    told = "not here: three, four (arware eject add NAME)\n"
    assert told in eject(new, "status")[2]
    assert json.loads(eject(new, "status", "--json")[1])["lacking"] == ["three", "four"]
    step = "arware 2.0 has features that are not here: three, four (`arware eject add"
    assert step in eject(new, "upgrade")[1]
    app.commit({})
    assert step not in eject(new, "upgrade")[1]


def test_an_older_release_than_the_code_s_is_refused(
    app: Application, eject, release
) -> None:
    """A command of another version than the library would take things back."""
    eject(release(version="1.10.0"), "upgrade")
    app.commit({})
    older = release(version="1.9.3")
    code, _, complaints = eject(older, "upgrade")

    said = "the code is of arware 1.10.0, and this is 1.9.3: pip install"
    assert (code, complaints) == (1, f"{said} 'arware>=1.10.0'\n")
    assert f"{said} 'arware>=1.10.0'\n" in eject(older, "status")[2]


def test_a_release_without_a_feature_takes_it_out(
    app: Application, eject, release
) -> None:
    """As any file that a release has no more; ``status`` can be asked before."""
    listed = {"features/__init__.py": 'FEATURES = (\n    "one",\n)\n'}
    new = release(version="2.0", more=listed)
    shutil.rmtree(new.folder / "features/two")
    assert eject(new, "status", "--check")[0] == 3
    code, output, _ = eject(new, "upgrade")

    assert code == 0
    assert said(output)["app/auth/features/two/flow.py"] == "delete"
    assert "1. arware 2.0 has no feature two" in output
    assert "2. two protects the people who use it" in output
    manifest = json.loads((app.folder / MANIFEST).read_text())
    assert manifest["options"]["features"] == ["one"]


def test_what_is_imported_can_be_copied_later(app: Application, eject, release) -> None:
    """``--vendor`` is one more change; from then on it is upgraded, too."""
    new = release(more={"uses.py": "from arware.kit.clock import NOW\n"})
    code, output, _ = eject(new, "upgrade", "--vendor")

    assert code == 0
    assert said(output)["app/auth/vendored/kit/clock.py"] == "create"
    used = (app.folder / "app/auth/uses.py").read_text()
    assert used == "from app.auth.vendored.kit.clock import NOW\n"
    app.commit({})
    assert said(eject(new, "upgrade")[1]) == {}


def test_a_long_list_of_what_to_commit_is_cut(app: Application, eject, release) -> None:
    """Where nothing was committed yet, all of it would be told."""
    more = {f"page_{number}.py": "new = 1\n" for number in range(30)}
    app.write({f"app/auth/page_{number}.py": b"mine" for number in range(30)})
    _, _, complaints = eject(release(more=more), "upgrade")

    assert complaints.endswith("\n  app/auth/page_26.py\n  and 10 more\n")


def test_gn10_new_revisions_follow_those_of_the_application(
    app: Application, eject, release
) -> None:
    """Else Alembic would find two heads; the step says that there are new ones."""
    own = b'"""Mine."""\nrevision: str = "own"\ndown_revision: str | None = "two"\n'
    app.commit({"app/auth/migrations/versions/a_own.py": own})
    more = {
        f"migrations/versions/{path}": f'revision = "{name}"\ndown_revision = "{old}"\n'
        for path, name, old in (
            ("03_three.py", "three", "two"),
            ("04_four.py", "four", "three"),
        )
    }
    code, output, _ = eject(release(more=more), "upgrade")

    versions = app.folder / "app/auth/migrations/versions"
    assert code == 0
    assert "03_three.py (put behind your own revisions)" in output
    assert "Bring the tables up to date: python -m app.auth migrate" in output
    assert 'down_revision = "own"' in (versions / "03_three.py").read_text()
    assert 'down_revision = "three"' in (versions / "04_four.py").read_text()
    app.commit({})
    assert said(eject(release(version="1.1.1", more=more), "upgrade")[1]) == {
        ".arware/": "replace"
    }
