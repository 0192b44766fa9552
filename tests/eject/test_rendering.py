"""What a release ejects is the realm itself."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from arware.eject.options import PRESETS, Options, chosen_features
from arware.eject.rendering import (
    RELEASE,
    CannotRender,
    known_features,
    render,
    with_imports_of,
)

from .kills import settle

KNOWN = known_features(RELEASE)
ALL = Options("myapp.auth", "myapp/auth", KNOWN)
#: Names that stay: renamed, everybody would be logged out, or a log be silent.
LABELS = {"arware.local", "arware.local."} | {
    f"arware.local.{name}" for name in ("realm", "headers", "mounted")
}


def release(folder: Path, **changed: str) -> Path:
    """Make a small release in *folder*; ``features`` is the list of its features."""
    tree = {
        "features/__init__.py": 'FEATURES = (\n    "one",\n    "two",\n)\n',
        "features/one/__init__.py": "",
        "features/two/__init__.py": "",
        "tests/one/test_one.py": "",
        "tests/two/test_two.py": "",
        "migrations/versions/02_two.py": "",
    }
    tree["features/__init__.py"] = changed.pop("features", tree["features/__init__.py"])
    tree |= {f"{name}.py": text for name, text in changed.items()}
    settle(folder / "arware/local", {path: t.encode() for path, t in tree.items()})
    (folder / "arware/kit").mkdir()
    return folder / "arware/local"


def options(*features: str) -> Options:
    """Return options with *features* of the small release."""
    return Options("app.auth", "app/auth", features)


def test_gn20_all_of_it_is_the_realm_but_for_its_imports():
    """Every byte of every file, but where it imports the package or names commands."""
    found = render(RELEASE, ALL)
    tree = {
        path.relative_to(RELEASE).as_posix(): path.read_text("utf-8")
        for path in RELEASE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    moved = re.compile(r"^(\s*from )myapp\.auth\b", re.MULTILINE)
    called = {
        path.removeprefix("myapp/auth/"): data.decode().replace(
            "python -m myapp.auth", "arware realm"
        )
        for path, data in found.items()
        if not path.endswith((".md", "/ruff.toml"))  # written of them
    }
    back = {path: moved.sub(r"\1arware.local", text) for path, text in called.items()}

    assert back == tree


def test_its_commands_are_called_as_in_the_application():
    """In messages, comments and docstrings; nothing is wrapped otherwise for it."""
    for path, data in render(RELEASE, ALL).items():
        assert b"arware realm" not in data, path


def test_the_prefix_stands_in_one_line():
    """The pages and the commands read it there."""
    moved = render(RELEASE, replace(ALL, prefix="/members"))
    as_usual = render(RELEASE, ALL)
    changed = {path for path in moved if moved[path] != as_usual[path]}

    assert changed == {"myapp/auth/naming.py", "myapp/auth/AUTH.md"}
    assert b'\nPREFIX = "/members"\n' in moved["myapp/auth/naming.py"]


def test_the_same_is_rendered_each_time():
    """In the order of its paths; there is no clock and no chance in it."""
    first, second = render(RELEASE, ALL), render(RELEASE, ALL)

    assert list(first.items()) == list(second.items())
    assert list(first) == sorted(first)


def test_only_known_labels_name_the_package():
    """A string that is the name of a module would still mean the library's."""
    found = {
        node.value
        for path, data in render(RELEASE, ALL).items()
        if path.endswith(".py")
        for node in ast.walk(ast.parse(data))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if re.fullmatch(r"arware\.local[\w.]*", node.value)
    }

    assert found <= LABELS


@pytest.mark.parametrize("preset", PRESETS)
def test_a_feature_that_is_left_out_leaves_its_migration_only(preset):
    """Its folder, its line and its tests are not there; all tables are made."""
    chosen = chosen_features(KNOWN, preset)
    found = render(RELEASE, Options("auth", "auth", chosen))
    folders = {path.split("/")[2] for path in found if path.startswith("auth/features")}
    listed: dict[str, tuple[str, ...]] = {}
    exec(found["auth/features/__init__.py"], listed)

    assert listed["FEATURES"] == chosen
    assert folders == {"__init__.py", *chosen}
    assert not [p for n in {*KNOWN} - {*chosen} for p in found if f"/tests/{n}/" in p]
    whole = [path.split("local/")[1] for path in map(str, RELEASE.rglob("0*.py"))]
    assert {f"auth/{path}" for path in whole} <= found.keys()


