"""The guide to messages: each that the product can show, and none that it cannot."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from . import messages
from .blocks import ROOT
from .messages import Unresolved

PAGE = ROOT / "docs" / "how-to" / "troubleshooting.rst"
EXPLAINED = re.findall(r"^``(.+)``\n   \S", PAGE.read_text("utf-8"), re.MULTILINE)
SOURCES = [messages.problems, messages.titles, messages.causes, messages.log_lines]
#: What is no message, or one that is passed on and found by itself where it is made.
PASSED_ON = {
    *("request", "row", "id_", "exception.title", "title"),
    *("problem", "str(problem)", "invalid.problem", "str(fault)"),
}


def shown(message: str) -> str:
    """Return how the page shows *message*: markup has no backtick inside of another."""
    return message.replace("`", "")


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.__name__)
def test_every_message_is_explained(
    source: Callable[[], Iterator[str | Unresolved]],
) -> None:
    """Whatever the source can say has its entry, to the letter."""
    found = {shown(message) for message in source() if isinstance(message, str)}

    assert len(found) > 10
    assert found - set(EXPLAINED) == set()


def test_no_message_is_explained_that_nobody_sees() -> None:
    """An entry whose message has changed, or is gone, is taken out."""
    found = {
        shown(message)
        for source in SOURCES
        for message in source()
        if isinstance(message, str)
    }

    assert [message for message in EXPLAINED if message not in found] == []


def test_no_message_is_explained_twice() -> None:
    """Who searches for a message finds one entry."""
    assert len(EXPLAINED) == len(set(EXPLAINED))


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.__name__)
def test_every_message_can_be_read_in_the_source(
    source: Callable[[], Iterator[str | Unresolved]],
) -> None:
    """What is put together where this cannot look is only passed on from elsewhere."""
    unread = [message for message in source() if isinstance(message, Unresolved)]

    assert [message for message in unread if message.code not in PASSED_ON] == []
