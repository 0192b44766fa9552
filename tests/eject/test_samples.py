"""The real code, changed by many, and upgraded; `python -m tests.eject` does more."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from arware.eject.fixes import FIXES
from arware.eject.releases import Release
from arware.eject.rendering import RELEASE, render
from arware.local.tables import MIGRATIONS

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


REVISION = """\
import sqlalchemy as sa
from alembic import op

revision = "{name}"
down_revision = "{after}"


def upgrade():
    op.create_table("ar_{name}", sa.Column("id", sa.Integer(), primary_key=True))


def downgrade():
    op.drop_table("ar_{name}")
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
    app: Application,
    empty_postgres: str,
    eject: Callable[..., tuple[int, str, str]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """The next release's is new, and comes behind theirs; on both databases."""
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    versions = "migrations/versions"
    ejected(app, render(RELEASE, OPTIONS))
    own = REVISION.format(name="own", after=head)
    app.commit({f"app/auth/{versions}/a_own.py": own.encode()})
    later = tmp_path / "arware/local"
    shutil.copytree(RELEASE, later, ignore=shutil.ignore_patterns("__pycache__"))
    new = REVISION.format(name="later", after=head)
    (later / versions / "99_later.py").write_text(new)
    monkeypatch.chdir(app.folder)

    code, _, complaints = eject(Release("99.0", later, FIXES), "upgrade")

    assert (code, complaints) == (0, "")
    there = (app.folder / "app/auth" / versions / "99_later.py").read_text()
    assert there == REVISION.format(name="later", after="own")
    for url in "sqlite:///a.sqlite", empty_postgres:
        done = python(app.folder, "-c", UP_DOWN_UP, url)
        assert done.returncode == 0, done.stderr
        assert done.stdout == "later (head)\n"
