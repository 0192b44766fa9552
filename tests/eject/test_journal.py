"""Many files are changed as one."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from arware.eject.errors import EjectError
from arware.eject.journal import (
    FOLDER,
    Change,
    Journal,
    JournalError,
    terminated_like_an_error,
)
from arware.eject.paths import digest

from .kills import changes, settle, tree_of

OLD = {"a.py": b"a\n", "room/b.py": b"b\n", "room/below/c.py": b"c\n"}
NEW = {"a.py": b"a2\n", "room/b.py": b"b2\n", "other/d.py": b"d\n"}
#: Six writes.
SIX = {f"other/{name}.py": b"new\n" for name in "abcdef"}


class Ending(dict):
    """Contents that raise, or end the process, at the *number*-th file."""

    def __init__(self, contents, number, end):
        super().__init__(contents)
        self.number, self.end = number, end

    def __getitem__(self, path):
        self.number -= 1
        if self.number == 0:
            self.end()
        return super().__getitem__(path)


def fail():
    """Be a disk that is full."""
    raise OSError(28, "No space left on device")


def terminate():
    """Be an operator."""
    os.kill(os.getpid(), signal.SIGTERM)


def write(project: Path, before, after) -> None:
    """Lead *project* from one tree to another."""
    with Journal(project) as journal:
        journal.write(changes(before, after), after)


def interrupted(project: Path) -> None:
    """
    Leave a change from OLD to NEW in *project* that stopped behind its plan.

    ``a.py`` has been replaced; ``other/d.py`` could not be made.
    """
    settle(project, OLD)
    blocked = project / "other"
    contents = Ending(NEW, 2, lambda: blocked.write_text("in the way"))
    with (
        Journal(project) as journal,
        pytest.raises(JournalError, match="the next call goes on"),
    ):
        journal.write(changes(OLD, NEW), contents)
    blocked.unlink()


def test_all_files_are_changed(tmp_path: Path):
    """Replaced, made and deleted, with the folders; nothing else is left."""
    settle(tmp_path, OLD)
    write(tmp_path, OLD, NEW)

    assert tree_of(tmp_path) == NEW
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.py", "other", "room"]


def test_byte_code_goes_with_the_last_file_of_a_folder(tmp_path: Path):
    """A folder in which nothing else is left would be a package still."""
    settle(tmp_path, OLD | {"room/below/__pycache__/c.cpython-311.pyc": b"\0"})
    write(tmp_path, OLD, NEW)

    assert tree_of(tmp_path) == NEW


def test_a_file_keeps_its_mode(tmp_path: Path):
    """What can be executed still can."""
    settle(tmp_path, OLD)
    (tmp_path / "a.py").chmod(0o755)
    write(tmp_path, OLD, NEW)

    assert (tmp_path / "a.py").stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("number", range(1, 7))
@pytest.mark.parametrize(
    ("end", "error"), [(fail, JournalError), (terminate, SystemExit)]
)
def test_gn03_what_ends_it_at_a_write_changes_nothing(
    tmp_path: Path, number, end, error
):
    """An error, or SIGTERM, at each of the files in turn."""
    settle(tmp_path, OLD)
    with (
        terminated_like_an_error(),
        Journal(tmp_path) as journal,
        pytest.raises(error),
    ):
        journal.write(changes(OLD, SIX), Ending(SIX, number, end))

    assert tree_of(tmp_path) == OLD
    assert not (tmp_path / ".arware").exists()


def test_an_error_behind_the_plan_is_finished_by_the_next_call(tmp_path: Path):
    """Whatever was in the way has to be taken away first."""
    interrupted(tmp_path)
    with Journal(tmp_path) as journal:
        assert journal.is_pending()
        with pytest.raises(JournalError, match="has to be finished first"):
            journal.write(changes(NEW, OLD), OLD)

        assert journal.recover()
        assert not journal.recover()
    assert tree_of(tmp_path) == NEW


@pytest.mark.parametrize("path", ["other/d.py", "room/b.py", "room/below/c.py"])
def test_who_edits_in_the_meantime_loses_nothing(tmp_path: Path, path):
    """What is not written over is named, and goes on once it stands elsewhere."""
    interrupted(tmp_path)
    settle(tmp_path, {path: b"mine\n"})
    with Journal(tmp_path) as journal:
        with pytest.raises(JournalError, match=rf"{path} was changed .* elsewhere"):
            journal.recover()
        assert (tmp_path / path).read_bytes() == b"mine\n"
        (tmp_path / path).rename(tmp_path / "mine.py")

        assert journal.recover()
    assert tree_of(tmp_path) == NEW | {"mine.py": b"mine\n"}


def test_who_edits_what_has_been_replaced_keeps_it(tmp_path: Path):
    """It is an edit of the new file, and the others follow."""
    interrupted(tmp_path)
    (tmp_path / "a.py").write_bytes(b"mine\n")
    with Journal(tmp_path) as journal:
        assert journal.recover()

    assert tree_of(tmp_path) == NEW | {"a.py": b"mine\n"}


def test_a_file_where_a_folder_is_to_be_is_told_before_anything_is_changed(tmp_path):
    """Else every later call would fail at it."""
    settle(tmp_path, OLD | {"other": b"mine\n"})
    with pytest.raises(JournalError, match="nothing was changed: other is a file"):
        write(tmp_path, OLD, NEW)

    assert tree_of(tmp_path) == OLD | {"other": b"mine\n"}


def test_a_copy_that_was_tampered_with_is_not_put_in_place(tmp_path: Path):
    """What was staged is what was planned."""
    interrupted(tmp_path)
    plan = json.loads((tmp_path / FOLDER / "plan").read_bytes())
    number = [change["path"] for change in plan["changes"]].index("other/d.py")
    (tmp_path / FOLDER / "new" / str(number)).write_bytes(b"evil\n")
    with (
        Journal(tmp_path) as journal,
        pytest.raises(JournalError, match="is not what was written there"),
    ):
        journal.recover()


def test_a_file_that_is_not_as_expected_is_not_written_over(tmp_path: Path):
    """Somebody has changed it since the change was planned."""
    settle(tmp_path, OLD | {"a.py": b"edited\n"})
    with pytest.raises(JournalError, match=r"a\.py was changed by somebody else"):
        write(tmp_path, OLD, NEW)

    assert tree_of(tmp_path) == OLD | {"a.py": b"edited\n"}


@pytest.mark.parametrize(
    "plan",
    [
        "{",
        "[1]",
        '{"changes": [{"path": 1, "before": null, "after": null}], "conflicts": ""}',
        '{"changes": [{"where": "a"}], "conflicts": ""}',
        '{"changes": [], "conflicts": []}',
        '{"changes": []}',
    ],
)
def test_a_plan_that_cannot_be_read_is_said_to_be(tmp_path: Path, plan):
    """It is never guessed at."""
    settle(tmp_path, {f"{FOLDER}/plan": plan.encode()})
    with (
        Journal(tmp_path) as journal,
        pytest.raises(JournalError, match="cannot be read"),
    ):
        journal.recover()


@pytest.mark.parametrize("path", ["../outside", "/etc/passwd", ".git/hooks/x", "out/x"])
def test_gn14_a_plan_leads_out_of_no_project(tmp_path: Path, path):
    """A journal that came with a clone can write nothing elsewhere."""
    project, outside = tmp_path / "project", tmp_path / "elsewhere"
    outside.mkdir()
    change = {"path": path, "before": None, "after": digest(b"evil")}
    plan = {"changes": [change], "conflicts": ""}
    settle(project, {f"{FOLDER}/plan": json.dumps(plan).encode()})
    settle(project, {f"{FOLDER}/new/0": b"evil"})
    (project / "out").symlink_to(outside)
    with Journal(project) as journal, pytest.raises(EjectError):
        journal.recover()

    assert not any(outside.iterdir())
    assert not (project / ".git").exists()


def test_gn14_the_journal_itself_is_behind_no_link(tmp_path: Path):
    """Else a clone could have files written elsewhere."""
    project = tmp_path / "project"
    project.mkdir()
    (project / ".arware").symlink_to(tmp_path)
    with Journal(project) as journal, pytest.raises(EjectError, match="link"):
        journal.write([Change("a.py", None, digest(b"a"))], {"a.py": b"a"})

    assert [path.name for path in tmp_path.iterdir()] == ["project"]


def test_two_at_once_are_kept_apart(tmp_path: Path):
    """The second is refused, and can come once the first is done."""
    with (
        Journal(tmp_path),
        pytest.raises(JournalError, match="another `arware eject`"),
        Journal(tmp_path),
    ):
        pass
    with Journal(tmp_path) as journal:
        assert not journal.is_pending()


def test_no_changes_leave_no_trace(tmp_path: Path):
    """Not even an empty folder."""
    with Journal(tmp_path) as journal:
        journal.write([], {})

    assert list(tmp_path.iterdir()) == []
