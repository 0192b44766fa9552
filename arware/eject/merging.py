"""A release's changes, merged into files that an application has made its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from .line_endings import LF, only_ending, usual_ending, with_ending
from .picking import Picked, Tree, check_paths, picked
from .repositories import CannotMerge
from .soundness import problem

BASE, YOURS, THEIRS = 1, 2, 3


class Outcome(StrEnum):
    """What became of a file."""

    #: As you have it: the release left it alone, did the same, or never knew it.
    UNCHANGED = "unchanged"
    #: You had left it alone, and the release changed it.
    REPLACED = "replaced"
    #: Both changed it, at different places.
    MERGED = "merged"
    #: Both changed it, and only a person can say what is meant.
    CONFLICT = "conflict"
    #: New in the release.
    ADDED = "added"
    #: The release deleted or renamed it, and you had left it alone.
    DELETED = "deleted"
    #: You deleted it, and the release went on changing it.
    STAYS_DELETED = "stays deleted"


@dataclass(frozen=True, slots=True)
class MergedFile:
    """
    One file after a merge.

    *content* is what belongs at the path, ``None`` for no file. A conflict's has git's
    marks, of the style zdiff3, unless the file is not merged by lines, or is wrong only
    as a whole; *stages* then holds what git calls so: 1 as it was released before, 2
    yours, 3 the new release's; who deleted it has none. *renamed_from* is the path
    that the release before had it at, where that is another. *note* is for a person.
    """

    outcome: Outcome
    content: bytes | None
    stages: Mapping[int, bytes] = field(default_factory=dict)
    renamed_from: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of each file, by path, in the order of the paths."""

    files: Mapping[str, MergedFile]

    @property
    def tree(self) -> dict[str, bytes]:
        """All files as they belong now."""
        return {
            path: file.content
            for path, file in self.files.items()
            if file.content is not None
        }

    @property
    def conflicts(self) -> dict[str, Mapping[int, bytes]]:
        """The stages of each file that is left to a person."""
        return {path: file.stages for path, file in self.files.items() if file.stages}


def merge(base: Tree, yours: Tree, theirs: Tree) -> Merged:
    """
    Merge what changed from *base* to *theirs* into *yours*.

    Paths are relative, with slashes. *base* and *theirs* are the releases that yours
    came from and is to come to; *yours* may hold more files than came from there, and
    a rename is followed to any of them. Nothing is read or written but a temporary
    folder, in which git 2.35 or later does the work; the configuration, attributes,
    hooks and environment of whoever calls have no part in it.

    Line endings are no change: each file keeps those that you have, new ones get those
    that most of your lines have. A file that holds NUL is taken whole, from one side.
    Merged Python that does not compile with the running version is a conflict, and so
    is a function, class or method that both sides add by one name. What you deleted and
    the release left as it was is not mentioned.

    Raises `CannotMerge` without such a git, for a path that leads elsewhere, and where
    a file of one side has the name of a folder of the other.
    """
    check_paths(base, yours, theirs)
    usual = usual_ending(yours.values())
    ends = {path: usual_ending([content]) for path, content in yours.items()}

    def as_yours(tree: Tree) -> dict[str, bytes]:
        return {
            path: with_ending(content, ends.get(path, usual))
            for path, content in tree.items()
        }

    git = picked(as_yours(base), yours, as_yours(theirs))
    return _Reading(base, yours, theirs, git, usual).merged()


@dataclass(frozen=True, slots=True)
class _Trio:
    """Where the three versions of one file stand."""

    base: str
    yours: str
    theirs: str


