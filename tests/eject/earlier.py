"""Code that earlier releases have ejected, with the kit of today beside it."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

from arware.eject.options import Options
from arware.eject.rendering import known_features, render

from .kills import settle

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


def check_release(repository: Path, tag: str, folder: Path) -> str:
    """
    Eject all of *tag* into *folder* and run its tests with today's kit.

    Returns pytest's last line. Raises AssertionError if a test fails.
    """
    archive = io.BytesIO(_git(repository, "archive", tag, "arware/local"))
    with tarfile.open(fileobj=archive) as tar:
        tar.extractall(folder / "release", filter="data")
    release = folder / "release/arware/local"
    options = Options("app.auth", "app/auth", known_features(release))
    settle(folder, {"app/__init__.py": b"", **render(release, options)})
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--import-mode=importlib", "-q", "-p",
         "no:cacheprovider", "app/auth/tests"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{tag}: {done.stdout[-3000:]}"
    return done.stdout.splitlines()[-1]


def _git(repository: Path, *arguments: str) -> bytes:
    return subprocess.run(
        ["git", *arguments], cwd=repository, check=True, capture_output=True
    ).stdout
