"""What keeps ``arware eject`` from its work."""

from __future__ import annotations


class EjectError(Exception):
    """Base of all; the message is a sentence for the person at the terminal."""
