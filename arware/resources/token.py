"""Tokens: one-time tokens for a next step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .associations import Parent
from .base import Resource
from .fields import text

if TYPE_CHECKING:
    from .user import User


class Token(Resource):
    """A one-time token: to reset a password, verify an address, complete a login."""

    __slots__ = ()
    _kind = "token"
    _id_is_secret = True

    user_id = text()
    token = text(secret=True)

    user: Parent[User] = Parent()
