"""
Run the tests against an installation: ``python -m tests.packages JOB [tests ...]``.

``wheel``
    Build the sdist, the wheel from it, and install that with all extras in a fresh
    environment.
``lowest``
    The same with each package that pyproject.toml names for users at its floor. What
    those packages themselves need, and the tools of the tests, are as new as they may.
``newest``
    The same with everything upgraded as far as the packages let one another;
    pre-releases are left out.

The tests are copied beside the installation, so that nothing of the checkout can be
imported. *Tests* are files or folders of them; without any, all parts that do not read
the package's sources run. ``--python`` names another Python, ``-n`` how many processes
run the tests, ``--keep`` a folder in which the environment stays.

Prints where arware was imported from, all that is installed, pytest's figures and how
long it took. Ends with pytest's status.

- ``requirements.py`` reads pyproject.toml.
- ``environments.py`` builds, installs and runs.
- ``test_artifacts.py`` has the tests of what is built, ``test_dependencies.py`` that of
  the page about dependencies.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import textwrap
import time
from pathlib import Path

from .environments import (
    BuildError,
    Environment,
    build,
    copy_tests,
    make_environment,
    run_tests,
)
from .requirements import floors, offered, tools

PARTS = (
    "adapters", "api", "bridge", "cache", "cli", "core", "demo", "local", "resources",
    "runtime", "settings", "testing", "tokens", "vectors", "web",
)  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Do the job that is asked for; return 0 if the tests passed."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.packages",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("job", choices=["wheel", "lowest", "newest"])
    parser.add_argument("tests", nargs="*", help="files or folders of tests")
    parser.add_argument("--python", help="another Python")
    parser.add_argument("--keep", type=Path, help="a new folder that stays")
    parser.add_argument("-n", default="2", metavar="N", help="processes for the tests")
    asked = parser.parse_intermixed_args(arguments)
    tests = asked.tests or [f"tests/{part}" for part in PARTS]
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        began = time.monotonic()
        try:
            environment = install(asked.job, folder.resolve(), asked.python)
        except BuildError as error:
            print(error)
            return 1
        copy = copy_tests(folder.resolve() / "copy")
        print(describe(environment, copy))
        print(f"{asked.job}: installed after {time.monotonic() - began:.0f} s")
        status = run_tests(environment, copy, ["-n", asked.n, *OPTIONS, *tests])
        verdict = "PASSED" if status == 0 else "FAILED"
        print(f"{asked.job}: {verdict} after {time.monotonic() - began:.0f} s")
    return status


#: One worker has a whole file, as in the command of the README.
OPTIONS = ("--dist", "loadfile", "-p", "no:cacheprovider")


def install(job: str, folder: Path, python: str | None) -> Environment:
    """Build the wheel and install it in *folder*, as *job* wants it."""
    _, wheel = build(folder)
    environment = make_environment(folder / "environment", python)
    # The pip that comes with a Python may be years old.
    environment.install("--upgrade", "pip")
    words = [f"{wheel}[{','.join(offered())}]", *tools()]
    if job == "lowest":
        constraints = folder / "floors.txt"
        constraints.write_text("\n".join(floors()), "utf-8")
        words += ["--constraint", str(constraints)]
    if job == "newest":
        words += ["--upgrade", "--upgrade-strategy", "eager"]
    environment.install(*words)
    return environment


def describe(environment: Environment, folder: Path) -> str:
    """Return where arware comes from, and all that is installed."""
    program = "import arware, sys; print(arware.__file__, sys.version.split()[0])"
    place, version = environment.must("-c", program, cwd=folder).split()
    if not Path(place).is_relative_to(environment.folder):
        raise BuildError(f"arware was imported from {place}")
    installed = textwrap.fill(
        " ".join(environment.installed()),
        width=88,
        break_on_hyphens=False,
        break_long_words=False,
    )
    return f"Python {version}, {place}\n{installed}"


if __name__ == "__main__":
    sys.exit(main())
