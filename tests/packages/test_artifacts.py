"""What is built holds what it should, and works where nothing else is installed."""

from __future__ import annotations

import configparser
import os
import subprocess
import tarfile
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from email import message_from_string
from pathlib import Path

import pytest

import arware
from arware.testing import MemoryRealm
from tests.services import free_port, missing, wait_until

from .environments import BuildError, Environment, build, make_environment
from .requirements import ROOT, offered

#: What is no Python and has to travel, with an example of each kind.
DATA = (
    "arware/py.typed",
    "arware/api/awaited.pyi",
    "arware/demo/static/style.css",
    "arware/demo/templates/home.html",
    "arware/django/migrations/0001_initial.py",
    "arware/local/migrations/env.py",
    "arware/local/migrations/script.py.mako",
    "arware/local/migrations/versions/01_first.py",
    "arware/local/static/realm.css",
    "arware/local/templates/login.jinja2",
    "arware/runtime/known_secrets.bin",
)

#: What is imported, and the extra that brings it.
EXTRAS = {
    "import arware.pyramid": "pyramid",
    "import arware.bottle": "bottle",
    "import arware.flask": "flask",
    "import arware.django": "django",
    "import arware.starlette": "starlette",
    "import arware.fastapi": "fastapi",
    "from arware import AsyncClient": "async",
    "from arware.local import Realm": "local",
    "from arware.local import RealmSettings": "local",
}


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Build the sdist and, from it, the wheel."""
    try:
        return build(tmp_path_factory.mktemp("build"))
    except BuildError as error:
        if "No matching distribution" not in str(error):
            raise
        missing("no package index, and so no tool to build with")
        raise


@pytest.fixture(scope="module")
def sdist(artifacts: tuple[Path, Path]) -> set[str]:
    """Return the names in the sdist, below its one folder."""
    with tarfile.open(artifacts[0]) as archive:
        files = [member.name for member in archive if member.isfile()]
    return {name.partition("/")[2] for name in files}


@pytest.fixture(scope="module")
def wheel(artifacts: tuple[Path, Path]) -> Iterator[zipfile.ZipFile]:
    """Open the wheel."""
    with zipfile.ZipFile(artifacts[1]) as archive:
        yield archive


@pytest.fixture(scope="module")
def bare(
    artifacts: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> Environment:
    """Install the wheel without any extra."""
    environment = make_environment(tmp_path_factory.mktemp("bare"))
    environment.install(artifacts[1])
    return environment


@pytest.fixture(scope="module")
def local(
    artifacts: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> Environment:
    """Install the wheel with the extra ``local`` and no other."""
    environment = make_environment(tmp_path_factory.mktemp("local"))
    environment.install(f"{artifacts[1]}[local]")
    return environment


def sources(folder: str) -> set[str]:
    """Return the files of a folder of the checkout that are no leftovers of a run."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and not {"__pycache__", "_build"} & set(path.parts)
    }


def metadata_file(wheel: zipfile.ZipFile, name: str) -> str:
    """Return the text of *name* in the wheel's ``dist-info``."""
    (path,) = (path for path in wheel.namelist() if path.endswith(f"dist-info/{name}"))
    return wheel.read(path).decode()


# --- Contents ----------------------------------------------------------------------


def test_the_wheel_is_the_package_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    """Each file of the package is in it; no test, no document, no leftover."""
    names = {name for name in wheel.namelist() if ".dist-info/" not in name}

    assert names == sources("arware")


@pytest.mark.parametrize("name", DATA)
def test_data_travels_in_both(
    name: str, wheel: zipfile.ZipFile, sdist: set[str]
) -> None:
    """Templates, styles, migrations, types and the list of known secrets are there."""
    assert name in wheel.namelist()
    assert name in sdist


def test_the_sdist_can_be_tested_and_documented(sdist: set[str]) -> None:
    """It holds the whole package, all tests and documents, and what they read."""
    beside = {".ci/run", "CHANGELOG.md", "LICENSE", "README.md", "pyproject.toml"}
    expected = sources("arware") | sources("tests") | sources("docs") | beside
    made = {"PKG-INFO", "setup.cfg", "setup.py"}
    rest = {name for name in sdist - expected if "egg-info/" not in name}

    assert expected - sdist == set()
    assert rest == made


