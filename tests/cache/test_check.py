"""What ``arware check`` says of a region."""

from __future__ import annotations

from pathlib import Path

import pytest

from arware.cli import main
from tests.services import HOST, Service, free_port

INI = """
[app:main]
authrocket.loginrocket_url = https://example.e2.loginrocket.com/
authrocket.cookie_secret = Yk3-a0b1c2d3e4f5g6h7i8j9k0l1m2n3o4p5
authrocket.cache.backend = dogpile.cache.redis
authrocket.cache.arguments.url = {url}
"""


def checked(
    folder: Path, capsys: pytest.CaptureFixture[str], url: str
) -> tuple[int, str]:
    """Return how the command ends and all that it says of a region at *url*."""
    ini = folder / "app.ini"
    ini.write_text(INI.format(url=url))
    code = main(["check", "--ini", str(ini)])
    return code, " ".join("".join(capsys.readouterr()).split())


def test_f22_check_refuses_a_redis_that_decodes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says what to take out."""
    url = f"redis://:hunter2@{HOST}:1/0?decode_responses=True"
    code, said = checked(tmp_path, capsys, url)

    assert code == 1
    assert "Take decode_responses out" in said
    assert "hunter2" not in said


def test_f22_check_tells_of_a_store_that_keeps_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The application can start without it, so it is a warning."""
    url = f"redis://:hunter2@{HOST}:{free_port()}/0"
    code, said = checked(tmp_path, capsys, url)

    assert code == 0
    assert "cache: its store is down or slow (ConnectionError)" in said
    assert "hunter2" not in said


def test_f22_check_says_nothing_of_a_store_that_works(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], redis_service: Service
) -> None:
    """A shared region is what several processes need."""
    code, said = checked(tmp_path, capsys, redis_service.url)

    assert code == 0
    assert "cache:" not in said
