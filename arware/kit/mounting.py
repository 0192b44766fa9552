"""
Pages in an application that is not ours: served below a path, with who is there.

The middleware stands around the application, by WSGI or by ASGI: it answers for the
pages, and tells the application who holds the cookie that came. What the pages are, and
who that is, says a :class:`Mount`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Protocol
from urllib.parse import urlsplit

from arware.bridge.pages import MountedRealm
from arware.bridge.threads import Crowded, Threads

#: How long a request waits for a thread that reads its session, in seconds.
PATIENCE = 10.0


class Unavailable(Exception):
    """Whoever holds the cookie that came: it cannot be told now."""


class Found(Protocol):
    """Who is there, as the application reads it."""

    @property
    def session(self) -> object:
        """Their login, ``None`` for nobody."""
        ...

    def environ_keys(self) -> dict[str, Any]:
        """Return what every environ and scope has."""
        ...


class Mount(Protocol):
    """What is mounted."""

    @property
    def path(self) -> str:
        """The whole path that the pages are below."""
        ...

    @property
    def is_https(self) -> bool:
        """Whether browsers reach them over https."""
        ...

    @property
    def anonymous(self) -> Found:
        """Who is there without a cookie."""
        ...

    @property
    def unavailable(self) -> str:
        """What is said, with 503, where :meth:`find` cannot tell."""
        ...

    def wsgi_app(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Be the pages."""
        ...

    def cookie_in(self, header: str) -> str:
        """Return our cookie in the header ``Cookie``, ``""`` for none."""
        ...

    def find(self, cookie: str) -> Found:
        """Return who holds *cookie*. May block. Raises :class:`Unavailable`."""
        ...


class WsgiMiddleware:
    """
    Serve the pages of *mount*, and tell the WSGI application *app* who is there.

    At or below one of the paths *ignore* nobody is, and nothing is read.
    """

    def __init__(self, app: Any, mount: Mount, ignore: str | Iterable[str]) -> None:
        self.app = app
        self.mount = mount
        self.ignore = (ignore,) if isinstance(ignore, str) else tuple(ignore)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request, or have the application answer it."""
        mount = self.mount
        if is_below(whole_path(environ), [mount.path]):
            return mount.wsgi_app(environ, start_response)
        if is_below(environ.get("PATH_INFO") or "/", self.ignore):
            return self._answer(environ, mount.anonymous, start_response)
        try:
            found = mount.find(mount.cookie_in(environ.get("HTTP_COOKIE", "")))
        except Unavailable:
            head, body = unavailable(mount)
            start_response("503 Service Unavailable", head)
            return [body]
        return self._answer(environ, found, _starter(start_response, found))

    def _answer(
        self, environ: dict[str, Any], found: Found, start: Any
    ) -> Iterable[bytes]:
        # No copy: what is around us may look there for what the application wrote.
        environ.update(found.environ_keys())
        answer: Iterable[bytes] = self.app(environ, start)
        return answer


class AsgiMiddleware:
    """
    Do for the ASGI application *app* what :class:`WsgiMiddleware` does.

    Pages are made, and who is there is read, by a few threads of its own. In a
    websocket a cookie counts only if the page that opened it is of this host (its
    ``Origin``), and by https where the pages are.
    """

    def __init__(self, app: Any, mount: Mount, ignore: str | Iterable[str]) -> None:
        self.app = app
        self.mount = mount
        self.ignore = (ignore,) if isinstance(ignore, str) else tuple(ignore)
        self._pages = MountedRealm(mount)
        self._threads = Threads("arware-sessions")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request, or have the application answer it."""
        kind, mount = scope["type"], self.mount
        if kind not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        # Some servers put the mount in front of the path, others do not.
        root, path = scope.get("root_path", "").rstrip("/"), scope["path"]
        below = path.removeprefix(root) if is_below(path, [root]) else path
        if kind == "http" and is_below(root + below, [mount.path]):
            await self._pages.asgi_app(scope, receive, send)
            return
        if is_below(below or "/", self.ignore):
            await self.app({**scope, **mount.anonymous.environ_keys()}, receive, send)
            return
        try:
            found = await self._find(scope)
        except (Unavailable, Crowded):
            await _refuse(kind, mount, send)
            return
        keys = {**scope, **found.environ_keys()}
        await self.app(keys, receive, partial(_send, send, found))

    async def _find(self, scope: Any) -> Found:
        mount = self.mount
        cookies = b"; ".join(_header(scope, b"cookie")).decode("latin-1")
        cookie = mount.cookie_in(cookies)
        if not cookie or (scope["type"] == "websocket" and not _is_own(scope, mount)):
            return mount.anonymous
        return await self._threads.run(partial(mount.find, cookie), PATIENCE)


