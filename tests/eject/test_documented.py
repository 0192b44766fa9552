"""The guide says what the command understands, and what it prints."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import get_args

from arware.eject.command import add_parsers
from arware.eject.planning import Action
from arware.eject.upgrading import ACTIONS

PAGE = (Path(__file__).parents[2] / "docs/how-to/eject.rst").read_text("utf-8")


def test_every_call_in_the_guide_is_understood():
    """With its options."""
    calls = re.findall(r"^   arware eject (.+)$", PAGE, re.MULTILINE)
    parser = argparse.ArgumentParser()
    add_parsers(parser.add_subparsers())

    assert len(calls) > 10
    for call in calls:
        assert parser.parse_args(call.split()).run


def test_each_word_of_a_merge_is_explained():
    """And no other."""
    words = set(re.findall(r"^   \* - ``([a-z]+)``$", PAGE, re.MULTILINE))

    assert words == {*ACTIONS.values(), "unfixed"}
    assert words <= {*get_args(Action)}
