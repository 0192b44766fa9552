"""Views: how they are declared, how forms are drawn again, and the pages for faults."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import unquote_to_bytes

from pyramid.httpexceptions import HTTPException, HTTPNoContent
from pyramid.interfaces import IRoutesMapper
from pyramid.response import Response
from pyramid.view import view_config as _view_config
from pyramid.view import view_defaults as _view_defaults
from pyramid.viewderivers import INGRESS, VIEW
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from venusian import lift as _lift

from arware.kit.sealing import CannotOpen

from .answers import note, problem, text_of
from .forms import FormFault
from .joining import CATEGORY, joined
from .refusals import (
    BROKEN,
    HTTP_FAULT,
    KEY_GONE,
    NOT_FOUND,
    UNAVAILABLE,
    WRONG_METHOD,
    Reason,
    Refused,
)
from .request import FORMS, PAGES, PROTECTED, WebRequest

log = logging.getLogger("arware.local")

V = TypeVar("V", bound=Callable[..., Any])
C = TypeVar("C", bound=type)

#: Where the methods of each route stand in the registry.
METHODS = "realm.methods"


def view_config(**options: Any) -> Callable[[V], V]:
    """
    Declare a view that only ``scan_views`` finds.

    Pyramid's options, and ours: *form*, the :class:`.Form` that is read and checked
    before the view is called; *page*, the route of the page that draws it again if it
    is refused (without it the view's class does, by its method ``show``); *csrf*, see
    :mod:`.csrf`. Every view names its *request_method*.
    """
    declare: Callable[[V], V] = _view_config(_category=CATEGORY, **options)
    return declare


def view_defaults(**options: Any) -> Callable[[C], C]:
    """Declare what all views of a class share."""
    declare: Callable[[C], C] = _view_defaults(**options)
    return declare


def lift() -> Callable[[C], C]:
    """Declare that the views which a class inherits are its own, too."""
    declare: Callable[[C], C] = _lift()
    return declare


def strict_deriver(view: Any, info: Any) -> Any:
    """Refuse what cannot be read plainly, before anything decides by it."""
    if info.exception_only or info.options.get("require_csrf") is False:
        return view

    def strict(context: Any, request: WebRequest) -> Any:
        request.check_readable()
        return view(context, request)

    return strict


def form_deriver(view: Any, info: Any) -> Any:
    """Make the view options ``form`` and ``page``, and 204 for programs (AK-H01)."""
    if info.exception_only:
        return view
    kind, page = info.options.get("form"), info.options.get("page")
    if kind is None:
        return _without_form(view)
    original = info.original_view

    def formed(context: Any, request: WebRequest) -> Any:
        form = request.bind(kind)
        try:
            form.check(request)
            return _for_programs(request, view(context, request))
        except Refused as refused:
            if request.is_json:
                raise
            form.blame(
                FormFault(one.field, text_of(request, one), one.reason.word)
                for one in refused.all
            )
            request.failed = refused.reason.status
            note(request, refused)
            if page is not None:
                return _draw_page(request, page, refused)
            if not hasattr(original, "show"):
                raise
            request.response.status_int = refused.reason.status
            if refused.wait is not None:
                request.response.headers["Retry-After"] = str(refused.wait)
            return original(request).show()

    return formed


form_deriver.options = ("form", "page")  # type: ignore[attr-defined]


def _without_form(view: Any) -> Any:
    def answered(context: Any, request: WebRequest) -> Any:
        return _for_programs(request, view(context, request))

    return answered


def _for_programs(request: WebRequest, result: Any) -> Any:
    """
    Return what was done: to a program 204 instead of where to go next.

    Where what was done has a result, a dict for the page, a program gets it as it is.
    """
    if request.method != "POST" or not request.is_json:
        return result
    if isinstance(result, dict):
        return Response(json=result)
    is_elsewhere = isinstance(result, Response) and 300 <= result.status_int < 400
    return HTTPNoContent() if is_elsewhere else result


def _draw_page(request: WebRequest, route: str, refused: Refused) -> Any:
    """Draw the page that has the form, as for a GET that knows what was sent."""
    if not request.has_route(route):
        raise refused
    mapper = request.registry.getUtility(IRoutesMapper)
    path = mapper.generate(route, request.matchdict or {})
    environ = {k: v for k, v in request.environ.items() if k != "webob.adhoc_attrs"}
    again = type(request)(
        {
            **environ,
            "REQUEST_METHOD": "GET",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "CONTENT_LENGTH": "0",
            FORMS: request.forms,
        }
    )
    again.failed, again.reference = request.failed, request.reference
    answer = request.invoke_subrequest(again)
    request.cookies_to_set.update(again.cookies_to_set)
    if answer.status_int == 200:
        answer.status_int = refused.reason.status
    if refused.wait is not None:
        answer.headers["Retry-After"] = str(refused.wait)
    return answer


# Pages for faults.


def not_found(_exception: Any, request: WebRequest) -> Any:
    """Answer 404, or 405 where there is such a page and only the method is wrong."""
    route = getattr(getattr(request, "matched_route", None), "name", None)
    methods: frozenset[str] = request.registry[METHODS].get(route, frozenset())
    if not methods or request.method in methods:
        return problem(request, Refused(NOT_FOUND))
    allow = ", ".join(sorted(methods | {"OPTIONS"}))
    if request.method == "OPTIONS":
        answer = Response(status=204)
    else:
        answer = problem(request, Refused(WRONG_METHOD, methods=allow))
    answer.headers["Allow"] = allow
    return answer


def refusal(refused: Refused, request: WebRequest) -> Any:
    """Answer what no form draws again."""
    return problem(request, refused)


def http_fault(exception: HTTPException, request: WebRequest) -> Any:
    """Say Pyramid's own faults in our words. Its redirects are none."""
    if exception.status_int < 400:
        return exception
    if exception.status_int >= 500:
        return fault(exception, request)
    text = joined(request.registry).reasons[HTTP_FAULT.word].text
    reason = Reason(HTTP_FAULT.word, text, exception.status_int, exception.title)
    return problem(request, Refused(reason))


def unreadable(_exception: Any, request: WebRequest) -> Any:
    """Answer a path that is not UTF-8: it leads nowhere."""
    return problem(request, Refused(NOT_FOUND))


def database_fault(error: Exception, request: WebRequest) -> Any:
    """Say that the database is away."""
    kind = type(getattr(error, "orig", None) or error).__name__
    log.error("database unavailable page=%s (%s)", _place(request), kind)
    return problem(request, Refused(UNAVAILABLE, wait=5))


def sealed_fault(error: CannotOpen, request: WebRequest) -> Any:
    """Say that something needs a secret that is gone; the log says which."""
    log.error("a sealed value is lost page=%s: %s", _place(request), error)
    return problem(request, Refused(KEY_GONE))


def fault(error: Exception, request: WebRequest) -> Any:
    """Log what went wrong, and say that it is our fault."""
    log.error("page failed page=%s", _place(request), exc_info=error)
    return problem(request, Refused(BROKEN))


def _place(request: WebRequest) -> str:
    # The route, not the path or the query: those may hold anything, tokens too.
    return str(getattr(getattr(request, "matched_route", None), "name", None))


def _note_methods(config: Any) -> None:
    """Note of each route its methods, its page, and whether it needs a permission."""
    methods: dict[str, frozenset[str]] = {}
    protected, pages = set(), {}
    for item in config.introspector.get_category("views") or ():
        told = item["introspectable"]
        names, route = told["request_methods"], told["route_name"]
        if any(one.category_name == "permissions" for one in item["related"]):
            protected.add(route)
        if route and names:
            some = frozenset((names,) if isinstance(names, str) else names)
            some |= {"HEAD"} if "GET" in some else set()
            methods[route] = methods.get(route, frozenset()) | some
            if "GET" in some:
                pages[route] = route
            elif told.get("page"):
                pages.setdefault(route, told["page"])
    config.registry[METHODS] = methods
    config.registry[PROTECTED] = frozenset(protected)
    config.registry[PAGES] = pages


_NOT_KEPT = ("Cache-Control", "no-store")


def finisher(handler: Any, _registry: Any) -> Any:
    """Make the tween that gives every answer its cookies and its headers."""

    def tween(request: WebRequest) -> Any:
        response = handler(request)
        present = {name.lower() for name, _ in response.headerlist}
        for name, value in (*request.answer_headers.items(), _NOT_KEPT):
            if name.lower() not in present:
                response.headerlist.append((name, value))
        for name, (value, seconds) in request.cookies_to_set.items():
            response.set_cookie(
                name,
                value,
                max_age=seconds,
                path="/",
                secure=request.is_https,
                httponly=True,
                samesite="Lax",
            )
        return response

    return tween


def includeme(config: Any) -> None:
    """Add the derivers, the pages for faults and the tween."""
    config.add_view_deriver(
        strict_deriver, "strict", under=INGRESS, over="secured_view"
    )
    config.add_view_deriver(form_deriver, "form", under="rendered_view", over=VIEW)
    config.add_notfound_view(not_found)
    config.add_exception_view(refusal, context=Refused)
    config.add_exception_view(unreadable, context="pyramid.exceptions.URLDecodeError")
    config.add_exception_view(sealed_fault, context=CannotOpen)
    config.add_exception_view(database_fault, context=DBAPIError)
    config.add_exception_view(database_fault, context=PoolTimeout)
    config.add_exception_view(http_fault, context=HTTPException)
    config.add_exception_view(fault, context=Exception)
    config.add_tween(f"{__name__}.finisher")
    config.action("realm methods", lambda: _note_methods(config), order=10_000)
