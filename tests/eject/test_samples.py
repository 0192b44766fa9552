"""The real code, changed by many, and upgraded; `python -m tests.eject` does more."""

from __future__ import annotations

from pathlib import Path

import pytest

from arware.eject.rendering import RELEASE, render

from .applications import Application
from .samples import OPTIONS, ejected, python, sample, upgraded


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Application:
    """Have an application in a repository that nobody's configuration is about."""
    return Application.of_nobody(tmp_path, monkeypatch)


def test_gn15_the_real_code_is_merged_to_the_byte(app: Application) -> None:
    """With names that changed on either side, CRLF, and what was deleted."""
    chosen = sample(1)
    code, tree = upgraded(app, chosen)

    assert code == 0
    assert tree == chosen.wanted


OWN = b"""\
import sqlalchemy as sa
from alembic import op

revision = "own"
down_revision = "%s"


def upgrade():
    op.create_table("ar_own", sa.Column("id", sa.Integer(), primary_key=True))


def downgrade():
    op.drop_table("ar_own")
"""
UP_DOWN_UP = """
import sys

from alembic import command
from alembic.config import Config
from argparse import Namespace

config = Config(cmd_opts=Namespace(x=[f"url={sys.argv[1]}"]))
config.set_main_option("script_location", "app/auth/migrations")
config.set_main_option("path_separator", "os")
command.upgrade(config, "head")
command.downgrade(config, "base")
command.upgrade(config, "head")
command.current(config)
"""


def test_gn10_a_history_with_revisions_of_a_team_goes_up_down_and_up(
    app: Application, empty_postgres: str
) -> None:
    """The release's last one is new, and comes behind theirs; on both databases."""
    today = render(RELEASE, OPTIONS)
    *old, last = sorted(path for path in today if "/migrations/versions/" in path)
    before = {path: data for path, data in today.items() if path != last}
    ejected(app, before)
    names = [line for line in today[old[-1]].splitlines() if b"revision =" in line]
    parent = names[0].split(b'"')[1]
    app.commit({"app/auth/migrations/versions/a_own.py": OWN % parent})
    done = python(app.folder, "-m", "arware", "eject", "upgrade")
    assert (done.returncode, done.stderr) == (0, "")
    assert b'down_revision = "own"' in (app.folder / last).read_bytes()
    for url in "sqlite:///a.sqlite", empty_postgres:
        done = python(app.folder, "-c", UP_DOWN_UP, url)
        assert done.returncode == 0, done.stderr
        assert done.stdout.endswith("(head)\n")
