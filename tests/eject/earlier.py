"""Code that earlier releases have ejected, with today's kit, and with its fixes."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path

from arware.eject.fixes import Fix, open_fixes
from arware.eject.manifest import Manifest
from arware.eject.options import Options
from arware.eject.paths import digest
from arware.eject.rendering import known_features, render

from .kills import Tree, settle

ROOT = Path(__file__).parents[2]
#: As many as `REALM.md` promises.
MOST = 4
_TAG = re.compile(r"v(\d+)\.(\d+)\.(\d+)")


def earlier_releases(repository: Path) -> list[str]:
    """Return the tags of the last releases of *repository*, the newest first."""
    tags = _git(repository, "tag", "--list").decode().split()
    found = [match for tag in tags if (match := _TAG.fullmatch(tag))]
    found.sort(key=lambda match: tuple(map(int, match.groups())), reverse=True)
    return [match[0] for match in found[:MOST]]


def check_release(
    repository: Path, tag: str, folder: Path, fixes: Sequence[Fix]
) -> list[str]:
    """
    Eject all of *tag* below *folder* and run its tests with today's kit.

    Then do so with those of *fixes* that are open in it, one after the other. Returns
    pytest's last line of each run. Raises AssertionError if a test fails.
    """
    archive = io.BytesIO(_git(repository, "archive", tag, "arware/local"))
    with tarfile.open(fileobj=archive) as tar:
        tar.extractall(folder / "release", filter="data")
    release = folder / "release/arware/local"
    known = known_features(release)
    options = Options("app.auth", "app/auth", known)
    files = render(release, options)
    told = [_tested(folder / tag, files, tag)]
    for _ in fixes:  # Another may be open once the one before is merged.
        fix = next(open_fixes(fixes, _manifest(options, files), known), None)
        if fix is None:
            break
        fixed = {**files, **fix.files}
        files = {path: data for path, data in fixed.items() if data is not None}
        told.append(_tested(folder / fix.id, files, f"{tag} with {fix.id}"))
    return told


def _manifest(options: Options, files: Tree) -> Manifest:
    return Manifest("", options, {path: digest(data) for path, data in files.items()})


def _tested(folder: Path, files: Tree, name: str) -> str:
    """Run the tests among *files* in *folder*; return what pytest says last."""
    settle(folder, {"app/__init__.py": b"", **files})
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--import-mode=importlib", "-q", "-p",
         "no:cacheprovider", "app/auth/tests"],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTEST_ADDOPTS": "",
        },
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{name}: {done.stdout[-3000:]}"
    return done.stdout.splitlines()[-1]


def _git(repository: Path, *arguments: str) -> bytes:
    return subprocess.run(
        ["git", *arguments], cwd=repository, check=True, capture_output=True
    ).stdout
