"""What a feature adds to the operator's command, without knowing how that is run."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from typing import Any

#: What is done with the realm and the arguments. It returns what it has to say, a line
#: or several; :class:`ValueError` is a sentence for the operator, and the exit code 1.
Run = Callable[[Any, argparse.Namespace], str | Iterable[str]]

#: What ``add_operator_command`` takes: it adds arguments to the parser of
#: ``arware realm NAME``, or actions of its own, and returns what is done. The first
#: line of its docstring is the command's help.
Command = Callable[[argparse.ArgumentParser], Run]


class Remark(str):
    """A line for a person only: a program that reads the output gets none of it."""

    __slots__ = ()
