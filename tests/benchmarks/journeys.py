"""What a user's own test of a whole journey costs."""

from __future__ import annotations

from arware.testing import local_realm
from tests.testing.journeys import journey

from .rounds import Checkouts, Figure, timed

ROUNDS = 5


def measure(_: Checkouts) -> list[Figure]:
    """Return the milliseconds of a journey in a realm that is new each time."""
    seconds = []
    for _ in range(ROUNDS):
        with local_realm(**{"confirm.mode": "soft"}) as realm:
            seconds.append(timed(lambda realm=realm: journey(realm)))
    name = "sign-up, mail, passkey, fresh proof, revocation, in memory"
    return [Figure(name, 1000 * min(seconds), 200, "ms")]
