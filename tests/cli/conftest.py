"""What all tests of the command use."""

from __future__ import annotations

import io
import os
import sys

import pytest

from arware.cli import main
from arware.testing import MemoryRealm


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    """Nothing of the machine's own configuration counts."""
    for name in list(os.environ):
        if name.startswith(("AUTHROCKET_", "LOGINROCKET_")):
            monkeypatch.delenv(name)
    for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run(capsys, monkeypatch):
    """Run the command; return exit code, output and complaints."""

    def run(*words, environ=(), stdin=""):
        for name, value in dict(environ).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        code = main(words)
        output = capsys.readouterr()
        return code, output.out, output.err

    return run


@pytest.fixture(scope="module")
def realm():
    """A realm whose tokens the tests look into."""
    return MemoryRealm()


@pytest.fixture
def served():
    """A realm that serves its key set while the test runs."""
    realm = MemoryRealm()
    with realm.serve():
        yield realm