def test_the_wheel_installs_the_command_and_the_fixtures(
    wheel: zipfile.ZipFile,
) -> None:
    """Its entry points are the command and pytest's plugin."""
    points = configparser.ConfigParser()
    points.read_string(metadata_file(wheel, "entry_points.txt"))

    assert dict(points["console_scripts"]) == {"arware": "arware.cli:main"}
    assert dict(points["pytest11"]) == {"arware": "arware.testing.plugin"}


def test_the_wheel_says_what_it_is(wheel: zipfile.ZipFile) -> None:
    """Version, licence, Python and extras are told to whoever asks for them."""
    told = message_from_string(metadata_file(wheel, "METADATA"))

    assert told["Version"] == arware.__version__
    assert told["License-Expression"] == "MIT"
    assert told["Requires-Python"] == ">=3.11"
    assert set(told.get_all("Provides-Extra", [])) == {*offered(), "dev", "docs"}


# --- Without an extra --------------------------------------------------------------


@pytest.mark.parametrize("module", ["arware", "arware.wsgi", "arware.asgi"])
def test_the_wheel_alone_is_enough_for_plain_applications(
    module: str, bare: Environment
) -> None:
    """What needs no framework is imported without any extra, from the wheel."""
    code = f"import {module}; print({module}.__file__)"

    assert str(bare.folder) in bare.must("-c", code)


def test_every_public_name_but_one_needs_no_extra(bare: Environment) -> None:
    """Only the client for coroutines has one."""
    names = sorted({*dir(arware)} - {"AsyncClient"})
    code = f"import arware; print(len([getattr(arware, n) for n in {names}]))"

    assert int(bare.must("-c", code)) == len(names)


@pytest.mark.parametrize(("statement", "extra"), EXTRAS.items(), ids=EXTRAS)
def test_an_integration_without_its_framework_says_what_to_install(
    statement: str, extra: str, bare: Environment
) -> None:
    """The last line of the error is the command that helps."""
    result = bare.run("-c", statement)

    assert result.returncode == 1
    error = result.stderr.splitlines()[-1]
    assert error.startswith("ModuleNotFoundError: ")
    assert error.endswith(f'pip install "arware[{extra}]"')


def test_a_command_without_its_extra_says_what_to_install(bare: Environment) -> None:
    """It is one sentence, without a traceback."""
    result = bare.run("-m", "arware", "demo")

    assert result.returncode == 1
    assert "arware[local]" in result.stderr
    assert "Traceback" not in result.stderr


# --- With the realm's extra --------------------------------------------------------


def test_the_demo_runs_from_the_wheel(local: Environment) -> None:
    """With the extra ``local`` alone it answers, from its own templates and styles."""
    port = free_port()
    command = [local.python, "-m", "arware", "demo", "--port", str(port)]
    home = f"http://127.0.0.1:{port}/"
    environ = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    with subprocess.Popen(
        command,
        cwd=local.folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as demo:
        try:
            wait_until(lambda: demo.poll() is not None or fetches(home), 120)
            assert demo.poll() is None, demo.stdout.read() if demo.stdout else ""
            with urllib.request.urlopen(home) as response:
                page = response.read().decode()
        finally:
            demo.terminate()
            demo.communicate()

    assert "<html" in page
    assert "stylesheet" in page


def fetches(url: str) -> bool:
    """Tell whether *url* is answered."""
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except OSError:
        time.sleep(0.1)
        return False


def test_the_check_runs_from_the_wheel(local: Environment) -> None:
    """With nothing set it names the variables that are missing."""
    result = local.run("-m", "arware", "check")

    assert result.returncode == 1
    assert "AUTHROCKET_COOKIE_SECRET" in result.stdout + result.stderr
    assert "Traceback" not in result.stderr


def test_a_token_is_inspected_from_the_wheel(
    local: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command shows the claims of a realm's token, and believes it."""
    realm = MemoryRealm()
    monkeypatch.setenv("AUTHROCKET_JWT_KEY", realm.settings()["jwt_key"])
    token = realm.token("alice")
    shown = local.must("-m", "arware", "token", "inspect", token)

    assert "alice@example.com" in shown