@dataclass(frozen=True, slots=True)
class _Reading:
    """Git's answer, told by file."""

    base: Tree
    yours: Tree
    theirs: Tree
    git: Picked
    usual: bytes

    def merged(self) -> Merged:
        told = {path: self._stands(path) for path in self.git.clean}
        told |= {path: self._conflict(path) for path in self.git.stages}
        told = {path: file for path, file in told.items() if path in self._known()}
        told |= self._renamed_twice()
        for path in self.yours.keys() - told.keys():
            told[path] = self._gone(path)
        return Merged(dict(sorted(told.items())))

    def _known(self) -> set[str]:
        """Return all paths; raise where git had to make one up."""
        known = {*self.base, *self.yours, *self.theirs}
        for path in {*self.git.clean, *self.git.stages} - known:
            name = path.rpartition("~")[0]
            raise CannotMerge(
                f"{name} is a file on one side and a folder on the other;"
                " rename yours first"
            )
        return known - {path for old, _, new in self._twice() for path in (old, new)}

    def _twice(self) -> list[tuple[str, str, str]]:
        """Return each path of the base with two new ones, yours and the release's."""
        both = self.git.your_renames.keys() & self.git.their_renames.keys()
        pairs = [
            (path, self.git.your_renames[path], self.git.their_renames[path])
            for path in both
        ]
        return [trio for trio in pairs if trio[1] != trio[2]]

    def _trio(self, path: str) -> _Trio:
        git = self.git
        if old := _key_of(git.your_renames, path):
            return _Trio(old, path, git.their_renames.get(old, old))
        if old := _key_of(git.their_renames, path):
            return _Trio(old, git.your_renames.get(old, old), path)
        return _Trio(path, path, path)

    def _stands(self, path: str) -> MergedFile:
        """Tell of a file that git had no trouble with."""
        content, trio = self.git.clean[path], self._trio(path)
        mine, old = self.yours.get(trio.yours), self.base.get(trio.base)
        origin = trio.base if trio.base != path else None
        if self.yours.get(path) == content:
            return MergedFile(Outcome.UNCHANGED, content, renamed_from=origin)
        # To the byte what was released, where you had no part in it.
        new = self.theirs.get(trio.theirs, content)
        if mine is None:
            return MergedFile(Outcome.ADDED, new if self.usual == LF else content)
        if mine == old:
            return MergedFile(Outcome.REPLACED, new, renamed_from=origin)
        content = with_ending(content, only_ending(mine))
        if old is not None and with_ending(old, LF) == with_ending(mine, LF):
            return MergedFile(Outcome.REPLACED, content, renamed_from=origin)
        stages = self._stages(trio)
        if note := problem(path, content, *stages.values()):
            return MergedFile(Outcome.CONFLICT, content, stages, origin, note)
        return MergedFile(Outcome.MERGED, content, renamed_from=origin)

    def _conflict(self, path: str) -> MergedFile:
        """Tell of a file that git left with stages."""
        stages, trio = self.git.stages[path], self._trio(path)
        origin = trio.base if trio.base != path else None
        if YOURS not in stages and path not in self.yours:
            note = "you deleted it; the release changed it"
            return MergedFile(
                Outcome.STAYS_DELETED, None, renamed_from=origin, note=note
            )
        mine = stages.get(YOURS, b"")
        ending = only_ending(mine)
        content = self.git.marked.get(path, mine)
        return MergedFile(
            Outcome.CONFLICT,
            with_ending(content, ending),
            {stage: with_ending(blob, ending) for stage, blob in stages.items()},
            origin,
            "" if THEIRS in stages else "you changed it; else it would be deleted",
        )

    def _renamed_twice(self) -> dict[str, MergedFile]:
        """Tell of files that both renamed: yours keeps its name, to be looked at."""
        return {
            mine: MergedFile(
                Outcome.CONFLICT,
                with_ending(
                    self.git.marked.get(mine, self.yours[mine]),
                    only_ending(self.yours[mine]),
                ),
                self._stages(_Trio(old, mine, new)),
                old,
                f"you renamed it; the release renamed it to {new}",
            )
            for old, mine, new in self._twice()
        }

    def _stages(self, trio: _Trio) -> dict[int, bytes]:
        mine = self.yours[trio.yours]
        ending = only_ending(mine)
        found = {
            BASE: self.base.get(trio.base),
            YOURS: mine,
            THEIRS: self.theirs.get(trio.theirs),
        }
        return {
            stage: with_ending(content, ending)
            for stage, content in found.items()
            if content is not None
        }

    def _gone(self, path: str) -> MergedFile:
        """Tell of a file of yours that is not there any more."""
        new = self.git.their_renames.get(path)
        return MergedFile(
            Outcome.DELETED, None, note=f"renamed to {new}" if new else ""
        )


def _key_of(renames: Mapping[str, str], new: str) -> str | None:
    return next((old for old, path in renames.items() if path == new), None)
