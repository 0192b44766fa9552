"""Git, run where it may know nothing of who runs it, or in an application."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .errors import EjectError

#: The first release of git with the conflict style zdiff3.
OLDEST = (2, 35)

#: What ``git rev-parse --local-env-vars`` lists: it names a repository, as the hooks
#: of another do, and so would lead away from the application's.
_OF_A_REPOSITORY = frozenset((
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_CONFIG",
    "GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS", "GIT_DIR", "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NAMESPACE", "GIT_NO_REPLACE_OBJECTS", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE", "GIT_SHALLOW_FILE", "GIT_WORK_TREE",
))  # fmt: skip

#: The only configuration that a throw-away repository reads. Folders are not taken
#: for renamed: what a release adds stands where the release says.
_CONFIGURATION = f"""
[core]
    autocrlf = false
    hooksPath = {os.devnull}
    longPaths = true
[init]
    defaultBranch = yours
[gc]
    auto = 0
[merge]
    conflictStyle = zdiff3
    directoryRenames = false
    renames = true
    renameLimit = 10000
[diff]
    renames = true
    renameLimit = 10000
"""

#: What attributes in the files themselves would do is undone: a repository's own come
#: first (gitattributes(5)).
_ATTRIBUTES = (
    "* -text !eol !ident !filter !working-tree-encoding"
    " !merge !diff !conflict-marker-size\n"
)


class CannotMerge(EjectError):
    """Git is absent, too old, or failed, or the files rule a merge out."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A folder in which git is run, with what it may see of the environment."""

    folder: Path
    program: str
    environ: Mapping[str, str]

    def run(
        self, *arguments: str, feed: bytes = b"", good: Collection[int] = (0,)
    ) -> bytes:
        """
        Return what git prints.

        *feed* is its input. An exit code that is not *good* raises `CannotMerge`.
        """
        done = self._done(arguments, feed)
        if done.returncode not in good:
            said = (done.stderr or done.stdout).decode(errors="replace").strip()
            raise CannotMerge(f"git {arguments[0]} failed: {said}")
        return done.stdout

    def _done(
        self, arguments: tuple[str, ...], feed: bytes
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(  # noqa: S603 - no shell, and the paths go by its input
            [self.program, *arguments],
            cwd=self.folder,
            env=dict(self.environ),
            input=feed,
            capture_output=True,
            check=False,
        )


@contextmanager
def throw_away(whole: Collection[str] = ()) -> Iterator[Repository]:
    """
    Make an empty repository, for as long as the context lasts.

    It knows no configuration, attribute, template, hook and identity but its own, and
    no ``GIT_*`` of the environment. Git takes the files at the paths *whole* for what
    cannot be merged by lines.
    """
    program = _program()
    with tempfile.TemporaryDirectory(prefix="arware-merge-") as name:
        home, folder = Path(name, "home"), Path(name, "files")
        home.mkdir()
        folder.mkdir()
        (home / "configuration").write_text(_CONFIGURATION, "utf-8")
        repository = Repository(folder, program, _strange_environ(home))
        repository.run("init", "--quiet", "--template=")
        info = folder / ".git" / "info"
        info.mkdir(exist_ok=True)
        lines = [f"{_pattern(path)} -merge\n" for path in whole]
        (info / "attributes").write_text(_ATTRIBUTES + "".join(lines), "utf-8")
        yield repository


def application(folder: Path) -> Repository:
    """Return the repository that *folder* lies in, with its owner's configuration."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _OF_A_REPOSITORY
    }
    repository = Repository(folder, _program(), kept)
    try:
        told = repository.run("rev-parse", "--is-inside-work-tree")
    except CannotMerge as error:
        raise CannotMerge(
            f"{error}\n  git has to be able to undo this: have the application in a "
            "repository, and commit what there is"
        ) from None
    if told.strip() != b"true":
        raise CannotMerge(f"{folder} is not in a work tree of git")
    return repository


def _program() -> str:
    """Return where git stands; raise `CannotMerge` without one that is new enough."""
    program = shutil.which("git")
    oldest = ".".join(map(str, OLDEST))
    if program is None:
        raise CannotMerge(
            f"git was not found; this needs git {oldest} or later in the PATH"
        )
    said = subprocess.run(  # noqa: S603 - what the PATH says
        [program, "version"], capture_output=True, text=True, check=False
    ).stdout.strip()
    found = re.search(r"(\d+)\.(\d+)", said)
    if found is None or (int(found[1]), int(found[2])) < OLDEST:
        raise CannotMerge(
            f"git {oldest} or later is needed, and {program} says: {said or 'nothing'}"
        )
    return program


def _strange_environ(home: Path) -> dict[str, str]:
    """Return an environment in which git finds nothing of its user."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith("GIT_")
    }
    identity = {
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "arware"), ("EMAIL", "arware@localhost"))
    }
    return {
        **kept,
        **identity,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "GIT_CONFIG_GLOBAL": str(home / "configuration"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_ATTR_NOSYSTEM": "1",
        "LC_ALL": "C",
    }


def _pattern(path: str) -> str:
    """Return *path* as a pattern of gitattributes(5) that no other path matches."""
    return quoted("/" + re.sub(r"([*?\[\\])", r"\\\1", path))


def quoted(path: str) -> str:
    """Return *path*, which has no control character, in the quotes that git reads."""
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
