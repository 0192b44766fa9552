"""``arware realm invite ADDRESS``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from arware.kit.operator import Line, Run

from ... import people
from . import flow

if TYPE_CHECKING:
    from ...realm import Realm


def invite(parser: argparse.ArgumentParser) -> Run:
    """Mail somebody an invitation to make an account."""
    parser.add_argument("address", help="an e-mail address")
    return _invite


def _invite(realm: Realm, arguments: argparse.Namespace) -> Line:
    email = people.read_email(arguments.address)
    flow.invite(realm, realm.operator(), email)
    return Line(f"An invitation for {email} is on its way.", {"email": email})
