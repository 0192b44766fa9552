"""What has to be committed before a merge, so that git can undo it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from arware.eject.committed import tracked, uncommitted
from arware.eject.repositories import CannotMerge

from .applications import Application

FILES = {f"{name}.py": b"1\n" for name in ("same", "changed", "staged", "gone", "back")}


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Application:
    """Have an application in a repository that nobody's configuration is about."""
    return Application.of_nobody(tmp_path, monkeypatch)


def test_what_git_cannot_bring_back_is_named(app: Application) -> None:
    """GN-22: whatever is not as in the last commit, be it staged, new or ignored."""
    app.commit({**FILES, "é.py": b"1\n", ".gitignore": b"ignored.py\n"})
    app.write({"staged.py": b"2\n", "back.py": b"2\n"})
    app.git("add", "staged.py", "back.py")
    app.write({"changed.py": b"2\n", "back.py": b"1\n", "é.py": b"2\n"})
    app.write({"new.py": b"1\n", "ignored.py": b"1\n"})
    (app.folder / "gone.py").unlink()

    asked = [*FILES, "é.py", "new.py", "ignored.py", "nowhere.py", ".gitignore"]
    assert uncommitted(app.folder, asked) == [
        "back.py", "changed.py", "gone.py", "ignored.py", "new.py", "staged.py", "é.py",
    ]  # fmt: skip


def test_what_git_tracks_are_files(app: Application) -> None:
    """Of the application, and neither links nor what nobody added."""
    (app.folder / "link.py").symlink_to("same.py")
    app.commit({**FILES, "é.py": b"1\n"})
    app.write({"new.py": b""})
    (app.root / "other.py").touch()
    app.git("add", ":/other.py")

    assert tracked(app.folder) == {*FILES, "é.py"}


def test_only_what_was_asked_for_is_named(app: Application) -> None:
    """The rest of an application may be as unfinished as it likes."""
    app.commit(FILES)
    app.write({"changed.py": b"2\n"})

    assert uncommitted(app.folder, ["same.py"]) == []


def test_a_file_that_was_only_touched_is_committed(app: Application) -> None:
    """What counts is what stands in it, not when it was written."""
    app.commit(FILES)
    os.utime(app.folder / "same.py", (1, 1))

    assert uncommitted(app.folder, ["same.py"]) == []


def test_without_a_commit_there_is_nothing_to_go_back_to(app: Application) -> None:
    """GN-22: a repository that was just made is refused."""
    app.write(FILES)
    with pytest.raises(CannotMerge, match="without a commit"):
        uncommitted(app.folder, FILES)


def test_a_folder_without_git_is_refused(tmp_path: Path, monkeypatch) -> None:
    """GN-22: git is needed where a merge is to be undone."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    with pytest.raises(CannotMerge, match="not a git repository"):
        uncommitted(tmp_path, [])
