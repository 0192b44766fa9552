"""What a person does once the code is there, with the text to paste."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from .dependencies import dependencies
from .frameworks import ALL, BY_NAME
from .options import Options

_KEPT_OUT = (
    "realm.ini, which may hold passwords, and what the first start makes: "
    "realm.sqlite*, realm-key.pem, realm-key.secret"
)
_UNLESS = "\n(SQLite on this machine needs none: the first start makes them)"
_KEEPING = """
(give this code the same database, key and secret: people stay logged in)"""
_TESTED = """
pip install pytest webtest babel
python -m pytest --import-mode=importlib"""
_VERSIONS = "ar_alembic_version"
_CREATED = re.compile(r'create_table\(\s*"(\w+)"')


def next_steps(options: Options, mounts: Sequence[str] = ()) -> list[str]:
    """
    Return the steps, in their order; each may have many lines.

    *mounts* are the places where the application mounts arware's own realm.
    """
    package = options.package
    chosen = BY_NAME.get(options.framework, ALL[0])
    start = f"http://localhost:{chosen.port}{options.prefix}/signup"
    steps = [
        f"Add to the dependencies of your application: {dependencies(options)}",
        f"Keep out of version control: {_KEPT_OUT}",
        f"Make the tables: python -m {package} migrate --database URL{_UNLESS}",
        f"Run the tests, which are yours too:{_TESTED} {options.folder}/tests",
        f"Start your application and open {start}",
        f"Commit {options.folder} and .arware: later releases are merged by them",
        f"Read {options.folder}/AUTH.md: what you now own, and how it is configured",
    ]
    if not options.framework:
        texts = [f"{one.name}, {one.block(options).text}" for one in ALL]
        steps.insert(1, "Serve the pages. Paste\n\n" + "\n".join(texts))
    if mounts:
        steps.insert(0, f"{still_mounted(mounts)}{_KEEPING}")
    return steps


def still_mounted(mounts: Sequence[str]) -> str:
    """Return what to do about the *mounts*."""
    places = ", ".join(mounts)
    return f"Take out arware's own realm, or people still get its pages: {places}"


def tables_of(files: Mapping[str, bytes]) -> list[str]:
    """Return the tables that the migrations among *files* make, in their order."""
    found: list[str] = []
    for path in sorted(files):
        if "/migrations/versions/" in path:
            found += _CREATED.findall(files[path].decode())
    return found


def after_removal(tables: Sequence[str]) -> list[str]:
    """Return what to say of *tables* to whoever has removed the code."""
    drops = [f"DROP TABLE IF EXISTS {name};" for name in reversed(tables)]
    return [
        "The tables stay. This drops them, and with them everybody who is in them:\n"
        + "\n".join([*drops, f"DROP TABLE IF EXISTS {_VERSIONS};"])
    ]
