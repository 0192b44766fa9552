"""
Changing many files of a project as one: all of them or none, also through ``kill -9``.

First each new file is written to ``.arware/journal/new/`` and synced, then the plan:
one JSON document that names every change. Its rename into place decides: before it
nothing has changed and whoever comes next throws the journal away, after it each file
is renamed into its own place, and conflicts are put into git's index, if need be by
whoever comes next.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from .conflicts import mark_conflicts
from .errors import EjectError
from .paths import content_of, digest, parents_of, place_of
from .repositories import CannotMerge

try:
    import fcntl
except ImportError:  # pragma: no cover  # Windows
    fcntl = None  # type: ignore[assignment]

FOLDER = ".arware/journal"
_PLAN = f"{FOLDER}/plan"
#: What shells say of a process that SIGTERM has ended.
_TERMINATED = 128 + 15

#: What must not end us between two renames. They come after the last.
_HELD = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
    if hasattr(signal, name)
]


class JournalError(EjectError):
    """Files cannot be changed; the message says why, and what has happened."""


@dataclass(frozen=True, slots=True)
class Change:
    """
    One file: *before* and *after* are the SHA-256 of its content, None if absent.

    *after* is None for a file that is to be deleted.
    """

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class _Plan:
    """All *changes*, and the *conflicts* as entries of git's index."""

    changes: Sequence[Change]
    conflicts: str