def test_leftovers_are_no_part_of_a_release(tmp_path: Path):
    """Byte code, hidden files and what an editor has left."""
    local = release(tmp_path)
    settle(local, {"__pycache__/a.pyc": b"", ".DS_Store": b"", "a.py~": b""})

    assert len(render(local, options("one", "two"))) == 6 + 3


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"broken": "def"}, "broken.py does not compile"),
        ({"names": "import arware.local.names\n"}, "still imports arware.local.names"),
        ({"names": "if 1: from arware.local import a\n"}, "still imports arware.local"),
        ({"features": "X = 1"}, "has no FEATURES"),
        ({"features": 'FEATURES = ("one", "two")'}, "no line of its own"),
    ],
)
def test_a_release_that_cannot_be_ejected_says_why(tmp_path: Path, changed, said):
    """Rather than eject what would not run."""
    with pytest.raises(CannotRender, match=said):
        render(release(tmp_path, **changed), options("one"))


def test_a_feature_that_a_release_has_not_is_named(tmp_path: Path):
    """A manifest of another release may have it."""
    with pytest.raises(CannotRender, match="no feature passkeys"):
        render(release(tmp_path), options("one", "passkeys"))


@pytest.mark.parametrize(
    ("source", "moved"),
    [
        ("from arware.local import a\n", "from app.auth import a\n"),
        ("from arware.local.b.c import a\n", "from app.auth.b.c import a\n"),
        ("    from arware.local import a\n", "    from app.auth import a\n"),
        ("import arware.local.b as b\n", "import app.auth.b as b\n"),
        ("from arware.locale import a\n", None),
        ("from arware.kit import a\n", None),
        ("from .arware.local import a\n", None),
        ('log = getLogger("arware.local")\n', None),
        ("#: from arware.local\n", None),
    ],
)
def test_a_package_is_renamed_where_it_is_imported(source, moved):
    """And nowhere else."""
    assert with_imports_of(source, {"arware.local": "app.auth"}) == (moved or source)


def test_gn12_what_is_ejected_is_linted_and_formatted(tmp_path: Path):
    """By the rules that go with it, whatever the application's are."""
    settle(tmp_path, render(RELEASE, replace(ALL, package="zoo.login")))
    for words in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *words, "--no-cache", "."],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-2000:]


SERVES = """
import sys

class Uninstalled:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "arware":
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Uninstalled())
from webtest import TestApp
from myapp.auth import Realm

realm = Realm("sqlite:///a.sqlite", url="http://127.0.0.1:8000/auth")
app = TestApp(realm.wsgi_app, {"HTTP_HOST": "127.0.0.1:8000"})
print(app.get("/auth/login").status_int, app.get("/auth/signup").status_int)
"""


def test_vendored_it_serves_without_arware(tmp_path: Path):
    """What it imports of arware, and what that imports, is beside it (AK-F43)."""
    vendored = Options("myapp.auth", "myapp/auth", KNOWN, vendor=True)
    settle(tmp_path, render(RELEASE, vendored))
    done = subprocess.run(
        [sys.executable, "-c", SERVES],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout == "200 200\n", done.stderr[-2000:]


def test_what_is_vendored_is_what_is_imported(tmp_path: Path):
    """No adapter, no client and no command of the library's comes along."""
    vendored = Options("auth", "auth", KNOWN, vendor=True)
    rooms = {
        path.split("/")[2]
        for path in render(RELEASE, vendored)
        if path.startswith("auth/vendored/")
    }

    assert {"kit", "errors.py", "__init__.py", "settings"} <= rooms
    assert rooms.isdisjoint({"wsgi.py", "api", "cli", "local", "pyramid", "testing"})
