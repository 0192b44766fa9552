"""The browser behind a request: which cookies of ours it holds, where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from arware.settings.addresses import make_origin, origin_of

from .cookies import CookieOptions, Cookies, read_cookies

if TYPE_CHECKING:
    from arware.settings import Settings

    from .request import Request


@dataclass(frozen=True, slots=True, repr=False)
class Browser:
    """
    What a request's headers tell of the browser.

    *origin* is our own as the browser knows it, ``None`` if the Host header breaks the
    grammar.
    """

    request: Request
    cookies: Cookies
    options: CookieOptions
    origin: str | None

    def comes_from_elsewhere(self) -> bool:
        """
        Tell whether another site sent the person here.

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
        name, url = settings.cookie_name, settings.public_url
        schemes = (False, True) if url is None else (url.startswith("https:"),) * 2
        self._public_url = url
        #: How our cookies are called, and which attributes they bear: without TLS, with
        #: it. What a proxy hides, `public_url` tells.
        self.options = tuple(CookieOptions(name, secure) for secure in schemes)

    def origin(self, request: Request, scheme: str | None = None) -> str | None:
        """
        Return our own origin: ``public_url``, else what the request says.

        It is of the *scheme* that is given, else of the request's. ``None`` if the Host
        header breaks the grammar.
        """
        return self._public_url or make_origin(scheme or request.scheme, request.host)

    def of(self, request: Request) -> Browser:
        """Return what *request* tells of its browser."""
        options = self.options[request.secure]
        cookies = read_cookies(request.cookie or "", options.name)
        return Browser(request, cookies, options, self.origin(request))