def _header(scope: Any, name: bytes) -> list[bytes]:
    return [value for key, value in scope["headers"] if key.lower() == name]


def _is_own(scope: Any, mount: Mount) -> bool:
    """Tell whether a page of this host opens the websocket, as safe as ours are."""
    origins, hosts = _header(scope, b"origin"), _header(scope, b"host")
    if len(origins) != 1 or len(hosts) != 1:
        return False
    origin = urlsplit(origins[0].decode("latin-1"))
    # A page that came without https may be anybody's on the way. A proxy may have ended
    # https, so that it is the mount that says what there is.
    is_safe = origin.scheme == "https" or not mount.is_https
    return is_safe and origin.netloc == hosts[0].decode("latin-1")


async def _refuse(kind: str, mount: Mount, send: Any) -> None:
    if kind == "websocket":
        await send({"type": "websocket.close", "code": 1013})  # try again later
        return
    head, body = unavailable(mount)
    raw = _raw(head)
    await send({"type": "http.response.start", "status": 503, "headers": raw})
    await send({"type": "http.response.body", "body": body})


# The head of an answer.


def with_headers(
    headers: Iterable[tuple[str, str]], found: Found
) -> list[tuple[str, str]]:
    """
    Return the *headers* of an answer with what keeps it out of other people's caches.

    ``Vary`` names the cookie. An answer to somebody that says nothing of caches is
    private.
    """
    kept = [(name, value) for name, value in headers if name.lower() != "vary"]
    vary = [v for name, v in headers if name.lower() == "vary"]
    named = {part.strip().lower() for value in vary for part in value.split(",")}
    if not named & {"*", "cookie"}:
        vary.append("Cookie")
    kept.append(("Vary", ", ".join(vary)))
    if found.session and not any(n.lower() == "cache-control" for n, _ in kept):
        kept.append(("Cache-Control", "private, no-cache"))
    return kept


def unavailable(mount: Mount) -> tuple[list[tuple[str, str]], bytes]:
    """Return headers and body of the answer where nobody can tell who is there."""
    body = mount.unavailable.encode()
    head = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("Retry-After", "5"),
    ]
    return head, body


def _starter(start_response: Any, found: Found) -> Callable[..., Any]:
    def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
        return start_response(status, with_headers(headers, found), *error)

    return start


async def _send(send: Any, found: Found, message: Any) -> None:
    if message["type"] == "http.response.start":
        given = message.get("headers", ())
        texts = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in given]
        message = {**message, "headers": _raw(with_headers(texts, found))}
    await send(message)


def _raw(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in headers]


# The path of a request.


def whole_path(environ: Mapping[str, Any]) -> str:
    """Return the path of a request, with the part at which we are mounted."""
    return f"{environ.get('SCRIPT_NAME') or ''}{environ.get('PATH_INFO') or '/'}"


def is_below(path: str, prefixes: Iterable[str]) -> bool:
    """Tell whether *path* is one of *prefixes* or below one, by whole segments."""
    return any(f"{path}/".startswith(f"{one.rstrip('/')}/") for one in prefixes)


def shifted(environ: dict[str, Any], prefix: str) -> dict[str, Any]:
    """
    Return a copy of *environ* whose path begins below *prefix*.

    A server or a proxy may have taken the prefix away already, or an application
    around us a part of it. A path that is not UTF-8 leads nowhere: frameworks raise at
    it.
    """
    environ = dict(environ)
    # Where WebOb keeps what is assigned to a request: that of an application around us
    # must not become ours, nor ours its.
    environ.pop("webob.adhoc_attrs", None)
    whole = whole_path(environ)
    try:
        str(environ.get("PATH_INFO") or "/").encode("latin-1").decode("utf-8")
    except UnicodeError:
        return {**environ, "PATH_INFO": "/\x00"}
    if prefix and is_below(whole, [prefix]):
        below = whole[len(prefix) :] or "/"
        return {**environ, "SCRIPT_NAME": prefix, "PATH_INFO": below}
    return environ
