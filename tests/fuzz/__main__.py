"""``python -m tests.fuzz tokens --n 200000 --seed 1`` prints counts, fails if not 0."""

from __future__ import annotations

import argparse
import sys

from .targets import TARGETS, run


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", choices=[*TARGETS, "all"])
    parser.add_argument("--n", type=int, default=200_000, help="how many cases")
    parser.add_argument("--seed", type=int, default=1, help="the same cases each time")
    asked = parser.parse_args(arguments)
    targets = TARGETS if asked.target == "all" else [asked.target]
    good = True
    for target in targets:
        outcome = run(target, asked.n, asked.seed)
        print(outcome, flush=True)
        good = good and outcome.is_good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
