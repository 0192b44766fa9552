"""
Many sign-ups of one address at once, from four processes: exactly one may succeed.

``python -m tests.local.contest`` lets 200 sign up on SQLite and on PostgreSQL, and
prints how it ended for them and how long it took; the suite does it with fewer.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from arware.local import Realm
from tests import services
from tests.local.support import Browser, make_realm

PROCESSES, THREADS = 4, 10
ADDRESS = "ada@example.com"


def outcomes(folder: Path, url: str, number: int) -> Counter[str]:
    """Let four processes sign up *number* times; return how often each way it ended."""
    make_realm(folder, database=url, key=None).close()
    share = [sys.executable, "-m", "tests.local.contest", str(folder), url]
    processes = [
        subprocess.Popen(
            [*share, str(number // PROCESSES), str(which)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for which in range(PROCESSES)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    found: Counter[str] = Counter()
    for process in processes:
        found.update(process.communicate(timeout=300)[0].split())
        assert process.returncode == 0
    return found


def take_part(folder: Path, url: str, number: int, which: int) -> list[str]:
    """Be one of the processes: sign up from many threads at once."""
    options = {"key": None, "hashing_slots": THREADS, "hashing_wait": 60}
    with make_realm(folder, database=url, **options) as realm:
        barrier = threading.Barrier(THREADS)

        def one_of_them(thread: int) -> list[str]:
            barrier.wait()
            return [
                outcome(realm, f"2001:db8:{which:x}:{one:x}::1")
                for one in range(thread, number, THREADS)
            ]

        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        with ThreadPoolExecutor(THREADS) as pool:
            return [
                word
                for words in pool.map(one_of_them, range(THREADS))
                for word in words
            ]


def outcome(realm: Realm, ip: str) -> str:
    """Sign up from a network of its own; return how it ended."""
    answer = Browser(realm, {"REMOTE_ADDR": ip}).sign_up(email=ADDRESS, status="*")
    if answer.status_int == 303:
        return "done"
    return "taken" if "already an account" in answer else str(answer.status_int)


def main() -> None:
    """Hold the contest at full size."""
    with tempfile.TemporaryDirectory() as name, services.postgres() as service:
        for url in (f"sqlite:///{name}/realm.sqlite", service.url):
            began = time.perf_counter()
            found = outcomes(Path(name), url, 200)
            seconds = time.perf_counter() - began
            print(f"{url.partition(':')[0]}: {dict(found)} ({seconds:.1f} s)")  # noqa: T201 - what the command says


if __name__ == "__main__":
    if len(sys.argv) > 1:
        folder, url, number, which = sys.argv[1:]
        words = take_part(Path(folder), url, int(number), int(which))
        sys.stdout.write(" ".join(words))
    else:
        main()
