"""The tests that travel with the realm, on PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.services import Service

PACKAGE = Path(__file__).parents[2] / "arware"


def test_they_run_on_postgresql_too(tmp_path: Path, postgres_service: Service) -> None:
    """From another folder, with no settings of ours; on SQLite they ran as ours."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    program = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    program += ["-p", "no:arware", "--import-mode=importlib"]
    program += ["-c", str(tmp_path / "pytest.ini"), str(PACKAGE / "local" / "tests")]
    program += ["-k", "postgresql"]
    done = subprocess.run(
        program,
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": str(PACKAGE.parent),
            "REALM_TEST_POSTGRESQL": postgres_service.url,
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-3000:]
    assert "skipped" not in done.stdout.splitlines()[-1]
