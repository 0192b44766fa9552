"""What an answer says of caches to whom it was made for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from arware.kit.mounting import with_headers


@dataclass(frozen=True)
class Somebody:
    """Who is there, by a session or none."""

    session: object = field(default_factory=object)

    def environ_keys(self) -> dict[str, Any]:
        """Return what tells it."""
        return {"session": self.session}


def test_what_an_answer_says_of_caches_stays() -> None:
    """The application knows best, as it does by the library's adapters."""
    headers = with_headers([("cache-control", "public")], Somebody())

    assert headers == [("cache-control", "public"), ("Vary", "Cookie")]


def test_an_answer_that_varies_by_everything_stays_so() -> None:
    """Nothing is to be added to ``*``."""
    headers = with_headers([("Vary", "*")], Somebody(session=None))

    assert headers == [("Vary", "*")]


def test_an_answer_to_somebody_is_private() -> None:
    """A shared cache must not give it to anybody else (RFC 9111, 5.2.2.7)."""
    headers = with_headers([("Vary", "Accept")], Somebody())

    assert headers == [
        ("Vary", "Accept, Cookie"),
        ("Cache-Control", "private, no-cache"),
    ]
