"""``python -m tests.chaos jwks-down --seconds 60``: bounded, loopback, figures."""

from __future__ import annotations

import argparse
import logging
import sys

from .scenarios import SCENARIOS, memory


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for; return 0 if all that must hold does."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("scenario", choices=[*SCENARIOS, "memory", "all"])
    parser.add_argument("--seconds", type=float, default=20, help="of each scenario")
    parser.add_argument("--requests", type=int, default=1_000_000, help="for memory")
    asked = parser.parse_args(arguments)
    names = [*SCENARIOS, "memory"] if asked.scenario == "all" else [asked.scenario]
    good = True
    for name in names:
        report = (
            memory(asked.requests)
            if name == "memory"
            else SCENARIOS[name](min(asked.seconds, 3600))
        )
        print(report, flush=True)
        good = good and not report.faults and not report.slow
    return 0 if good else 1


if __name__ == "__main__":
    # What fails on purpose is told by the figures.
    logging.getLogger("arware").setLevel(logging.CRITICAL)
    sys.exit(main())
