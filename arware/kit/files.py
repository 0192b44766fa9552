"""Files that only their owner may read, made once however many processes start."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

_STOP_SIGNALS = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP")
    if hasattr(signal, name)
]


def make_once(path: Path, content: str) -> None:
    """
    Write *content* to *path* with mode 0600, unless the file is already there.

    It appears whole or not at all: of several processes one wins, and the others
    find its file. A file that is there needs no folder that may be written to.
    """
    if path.exists():
        return
    with _written_beside(path, content) as beside, contextlib.suppress(FileExistsError):
        os.link(beside, path)


def replace(path: Path, content: str) -> None:
    """Put *content* in place of what *path* holds, with mode 0600, in one step."""
    with _written_beside(path, content) as beside:
        beside.replace(path)


@contextlib.contextmanager
def _written_beside(path: Path, content: str) -> Iterator[Path]:
    beside = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield beside
    finally:
        beside.unlink(missing_ok=True)


def is_open_to_all(path: Path) -> bool:
    """Tell whether anybody on this machine may read or write *path*."""
    return os.name == "posix" and bool(path.stat().st_mode & stat.S_IRWXO)


def make_private(path: Path) -> None:
    """Make an empty file with mode 0600, unless the file is already there."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


@contextlib.contextmanager
def all_or_nothing(paths: Iterable[Path]) -> Iterator[None]:
    """
    Remove again what was made of *paths*, should what is done meanwhile fail.

    It fails, too, when the command is told to end.
    """
    absent = [path for path in paths if not path.exists()]
    heeded = [n for n in _STOP_SIGNALS if signal.getsignal(n) is not signal.SIG_IGN]
    before = {number: signal.signal(number, _interrupt) for number in heeded}
    try:
        yield
    except BaseException:
        # What is left to do takes a moment; impatience must not break it off.
        for number in heeded:
            signal.signal(number, signal.SIG_IGN)
        for path in absent:
            with contextlib.suppress(OSError):  # others may use a folder by now
                path.rmdir() if path.is_dir() else path.unlink()
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
