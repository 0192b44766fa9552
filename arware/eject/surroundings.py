"""What an application's tools have to know of the code: Alembic, setuptools, git."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .application import Source, called
from .blocks import TAG, Block
from .options import Options
from .paths import seen

#: Without it `alembic revision --autogenerate` drops the tables, which it does not
#: know. One line would be longer than a formatter leaves it.
_LEFT_ALONE = (
    f"include_name=lambda name, kind, _: (  {TAG}",
    f'    (kind, str(name)[:3]) != ("table", "ar_")  {TAG}',
    f"),  {TAG}",
)
_HOOKS = {"include_name", "include_object"}


def blocks(project: Path, options: Options, found: Sequence[Source]) -> list[Block]:
    """Return what *project*'s own Alembic and packaging need, if it has them."""
    return [
        *_for_alembic(found),
        *_for_setuptools(project, options),
        *_for_git(project),
    ]


def _for_alembic(found: Sequence[Source]) -> Iterator[Block]:
    for source in found:
        if not re.search(r"(^|/)env\.py$", source.path):
            continue
        for call in source.calls():
            names = {keyword.arg for keyword in call.keywords}
            if (
                called(call) == "configure"
                and {"connection", "target_metadata"} <= names
            ):
                yield _in_call(source, call, is_free=not names & _HOOKS)
                break


def _in_call(source: Source, call: ast.Call, *, is_free: bool) -> Block:
    """Return the block for the first line inside *call*, where there is such a line."""
    where = (
        f"in {source.path}, in the call of context.configure() that has a "
        "connection, so that Alembic leaves the tables of the realm alone"
    )
    block = Block(source.path, _LEFT_ALONE, where, r"""["']ar_["']""")
    lines = source.data.splitlines()
    first = min(
        [node.lineno for node in call.args]
        + [keyword.value.lineno for keyword in call.keywords]
    )
    opening = lines[first - 2].strip()
    if not is_free or first == call.lineno or not opening.endswith(b"("):
        return block
    line = lines[first - 1]
    indent = line[: len(line) - len(line.lstrip())].decode()
    return Block(block.path, block.lines, where, block.sign, first - 1, indent)


# --- Packaging ---------------------------------------------------------------------

_TABLE = "[tool.setuptools.package-data]"


def _for_setuptools(project: Path, options: Options) -> Iterator[Block]:
    """Yield what has templates, texts and migrations go into the wheel."""
    data = seen(project, "pyproject.toml")
    document = _toml(data)
    backend = document.get("build-system", {}).get("build-backend", "setuptools")
    if data is not None and "project" in document:
        if backend.startswith("setuptools"):
            yield _in_pyproject(data, document, options)
    elif seen(project, "setup.py") is not None:
        yield _in_manifest(project, options)


def _toml(data: bytes | None) -> dict[str, Any]:
    try:
        return tomllib.loads((data or b"").decode())
    except ValueError:
        return {}


def _in_pyproject(data: bytes, document: dict[str, Any], options: Options) -> Block:
    tools = document.get("tool", {}).get("setuptools", {})
    line = f'"{options.package}" = ["**/*"]  {TAG}'
    sign = rf"""["']{re.escape(options.package)}["']\s*="""
    where = f"in pyproject.toml, in {_TABLE}, so that the wheel has templates and texts"
    if isinstance(tools.get("packages"), list):
        where += f" (and name {options.package} and what is below it in `packages`)"
        return Block("pyproject.toml", (line,), where, sign)
    lines = [one.strip() for one in data.decode().splitlines()]
    if "package-data" not in tools:
        both = (f"{_TABLE}  {TAG}", line)
        return Block("pyproject.toml", both, where, sign, len(lines))
    at = lines.index(_TABLE) + 1 if _TABLE in lines else None
    return Block("pyproject.toml", (line,), where, sign, at)


def _in_manifest(project: Path, options: Options) -> Block:
    data = seen(project, "MANIFEST.in")
    line = f"graft {options.folder}  {TAG}"
    where = (
        "in MANIFEST.in, beside include_package_data=True in setup.py, so that the "
        "wheel has templates and texts"
    )
    setup = seen(project, "setup.py") or b""
    is_read = re.search(rb"include_package_data\s*=\s*True", setup) is not None
    at = len((data or b"").splitlines()) if is_read and data is not None else None
    sign = rf"graft {re.escape(options.folder)}\b"
    return Block("MANIFEST.in", (line,), where, sign, at)


# --- Secrets -----------------------------------------------------------------------

#: A comment is a line of its own there. What is meant: realm.ini, realm.sqlite and what
#: SQLite keeps beside it, realm-key.pem and realm-key.secret.
_IGNORED = (f"{TAG}: what the first start makes", "/realm.[is]*", "/realm-key.*")


def _for_git(project: Path) -> Iterator[Block]:
    """Yield what keeps the key, the secret and the database out of git (GN-17)."""
    data = seen(project, ".gitignore")
    if data is not None:
        where = "in .gitignore, so that no secret gets into git"
        sign = r"(?m)^/?realm-key\."
        yield Block(".gitignore", _IGNORED, where, sign, len(data.splitlines()))
