"""
Print the table: ``python -m tests.benchmarks``.

Ends with 1 if a target is missed. Ratios are taken within this one run, so the machine
does not matter; what else it does at the time may.
"""

from __future__ import annotations

import sys

from . import adapters, api_call, process
from .rounds import Figure


def main() -> int:
    """Measure everything and print it, a line a figure."""
    figures = [*adapters.measure(), *process.measure()]
    figures += [Figure(*row) for row in api_call.measure()]
    width = max(len(figure.name) for figure in figures)
    for figure in figures:
        verdict = "met" if figure.met else "MISSED"
        value = f"{figure.value:.3g} {figure.unit}"
        print(f"{figure.name:<{width}}  {value:<10} <= {figure.target:<6g} {verdict}")
    return 0 if all(figure.met for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
