"""``arware realm user reset-link NAME``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from arware.kit.operator import Line, Remark, Run

from . import flow

if TYPE_CHECKING:
    from ...realm import Realm


def reset_link(parser: argparse.ArgumentParser) -> Run:
    """Make a link to a new password, for a user without an e-mail address."""
    parser.add_argument("name", help="the user name, or an id")
    return _make


def _make(realm: Realm, arguments: argparse.Namespace) -> Iterator[str | Line]:
    link = flow.link_for(realm, arguments.name)
    yield Line(link, {"name": arguments.name, "link": link})
    yield Remark("Hand it to nobody else: whoever opens it chooses the password.")
