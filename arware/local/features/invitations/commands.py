"""``arware realm invite ADDRESS``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from arware.kit.operator import Run
from arware.kit.web import Refused

from ... import people
from ...texts import english
from . import flow

if TYPE_CHECKING:
    from ...realm import Realm


def invite(parser: argparse.ArgumentParser) -> Run:
    """Mail somebody an invitation to make an account."""
    parser.add_argument("address", help="an e-mail address")
    return _invite


def _invite(realm: Realm, arguments: argparse.Namespace) -> str:
    try:
        email = people.read_email(arguments.address)
        flow.invite(realm, realm.operator(), email)
    except Refused as refused:
        raise ValueError(english(refused)) from None
    return f"An invitation for {email} is on its way."
