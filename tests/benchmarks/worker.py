"""
A process that measures one checkout of arware, a round whenever it is told to.

Several of them, each with another checkout, take turns, so that two commits are
compared under the same conditions. A worker reads the name of a candidate per line
and prints the seconds that a round of it took.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


class Worker:
    """Such a process for the checkout at *path*, seen from outside."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._process = subprocess.Popen(
            [sys.executable, "-m", __spec__.name, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environ_of(path),
        )

    def round(self, name: str) -> float:
        """Run a round of the candidate *name* and return its seconds."""
        print(name, file=self._process.stdin, flush=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"what measures {self.path} has ended")
        return float(line)

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


@contextmanager
def workers(paths: Mapping[str, Path]) -> Iterator[dict[str, Worker]]:
    """Run a worker for each checkout until the block ends."""
    started = {name: Worker(path) for name, path in paths.items()}
    try:
        yield started
    finally:
        for worker in started.values():
            worker.close()


def environ_of(path: Path) -> dict[str, str]:
    """Return the environment of a process that is to import the checkout *path*."""
    return {**os.environ, "ARWARE_BENCHMARK_PATH": str(path)}


def use_checkout() -> None:
    """Have this process import arware from the checkout that the environment names."""
    path = os.environ["ARWARE_BENCHMARK_PATH"]
    sys.path.insert(0, path)
    import arware

    found = Path(arware.__file__).parent.parent
    if found != Path(path).resolve():
        raise RuntimeError(f"arware was imported from {found}, not from {path}")


def main() -> None:
    """Answer to each name with the seconds of a round."""
    use_checkout()
    from arware.testing import MemoryRealm

    from . import api_call, candidates

    realm = MemoryRealm()
    with realm.serve() as url, api_call.candidates() as calls:
        all_candidates = {**candidates.candidates(realm, url), **calls}
        gc.collect()
        gc.freeze()  # what stays need not be looked at after each round
        gc.disable()
        for line in sys.stdin:
            print(all_candidates[line.strip()](), flush=True)  # noqa: T201 - the parent process reads it
            gc.collect()


if __name__ == "__main__":
    main()
