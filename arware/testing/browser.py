"""A browser without a window: it keeps cookies and says where it comes from."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlencode, urljoin, urlsplit

from ._calls import Call, Message, Response, call, call_websocket

if TYPE_CHECKING:
    from collections.abc import Callable

#: What browsers accept when they go to a page.
HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie that the browser keeps; *attributes* have lower-case names."""

    value: str
    attributes: Mapping[str, str]
    ends: float | None


class Browser:
    """
    Visit *app*, WSGI or ASGI, as a browser would: cookies, ``Sec-Fetch-*``, Referer.

    *origin* is where the application lives, *mount* the prefix it is mounted at,
    *clock* says when cookies end. Paths given to the methods lie below the mount.
    *last* is the answer seen last, whose URL is the page that the browser shows.
    """

    def __init__(
        self,
        app: Any,
        origin: str = "http://localhost",
        *,
        mount: str = "",
        raw_target: bool = True,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.app = app
        self.origin = origin
        self.mount = mount
        self.raw_target = raw_target
        self.clock = clock
        self.cookies: dict[str, Cookie] = {}
        self.last: Response | None = None
        parts = urlsplit(origin)
        self._is_https = parts.scheme == "https"
        # Browsers send Sec-Fetch-* to these only, and keep Secure cookies of these.
        self._is_trustworthy = self._is_https or parts.hostname in _LOOPBACK

    # --- Going somewhere ---

    def get(self, path: str, **options: Any) -> Response:
        """Type *path* into the address bar; *options* as in :meth:`request`."""
        return self.request("GET", path, **options)

    def post(
        self, path: str, data: Mapping[str, str] | bytes = b"", **options: Any
    ) -> Response:
        """Send a form of the page that is shown."""
        body = data if isinstance(data, bytes) else urlencode(data).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        headers |= options.pop("headers", {})
        options.setdefault("site", "same-origin")
        return self.request("POST", path, body=body, headers=headers, **options)

    def click(self, url: str, **options: Any) -> Response:
        """Follow a link of the page that is shown."""
        referer = self.last.url if self.last else self.origin + "/"
        path = self._below_mount(urljoin(referer, url))
        options.setdefault("site", "same-origin")
        return self.get(path, referer=options.pop("referer", referer), **options)

    def fetch(self, path: str, method: str = "GET", **options: Any) -> Response:
        """Call an endpoint from a script of our own page: no navigation, JSON."""
        options.setdefault("site", "same-origin")
        return self.request(method, path, navigate=False, **options)

    def come_back(self, answer: Response, token: str, **options: Any) -> Response:
        """
        Return from LoginRocket with *token*, sent there by the redirect *answer*.

        The browser arrives where the redirect's ``redirect_uri`` says, as from a page
        of LoginRocket.
        """
        query = parse_qs(urlsplit(answer.location).query)
        target = self._below_mount(query["redirect_uri"][0])
        options.setdefault("referer", urljoin(answer.location, "/"))
        return self.arrive(target, token, **options)

    def arrive(self, path: str, token: str, **options: Any) -> Response:
        """Land on *path* with *token*; from where, *site* and *referer* say."""
        joint = "&" if "?" in path else "?"
        options.setdefault("site", "cross-site")
        return self.get(f"{path}{joint}token={quote(token)}", **options)

    def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        site: str | None = "none",
        referer: str | None = None,
        navigate: bool = True,
        follow: bool = False,
    ) -> Response:
        """
        Send one request, keep the cookies of the answer, and return it.

        *site* is what ``Sec-Fetch-Site`` says (``None``: a client that sends no
        ``Sec-Fetch-*``), *navigate* whether a page is wanted. With *follow*, redirects
        inside the application are followed, at most twenty.
        """
        given = list(headers.items() if isinstance(headers, Mapping) else headers)
        names = {name.lower() for name, _ in given}
        usual = self._usual_headers(site, referer, navigate=navigate)
        request = Call(
            method=method,
            target=path,
            headers=(*(pair for pair in usual if pair[0] not in names), *given),
            body=body,
            origin=self.origin,
            mount=self.mount,
            raw_target=self.raw_target,
        )
        answer = self._send(request)
        for _ in range(20 if follow else 0):
            target = urljoin(answer.url, answer.location)
            if not answer.location or not self._is_ours(target):
                break
            # A chain of redirects keeps the site and the referer that it began with.
            request = replace(request, target=self._below_mount(target), body=b"")
            if answer.status in (302, 303):
                request = replace(request, method="GET")
            answer = self._send(request)
        return answer

    def websocket(
        self, path: str, texts: Iterable[str] = (), *, origin: str | None = ""
    ) -> list[Message]:
        """
        Open a websocket, send *texts*, hang up; return the application's messages.

        *origin* is the page that opens it: by default one of ours; ``None`` sends no
        ``Origin``, as programs do.
        """
        headers = [("origin", origin or self.origin)] if origin is not None else []
        cookie = self.cookie_header()
        if cookie:
            headers.append(("cookie", cookie))
        request = Call("GET", path, tuple(headers), b"", self.origin, self.mount)
        return asyncio.run(call_websocket(self.app, request, texts))

    # --- Cookies ---

    def cookie_header(self) -> str:
        """Return what the browser would send as ``Cookie`` now."""
        now = self.clock()
        self.cookies = {
            name: cookie
            for name, cookie in self.cookies.items()
            if cookie.ends is None or cookie.ends > now
        }
        return "; ".join(f"{name}={kept.value}" for name, kept in self.cookies.items())

    def keep(self, line: str) -> None:
        """Take one ``Set-Cookie`` as browsers do, which refuse what breaks a rule."""
        first, *rest = line.split(";")
        name, _, value = (part.strip() for part in first.partition("="))
        pairs = (part.partition("=") for part in rest)
        attributes = {key.strip().lower(): text.strip() for key, _, text in pairs}
        if self._refuses(name, value, attributes):
            return
        ends = self._end_of(attributes)
        self.cookies.pop(name, None)
        if ends is None or ends > self.clock():
            self.cookies[name] = Cookie(value, attributes, ends)

    def _refuses(self, name: str, value: str, attributes: Mapping[str, str]) -> bool:
        is_secure = "secure" in attributes
        if name.startswith("__Host-") and not (
            is_secure
            and self._is_https
            and attributes.get("path") == "/"
            and "domain" not in attributes
        ):
            return True
        if len(name) + len(value) > 4096:
            return True
        return is_secure and not self._is_trustworthy

    def _end_of(self, attributes: Mapping[str, str]) -> float | None:
        if "max-age" in attributes:
            return self.clock() + int(attributes["max-age"])
        if "expires" in attributes:
            return parsedate_to_datetime(attributes["expires"]).timestamp()
        return None

    # --- Inside ---

    def _usual_headers(
        self, site: str | None, referer: str | None, *, navigate: bool
    ) -> list[tuple[str, str]]:
        pairs = [("accept", HTML if navigate else "application/json")]
        if referer is not None:
            pairs.append(("referer", referer))
        if site is not None and self._is_trustworthy:
            pairs.append(("sec-fetch-site", site))
            pairs.append(("sec-fetch-mode", "navigate" if navigate else "cors"))
            pairs.append(("sec-fetch-dest", "document" if navigate else "empty"))
            if navigate:
                pairs.append(("sec-fetch-user", "?1"))
        return pairs

    def _send(self, request: Call) -> Response:
        cookie = self.cookie_header()
        has_own = any(name.lower() == "cookie" for name, _ in request.headers)
        if cookie and not has_own:
            headers = (*request.headers, ("cookie", cookie))
            answer = call(self.app, replace(request, headers=headers))
        else:
            answer = call(self.app, request)
        for line in answer.all("Set-Cookie"):
            self.keep(line)
        self.last = answer
        return answer

    def _is_ours(self, url: str) -> bool:
        return url == self.origin or url.startswith(self.origin + "/")

    def _below_mount(self, url: str) -> str:
        if not self._is_ours(url):
            raise ValueError(f"the browser would leave {self.origin} for {url}")
        target = url[len(self.origin) :].partition("#")[0] or "/"
        mount = quote(self.mount, safe="/%")
        if not target.startswith(mount):
            raise ValueError(f"{target} lies outside of the mount {mount}")
        return target[len(mount) :] or "/"
