"""The application's own revisions among the migrations that were ejected."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from .repositories import CannotMerge


@dataclass(frozen=True, slots=True)
class _Revision:
    """What a file of ``migrations/versions`` says; *place* is of what it follows."""

    name: str
    after: tuple[str, ...]
    place: ast.expr


def relinked(files: Mapping[str, bytes], new: Collection[str]) -> dict[str, bytes]:
    """
    Return the *new* ones among *files* that have to follow the application's revisions.

    *files* are all that stand in ``migrations/versions`` together. A release's history
    goes on where its own ended; where a team has added revisions there, both would be a
    head, so that the first new one is put behind theirs. Raises `CannotMerge` if theirs
    have several heads: nobody can know behind which.
    """
    read = {path: _read(content) for path, content in files.items()}
    known = {path: revision for path, revision in read.items() if revision}
    coming = {known[path].name for path in new if path in known}
    theirs = [revision for revision in known.values() if revision.name not in coming]
    moved = {}
    for path in new:
        revision = known.get(path)
        if revision is None or len(revision.after) != 1 or {*revision.after} & coming:
            continue
        heads = sorted(set(_heads(revision.after[0], theirs)))
        if len(heads) > 1:
            raise CannotMerge(
                f"your migrations have several heads, {', '.join(heads)}: join them "
                "first, with `alembic merge heads`"
            )
        if heads != [*revision.after]:
            moved[path] = _following(files[path], revision.place, heads[0])
    return moved


def _heads(name: str, revisions: Collection[_Revision]) -> Iterator[str]:
    """Yield the last revisions on the ways that lead on from *name*."""
    following = [revision.name for revision in revisions if name in revision.after]
    if not following:
        yield name
    for after in following:
        yield from _heads(after, revisions)


def _read(content: bytes) -> _Revision | None:
    """Return what a file says, or None if that is no revision."""
    try:
        body = ast.parse(content).body
    except (SyntaxError, ValueError):
        return None
    said = dict(_assigned(body))
    try:
        name = ast.literal_eval(said["revision"])
        after = ast.literal_eval(said["down_revision"])
    except (KeyError, ValueError):
        return None
    names = (after,) if isinstance(after, str) else tuple(after or ())
    return _Revision(name, names, said["down_revision"])


def _assigned(body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    """Yield each name that is given a value, as Alembic's own template does, too."""
    for node in body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield name, value


def _following(content: bytes, place: ast.expr, name: str) -> bytes:
    """Return *content* with *name* as what the revision follows."""
    lines = content.splitlines(keepends=True)
    line = lines[place.lineno - 1]
    end = place.end_col_offset
    lines[place.lineno - 1] = b'%s"%s"%s' % (
        line[: place.col_offset], name.encode(), line[end:],
    )  # fmt: skip
    return b"".join(lines)
