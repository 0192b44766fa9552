"""What the tests of the command use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from arware.cli import main


@pytest.fixture
def project(tmp_path: Path, monkeypatch) -> Path:
    """An application with one package; it is the current folder."""
    (tmp_path / "myapp").mkdir()
    (tmp_path / "myapp/__init__.py").write_text("")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(capsys):
    """Run ``arware eject``; return exit code, output and complaints."""

    def run(*words):
        try:
            code = main(["eject", *words])
        except SystemExit as error:
            code = error.code
        output = capsys.readouterr()
        return code, output.out, output.err

    return run


@pytest.fixture
def ask(run):
    """Run ``arware eject ... --json``; return what it prints, read."""

    def ask(*words):
        code, output, _ = run(*words, "--json")
        assert code == 0
        return json.loads(output)

    return ask
