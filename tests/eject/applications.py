"""Applications in repositories of their own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from arware.eject.conflicts import Stages, index_entries, mark_conflicts
from arware.eject.merging import Merged, merge


def mark(folder: Path, conflicts: Mapping[str, Stages]) -> None:
    """Put *conflicts* into the index of the repository that *folder* lies in."""
    mark_conflicts(folder, index_entries(folder, conflicts))


class Application:
    """A repository with an application in its folder ``app``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "app"
        self.folder.mkdir(parents=True)
        self.git("init", "-q", "..")
        self.git("config", "user.name", "somebody")
        self.git("config", "user.email", "somebody@example.org")

    @classmethod
    def of_nobody(cls, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Application:
        """Make one below *folder*, and leave out how git is set up here."""
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        return cls(folder / "repository")

    def git(self, *arguments: str) -> str:
        """Return what git prints in the application's folder."""
        return subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def write(self, tree: Mapping[str, bytes]) -> None:
        """Write files into the application's folder."""
        for path, content in tree.items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_bytes(content)

    def commit(self, tree: Mapping[str, bytes]) -> None:
        """Write and commit files."""
        self.write(tree)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "what stands")

    def upgrade(self, base, yours, theirs) -> Merged:
        """Commit *yours*, then write what comes of a merge, with its conflicts."""
        self.commit(yours)
        merged = merge(base, yours, theirs)
        self.write(merged.tree)
        mark(self.folder, merged.conflicts)
        return merged

    def status(self) -> list[str]:
        """Return what git says of each file that is not as committed."""
        return self.git("status", "--porcelain").splitlines()
