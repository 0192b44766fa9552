"""The merge does not depend on who calls it, and leaves no trace."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from arware.eject.merging import merge
from arware.eject.repositories import CannotMerge

from .test_merging import BOTH, CASES, CONFLICTS, MINE, NEW, PLAIN, A

#: What would change, stop or watch a merge, if git came to read it.
HOSTILE = """
[user]
    useConfigOnly = true
[core]
    autocrlf = true
    hooksPath = {hooks}
    attributesFile = {attributes}
    safecrlf = true
[commit]
    gpgSign = true
[gpg]
    program = false
[merge]
    conflictStyle = merge
    renames = false
[diff]
    renames = false
    external = false
[init]
    templateDir = {template}
    defaultBranch = theirs
"""
HOOK = "#!/bin/sh\ntouch {trace}\nexit 1\n"
HOOKS = ("post-checkout", "post-index-change", "pre-commit", "reference-transaction")


@pytest.fixture
def trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have a home whose git is set up as unkindly as can be; return what hooks make."""
    home, trace = tmp_path / "home", tmp_path / "trace"
    hooks, template = home / "hooks", home / "template"
    for folder in (hooks, template / "hooks"):
        folder.mkdir(parents=True)
        for name in HOOKS:
            (folder / name).write_text(HOOK.format(trace=trace))
            (folder / name).chmod(0o755)
    attributes = home / "attributes"
    attributes.write_text("*.py -merge ident eol=crlf\n")
    (home / ".gitconfig").write_text(
        HOSTILE.format(hooks=hooks, attributes=attributes, template=template)
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
    monkeypatch.setenv("GIT_TEMPLATE_DIR", str(template))
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "merge.renames")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "false")
    return trace


@pytest.mark.parametrize("name", ["both, at two places", "you renamed and edited it"])
def test_the_git_of_its_user_has_no_part_in_a_merge(trace: Path, name: str) -> None:
    """No configuration, hook, attribute, template or variable reaches it."""
    base, yours, theirs, expected = CASES[name]

    merged = merge(base, yours, theirs)

    assert merged.tree == {path: each[1] for path, each in expected.items()}
    assert not trace.exists()
    assert not (trace.parent / "elsewhere").exists()


@pytest.mark.usefixtures("trace")
def test_the_style_of_marks_is_not_its_users() -> None:
    """The base is between the marks, whatever a user prefers."""
    base, yours, theirs, *_ = CONFLICTS["both, at one place"]

    assert b"||||||| the release before" in merge(base, yours, theirs).tree[A]


def test_the_unkind_git_would_have_been_noticed(trace: Path, tmp_path: Path) -> None:
    """The hooks of that home do run, where nothing keeps them out."""
    path = shutil.which("git")
    environ = {"HOME": str(trace.parent / "home"), "PATH": str(Path(path or "").parent)}

    subprocess.run([path, "init", "-q"], cwd=tmp_path, env=environ, check=True)
    (tmp_path / "file").touch()
    subprocess.run([path, "add", "file"], cwd=tmp_path, env=environ, check=False)

    assert trace.exists()


@pytest.mark.parametrize("trees", [({A: PLAIN}, {A: MINE}, {A: NEW}),
                                   ({}, {"x": b"1\n"}, {"x/y": b"2\n"})])  # fmt: skip
def test_nothing_is_left_of_the_repository(trees, tmp_path, monkeypatch) -> None:
    """The temporary folder is gone after the merge, also after one that failed."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    try:
        assert merge(*trees).tree == {A: BOTH}
    except CannotMerge:
        assert "x" in trees[1]

    assert list(tmp_path.iterdir()) == []


def test_without_git_there_is_a_clear_error(tmp_path, monkeypatch) -> None:
    """GN-22: it says what is missing."""
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CannotMerge, match=r"git was not found; this needs git 2\.35"):
        merge({}, {}, {})


@pytest.mark.parametrize("said", ["git version 2.34.1", "git version 1.9", "", "what"])
def test_an_old_git_is_a_clear_error(said: str, tmp_path, monkeypatch) -> None:
    """GN-22: it says what is needed, and what was found."""
    path = tmp_path / "git"
    path.write_text(f"#!/bin/sh\necho '{said}'\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CannotMerge, match=rf"git 2\.35 .* says: {said or 'nothing'}$"):
        merge({}, {}, {})


def test_what_git_says_when_it_fails_is_passed_on(tmp_path, monkeypatch) -> None:
    """An error holds the reason that git gives."""
    path = tmp_path / "git"
    path.write_text(
        "#!/bin/sh\n[ $1 = version ] && echo git version 2.50.0 && exit\n"
        "echo 'fatal: the disk is full' >&2\nexit 128\n"
    )
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CannotMerge, match="git init failed: fatal: the disk is full"):
        merge({}, {}, {})
