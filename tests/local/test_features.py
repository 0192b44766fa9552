"""Each feature can be left out, and the realm can be somebody else's."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from arware.local.features import FEATURES

SKIPPED = ("core", "__pycache__")
PACKAGE = Path(__file__).parents[2] / "arware"


def owned(folder: Path, without: str) -> Path:
    """Copy the realm to an application's package, with one feature taken out."""
    package = folder / "owned"
    shutil.copytree(
        PACKAGE / "local", package, ignore=shutil.ignore_patterns("__pycache__")
    )
    line = re.compile(rf'^    "{without}",\n', re.MULTILINE)
    listed = package / "features" / "__init__.py"
    listed.write_text(line.sub("", listed.read_text("utf-8")), "utf-8")
    shutil.rmtree(package / "features" / without)
    shutil.rmtree(package / "tests" / without, ignore_errors=True)
    (folder / "pytest.ini").write_text("[pytest]\n")
    return package


@pytest.mark.parametrize("name", FEATURES)
def test_without_it_the_rest_serves_and_its_tests_pass(
    tmp_path: Path, name: str
) -> None:
    """Its folder and its line are all there is of it."""
    package = owned(tmp_path, name)
    program = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    program += ["-p", "no:arware", "--import-mode=importlib"]
    program += ["-c", str(tmp_path / "pytest.ini")]
    # What the core does by itself it does whatever takes part.
    folders = [path for path in (package / "tests").iterdir() if path.is_dir()]
    program += [str(path) for path in folders if path.name not in SKIPPED]
    program += [str(package / "tests" / "core" / "test_pages.py")]
    done = subprocess.run(
        program,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{PACKAGE.parent}"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-3000:]
