"""Whoever has ejected code of the last releases gets the kit of today by pip."""

from __future__ import annotations

from pathlib import Path

import pytest

from arware.eject.fixes import Fix, Patch

from .applications import Application
from .earlier import check_release, earlier_releases

LOCAL = "arware/local"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Application:
    """Have a repository with a small release in it."""
    app = Application(tmp_path / "repository")
    app.folder = app.root
    app.commit({
        f"{LOCAL}/features/__init__.py": b'FEATURES = (\n    "one",\n)\n',
        f"{LOCAL}/tests/one/test_one.py": b"def test_one():\n    import arware.kit\n",
    })  # fmt: skip
    return app


def test_gn23_the_last_four_releases_are_tried(repository: Application) -> None:
    """By their numbers; a tag that is none is not one."""
    assert earlier_releases(repository.folder) == []
    for tag in ("v1.9.0", "v1.10.0", "v2.0.0", "v2.0.1rc1", "v1.9.1", "v0.1.0", "old"):
        repository.git("tag", tag)

    assert earlier_releases(repository.folder) == [
        "v2.0.0", "v1.10.0", "v1.9.1", "v1.9.0",
    ]  # fmt: skip


def test_gn23_its_tests_run_with_the_kit_of_today(
    repository: Application, tmp_path: Path
) -> None:
    """What they miss is found; as long as there is no release, today's own is tried."""
    repository.git("tag", "v1.0.0")
    missing = b"from arware.kit import gone\n\n\ndef test_one():\n    assert gone\n"
    repository.commit({f"{LOCAL}/tests/one/test_one.py": missing})
    repository.git("tag", "v1.1.0")

    folder = tmp_path / "1.0"
    (told,) = check_release(repository.folder, "v1.0.0", folder, ())
    assert "1 passed" in told
    with pytest.raises(AssertionError, match="cannot import name 'gone'"):
        check_release(repository.folder, "v1.1.0", tmp_path / "1.1", ())


def test_each_fix_is_tried_on_the_releases_that_it_is_for(
    repository: Application, tmp_path: Path
) -> None:
    """With the test that comes with it."""
    repository.commit({f"{LOCAL}/one.py": b"SAFE = False\n"})
    repository.git("tag", "v1.0.0")
    test = b"from ...one import SAFE\n\n\ndef test_safe():\n    assert SAFE\n"
    before = {"local/one.py": b"SAFE = False\n"}
    after = {"local/one.py": b"SAFE = True\n", "local/tests/one/test_safe.py": test}
    fix = Fix("AR-1", "", (Patch(before, after),))
    wrong = Fix("AR-2", "", (Patch(before, {**before, **after, **before}),))

    told = check_release(repository.folder, "v1.0.0", tmp_path / "1", [fix])
    assert ["1 passed" in told[0], "2 passed" in told[1]] == [True, True]
    with pytest.raises(AssertionError, match=r"v1\.0\.0 with AR-2"):
        check_release(repository.folder, "v1.0.0", tmp_path / "2", [wrong])
