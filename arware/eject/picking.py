"""A change, picked by git onto files that have changed too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .line_endings import is_text
from .repositories import CannotMerge, Repository, quoted, throw_away

Tree = Mapping[str, bytes]

#: Who stands in the marks of a conflict, beside ``HEAD``, which is what you have.
BEFORE, NEW = "the release before", "the new release"
_MARKS = (
    (rb"^(\|{7,}) parent of [0-9a-f]{4,64} \(%s\)", BEFORE),
    (rb"^(>{7,}) [0-9a-f]{4,64} \(%s\)", NEW),
)


@dataclass(frozen=True, slots=True)
class Picked:
    """
    What git made of three trees.

    *clean* is what it merged, *stages* what it could not, by path and stage as in its
    index, and *marked* the files with marks that it left for those. The renames lead
    from a path of the base to the new one.
    """

    clean: Mapping[str, bytes]
    stages: Mapping[str, Mapping[int, bytes]]
    marked: Mapping[str, bytes]
    your_renames: Mapping[str, str]
    their_renames: Mapping[str, str]


def picked(base: Tree, yours: Tree, theirs: Tree) -> Picked:
    """Return what comes of the change from *base* to *theirs* on top of *yours*."""
    trees = {"base": base, "yours": yours, "theirs": theirs}
    whole = {
        path
        for tree in trees.values()
        for path, content in tree.items()
        if not is_text(content)
    }
    with throw_away(sorted(whole)) as repository:
        stream = b"".join(_commit(name, tree) for name, tree in trees.items())
        repository.run("fast-import", "--quiet", feed=stream)
        repository.run("reset", "--quiet", "--hard", "yours")
        # Lines that differ in nothing but their ends are the same, and keep yours.
        repository.run(
            "cherry-pick", "--no-commit", "--strategy=ort",
            "--strategy-option=ignore-cr-at-eol", "theirs", good=(0, 1),
        )  # fmt: skip
        return _read(repository)


def _commit(name: str, tree: Tree) -> bytes:
    """Return a commit with all of *tree*, as git-fast-import(1) takes it."""
    parts = [
        f"commit refs/heads/{name}\n".encode(),
        b"committer arware <arware@localhost> 0 +0000\n",
        f"data {len(NEW)}\n{NEW}\n".encode(),
        b"" if name == "base" else b"from refs/heads/base\n",
        b"deleteall\n",
    ]
    for path, content in tree.items():
        head = f"M 100644 inline {quoted(path)}\ndata {len(content)}\n"
        parts += [head.encode(), content, b"\n"]
    return b"".join(parts)


def _read(repository: Repository) -> Picked:
    entries = list(_entries(repository))
    contents = _contents(repository, [name for _, _, name in entries])
    clean: dict[str, bytes] = {}
    stages: dict[str, dict[int, bytes]] = {}
    for (path, stage, _), content in zip(entries, contents, strict=True):
        if stage:
            stages.setdefault(path, {})[stage] = content
        else:
            clean[path] = content
    return Picked(
        clean,
        stages,
        dict(_marked(repository, stages)),
        _renames(repository, "yours"),
        _renames(repository, "theirs"),
    )


def _entries(repository: Repository) -> Iterator[tuple[str, int, str]]:
    """Yield path, stage and object name of each entry of the index."""
    for entry in repository.run("ls-files", "--stage", "-z").split(b"\0")[:-1]:
        told, _, path = entry.partition(b"\t")
        _, name, stage = told.decode().split()
        yield path.decode(), int(stage), name


def _contents(repository: Repository, names: list[str]) -> Iterator[bytes]:
    """Yield the contents of the objects with these *names*."""
    feed = "".join(f"{name}\n" for name in names).encode()
    answer, at = repository.run("cat-file", "--batch", feed=feed), 0
    for _ in names:
        start = answer.index(b"\n", at) + 1
        at = start + int(answer[at:start].split()[2])
        yield answer[start:at]
        at += 1


def _marked(
    repository: Repository, paths: Mapping[str, object]
) -> Iterator[tuple[str, bytes]]:
    """Yield the files that git left at *paths*, with names in their marks."""
    for path in paths:
        file = repository.folder / path
        if file.is_file():
            content = file.read_bytes()
            for mark, name in _MARKS:
                pattern = mark % re.escape(NEW.encode())
                label = rb"\1 " + name.encode()
                content = re.sub(pattern, label, content, flags=re.MULTILINE)
            yield path, content


def _renames(repository: Repository, commit: str) -> dict[str, str]:
    """Return what *commit* renamed, from the old path to the new one."""
    told = repository.run(
        # An empty file is none that was renamed: so the merge has it, too.
        "diff-tree", "-r", "-z", "--find-renames", "--no-rename-empty",
        "--diff-filter=R", "--name-status", "base", commit,
    )  # fmt: skip
    words = told.decode().split("\0")[:-1]
    return dict(zip(words[1::3], words[2::3], strict=True))


def check_paths(*trees: Tree) -> None:
    """Raise `CannotMerge` for a path that leads out of a work tree or into ``.git``."""
    for path in {path for tree in trees for path in tree}:
        parts = path.split("/")
        if {"", ".", ".."} & {*parts} or ".git" in map(str.lower, parts):
            raise CannotMerge(f"{path!r} is no path inside of a work tree")
        if not path.isprintable():
            raise CannotMerge(f"{path!r} holds what cannot be printed")
