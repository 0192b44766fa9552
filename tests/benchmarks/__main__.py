"""
Print the table: ``python -m tests.benchmarks [names] [--against PATH]``.

Names are those of the groups below, all of them without one. With *PATH*, another
checkout of this project, each round is done by both, in turn, and the last column says
how many times the other's cost this one's is.

Ends with 1 if a target is missed. Ratios are taken within this one run, so the machine
does not matter; what else it does at the time may.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import adapters, imports, journeys, pages, process, servers, sizes
from .rounds import HERE, OTHER, Figure
from .worker import ROOT

GROUPS = {
    "adapters": adapters.measure,
    "servers": servers.measure,
    "lifetimes": servers.lifetimes,
    "imports": imports.measure,
    "journeys": journeys.measure,
    "pages": pages.measure,
    "sizes": sizes.measure,
    "process": process.measure,
}


def main(arguments: list[str] | None = None) -> int:
    """Measure what is asked for and print it group by group, a line a figure."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("names", nargs="*", metavar="names", help=", ".join(GROUPS))
    parser.add_argument("--against", type=Path, help="another checkout of this project")
    options = parser.parse_args(arguments)
    unknown = set(options.names) - set(GROUPS)
    if unknown:
        parser.error(f"no such group: {unknown.pop()}; there are {', '.join(GROUPS)}")
    checkouts = {HERE: ROOT}
    if options.against:
        checkouts[OTHER] = options.against.resolve()
    met = True
    for name in options.names or GROUPS:
        figures = GROUPS[name](checkouts)
        print("\n".join(table(figures)), flush=True)
        met = met and all(figure.met for figure in figures)
    return 0 if met else 1


def table(figures: list[Figure]) -> list[str]:
    """Return the lines of the table: row, figure, target, verdict, new to old."""
    width = max(len(figure.name) for figure in figures)
    return [line(figure, width) for figure in figures]


def line(figure: Figure, width: int) -> str:
    """Return the line of *figure*, its name filled up to *width*."""
    value = f"{figure.value:.3g} {figure.unit}"
    verdict = "met" if figure.met else "MISSED"
    beside = "" if figure.against is None else f"{figure.against:.2f} x the other"
    text = f"{figure.name:<{width}}  {value:<10} <= {figure.target:<6g} {verdict:<6}"
    return f"{text}  {beside}".rstrip()


if __name__ == "__main__":
    sys.exit(main())
