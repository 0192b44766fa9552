"""Runs of pytest with our plugin, as an application's tests have it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.docs.blocks import ROOT

#: The plugin by its module, whether or not this arware is an installed one.
PLUGIN = ("-p", "no:arware", "-p", "arware.testing.plugin", "-p", "no:cacheprovider")
SETTINGS = ("LOGINROCKET_URL", "AUTHROCKET_")


def run_pytest(
    folder: Path, *arguments: str, **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run the tests in *folder*, without the settings of this process."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(SETTINGS)}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *PLUGIN, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=kept | {"PYTHONPATH": str(ROOT)} | environ,
    )
