"""``python -m`` this package: what ``arware realm`` does, with the features of here."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from arware.kit.terminal import Parser

from .command import add_parsers


def main(words: Sequence[str] | None = None) -> int:
    """Run the command with *words*, by default the process's; return its exit code."""
    parser = Parser(
        prog=f"python -m {__package__}", description="Serve and look after the realm."
    )
    add_parsers(parser.add_subparsers(title="actions", metavar="ACTION", required=True))
    arguments = parser.parse_args(words)
    run: Callable[[argparse.Namespace], int] = arguments.run
    return run(arguments) or 0


if __name__ == "__main__":
    sys.exit(main())
