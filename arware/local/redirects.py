"""Redirects: to a page, to the next step of a login, and back to the application."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPFound, HTTPSeeOther

from arware.kit.web import Refused, joined
from arware.kit.web.answers import problem

from . import login
from .login import LoggedIn, Pending
from .problems import EMBEDDED, NOT_LOADED, STEP_REQUIRED
from .request import RealmRequest
from .sessions import Visitor
from .texts import IMPERSONATED

#: The methods that change nothing.
READING = ("GET", "HEAD", "OPTIONS")


def redirect(url: str, status: int = 303) -> Any:
    """
    Return a redirect to a URL that was allowed before, or to a page of our own.

    *url* is absolute: WebOb would complete a path with what the request says its host
    is.
    """
    return HTTPFound(url) if status == 302 else HTTPSeeOther(url)


def arrive(request: RealmRequest, done: LoggedIn | Pending) -> Any:
    """Answer a login with its session, or with the page of the step that is missing."""
    if isinstance(done, Pending):
        request.keep("_pending", done.cookie, login.PENDING_SECONDS)
        if request.is_json:
            return problem(request, Refused(STEP_REQUIRED), step=done.step.name)
        return redirect(request.url_to(done.step.route))
    request.remember(done)
    if done.then and not request.destination:
        # It waited for a step that was done on a page which a mail led to.
        return redirect(f"{request.url_to('login')}?{done.then}")
    return go_on(request, done.visitor)


def home(request: RealmRequest) -> Any:
    """Send somebody to their account page, or without one to where they were going."""
    return redirect(request.home_url())


def go_on(request: RealmRequest, visitor: Visitor) -> Any:
    """Send somebody who is logged in to the page they wanted, or to the application."""
    page = request.page_url(request.query.get("then", ""))
    return redirect(page) if page else to_application(request, visitor)


def refuse_prefetch(request: RealmRequest) -> None:
    """
    Raise ``Refused`` if the browser asks before the person has decided to come.

    It then asks again, once the person does.
    """
    if request.is_speculative():
        raise Refused(NOT_LOADED)


def to_application(request: RealmRequest, visitor: Visitor) -> Any:
    """
    Send somebody to the application, unless a feature has a question before.

    Only a page that a person opens leads there, no image, no frame and no script.
    """
    refuse_prefetch(request)
    if request.method == "HEAD":  # asks where it leads, and logs nobody in
        return redirect(request.application_url)
    if request.method == "GET" and not request.is_document():
        raise Refused(EMBEDDED)
    found = joined(request.registry)
    for detour in found.detours:
        answer = detour(request, visitor)
        if answer is not None:
            return answer
    if found.way_out is None:
        return redirect(request.application_url)
    return found.way_out(request, visitor)


def wanted_deriver(view: Any, info: Any) -> Any:
    """Make the view option ``any_redirect``, of views that look at it themselves."""
    if info.exception_only or info.options.get("any_redirect"):
        return view

    def checked(context: Any, request: RealmRequest) -> Any:
        request.check_wanted()
        return view(context, request)

    return checked


wanted_deriver.options = ("any_redirect",)  # type: ignore[attr-defined]


def impersonated_deriver(view: Any, info: Any) -> Any:
    """
    Refuse what is sent where an operator acts as somebody: nothing of theirs changes.

    Views may say ``also_impersonated=True``, as the way out does.
    """
    options = info.options
    if info.exception_only or options.get("also_impersonated"):
        return view
    if options.get("require_csrf") is False:  # reads no cookie
        return view

    def checked(context: Any, request: RealmRequest) -> Any:
        visitor = None if request.method in READING else request.visitor
        if visitor is not None and visitor.session.impersonator is not None:
            raise Refused(IMPERSONATED)
        return view(context, request)

    return checked


impersonated_deriver.options = ("also_impersonated",)  # type: ignore[attr-defined]