class Journal:
    """
    The journal of *project*, whose folder has to exist. One process at a time.

    Use it in a ``with``: entering takes the project for this process, or raises
    :class:`JournalError` if another one has it.
    """

    def __init__(self, project: Path) -> None:
        self.project = project
        self._descriptor: int | None = None

    def __enter__(self) -> Journal:
        if fcntl is not None:  # pragma: no branch
            # A folder can be locked, so that no file has to be left behind for it.
            descriptor = os.open(self.project, os.O_RDONLY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(descriptor)
                message = f"another `arware eject` is at work in {self.project}"
                raise JournalError(message) from None
            self._descriptor = descriptor
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:  # pragma: no branch
            os.close(self._descriptor)
            self._descriptor = None

    def is_pending(self) -> bool:
        """Tell whether a change was interrupted, be it before or after its plan."""
        return self._place(FOLDER).exists()

    def recover(self) -> bool:
        """
        Finish what was interrupted after its plan, and forget what was before.

        Returns whether files were changed. Raises :class:`JournalError`, and changes
        nothing, if somebody has changed one of the files in the meantime.
        """
        planned = self._place(_PLAN).exists()
        if planned:
            self._apply(self._planned())
        elif self.is_pending():
            self._forget()
        return planned

    def write(
        self,
        changes: Sequence[Change],
        contents: Mapping[str, bytes],
        conflicts: str = "",
    ) -> None:
        """
        Make all *changes*; *contents* has what the files with an ``after`` will hold.

        *conflicts* are those of :func:`~arware.eject.conflicts.index_entries`, marked
        once the files stand there.

        An error before the plan stands leaves all as it was. One after it, such as a
        folder that may not be written to, leaves the rest to :meth:`recover`. Raises
        :class:`JournalError` for both, also where a file is not as ``before`` says.
        """
        if self.is_pending():
            raise JournalError("an interrupted change has to be finished first")
        if not changes:
            return
        plan = _Plan(changes, conflicts)
        with contextlib.ExitStack() as stack:
            try:
                self._stage(plan, contents)
                stack.enter_context(_held())
                self._place(f"{_PLAN}.new").replace(self._place(_PLAN))
            except OSError as error:
                self._forget()
                raise JournalError(f"nothing was changed: {error}") from error
            except BaseException:
                self._forget()
                raise
            self._apply(plan)

    # --- Before the plan ---------------------------------------------------------

    def _stage(self, plan: _Plan, contents: Mapping[str, bytes]) -> None:
        staged = self._place(f"{FOLDER}/new")
        staged.mkdir(parents=True)
        for number, change in enumerate(plan.changes):
            if self._digest_of(change) != change.before:
                raise JournalError(f"{change.path} was changed by somebody else")
            for parent in parents_of(change.path):
                if self._place(parent).is_file():
                    raise JournalError(
                        f"nothing was changed: {parent} is a file, and a folder of "
                        "that name is needed"
                    )
            if change.after is not None:
                _write(staged / str(number), contents[change.path])
                self._keep_mode(change, staged / str(number))
        _sync(staged)
        _write(self._place(f"{_PLAN}.new"), json.dumps(asdict(plan)).encode())
        for path in (FOLDER, ".arware"):
            _sync(self._place(path))

    def _keep_mode(self, change: Change, staged: Path) -> None:
        if change.before is not None:
            staged.chmod(place_of(self.project, change.path).stat().st_mode & 0o7777)

    def _digest_of(self, change: Change) -> str | None:
        """Return the digest of what stands where *change* is to happen."""
        data = content_of(self.project, change.path)
        return None if data is None else digest(data)

    # --- After it ----------------------------------------------------------------

    def _apply(self, plan: _Plan) -> None:
        changes = plan.changes
        with _held():
            for number, change in enumerate(changes):
                self._check(number, change)
            try:
                _sync(self._place(FOLDER))
                for number, change in enumerate(changes):
                    self._apply_one(number, change)
                for folder in self._folders_of(changes):
                    _sync(folder)
                mark_conflicts(self.project, plan.conflicts)
                self._place(_PLAN).unlink()
            except (OSError, CannotMerge) as error:
                raise JournalError(
                    f"only a part was changed, the next call goes on: {error}"
                ) from error
            self._forget()

    def _check(self, number: int, change: Change) -> None:
        """Raise unless *change* has happened, or still can."""
        found = self._digest_of(change)
        if found == change.after:
            return
        staged = self._place(f"{FOLDER}/new/{number}")
        if change.after is not None and found != change.before and not staged.exists():
            return  # it has happened, and somebody went on from there
        if found not in (change.before, None):  # what was put elsewhere is safe
            raise JournalError(
                f"{change.path} was changed while a change of it was interrupted; "
                "put your file elsewhere, and run this again"
            )
        if change.after is not None and (
            not staged.is_file() or digest(staged.read_bytes()) != change.after
        ):
            raise JournalError(f"{FOLDER}/new/{number} is not what was written there")

    def _apply_one(self, number: int, change: Change) -> None:
        place = place_of(self.project, change.path)
        staged = self._place(f"{FOLDER}/new/{number}")
        if change.after is None:
            place.unlink(missing_ok=True)
            self._prune(change.path)
        elif staged.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            staged.replace(place)

    def _prune(self, path: str) -> None:
        """Remove the folders above *path* in which nothing is left but byte code."""
        for parent in parents_of(path):
            folder = self.project / parent
            if not folder.is_dir():
                continue
            if any(below.name != "__pycache__" for below in folder.iterdir()):
                return
            shutil.rmtree(folder)

    def _folders_of(self, changes: Sequence[Change]) -> list[Path]:
        """Return the folders in which *changes* changed a name, and those above."""
        parents = {parent for change in changes for parent in parents_of(change.path)}
        folders = [self.project, *(self.project / parent for parent in parents)]
        return [folder for folder in folders if folder.is_dir()]

    def _planned(self) -> _Plan:
        """Return the plan that stands; its rename made sure that it is whole."""
        try:
            document = json.loads(self._place(_PLAN).read_bytes())
            changes = [_change(entry) for entry in document["changes"]]
            return _Plan(changes, _text(document["conflicts"]))
        except (ValueError, TypeError, KeyError) as error:
            raise JournalError(f"{_PLAN} cannot be read: {error}") from None

    def _forget(self) -> None:
        shutil.rmtree(self._place(FOLDER), ignore_errors=True)
        with contextlib.suppress(OSError):
            self._place(".arware").rmdir()

    def _place(self, path: str) -> Path:
        return place_of(self.project, path)


def _change(entry: Any) -> Change:
    change = Change(**entry)
    if not isinstance(change.path, str):
        raise TypeError("a change has no path")
    return change


def _text(entry: Any) -> str:
    if not isinstance(entry, str):
        raise TypeError("conflicts are a text")
    return entry


@contextlib.contextmanager
def terminated_like_an_error() -> Iterator[None]:
    """
    Let SIGTERM unwind the block, as Ctrl-C does, so that nothing is left of it.

    Where files are being renamed it waits until that is done. Only the main thread may
    ask for this.
    """

    def end(_number: int, _frame: FrameType | None) -> NoReturn:
        sys.exit(_TERMINATED)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def _held() -> Iterator[None]:
    """Let signals that would end the process wait until the block is left."""
    if not hasattr(signal, "pthread_sigmask"):  # pragma: no cover  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HELD)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Have the names in *folder* outlive a loss of power."""
    if os.name == "nt":  # pragma: no cover
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
