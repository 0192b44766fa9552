"""``arware eject``: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from arware.eject.manifest import MANIFEST
from arware.local.tables import metadata
from arware.version import __version__

from .applications import Application
from .kills import settle, tree_of
from .test_journal import interrupted

NEW = ("new", "myapp.auth", "--preset", "minimal")


def first_words(output: str) -> set[str]:
    """Return what was said to have happened to files."""
    lines = output.partition("\n\n")[0].splitlines()
    return {line.split()[0] for line in lines}


def test_new_prints_a_line_a_file_and_then_what_to_do(run, project):
    """The steps have numbers, and the text to paste for each framework."""
    code, output, complaints = run(*NEW)

    assert (code, complaints) == (0, "")
    assert "create    myapp/auth/realm.py\n" in output
    assert first_words(output) == {"create"}
    assert "\n1. Add to the dependencies of your application: arware[local]\n" in output
    for text in ('config.include("myapp.auth")', "app.wsgi_app = Auth(app.wsgi_app)"):
        assert text in output
    assert "python -m myapp.auth migrate" in output
    assert "\n7. Commit myapp/auth and .arware" in output
    assert (project / "myapp/auth/realm.py").is_file()


def test_one_framework_and_another_prefix_can_be_asked_for(run, project):
    """Then its text alone is printed, if the place for it is not found."""
    _, output, _ = run(*NEW, "--framework", "bottle", "--prefix", "/members")

    assert "app.wsgi = Auth(app.wsgi)  # arware eject" in output
    assert "http://localhost:8080/members/signup" in output
    assert "config.include" not in output


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), "arware[local,passkeys]"),
        (("--without", "passkeys"), "arware[local]"),
        (("--vendor",), "webauthn>="),
        (("--vendor", "--without", "passkeys"), "zxcvbn>="),
    ],
)
def test_what_a_feature_needs_is_among_the_dependencies(run, project, words, expected):
    """Whoever chooses passkeys is told of the extra that checks them."""
    _, output, _ = run("new", "myapp.auth", "--preset", "full", *words)
    line = next(line for line in output.splitlines() if line.startswith("1. "))

    assert expected in line
    assert ("webauthn" in line) == (words == ("--vendor",))


def test_what_is_needed_since_is_told(run, tmp_path, monkeypatch):
    """When a feature is added that has an extra of its own, and then only."""
    app = Application.of_nobody(tmp_path, monkeypatch)
    monkeypatch.chdir(app.folder)
    app.write({"myapp/__init__.py": b""})
    run(*NEW)
    app.commit({})
    told = "Your application depends on arware[local,passkeys] now"

    for name, is_told in (("hints", False), ("passkeys", True)):
        code, output, complaints = run("add", name, "--dry-run")
        assert (code, complaints) == (0, "")
        assert (told in output) is is_told


def test_vendored_code_needs_other_packages(run, project):
    """They are named, since arware does not bring them."""
    _, output, _ = run(*NEW, "--vendor")
    line = next(line for line in output.splitlines() if line.startswith("1. "))

    assert "sqlalchemy>=" in line
    assert "cryptography>=" in line
    assert "arware" not in line
    assert "extra" not in line


def test_gn01_a_second_run_changes_nothing(run, project):
    """It only counts what is ``identical``, and prints no steps."""
    run(*NEW)
    before = tree_of(project)
    code, output, _ = run(*NEW)

    assert (code, first_words(output)) == (0, {"identical"})
    assert output.count("\n") == 1
    assert "1. " not in output
    assert tree_of(project) == before


def test_gn02_a_dry_run_prints_the_same_and_writes_nothing(run, project):
    """For people and for programs; ``remove`` has it, too."""
    before = tree_of(project)
    _, dry, _ = run(*NEW, "--dry-run")
    _, dry_json, _ = run(*NEW, "--dry-run", "--json")

    assert tree_of(project) == before
    assert run(*NEW) == (0, dry, "")
    written = tree_of(project)
    _, dry, _ = run("remove", "--dry-run")
    assert tree_of(project) == written
    assert run("remove") == (0, dry, "")
    assert tree_of(project) == before
    assert run(*NEW, "--json") == (0, dry_json, "")


def test_gn02_what_is_printed_can_be_read_by_programs(ask, project):
    """Each step, and what to do next."""
    document = ask(*NEW)

    assert {"action": "create", "path": "myapp/auth/app.py"} in document["steps"]
    assert document["next"][0].startswith("Add to the dependencies")


def test_gn04_a_folder_with_other_files_is_refused(run, project):
    """It ends with 1 and has written nothing."""
    settle(project, {"myapp/auth/mine.py": b"mine"})
    before = tree_of(project)
    code, output, complaints = run(*NEW)

    assert (code, output) == (1, "")
    assert "arware: nothing was written: myapp/auth/mine.py" in complaints
    assert tree_of(project) == before


def test_gn16_what_was_edited_is_kept_and_the_tables_stay(run, project):
    """The last lines drop all of them, children first."""
    run(*NEW)
    (project / "myapp/auth/people.py").write_text("mine = 1\n")
    code, output, _ = run("remove")

    assert code == 0
    assert "keep      myapp/auth/people.py\n" in output
    assert set(tree_of(project)) == {"myapp/__init__.py", "myapp/auth/people.py"}
    drops = [line for line in output.splitlines() if line.startswith("DROP TABLE")]
    assert drops[-2:] == [
        "DROP TABLE IF EXISTS ar_realm;",
        "DROP TABLE IF EXISTS ar_alembic_version;",
    ]
    order = [line.split()[-1].rstrip(";") for line in drops]
    assert {*order} == {*metadata().tables, "ar_alembic_version"}
    for table in metadata().tables.values():
        parents = {key.column.table.name for key in table.foreign_keys}
        assert all(order.index(table.name) < order.index(one) for one in parents)


def test_gn17_no_secret_is_written(run, project, tmp_path_factory):
    """Two projects get the very same files: no key was made for either."""
    run(*NEW)
    other = tmp_path_factory.mktemp("other")
    (other / "myapp").mkdir()
    (other / "myapp/__init__.py").write_text("")
    run(*NEW, "--project", str(other))

    assert tree_of(project) == tree_of(other)


def test_gn22_no_git_is_needed(project):
    """Where there is none, all of these still work."""
    for words in (NEW, ("status",), ("diff",)):
        done = subprocess.run(
            [sys.executable, "-m", "arware", "eject", *words],
            env={
                **os.environ,
                "PATH": "",
                "PYTHONPATH": str(Path(__file__).parents[2]),
            },
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()


def test_status_tells_how_each_file_stands(run, ask, project):
    """With a count; what differs from this release makes ``--check`` end with 3."""
    run(*NEW)
    assert run("status", "--check")[0] == 0
    (project / "myapp/auth/people.py").write_text("mine = 1\n")
    (project / "myapp/auth/login.py").unlink()
    code, output, complaints = run("status", "--check")

    assert code == 0
    assert "pristine" not in output
    assert "edited    myapp/auth/people.py\n" in output
    assert "missing   myapp/auth/login.py\n" in output
    assert complaints.startswith("1 edited, 1 missing, ")
    document = ask("status")
    assert document["arware"] == document["release"] == __version__
    assert document["features"] == ["password", "signup", "confirm", "reset", "account"]
    people = {"path": "myapp/auth/people.py", "state": "edited", "outdated": False}
    assert people in document["files"]


def test_status_tells_what_another_release_has(run, project):
    """As if the one that ejected had had another file, and one fewer."""
    run(*NEW)
    manifest = json.loads((project / MANIFEST).read_bytes())
    manifest["arware"] = "0.0.1"
    files = manifest["files"]
    files["myapp/auth/gone.py"] = files.pop("myapp/auth/people.py")
    (project / MANIFEST).write_text(json.dumps(manifest))
    code, output, complaints = run("status", "--check")

    assert code == 3
    assert "missing   myapp/auth/gone.py (outdated)\n" in output
    assert "new       myapp/auth/people.py\n" in output
    assert f"ejected from arware 0.0.1; this is {__version__}\n" in complaints


def test_diff_shows_what_was_changed(run, ask, project, monkeypatch):
    """Of all, or of a path from where one stands."""
    run(*NEW)
    with (project / "myapp/auth/people.py").open("a") as file:
        file.write("mine = 1\n")
    _, output, _ = run("diff")

    assert output.startswith("--- a/myapp/auth/people.py\n+++ b/myapp/auth/people.py\n")
    assert output.endswith("+mine = 1\n")
    assert ask("diff")["diff"] == output
    assert run("diff", ".")[1] == output
    monkeypatch.chdir(project / "myapp/auth")
    assert run("diff", "people.py", "--project", "../..")[1] == output
    assert run("diff", "realm.py", "--project", "../..") == (0, "", "")
    code, _, complaints = run("diff", "/etc", "--project", "../..")
    assert (code, complaints) == (1, f"arware: /etc is not in {project}\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("new",), "PACKAGE"),
        (("new", "my-app"), "'my-app' is no name of a package"),
        (("new", "myapp.auth", "--with", "x"), "there is no feature 'x'"),
        (("new", "myapp.auth", "--preset", "some"), "invalid choice: 'some'"),
        (("new", "myapp.auth", "--prefix", "auth"), "'auth' is no prefix"),
        (("new", "myapp.auth", "--project", "nowhere"), "there is no folder nowhere"),
        (("mend",), "invalid choice: 'mend'"),
        ((), "ACTION"),
    ],
)
def test_wrong_usage_ends_with_2(run, project, words, said):
    """And says what is wrong."""
    code, output, complaints = run(*words)

    assert (code, output) == (2, "")
    assert said in complaints
    assert list(tree_of(project)) == ["myapp/__init__.py"]


@pytest.mark.parametrize("words", [("status",), ("diff",), ("remove",)])
def test_where_nothing_was_ejected_that_is_said(run, project, words):
    """It ends with 1."""
    code, _, complaints = run(*words)

    assert code == 1
    assert complaints.startswith(f"arware: nothing was ejected into {project}: ")
    assert "--project" in complaints


def test_gn03_the_next_call_finishes_what_was_interrupted(run, project):
    """Whichever it is; only those that change nothing say so, and do not."""
    interrupted(project)
    before = tree_of(project)
    for words in ("remove --dry-run", "status", "diff", "upgrade --check"):
        code, output, complaints = run(*words.split())
        assert (code, output, tree_of(project)) == (1, "", before)
        assert "make that call again, which finishes it first" in complaints
    _, _, complaints = run("new", "myapp.auth")

    assert complaints.startswith("An interrupted call was finished first.\n")
    assert not (project / ".arware/journal").exists()
