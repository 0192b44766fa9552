"""What a feature adds for the operator, without knowing how it is run or drawn."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """
    What an operator may do to a user.

    *do* is called in a writing transaction in which the user is locked: with the realm,
    the transaction, the user and who asks. It records what it did, and may refuse it.
    *offered* tells whether there is anything to do, asked with the realm, a transaction
    and the user. People read the *label* of the button, a *text* on what follows from
    it, and once it is *done* a sentence; all are translatable.
    """

    label: str
    text: str
    done: str
    do: Callable[[Any, Any, Any, Any], None]
    offered: Callable[[Any, Any, Any], bool] = lambda *_: True
