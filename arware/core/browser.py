"""The browser behind a request: where it came from, which cookies of ours it holds."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..web.cookies import Codec, CookieOptions, login_cookies, login_names, read_cookies
from ..web.urls import make_origin, origin_of
from .state import state_mark

if TYPE_CHECKING:
    from ..auth import Verdict
    from ..settings import Settings
    from ..web.request import Request


@dataclass(frozen=True, slots=True, repr=False)
class Browser:
    """What a request's headers tell of the browser, beside its path."""

    request: Request
    found: dict[str, list[str]]
    options: CookieOptions
    origin: str | None

    def is_of_another_adapter(self, state: str) -> bool:
        """Tell whether *state* is kept, but in a cookie of another name than ours."""
        mark = f"{state_mark(state)}="
        header = self.request.cookie or ""
        # Ours is ours on http and on https, where its name is longer.
        return mark in header and f"{self.options.base}{mark}" not in header

    def asks_ahead(self) -> bool:
        """Tell whether the browser fetches before the visitor has decided to come."""
        header = self.request.header
        return any(
            "prefetch" in (header(name) or "").lower()
            for name in ("sec-purpose", "purpose", "x-moz")
        )

    def from_elsewhere(self) -> bool:
        """
        Tell whether another site sent the visitor here.

        By ``Sec-Fetch-Site`` where the browser sends it, else by Origin or Referer.
        """
        site = self.request.header("sec-fetch-site")
        if site is not None:
            return site.strip().lower() not in ("same-origin", "none")
        sender = self.request.header("origin") or self.request.header("referer")
        if sender is None:
            return False
        origin = origin_of(sender)
        return origin is None or origin != self.origin


class Browsers:
    """Read the browsers of one adapter's requests."""

    def __init__(self, settings: Settings) -> None:
        name = settings.cookie_name
        self._public_url = settings.public_url
        self._plain = CookieOptions(name, secure=False)
        self._secure = CookieOptions(name, secure=True)
        self._fixed: CookieOptions | None = None
        if settings.public_url is not None:
            https = settings.public_url.startswith("https:")
            self._fixed = self._secure if https else self._plain
        fixed = self._fixed
        #: The name of the login's cookie: where *secure* is false, where it is true.
        self.names = (
            (fixed or self._plain).name,
            (fixed or self._secure).name,
        )

    def options(self, request: Request) -> CookieOptions:
        """Return how our cookies are called there: ``public_url`` knows best."""
        return self._fixed or (self._secure if request.secure else self._plain)

    def of(self, request: Request) -> Browser:
        """Return what *request* tells of its browser."""
        options = self.options(request)
        found = read_cookies(request.cookie or "", options.name)
        origin = self._public_url or make_origin(request.scheme, request.host)
        return Browser(request, found, options, origin)


class LoginCookie:
    """Write the login's cookie, whole or in pieces."""

    def __init__(self, codec: Codec) -> None:
        self.codec = codec

    def write(
        self,
        verdict: Verdict,
        found: dict[str, list[str]],
        options: CookieOptions,
        now: float,
    ) -> tuple[str, ...]:
        """
        Return the Set-Cookie texts that keep *verdict* as long as its token lives.

        Raises :class:`~arware.errors.CookieTooLarge`.
        """
        login_id = verdict.login_id or ""
        token = verdict.identity.token
        return tuple(
            login_cookies(
                options,
                self.codec.dumps([login_id, token]),
                login_id,
                verdict.expires_at - now,
                login_names(found, options.name),
            )
        )

    @staticmethod
    def clear(found: dict[str, list[str]], options: CookieOptions) -> tuple[str, ...]:
        """Return the Set-Cookie texts that remove the login."""
        names = login_names(found, options.name)
        return tuple(options.clear(name) for name in names)


def new_login_id() -> str:
    """Return a random name for one login: 128 bits (ASVS 7.2.3)."""
    return secrets.token_urlsafe(16)


def set_cookies(texts: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return *texts* as headers."""
    return tuple(("Set-Cookie", text) for text in texts)
