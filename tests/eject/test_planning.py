"""What is done to a project is decided before anything is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from arware.eject.errors import EjectError
from arware.eject.inspection import FileStatus, diff, status
from arware.eject.journal import Journal
from arware.eject.manifest import read_manifest
from arware.eject.options import Options
from arware.eject.planning import CannotPlan, folder_of, plan_new, plan_remove

from .kills import settle, tree_of

OPTIONS = Options("app.auth", "app/auth", ("password",))
FILES = {
    "app/auth/__init__.py": b"",
    "app/auth/a.py": b"one\ntwo\nthree\n",
    "app/auth/static/icon.bin": b"\xff\0",
}


def new(project: Path, rendered=FILES, options=OPTIONS, version="1.0"):
    """Eject *rendered*; return the plan."""
    (project / "app").mkdir(exist_ok=True)
    plan = plan_new(project, options, rendered, version)
    with Journal(project) as journal:
        journal.write(plan.changes, plan.contents)
    return plan


def actions(plan) -> dict[str, str]:
    """Return path -> action, without that of ``.arware/``."""
    return {step.path: step.action for step in plan.steps if step.path != ".arware/"}


def manifest_of(project: Path):
    """Return the manifest, which is there."""
    manifest = read_manifest(project)
    assert manifest is not None
    return manifest


def test_all_files_are_made_with_their_records(tmp_path: Path):
    """Nothing else is."""
    plan = new(tmp_path)
    tree = tree_of(tmp_path)

    assert actions(plan) == dict.fromkeys(FILES, "create")
    assert {p: d for p, d in tree.items() if not p.startswith(".arware/")} == FILES
    assert manifest_of(tmp_path).version == "1.0"


def test_gn01_a_second_time_changes_nothing(tmp_path: Path):
    """All is identical, also to a release that only has another number."""
    new(tmp_path)
    before = tree_of(tmp_path)
    plan = new(tmp_path, version="1.1")

    assert {step.action for step in plan.steps} == {"identical"}
    assert tree_of(tmp_path) == before


def test_what_the_application_made_of_it_stays(tmp_path: Path):
    """An edited file is not written over, a deleted one does not come back."""
    new(tmp_path)
    (tmp_path / "app/auth/a.py").write_bytes(b"mine\n")
    (tmp_path / "app/auth/__init__.py").unlink()
    before = tree_of(tmp_path)
    plan = new(tmp_path)

    assert actions(plan)["app/auth/a.py"] == "edited"
    assert actions(plan)["app/auth/__init__.py"] == "missing"
    assert tree_of(tmp_path) == before


@pytest.mark.parametrize(
    "path",
    ["app/auth/mine.py", "app/auth/deep/er/mine.txt", "app/auth.py", "app/auth",
     ".arware/pristine/app/auth/a.py.txt"],
)  # fmt: skip
def test_gn04_files_in_the_way_are_named(tmp_path: Path, path):
    """Nothing is written then."""
    settle(tmp_path, {path: b"mine"})
    with pytest.raises(CannotPlan, match=f"nothing was written: {path}"):
        new(tmp_path)

    assert tree_of(tmp_path) == {path: b"mine"}


def test_gn04_a_file_that_the_manifest_does_not_name_is_in_the_way(tmp_path: Path):
    """A second time, too; of many files the first are named."""
    new(tmp_path)
    settle(tmp_path, {f"app/auth/mine{number}.py": b"" for number in range(5)})
    with pytest.raises(CannotPlan, match=r"mine2\.py and 2 more would be in the way"):
        new(tmp_path)


def test_gn04_a_link_in_the_way_is_not_followed(tmp_path: Path):
    """Neither one in the folder nor one instead of it."""
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    (project / "app").mkdir(parents=True)
    elsewhere.mkdir()
    (project / "app/auth").symlink_to(elsewhere)
    with pytest.raises(EjectError, match="link"):
        new(project)
    (project / "app/auth").unlink()
    (project / "app/auth").mkdir()
    (project / "app/auth/a.py").symlink_to(elsewhere / "a.py")
    with pytest.raises(CannotPlan, match=r"a\.py would be in the way"):
        new(project)

    assert list(elsewhere.iterdir()) == []


def test_byte_code_is_in_nobodys_way(tmp_path: Path):
    """It is left behind by files that were deleted."""
    settle(tmp_path, {"app/auth/__pycache__/a.cpython-311.pyc": b""})

    assert new(tmp_path).changes


def test_other_options_or_another_release_are_refused(tmp_path: Path):
    """They would have to be merged; it is told what is there."""
    new(tmp_path)
    before = tree_of(tmp_path)
    with pytest.raises(CannotPlan, match=r"app\.auth at /auth, with password; "):
        new(tmp_path, options=Options("app.auth", "app/auth", ()))
    with pytest.raises(CannotPlan, match=r"was ejected from arware 1\.0"):
        new(tmp_path, rendered=FILES | {"app/auth/a.py": b"newer\n"})

    assert tree_of(tmp_path) == before


def test_all_options_that_may_differ_are_told(tmp_path: Path):
    """Also prefix and framework, which need not be the features' fault."""
    options = Options("app.auth", "app/auth", (), True, "/in", "flask")
    new(tmp_path, options=options)
    with pytest.raises(CannotPlan, match=r"at /in, for flask, vendored, with nothing;"):
        new(tmp_path)


