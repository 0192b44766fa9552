"""What a merge leaves to a person is a conflict of the application's own git."""

from __future__ import annotations

from pathlib import Path

import pytest

from arware.eject.repositories import CannotMerge

from .applications import Application, mark
from .test_merging import CONFLICTS, MINE, NEW, PLAIN, RIVAL, A, crlf

B = "pages/b.py"


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Application:
    """Have an application in a repository that nobody's configuration is about."""
    return Application.of_nobody(tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("both, at one place", "UU"),
        ("they deleted what you edited", "UD"),
        ("you renamed it", "UU"),
        ("no text", "UU"),
        ("both new", "AA"),
    ],
)
def test_git_status_lists_a_conflict(app: Application, name: str, state: str) -> None:
    """GN-15: git knows what kind of conflict it is, until the file is added."""
    base, yours, theirs, path, stages, _ = CONFLICTS[name]
    app.upgrade(base, yours, theirs)

    assert app.status() == [f"{state} app/{path}"]
    for stage, content in stages.items():
        assert app.git("cat-file", "blob", f":{stage}:./{path}").encode() == content

    app.git("add", "-A")
    assert app.git("ls-files", "--unmerged") == ""


def test_git_mergetool_opens_a_conflict_with_its_true_base(app: Application) -> None:
    """GN-15: a tool gets the release before, yours and the new one, each whole."""
    app.upgrade({A: PLAIN}, {A: MINE}, {A: RIVAL})
    for name in ("BASE", "LOCAL", "REMOTE"):
        (app.root / name).touch()
    app.git("config", "mergetool.ours.trustExitCode", "true")
    app.git("config", "mergetool.ours.cmd", 'cp "$BASE" BASE; cp "$LOCAL" LOCAL;'
            ' cp "$REMOTE" REMOTE; echo "done = 1" > "$MERGED"')  # fmt: skip

    app.git("mergetool", "--no-prompt", "--tool=ours")

    seen = [(app.root / name).read_bytes() for name in ("BASE", "LOCAL", "REMOTE")]
    assert seen == [PLAIN, MINE, RIVAL]
    assert (app.folder / A).read_bytes() == b"done = 1\n"
    assert app.git("ls-files", "--unmerged") == ""


def test_all_else_in_the_index_stays(app: Application) -> None:
    """What is staged or changed beside a conflict is none of its business."""
    app.commit({"kept.py": b"1\n", "staged.py": b"1\n", A: MINE})
    app.write({"kept.py": b"2\n", "staged.py": b"2\n"})
    app.git("add", "staged.py")

    mark(app.folder, {A: {1: PLAIN, 2: MINE, 3: RIVAL}})

    assert app.status() == [" M app/kept.py", f"UU app/{A}", "M  app/staged.py"]


def test_marking_again_is_the_same_as_once(app: Application) -> None:
    """The next call can finish what one began."""
    conflicts = {A: {1: PLAIN, 2: MINE, 3: RIVAL}, B: {2: MINE, 3: NEW}}
    app.commit({A: MINE, B: MINE})
    mark(app.folder, conflicts)
    once = app.git("ls-files", "--stage")

    mark(app.folder, conflicts)

    assert app.git("ls-files", "--stage") == once


def test_a_file_stays_executable(app: Application) -> None:
    """A conflict is about what is in a file, not about its mode."""
    app.commit({A: MINE})
    app.git("update-index", "--chmod=+x", A)

    mark(app.folder, {A: {1: PLAIN, 2: MINE, 3: RIVAL}})

    modes = [line.split()[0] for line in app.git("ls-files", "--stage").splitlines()]
    assert modes == ["100755"] * 3


def test_the_applications_rule_for_line_endings_holds(app: Application) -> None:
    """Where git keeps LF for a work tree of CRLF, it does so for the stages."""
    app.git("config", "core.autocrlf", "true")
    app.git("config", "core.safecrlf", "true")
    app.commit({A: crlf(MINE)})

    mark(app.folder, {A: {1: crlf(PLAIN), 2: crlf(MINE), 3: RIVAL}})

    kept = [app.git("cat-file", "blob", f":{n}:./{A}").encode() for n in (1, 2, 3)]
    assert kept == [PLAIN, MINE, RIVAL]


def test_a_repository_of_the_environment_is_not_taken_for_the_applications(
    app: Application, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the hook of another repository, which names itself to all of its children."""
    app.commit({A: MINE})
    other = Application(tmp_path / "other")
    with monkeypatch.context() as hook:
        hook.setenv("GIT_DIR", str(other.root / ".git"))
        hook.setenv("GIT_INDEX_FILE", str(other.root / ".git" / "index"))
        mark(app.folder, {A: {1: PLAIN, 2: MINE, 3: RIVAL}})

    assert app.status() == [f"UU app/{A}"]
    assert other.status() == []


def test_nothing_to_mark_needs_no_git(tmp_path: Path) -> None:
    """A merge without conflicts is the usual one."""
    mark(tmp_path, {})

    assert list(tmp_path.iterdir()) == []


def test_a_folder_outside_of_git_is_refused(tmp_path: Path, monkeypatch) -> None:
    """GN-22: there is no index to put a conflict into."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    with pytest.raises(CannotMerge, match="not a git repository"):
        mark(tmp_path, {A: {2: MINE, 3: NEW}})


def test_the_folder_of_git_itself_is_refused(app: Application) -> None:
    """It is inside of a repository, but in no work tree."""
    with pytest.raises(CannotMerge, match="is not in a work tree"):
        mark(app.folder.parent / ".git", {A: {2: MINE, 3: NEW}})


def test_all_are_marked_or_none(app: Application) -> None:
    """While another git holds the index, none is."""
    app.commit({A: MINE, B: MINE})
    lock = app.root / ".git" / "index.lock"
    lock.touch()
    with pytest.raises(CannotMerge, match="git update-index failed"):
        mark(app.folder, {A: {2: MINE, 3: NEW}, B: {2: MINE, 3: NEW}})
    lock.unlink()

    assert app.status() == []
