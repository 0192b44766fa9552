"""
Many uses of one thing at once, from four processes: exactly one may succeed.

``python -m tests.kit.contest`` does it a thousand times each on SQLite and PostgreSQL
and prints how many succeeded and how long it took; the suite does it with fewer.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy.orm import Session

from arware.kit import one_time, recovery_codes, totp
from tests import services
from tests.kit.tables import NEW, NOW, Code, Token, Totp, digests_under, open_database

PROCESSES, THREADS = 4, 25
USER = "usr_0000000000000000000000"
#: A step, any one: what counts is that all take the same.
STEP = NOW // totp.STEP

digests = digests_under(NEW)


def make_token(db: Session) -> str:
    """Make the token that all will use."""
    return one_time.make(
        db, Token, digests, kind="tpw", expires_at=NOW + 60, user_id=USER
    )


def use_token(db: Session, token: str) -> bool:
    """Use it."""
    return one_time.consume(db, Token, digests, "tpw", token, NOW) is not None


def make_code(db: Session) -> str:
    """Make recovery codes; all will use the first."""
    return recovery_codes.replace(db, Code, digests, USER)[0]


def use_code(db: Session, code: str) -> bool:
    """Use it."""
    return recovery_codes.use(db, Code, digests, USER, code)


def make_totp(db: Session) -> str:
    """Make a secret whose code of one step all will use."""
    db.add(Totp(user_id=USER, secret="", last_step=STEP - 1))
    return str(STEP)


def use_totp(db: Session, step: str) -> bool:
    """Use the code of *step*."""
    return totp.use_step(db, Totp, USER, int(step))


CONTESTS: dict[str, tuple[Callable[[Session], str], Callable[[Session, str], bool]]] = {
    "token": (make_token, use_token),
    "recovery code": (make_code, use_code),
    "one-time password": (make_totp, use_totp),
}


def winners(url: str, what: str, uses: int) -> int:
    """Let four processes use one thing *uses* times; return how often it worked."""
    database = open_database(url)
    with database.writing() as db:
        thing = CONTESTS[what][0](db)
    database.close()
    share = [sys.executable, "-m", "tests.kit.contest", url, what, thing]
    processes = [
        subprocess.Popen(
            [*share, str(uses // PROCESSES)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(PROCESSES)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    answers = []
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        answers.append(process.communicate(timeout=300)[0])
        assert process.returncode == 0
    return sum(map(int, answers))


def take_part(url: str, what: str, thing: str, uses: int) -> int:
    """Be one of the processes: use *thing* from many threads at once."""
    database = open_database(url)
    use = CONTESTS[what][1]
    threads = min(THREADS, uses)
    barrier = threading.Barrier(threads)

    def one_of_them(number: int) -> int:
        barrier.wait()
        won = 0
        for _ in range(number, uses, threads):
            with database.writing() as db:
                won += use(db, thing)
        return won

    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    with ThreadPoolExecutor(threads) as pool:
        won = sum(pool.map(one_of_them, range(threads)))
    database.close()
    return won


def main() -> None:
    """Hold all contests at full size."""
    with tempfile.TemporaryDirectory() as folder, services.postgres() as service:
        for url in (f"sqlite:///{folder}/app.sqlite", service.url):
            for what in CONTESTS:
                began = time.perf_counter()
                won = winners(url, what, 1000)
                seconds = time.perf_counter() - began
                print(f"{url.partition(':')[0]}, {what}: {won} ({seconds:.1f} s)")  # noqa: T201 - what the command says


if __name__ == "__main__":
    if len(sys.argv) > 1:
        url, what, thing, uses = sys.argv[1:]
        sys.stdout.write(str(take_part(url, what, thing, int(uses))))
    else:
        main()
