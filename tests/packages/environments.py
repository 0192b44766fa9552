"""Build what is handed out, and install it where nothing else is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .requirements import ROOT

#: What a checkout holds beside its sources; an old ``build`` would end in the wheel.
_LEFTOVERS = shutil.ignore_patterns(
    ".[!c]*", ".c[!i]*", "build", "dist", "mutants", "htmlcov", "_build",
    "__pycache__", "*.egg-info", "*.sqlite", "realm-key.*",
)  # fmt: skip
#: What the tests read beside themselves, and the package is not among it.
_BESIDE = (
    *("tests", "docs", ".ci"),
    *("README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml"),
)


class BuildError(Exception):
    """A command on the way to an installation failed; its output is the message."""


@dataclass(frozen=True)
class Environment:
    """A fresh Python environment that sees nothing of this one."""

    folder: Path

    @property
    def python(self) -> Path:
        """Return the path of its Python."""
        return self.folder / "bin" / "python"

    def run(
        self, *words: str | Path, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run its Python with *words* outside of the checkout; return what it said."""
        return subprocess.run(
            [self.python, *words],
            check=False,
            cwd=cwd or self.folder,
            env=bare_environment(),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )

    def must(self, *words: str | Path, cwd: Path | None = None) -> str:
        """Run its Python with *words*; return its output or raise what it said."""
        result = self.run(*words, cwd=cwd)
        if result.returncode:
            line = " ".join(map(str, words))
            raise BuildError(f"{line}\n{result.stdout}{result.stderr}")
        return result.stdout

    def install(self, *words: str | Path) -> None:
        """Install packages with pip."""
        self.must("-m", "pip", "install", "-q", *words)

    def installed(self) -> list[str]:
        """Return what is installed, ``name==version``."""
        return self.must("-m", "pip", "list", "--format=freeze").split()


def bare_environment() -> dict[str, str]:
    """Return the environment without what leads a Python to another's packages."""
    led = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PYTEST_ADDOPTS"}
    return {name: value for name, value in os.environ.items() if name not in led}


def make_environment(folder: Path, python: str | None = None) -> Environment:
    """Make an environment in *folder*, of this Python or another one."""
    if python is None:
        venv.create(folder, with_pip=True, symlinks=True)
    else:
        command = [python, "-m", "venv", str(folder)]
        subprocess.run(command, check=True, env=bare_environment())
    return Environment(folder)


def build(folder: Path) -> tuple[Path, Path]:
    """
    Build the sdist, and from it the wheel, in *folder*; return where they are.

    They are built from a copy of the sources, so that the checkout stays as it is.
    """
    source = folder / "source"
    shutil.copytree(ROOT, source, ignore=_LEFTOVERS)
    builder = make_environment(folder / "builder")
    builder.install("build")
    builder.must("-m", "build", "--outdir", folder / "dist", source)
    (sdist,) = (folder / "dist").glob("*.tar.gz")
    (wheel,) = (folder / "dist").glob("*.whl")
    return sdist, wheel


def copy_tests(folder: Path) -> Path:
    """Copy the tests and what they read to *folder*, without the package itself."""
    for name in _BESIDE:
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, folder / name, ignore=_LEFTOVERS)
        else:
            folder.mkdir(exist_ok=True)
            shutil.copy(path, folder / name)
    return folder


def run_tests(environment: Environment, folder: Path, words: Iterable[str]) -> int:
    """Run pytest in *folder*, where its output can be seen; return its exit status."""
    corpora = ROOT.parent / "shared" / "corpora"
    variables = {"ARWARE_CORPORA": str(corpora), **bare_environment()}
    command = [str(environment.python), "-m", "pytest", "-q", *words]
    sys.stdout.flush()
    return subprocess.run(command, check=False, cwd=folder, env=variables).returncode
