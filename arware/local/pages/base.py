"""What all pages share: forms, drawing, and where to go on."""

from __future__ import annotations

import logging
from typing import Any

from pyramid.renderers import render_to_response
from pyramid.response import Response

from arware.errors import AuthRocketError
from arware.kit.urls import loggable, parse, without_parameter
from arware.kit.web import Refused
from arware.kit.web.csrf import make_token
from arware.web.urls import with_parameter

from .. import login
from ..actions import accounts
from ..login import LoggedIn, Pending
from ..problems import EMBEDDED, FOREIGN_ADDRESS, NOT_A_WEB_ADDRESS, NOT_LOADED
from ..request import RealmRequest
from ..sessions import Visitor
from ..texts import english
from ..tokens import login_token

log = logging.getLogger("arware.local")


def page(
    request: RealmRequest, template: str, *, status: int = 200, **values: Any
) -> Any:
    """Return a drawn page."""
    values = {"refusal": None, "errors": {}} | values
    values |= {
        "link": request.old_link,
        "english": english,
        "form_token": lambda: make_token(request, "session"),
        "open_form_token": lambda: make_token(request, "browser"),
    }
    answer = render_to_response(template, values, request=request)
    answer.status_int = status
    return answer


def refused(
    request: RealmRequest, template: str, refusal: Refused, **values: Any
) -> Any:
    """Return a form again, with what was wrong in it."""
    status = request.failed = refusal.reason.status
    errors = {item.field: english(item) for item in refusal.all if item.field}
    answer = page(
        request, template, status=status, refusal=refusal, errors=errors, **values
    )
    if refusal.wait is not None:
        answer.headers["Retry-After"] = str(refusal.wait)
    return answer


def check_redirect_uri(request: RealmRequest) -> None:
    """Raise ``Refused`` if the ``redirect_uri`` that was given is refused."""
    given = request.refused_url
    if given is None:
        return
    # Else nobody would know why people do not come back.
    log.warning(
        "redirect_uri is not at or below one of login_urls: %s ip=%s",
        loggable(given),
        request.ip,
    )
    address = parse(given)
    if address is None:
        raise Refused(NOT_A_WEB_ADDRESS)
    # Nothing but the origin: the rest could be a text that a stranger wrote.
    raise Refused(FOREIGN_ADDRESS, origin=address.origin)


def redirect_uri_deriver(view: Any, info: Any) -> Any:
    """Make the view option ``any_redirect``, of views that look at it themselves."""
    if info.exception_only or info.options.get("any_redirect"):
        return view

    def checked(context: Any, request: RealmRequest) -> Any:
        check_redirect_uri(request)
        return view(context, request)

    return checked


redirect_uri_deriver.options = ("any_redirect",)  # type: ignore[attr-defined]


def redirect(url: str, status: int = 303) -> Any:
    """
    Return a redirect to a URL that was allowed before, or to a page of our own.

    *url* is absolute: WebOb would complete a path with what the request says its host
    is.
    """
    return Response(
        status=status,
        headerlist=[("Location", url), ("Content-Type", "text/plain")],
    )


def arrive(request: RealmRequest, done: LoggedIn | Pending) -> Any:
    """Answer a login with its session, or with the page of the step that is missing."""
    if isinstance(done, Pending):
        request.keep("_pending", done.cookie, login.PENDING_SECONDS)
        return redirect(request.url_to(done.step.route))
    request.remember(done)
    return go_on(request, done.visitor)


def go_on(request: RealmRequest, visitor: Visitor) -> Any:
    """
    Send somebody who is logged in where they were going.

    That is a page of the realm, the choice of an organization, or, with a new token,
    the application.
    """
    page = request.page_url(request.query.get("then", ""))
    return redirect(page) if page else return_to_application(request, visitor)


def refuse_prefetch(request: RealmRequest) -> None:
    """
    Raise ``Refused`` if the browser asks before the person has decided to come.

    It then asks again, once the person does.
    """
    if request.is_speculative():
        raise Refused(NOT_LOADED)


def return_to_application(request: RealmRequest, visitor: Visitor) -> Any:
    """
    Send somebody to the application, or first to the choice of an organization.

    Only a page that a person opens gets a token, no image, no frame and no script.
    """
    refuse_prefetch(request)
    if request.method == "HEAD":  # asks where it leads, and logs nobody in
        return redirect(request.application_url)
    if request.method == "GET" and not request.is_document():
        raise Refused(EMBEDDED)
    preferred = request.query.get("account")
    known = request.method != "GET" or request.is_sent_by_application
    if not known and accounts.is_switch(request.realm, visitor, preferred):
        # A stranger's link switches nothing by itself: the person is asked.
        return redirect(request.own_url("/accounts", account=None, force="1"))
    account = accounts.settle(request.realm, visitor, preferred)
    if isinstance(account, accounts.Undecided):
        return redirect(request.own_url("/accounts", account=None))
    return go_back(request, visitor, account)


def go_back(
    request: RealmRequest, visitor: Visitor, account: accounts.Account | None
) -> Any:
    """Send somebody back to the application with a new token."""
    pair = None if account is None else (account.membership, account.org)
    token = login_token(request.realm, visitor.session, visitor.user, pair, request.now)
    target = request.application_url
    clean = _hand_over(request, target, token)
    return redirect(clean or with_parameter(target, "token", token))


def own_auth(request: RealmRequest) -> Any:
    """Return the auth object of the adapter that mounts this realm, if one does."""
    auth = request.environ.get("authrocket.auth")
    if getattr(auth, "local_realm", None) is request.realm:
        return auth
    return None


def _hand_over(request: RealmRequest, target: str, token: str) -> str | None:
    """
    Log in through the adapter in whose process we are, so that no URL holds a token.

    Returns where to go then, ``None`` if there is no such adapter.
    """
    auth = own_auth(request)
    address = parse(target)
    own_origin = request.origin
    if auth is None or address is None or address.origin != own_origin:
        return None
    try:
        auth.login(token)
    except AuthRocketError as error:
        # The adapter's own page tells what is wrong when it meets the token.
        log.warning("auth refused the login reason=%s", error.reason)
        return None
    # The adapter's mark of a login that it asked for; it takes it out with a token.
    return str(without_parameter(address, "ar_state"))
