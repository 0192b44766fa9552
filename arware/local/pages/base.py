"""What all pages share: forms, drawing, and where to go on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from pyramid.renderers import render_to_response
from pyramid.response import Response

from arware.errors import AuthRocketError
from arware.kit.secrets import is_id
from arware.kit.urls import loggable, parse, with_parameter, without_parameter
from arware.kit.web.refusals import Refused

from .. import csrf
from ..actions import accounts
from ..login import LoggedIn, Pending
from ..sessions import Visitor
from ..texts import english
from ..tokens import login_token
from .problems import Problem
from .request import RealmRequest

log = logging.getLogger("arware.local")


def check_form(request: RealmRequest, *, session_bound: bool = True) -> None:
    """Raise a :class:`Problem` unless the form is one of ours."""
    own_origin = request.realm_address.origin
    if csrf.is_from_elsewhere(request.environ, own_origin):
        log.warning("form refused reason=from_elsewhere ip=%s", request.caller.ip)
        raise Problem(
            403,
            "This form was sent from another site",
            f"Send it from our own pages at {own_origin}.",
        )
    visitor = request.visitor if session_bound else None
    session_id = None if visitor is None else visitor.session.id
    known = request.own_cookies.get(request.cookie_name("_form"))
    token = request.form.get("form_token", "")
    if not csrf.is_genuine(request.realm, token, known, session_id):
        log.info("form refused reason=token ip=%s", request.caller.ip)
        raise Problem(
            403,
            "This page has expired",
            "Go back, reload the page and try again. If that does not help, allow "
            "cookies for this site in your browser.",
        )


def page(
    request: RealmRequest, template: str, *, status: int = 200, **values: Any
) -> Any:
    """Return a drawn page."""
    settings = request.realm.settings
    values = {"refusal": None, "errors": {}} | values
    values |= {
        "realm_name": settings.name,
        "version": request.registry["arware.local.version"],
        "base": settings.base_path,
        "link": request.link,
        "form_token": request.form_token,
        "open_form_token": request.open_form_token,
    }
    answer = render_to_response(template, values, request=request)
    answer.status_int = status
    return answer


def refused(
    request: RealmRequest, template: str, refusal: Refused, **values: Any
) -> Any:
    """Return a form again, with what was wrong in it."""
    status = refusal.reason.status
    errors = {item.field: english(item) for item in refusal.all if item.field}
    answer = page(
        request,
        template,
        status=status,
        refusal=refusal,
        errors=errors,
        **values,
    )
    if refusal.wait is not None:
        answer.headers["Retry-After"] = str(refusal.wait)
    return answer


def check_redirect_uri(request: RealmRequest) -> None:
    """Raise a :class:`Problem` if the ``redirect_uri`` that was given is refused."""
    given = request.refused_url
    if given is None:
        return
    # Else nobody would know why people do not come back.
    log.warning(
        "redirect_uri is not at or below one of login_urls: %s ip=%s",
        loggable(given),
        request.caller.ip,
    )
    address = parse(given)
    if address is None:
        message = "The address that this link would return to is not a web address."
        raise Problem(400, "This link cannot be used", message)
    # Nothing but the origin: the rest could be a text that a stranger wrote.
    raise Problem(
        400,
        "This link cannot be used",
        f"It would return to {address.origin}, which is not an address of an "
        "application of this realm. If the application is yours, add this to the "
        f'settings of the realm: login_urls=["{address.origin}/"]',
    )


def dispatch(
    check: Callable[[RealmRequest], None] | None = check_redirect_uri,
    **views: Callable[[Any], Any],
) -> Callable[[Any], Any]:
    """
    Return a view that hands over by the method, and answers 405 to all others.

    *check* may raise a :class:`Problem` before.
    """
    allow = ", ".join(["OPTIONS", *views, *(["HEAD"] if "GET" in views else [])])

    def view(request: RealmRequest) -> Any:
        method = "GET" if request.method == "HEAD" else request.method
        if method == "OPTIONS":
            return Response(status=204, headerlist=[("Allow", allow)])
        if check is not None:
            check(request)
        chosen = views.get(method)
        if chosen is None:
            raise Problem(
                405,
                "Method not allowed",
                f"This page accepts {allow}.",
                (("Allow", allow),),
            )
        return chosen(request)

    return view


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


def arrive(request: RealmRequest, login: LoggedIn | Pending) -> Any:
    """Answer a login with its session, or with the page of the step that is missing."""
    if isinstance(login, Pending):
        request.cookies_to_set[request.cookie_name("_pending")] = login.cookie
        return redirect(request.own_url(f"/{login.step.route}"))
    request.cookies_to_set[request.cookie_name("")] = login.cookie
    request.cookies_to_set[request.cookie_name("_pending")] = None
    request.__dict__["visitor"] = login.visitor
    return go_on(request, login.visitor)


def go_on(request: RealmRequest, visitor: Visitor) -> Any:
    """
    Send somebody who is logged in where they were going.

    That is a page of the realm, the choice of an organization, or, with a new token,
    the application.
    """
    then = request.query.get("then", "")
    if then in ("accounts", "profile") or (
        then.startswith("account/") and is_id(then.removeprefix("account/"), "org")
    ):
        force = {"force": "1"} if then == "accounts" else {}
        return redirect(request.own_url(f"/{then}", then=None, account=None, **force))
    return return_to_application(request, visitor)


def refuse_prefetch(request: RealmRequest) -> None:
    """
    Raise a :class:`Problem` if the browser asks before the person has decided to come.

    It then asks again, once the person does.
    """
    if request.is_speculative():
        raise Problem(503, "Page not loaded", "Open this page to use it.")


def return_to_application(request: RealmRequest, visitor: Visitor) -> Any:
    """
    Send somebody to the application, or first to the choice of an organization.

    Only a page that a person opens gets a token, no image, no frame and no script.
    """
    refuse_prefetch(request)
    if request.method == "HEAD":  # asks where it leads, and logs nobody in
        return redirect(request.application_url)
    if request.method == "GET" and not request.is_document():
        message = "You are logged in. Open this page in a window of its own to go on."
        raise Problem(403, "This page cannot be embedded", message)
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
    own_origin = request.realm_address.origin
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


def log_in_first(request: RealmRequest, then: str) -> Any:
    """Send somebody who is not logged in to the login page, and from there back."""
    return redirect(request.own_url("/login", then=then), 302)
