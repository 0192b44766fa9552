"""In which order middlewares stand: what has to be outside of an adapter."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from arware.core.flow import Flow
from arware.errors import ConfigurationError
from arware.settings import Fault

if TYPE_CHECKING:
    from arware.settings import Settings

log = logging.getLogger("arware")

#: How deep it is looked; nobody has as many.
DEEPEST = 100

# They are told by name, since not all can be imported everywhere.
CORS = ("starlette.middleware.cors", "CORSMiddleware")
SESSIONS = ("starlette.middleware.sessions", "SessionMiddleware")
#: Middlewares that stand outside of ours whichever came first: what they know of a
#: request is needed here, and what is answered here needs what they add.
OUTSIDE = frozenset((
    CORS,
    SESSIONS,
    ("starlette.middleware.trustedhost", "TrustedHostMiddleware"),
    ("starlette.middleware.httpsredirect", "HTTPSRedirectMiddleware"),
    ("uvicorn.middleware.proxy_headers", "ProxyHeadersMiddleware"),
))  # fmt: skip


def kinds_of(kind: Any) -> set[tuple[str, str]]:
    """Return the names of a class and of those it derives from, with their modules."""
    return {(k.__module__, k.__qualname__) for k in getattr(kind, "__mro__", ())}


def check_order(app: Any, settings: Settings, *outside: tuple[str, str]) -> None:
    """
    Raise the fault that inside of an adapter, around *app*, stands one of *outside*.

    Scripts of other origins can read an answer only if CORS is outside of who gives it:
    the application's refusals pass it anyway, those by ``require_login`` do not.
    """
    if settings.require_login:
        outside = (CORS, *outside)
    for kind in _layers_of(app):
        for module, name in kinds_of(kind) & set(outside):
            raise ConfigurationError([_wrong_order(module, name)])


def check_repetition(outer: Any, inner: Any) -> None:
    """
    Raise the fault that *inner*, directly below the adapter *outer*, repeats it.

    Two of one kind, or for two logins, do no harm. But an integration does all that is
    to do, and what answers before it keeps logins and logouts from its framework.
    """
    flow = getattr(getattr(inner, "authenticator", None), "flow", None)
    if not isinstance(flow, Flow) or type(outer) is type(inner):
        return
    if flow.kind == outer.authenticator.flow.kind:
        raise ConfigurationError([_repeated(type(outer), type(inner))])


def stands_outside(layer: Any) -> bool:
    """Tell whether *layer*, a middleware to be made, belongs outside of ours."""
    return not OUTSIDE.isdisjoint(kinds_of(layer.cls))


def warn_of_mounted_sessions(app: Any, ours: tuple[str, str]) -> None:
    """
    Log where below *app* a session is kept without a middleware of *ours* beside it.

    It may have nothing to do with the login, so it is no fault.
    """
    for path in _mounted_sessions(app, ours):
        log.warning(
            "the session of the application mounted at %s does not follow the login: "
            "call install() for that application, too",
            path,
        )


def _mounted_sessions(app: Any, ours: tuple[str, str]) -> Iterator[str]:
    for one in _chain(app):
        for route in _attribute(one, "routes") or ():
            below, path = _attribute(route, "app"), _attribute(route, "path") or ""
            kinds = set().union(*map(kinds_of, _layers_of(below)))
            if ours in kinds:
                continue
            if SESSIONS in kinds:
                yield path or "/"
            else:
                yield from (path + more for more in _mounted_sessions(below, ours))


def _layers_of(app: Any) -> Iterator[Any]:
    """Yield the classes of the middlewares around *app*, those to be made too."""
    for one in _chain(app):
        yield type(one)
        to_be_made = _attribute(one, "user_middleware")
        if isinstance(to_be_made, list):
            yield from (_attribute(layer, "cls") for layer in to_be_made)


def _chain(app: Any) -> Iterator[Any]:
    """Yield *app* and what it stands around, one inside of the other."""
    for _ in range(DEEPEST):
        if app is None:
            return
        yield app
        app = _attribute(app, "app")


def _attribute(app: Any, name: str) -> Any:
    """Return an attribute of *app*, ``None`` if there is none or none yet."""
    try:
        return getattr(app, name, None)
    except Exception:  # noqa: BLE001 - a property of an application raises what it likes
        return None


def _wrong_order(module: str, name: str) -> Fault:
    return Fault(
        "Middleware",
        None,
        f"{module}.{name} stands inside of arware, and so does not see all that arware "
        "answers",
        f"Put {name} around it: of Starlette's middlewares the last one that is added "
        "stands outside. arware.starlette.install(app) sees to that by itself",
    )


def _repeated(*kinds: type) -> Fault:
    outer, inner = (kind.__module__ for kind in kinds)
    return Fault(
        "Middleware",
        None,
        f"the middleware of {outer} stands directly around that of {inner}, for the "
        "same login",
        "Leave out the one of arware.wsgi: the integration is enough",
    )
