"""What the tests of the command use."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import pytest

from arware.cli import main
from arware.eject.command import add_parsers
from arware.kit.terminal import CommandError

from .applications import Application
from .releases import NEW, made_up


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
def eject(capsys):
    """Run ``arware eject`` as if a made-up release were installed."""

    def eject(release, *words):
        parser = argparse.ArgumentParser()
        add_parsers(parser.add_subparsers(), release)
        try:
            arguments = parser.parse_args(words)
            code = arguments.run(arguments)
        except CommandError as error:
            sys.stderr.write(f"{error}\n")
            code = 1
        except SystemExit as error:
            code = error.code
        output = capsys.readouterr()
        return code, output.out, output.err

    return eject


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, eject) -> Application:
    """An application with the first made-up release in it, committed."""
    app = Application.of_nobody(tmp_path, monkeypatch)
    app.write({"app/__init__.py": b""})
    monkeypatch.chdir(app.folder)
    assert eject(made_up(tmp_path / "first"), *NEW)[0] == 0
    app.commit({})
    return app


@pytest.fixture
def ask(run):
    """Run ``arware eject ... --json``; return what it prints, read."""

    def ask(*words):
        code, output, _ = run(*words, "--json")
        assert code == 0
        return json.loads(output)

    return ask
