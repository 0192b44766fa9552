"""Files that appear whole or not at all, readable by their owner alone."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from arware.kit.files import make_once, replace
from arware.kit.secrets import new_secret


def test_a_file_is_made_once(tmp_path: Path) -> None:
    """Of many that make it at once all read the same, and nothing else is left."""
    path = tmp_path / "secret"
    start = threading.Barrier(16)
    read: set[str] = set()

    def run() -> None:
        start.wait()
        make_once(path, new_secret())
        read.add(path.read_text())

    threads = [threading.Thread(target=run) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(read) == 1
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_there_needs_no_other(tmp_path: Path) -> None:
    """Its folder may be read only: nothing is written into it."""
    path = tmp_path / "secret"
    make_once(path, "first")
    os.utime(tmp_path, (0, 0))
    make_once(path, "second")

    assert path.read_text() == "first"
    assert tmp_path.stat().st_mtime == 0


def test_what_is_replaced_is_for_its_owner_only(tmp_path: Path) -> None:
    """Whatever mode the file had before."""
    path = tmp_path / "key.pem"
    path.write_text("old")
    path.chmod(0o644)
    replace(path, "new")

    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]
