"""``python -m tests.chaos jwks-down --seconds 60``: bounded, loopback, figures."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable
from functools import partial

from .logins import PEOPLE, logins
from .realm_kill import realm_kill
from .scenarios import SCENARIOS, Report, memory

TIMED: dict[str, Callable[[float], Report]] = {
    **SCENARIOS,
    "realm-kill": realm_kill,
    "realm-kill-postgresql": partial(realm_kill, database="postgresql"),
}


def _timed(name: str, asked: argparse.Namespace) -> Report:
    run = TIMED[name]
    if asked.kills is not None and name.startswith("realm-kill"):
        run = partial(run, kills=asked.kills)
    return run(min(asked.seconds, 3600))


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for; return 0 if all that must hold does."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    counted: dict[str, Callable[[], Report]] = {
        "memory": lambda: memory(asked.requests),
        "logins": lambda: logins(asked.people, asked.threads or asked.people),
    }
    parser.add_argument("scenario", choices=[*TIMED, *counted, "all"])
    parser.add_argument("--seconds", type=float, default=20, help="of each scenario")
    parser.add_argument("--requests", type=int, default=1_000_000, help="for memory")
    parser.add_argument("--people", type=int, default=PEOPLE, help="who log in at once")
    parser.add_argument("--threads", type=int, help="of their server (if not as many)")
    parser.add_argument("--kills", type=int, help="of the realm, instead of seconds")
    asked = parser.parse_args(arguments)
    names = [*TIMED, *counted] if asked.scenario == "all" else [asked.scenario]
    good = True
    for name in names:
        report = counted[name]() if name in counted else _timed(name, asked)
        print(report, flush=True)
        good = good and not report.faults and not report.slow
    return 0 if good else 1


if __name__ == "__main__":
    # What fails on purpose is told by the figures.
    logging.getLogger("arware").setLevel(logging.CRITICAL)
    sys.exit(main())