@pytest.mark.parametrize(
    ("there", "package", "folder"),
    [
        (".", "auth", "auth"),
        ("app", "app.auth", "app/auth"),
        ("src/app", "app.auth", "src/app/auth"),
        ("src/app/web", "app.web.auth", "src/app/web/auth"),
    ],
)
def test_it_goes_where_its_parent_is(tmp_path: Path, there, package, folder):
    """Below ``src`` too."""
    (tmp_path / there).mkdir(parents=True, exist_ok=True)

    assert folder_of(tmp_path, package) == folder


def test_of_two_folders_the_package_is_its_parent(tmp_path: Path):
    """The other holds what it holds; where neither or both are one, that is asked."""
    for folder in ("app", "src/app"):
        (tmp_path / folder).mkdir(parents=True)
    with pytest.raises(CannotPlan, match=r"^app and src/app are both there, and app"):
        folder_of(tmp_path, "app.auth")
    (tmp_path / "src/app/__init__.py").touch()
    assert folder_of(tmp_path, "app.auth") == "src/app/auth"
    (tmp_path / "app/__init__.py").touch()
    with pytest.raises(CannotPlan, match="give the other one another name first"):
        folder_of(tmp_path, "app.auth")


def test_without_its_parent_it_goes_nowhere(tmp_path: Path):
    """A name was mistyped, or the command was run in another folder."""
    with pytest.raises(CannotPlan, match=r"there is no package app\.web in"):
        folder_of(tmp_path, "app.web.auth")


def test_gn16_only_what_is_unchanged_is_deleted(tmp_path: Path):
    """What was edited stays and is told; so do files of the application's own."""
    new(tmp_path)
    kept = {"app/auth/a.py": b"mine\n", "app/auth/mine.py": b"", ".arware/mine": b""}
    settle(tmp_path, kept)
    (tmp_path / "app/auth/__init__.py").unlink()
    plan = plan_remove(tmp_path, manifest_of(tmp_path))
    with Journal(tmp_path) as journal:
        journal.write(plan.changes, plan.contents)

    assert actions(plan) == {
        "app/auth/__init__.py": "missing",
        "app/auth/a.py": "keep",
        "app/auth/static/icon.bin": "delete",
    }
    assert tree_of(tmp_path) == kept
    assert not (tmp_path / "app/auth/static").exists()


def test_each_file_is_pristine_edited_missing_or_outdated(tmp_path: Path):
    """Line endings of another system are no edit."""
    new(tmp_path)
    settle(tmp_path, {"app/auth/a.py": b"one\r\ntwo\r\nthree\r\n"})
    settle(tmp_path, {"app/auth/static/icon.bin": b"mine"})
    (tmp_path / "app/auth/__init__.py").unlink()
    release = {p: d for p, d in FILES.items() if not p.endswith("bin")}
    release |= {"app/auth/a.py": b"newer\n", "app/auth/b.py": b""}

    assert status(tmp_path, manifest_of(tmp_path), release) == [
        FileStatus("app/auth/__init__.py", "missing", outdated=False),
        FileStatus("app/auth/a.py", "pristine", outdated=True),
        FileStatus("app/auth/static/icon.bin", "edited", outdated=True),
        FileStatus("app/auth/b.py", "new", outdated=True),
    ]


def test_a_difference_is_shown_as_diff_does(tmp_path: Path):
    """From what was ejected to what is there; what is the same is not shown."""
    new(tmp_path)
    settle(tmp_path, {"app/auth/a.py": b"one\r\n2\r\nthree"})

    assert list(diff(tmp_path, manifest_of(tmp_path))) == [
        "--- a/app/auth/a.py\n",
        "+++ b/app/auth/a.py\n",
        "@@ -1,3 +1,3 @@\n",
        " one\n",
        "-two\n",
        "-three\n",
        "+2\n",
        "+three\n\\ No newline at end of file\n",
    ]


def test_a_deleted_file_and_one_of_bytes_differ_too(tmp_path: Path):
    """The one from nothing, the other as git has it."""
    new(tmp_path)
    (tmp_path / "app/auth/a.py").unlink()
    settle(tmp_path, {"app/auth/static/icon.bin": b"mine"})
    manifest = manifest_of(tmp_path)

    assert list(diff(tmp_path, manifest, "app/auth/a.py"))[1:3] == [
        "+++ /dev/null\n",
        "@@ -1,3 +0,0 @@\n",
    ]
    icon = "app/auth/static/icon.bin"
    assert list(diff(tmp_path, manifest, "app/auth/static")) == [
        f"Binary files a/{icon} and b/{icon} differ\n"
    ]
    with pytest.raises(EjectError, match="nothing was ejected to app/x"):
        list(diff(tmp_path, manifest, "app/x"))
