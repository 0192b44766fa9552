"""
Proof that a page of ours sent it, from the browser that we gave it to.

It is on for every view; only views that read no cookie may say ``require_csrf=False``.
A form carries a token made from a random cookie of the browser and, unless its view
says ``csrf="browser"``, from the session: login and sign-up are protected, too (else a
stranger could log a visitor in as somebody else), and survive a login in another tab.
JSON carries no token: a page of another site cannot send it without being asked first
(Fetch 4.8), and nobody here answers that question.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from pyramid.interfaces import ICSRFStoragePolicy
from zope.interface import implementer

from arware.kit.secrets import is_digest

from .refusals import FORM_EXPIRED, FROM_ELSEWHERE, Reason, Refused
from .request import WebRequest

#: The field of a form that holds the token.
FIELD = "form_token"

SCOPES = ("session", "browser")


def make_token(request: WebRequest, scope: str) -> str:
    """Return a token for one form. Two pages never hold the same."""
    nonce = secrets.token_urlsafe(12)
    return f"{nonce}.{request.realm.digest('csrf', _bound(request, nonce, scope))}"


def _bound(request: WebRequest, nonce: str, scope: str) -> str:
    session = "" if scope == "browser" else request.session_key
    return f"{nonce} {request.browser} {session or '-'}"


def fault_of(request: WebRequest) -> Reason | None:
    """Return why a request is not one that a page of ours sent, ``None`` if it is."""
    if is_from_elsewhere(request.environ, request.origin):
        return FROM_ELSEWHERE
    if request.sends_json:
        is_told = {"HTTP_ORIGIN", "HTTP_SEC_FETCH_SITE"} & request.environ.keys()
        return (
            None
            if is_told or not request.environ.get("HTTP_COOKIE")
            else FROM_ELSEWHERE
        )
    if not request.own_cookie("_form"):
        return FORM_EXPIRED
    nonce, _, given = request.typed.get(FIELD, "").partition(".")
    bound = _bound(request, nonce, request.csrf_scope)
    is_ours = is_digest(request.realm, "csrf", bound, given)
    return None if is_ours else FORM_EXPIRED


def is_from_elsewhere(environ: Mapping[str, Any], own_origin: str) -> bool:
    """
    Tell whether the browser says that the request comes from another site.

    Browsers that say nothing (and programs) are left to the token. ``Origin: null``
    is what a page with ``no-referrer`` sends, and what a sandboxed stranger sends; the
    two are told apart by ``Sec-Fetch-Site``.
    """
    site = environ.get("HTTP_SEC_FETCH_SITE")
    if site is not None and site not in ("same-origin", "none"):
        return True
    origin = environ.get("HTTP_ORIGIN")
    if origin is not None:
        return bool(
            origin != own_origin and not (origin == "null" and site is not None)
        )
    referer = environ.get("HTTP_REFERER")
    if site is None and referer:
        return not f"{referer}/".startswith(f"{own_origin}/")
    return False


@implementer(ICSRFStoragePolicy)
class CsrfPolicy:
    """Decides all of it, so that no second rule of Pyramid's stands beside."""

    def new_csrf_token(self, request: WebRequest) -> str:
        """Return a new token: each is."""
        return self.get_csrf_token(request)

    def get_csrf_token(self, request: WebRequest) -> str:
        """Return a token for a form of the page that is drawn."""
        return make_token(request, request.csrf_scope)

    def check_csrf_token(self, request: WebRequest, _supplied: str) -> bool:
        """Return ``True``, or raise :class:`.Refused` that says what is wrong."""
        reason = fault_of(request)
        if reason is None:
            return True
        has_cookie = bool(request.own_cookie("_form"))
        cause = "form_of_another" if has_cookie else "form_without_cookie"
        told = Refused(reason, origin=request.origin)
        raise told.because(cause) if reason is FORM_EXPIRED else told


def scope_deriver(view: Any, info: Any) -> Any:
    """Make the view option ``csrf``: ``session`` (the default) or ``browser``."""
    scope = info.options.get("csrf", "session")
    if scope not in SCOPES:
        raise ValueError(f"csrf={scope!r} is none of {SCOPES}")
    if scope == "session":
        return view

    def scoped(context: Any, request: WebRequest) -> Any:
        request.csrf_scope = scope
        return view(context, request)

    return scoped


scope_deriver.options = ("csrf",)  # type: ignore[attr-defined]


def includeme(config: Any) -> None:
    """Switch it on."""
    config.set_csrf_storage_policy(CsrfPolicy())
    # The policy reads the token itself: Pyramid would parse the body a second time.
    config.set_default_csrf_options(
        require_csrf=True, token=None, header="X-CSRF-Token", check_origin=False
    )
    config.add_view_deriver(
        scope_deriver, "csrf_scope", under="secured_view", over="csrf_view"
    )
