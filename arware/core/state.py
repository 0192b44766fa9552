"""
States: that a callback answers a login which this very browser began.

AuthRocket's protocol has none, so a random ``ar_state`` travels inside
``redirect_uri`` and is remembered in a short-lived signed cookie of its own, one per
state, so that tabs do not disturb one another.
"""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..errors import BadCookie

if TYPE_CHECKING:
    from ..web.cookies import Codec, CookieOptions

#: How long a login may take, in seconds.
STATE_SECONDS = 600

#: How many logins one browser may have under way.
MOST_STATES = 8

#: In how many cookies of states the time is looked for. No browser of ours has more
#: than eight; what somebody planted beside them counts as oldest.
MOST_READ = 64

#: The first letter of a state that the confirm page made, so that a browser which
#: does not keep cookies is told so the second time, instead of being asked again.
CONFIRMED = "c"
STARTED = "s"

#: How many characters of a state its cookie is named after.
_NAMED = 8

# Names come back in a Set-Cookie when they are cleared, so strange ones are not ours.
_STATE = re.compile(r"[A-Za-z0-9_-]{8,64}")


@dataclass(frozen=True, slots=True)
class Minted:
    """A fresh state and the Set-Cookie texts that go with it."""

    state: str = field(repr=False)
    cookies: tuple[str, ...] = field(repr=False)


def state_mark(state: str) -> str:
    """Return what the name of the cookie that keeps *state* ends with."""
    return f".s.{state[:_NAMED]}"


class States:
    """Mint states and recognise them again."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec

    def mint(
        self,
        found: dict[str, list[str]],
        options: CookieOptions,
        now: float,
        kind: str = STARTED,
    ) -> Minted:
        """Make a state; of those in *found* the oldest are cleared beyond eight."""
        state = kind + secrets.token_urlsafe(16)
        value = self._codec.dumps([state, int(now)])
        name = self._name(options, state)
        surplus = self._oldest_first(found, options)[: -(MOST_STATES - 1)]
        # Few at a time, however many somebody planted: servers bound their headers.
        surplus = surplus[:MOST_STATES]
        return Minted(
            state,
            (
                options.set(name, value, STATE_SECONDS),
                *(options.clear(old) for old in surplus if old != name),
            ),
        )

    def holds(
        self,
        found: dict[str, list[str]],
        options: CookieOptions,
        state: str,
        now: float,
    ) -> bool:
        """Tell whether the browser holds *state*, minted at most ten minutes ago."""
        if _STATE.fullmatch(state) is None:
            return False
        for text in found.get(self._name(options, state), ())[:4]:
            kept = self._read(text)
            if kept is not None and now - kept[1] <= STATE_SECONDS:
                return hmac.compare_digest(kept[0].encode(), state.encode())
        return False

    def clear(
        self, found: dict[str, list[str]], options: CookieOptions, state: str
    ) -> tuple[str, ...]:
        """Return the Set-Cookie texts that forget *state*."""
        name = self._name(options, state)
        known = name in found and _STATE.fullmatch(state) is not None
        return (options.clear(name),) if known else ()

    @staticmethod
    def _name(options: CookieOptions, state: str) -> str:
        return f"{options.name}{state_mark(state)}"

    def _oldest_first(
        self, found: dict[str, list[str]], options: CookieOptions
    ) -> list[str]:
        """Return the names of the states held; what cannot be read counts as oldest."""
        minted: dict[str, float] = {}
        prefix = self._name(options, "")
        for name, texts in found.items():
            suffix = name.removeprefix(prefix)
            if suffix != name and _STATE.fullmatch(suffix) is not None:
                kept = self._read(texts[0]) if len(minted) < MOST_READ else None
                minted[name] = float("-inf") if kept is None else kept[1]
        return sorted(minted, key=minted.__getitem__)

    def _read(self, text: str) -> tuple[str, int] | None:
        try:
            value: Any = self._codec.loads(text)
        except BadCookie:
            return None
        match value:
            case [str() as state, int() as minted_at]:
                return state, minted_at
        return None
