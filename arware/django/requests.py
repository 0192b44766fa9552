"""Requests as Django tells of them, and responses as it wants them."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from django.core.exceptions import DisallowedHost, RequestDataTooBig
from django.http import HttpRequest, HttpResponse, RawPostDataException

from arware.bridge.pages import LONGEST_BODY, TOO_LARGE, UNSUPPORTED, environ_of
from arware.web.environ import EnvironRequest
from arware.web.response import Response
from arware.web.scope import ScopeRequest

if TYPE_CHECKING:
    from arware.bridge.pages import Answer, MountedRealm
    from arware.web.request import Request


class _Told:
    """What Django knows better than the server: its settings name proxies and hosts."""

    __slots__ = ()
    # Parts of the request, not the request itself: it will hold the auth object, and
    # that holds this.
    meta: dict[str, Any]
    told_scheme: str
    script_name: str

    @property
    def scheme(self) -> str:
        """``http`` or ``https``, as the proxy says where the settings believe it."""
        return self.told_scheme

    @property
    def host(self) -> str:
        """The host the request asks for; empty, which is none, if it is not allowed."""
        asked = HttpRequest()
        asked.META = self.meta
        try:
            return str(asked.get_host())
        except DisallowedHost:
            return ""  # Django refuses it itself, where it looks

    @property
    def mount(self) -> str:
        """Where the application is mounted, decoded; empty at the root."""
        return self.script_name.rstrip("/")


class _DjangoEnviron(_Told, EnvironRequest):
    """A request under WSGI."""

    __slots__ = ("meta", "script_name", "told_scheme")

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request.META)
        self.meta = self.environ
        self.told_scheme, self.secure = request.scheme, request.is_secure()
        self.script_name = request.META["SCRIPT_NAME"]
        self.path = _as_sent(request.path_info)
        if self.path == "/" and unquote(self.raw_path or "/") == self.mount:
            self.path = ""  # the slash is Django's


class _DjangoScope(_Told, ScopeRequest):
    """A request under ASGI."""

    __slots__ = ("meta", "script_name", "told_scheme")

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(_scope_of(request))
        self.meta = request.META
        self.told_scheme, self.secure = request.scheme, request.is_secure()
        self.script_name = request.META["SCRIPT_NAME"]
        self.path = request.path_info


def _as_sent(path: str) -> str:
    """Return *path* with the bytes that are not UTF-8, which Django encodes again."""
    if "%" not in path:
        return path
    decoded = unquote(path, errors="surrogateescape")
    has_others = decoded.encode("utf-8", "replace") != decoded.encode(
        "utf-8", "surrogateescape"
    )
    return decoded if has_others else path


def _scope_of(request: HttpRequest) -> dict[str, Any]:
    """Return a copy of the scope: the scope itself will hold the auth object."""
    scope = dict(request.scope)
    if isinstance(scope.get("query_string"), str):  # by Django's own test client
        scope["query_string"] = scope["query_string"].encode()
    return scope


def keys_of(request: HttpRequest) -> dict[str, Any]:
    """Return where the contract's keys stand: the scope, or under WSGI the environ."""
    keys: dict[str, Any] = getattr(request, "scope", request.META)
    return keys


def reader_of(request: HttpRequest) -> Request:
    """Return what the authenticator is told of *request*."""
    kind = _DjangoScope if hasattr(request, "scope") else _DjangoEnviron
    return kind(request)


def as_django(response: Response, request: HttpRequest) -> HttpResponse:
    """Return *response* as Django's response to *request*."""
    body = response.body_for(request.method)
    answer = HttpResponse(body, status=response.status)
    del answer.headers["Content-Type"]  # which Django assumes
    put_headers(answer, response.headers)
    return answer


def put_headers(response: Any, headers: Iterable[tuple[str, str]]) -> None:
    """Set *headers*; Django keeps cookies elsewhere, where its test client looks."""
    for name, value in headers:
        if name.lower() == "set-cookie":
            response.cookies.load(value)
        else:
            response.headers[name] = value


# --- The pages of a realm in this process ------------------------------------------


def realm_page(mounted: MountedRealm, request: HttpRequest) -> HttpResponse:
    """Return the answer of *mounted* to *request*."""
    answer = _refusal(request) or mounted.answer(_environ_for_realm(request))
    return _page(answer, request)


async def arealm_page(mounted: MountedRealm, request: HttpRequest) -> HttpResponse:
    """Return it without blocking the loop."""
    answer = _refusal(request) or await mounted.aanswer(_environ_for_realm(request))
    return _page(answer, request)


def _refusal(request: HttpRequest) -> Answer | None:
    """Return the answer to a body that cannot be read, ``None`` to all others."""
    try:
        return TOO_LARGE if len(request.body) > LONGEST_BODY else None
    except RequestDataTooBig:
        return TOO_LARGE
    except RawPostDataException:
        # A middleware has read the form, which Django keeps if it is not multipart: the
        # realm takes no others. If it has read the request itself, nothing is left.
        return UNSUPPORTED


def _page(answer: Answer, request: HttpRequest) -> HttpResponse:
    status, raw, body = answer
    pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in raw]
    return as_django(Response(status, tuple(pairs), body), request)


def _environ_for_realm(request: HttpRequest) -> dict[str, Any]:
    body = request.body
    if hasattr(request, "scope"):
        return environ_of(_scope_of(request) | {"scheme": request.scheme}, body)
    environ: dict[str, Any] = request.META | {
        "wsgi.input": io.BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.url_scheme": request.scheme,
    }
    # Django has decoded them.
    for name in ("SCRIPT_NAME", "PATH_INFO"):
        environ[name] = environ[name].encode("utf-8").decode("latin-1")
    return environ
