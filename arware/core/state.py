"""
States: that a callback answers a login which this very browser began.

AuthRocket's protocol has none, so an ``ar_state`` travels inside ``redirect_uri``: a
nonce, the time, and a MAC over both and over the random id of this browser, which one
signed cookie keeps. Nothing is counted or stored, so any number of tabs works.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import TYPE_CHECKING, Any, NamedTuple

from arware.errors import BadCookie
from arware.tokens import base64url
from arware.web.cookies import CANDIDATES, CookieSigner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arware.settings import Settings
    from arware.web.browser import Browser

#: How long a login may take, and how long a browser keeps its id, in seconds.
STATE_SECONDS = 24 * 3600

#: So soon after a login a browser without it has not kept its cookie, and so much may
#: clocks differ, in seconds.
MOMENT_SECONDS = 15

#: Whose state it is; whether the confirm page made it, so that a browser which does not
#: keep cookies is told so the second time, instead of being asked again; the time, the
#: nonce and the MAC.
_STATE = re.compile(
    r"(?P<signed>(?P<owner>[\w-]{4})(?P<kind>[cs])(?P<time>[\w-]{8})[\w-]{11})"
    r"(?P<mac>[\w-]{22})",
    re.ASCII,
)
_STARTED, _CONFIRMED = "s", "c"


class BrowserId(NamedTuple):
    """What a browser's cookie tells: a random text, and when it was logged in."""

    text: str
    logged_in_at: int = 0


class States:
    """Make states and recognise them again, for one adapter."""

    def __init__(self, settings: Settings) -> None:
        name, secrets_ = settings.cookie_name, settings.cookie_secret
        self._signer = CookieSigner(secrets_, f"browser.v1.{name}")
        purpose = f"arware.state.v1\0{name}".encode()
        self._keys = [
            hmac.digest(text.encode("utf-8", "surrogatepass"), purpose, "sha256")
            for text in secrets_
        ]
        place = f"{settings.loginrocket_url}\0{name}".encode()
        #: Adapters of one application tell their states apart by it; it is no secret.
        self._owner = base64url.encode(hashlib.sha256(place).digest()[:3])

    def start(
        self, browser: Browser, now: float, *, confirmed: bool = False
    ) -> tuple[str, str]:
        """Return a state for a login that *browser* begins, and its Set-Cookie text."""
        id_ = next(self._ids(browser), None) or _new_id()
        signed = (
            self._owner
            + (_CONFIRMED if confirmed else _STARTED)
            + base64url.encode(int(now).to_bytes(6, "big"))
            + base64url.encode(secrets.token_bytes(8))
        )
        state = signed + _mac(self._keys[0], signed, id_.text)
        return state, self._cookie(browser, id_)

    def is_begun_by(self, browser: Browser, state: str, now: float) -> bool:
        """Tell whether *browser* began *state*, at most a day ago."""
        match = _STATE.fullmatch(state)
        if match is None:
            return False
        started = int.from_bytes(base64url.decode(match["time"]) or b"", "big")
        if not now - STATE_SECONDS <= started <= now + MOMENT_SECONDS:
            return False
        return any(
            hmac.compare_digest(match["mac"], _mac(key, match["signed"], id_.text))
            for id_ in self._ids(browser)
            for key in self._keys
        )

    def is_of_another_adapter(self, state: str) -> bool:
        """Tell whether *state* is well formed, and none of ours."""
        match = _STATE.fullmatch(state)
        return match is not None and match["owner"] != self._owner

    @staticmethod
    def is_confirmed(state: str) -> bool:
        """Tell whether *state* claims to come from the confirm page."""
        match = _STATE.fullmatch(state)
        return match is not None and match["kind"] == _CONFIRMED

    def has_id(self, browser: Browser) -> bool:
        """Tell whether *browser* has an id of ours: it keeps cookies."""
        return next(self._ids(browser), None) is not None

    def was_logged_in_just_now(self, browser: Browser, now: float) -> bool:
        """Tell whether *browser* was given a login a moment ago."""
        return any(
            0 <= now - id_.logged_in_at <= MOMENT_SECONDS for id_ in self._ids(browser)
        )

    def renew(self, browser: Browser, logged_in_at: float | None = None) -> str:
        """
        Return the Set-Cookie text that gives *browser* another id.

        At a login it is kept only to notice that the login is not: what is sent with
        every request should be short.
        """
        if logged_in_at is None:
            return self._cookie(browser, _new_id())
        return self._cookie(browser, _new_id(int(logged_in_at)), MOMENT_SECONDS)

    def _cookie(
        self, browser: Browser, id_: BrowserId, seconds: int = STATE_SECONDS
    ) -> str:
        options = browser.options
        value = self._signer.dumps(list(id_))
        return options.set(options.browser_name, value, seconds)

    def _ids(self, browser: Browser) -> Iterator[BrowserId]:
        texts = browser.cookies.get(browser.options.browser_name, ())
        for text in texts[:CANDIDATES]:
            try:
                value: Any = self._signer.loads(text)
            except BadCookie:
                continue
            match value:
                case [str() as id_text, int() as logged_in_at]:
                    yield BrowserId(id_text, logged_in_at)


def _new_id(logged_in_at: int = 0) -> BrowserId:
    """Return an id for a browser: 128 random bits (ASVS 7.2.3)."""
    return BrowserId(secrets.token_urlsafe(16), logged_in_at)


def _mac(key: bytes, signed: str, browser_id: str) -> str:
    digest = hmac.digest(key, f"{signed}\0{browser_id}".encode(), "sha256")
    return base64url.encode(digest[:16])
