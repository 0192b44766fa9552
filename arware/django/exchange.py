"""The exchange of a Django application."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.signals import got_request_exception
from django.http import HttpRequest, HttpResponse, QueryDict

from arware.errors import LoginRequired, Refusal
from arware.exchange import Exchange, refusal_in
from arware.web.response import Response

from . import sessions
from .requests import arealm_page, as_django, put_headers, realm_page

if TYPE_CHECKING:
    from arware.bridge.pages import MountedRealm


class DjangoExchange(Exchange):
    """The exchange that publishes the auth object on the *request*, too."""

    request: HttpRequest
    #: Whether what answers the request is awaited.
    is_async = False

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        #: Whose Django's session is to be, or ``None``, and whose it was.
        self.changes: list[tuple[str | None, str | None]] = []

    def publish(self) -> None:
        """Set the auth object's keys and attributes, now or anew."""
        super().publish()
        request, auth = self.request, self.auth
        request.authrocket = auth
        request.current_session = auth.session
        request.current_user = auth.user
        request.current_membership = auth.membership
        request.current_org = auth.org
        self.publish_user()

    def publish_user(self) -> None:
        """Set ``request.user``: without a backend of ours it stays Django's own."""
        if self.auth.change is not None and self.auth.user is None:
            self.forget_user()

    def has_new_login(self) -> bool:
        """Tell whether something is to be kept for a login that has just begun."""
        return False

    def keep_local_user(self) -> None:
        """Keep it, before the view: here there is nothing."""

    def forget_user(self) -> None:
        """Have nobody be logged in to Django any more."""
        if hasattr(self.request, "user"):
            from django.contrib.auth.models import AnonymousUser

            self.request.user = anonymous = AnonymousUser()

            async def auser() -> AnonymousUser:
                return anonymous

            self.request.auser = auser

    def publish_remote_user(self, user_id: str | None) -> None:
        """Tell Django's own authentication, which looks in META under ASGI, too."""
        meta = self.request.META
        for name in ("REMOTE_USER", "HTTP_REMOTE_USER"):
            meta.pop(name, None)
        vars(self.request).pop("headers", None)  # which Django keeps once it is read
        if user_id is not None:
            meta["REMOTE_USER"] = user_id

    def realm_pages(self, mounted: MountedRealm) -> Callable[[HttpRequest], Any]:
        """Return what asks *mounted* for Django's response."""
        return partial(arealm_page if self.is_async else realm_page, mounted)

    def open_session(self) -> None:
        """Look whose the session is, before the view does."""
        if sessions.open_session(self.request, self.auth):
            self.changes.append((self.auth.owner, None))

    def follow(self, owner: str | None, former: str | None) -> None:
        """Have Django's session be that of *owner*, at once or when it may block."""
        self.changes.append((owner, former))
        # A realm's page may be made in a thread that is none of Django's: nobody would
        # close its connection to the database.
        if self.auth.mounted is None and not _is_on_loop():
            self.follow_all()

    def follow_all(self) -> None:
        """Have Django's session follow all changes; it may block."""
        while self.changes:
            sessions.follow(self.request, *self.changes.pop(0))

    def mark_session(self) -> None:
        """Have Django's session say whose it is."""
        sessions.mark_session(self.request, self.auth)

    def finish(self, response: HttpResponse) -> HttpResponse:
        """Return *response* with what it needs, or ours in its place."""
        self.mark_session()
        cookies = [morsel.OutputString() for morsel in response.cookies.values()]
        given = [*response.items(), *(("Set-Cookie", text) for text in cookies)]
        outcome: Any = self._explanation(response)
        if outcome is None:
            outcome = self.process_response(response.status_code, given)
        if isinstance(outcome, Response):
            return as_django(outcome, self.request)
        put_headers(response, (item for item in outcome if item not in given))
        return response

    def _explanation(self, response: HttpResponse) -> Response | None:
        """
        Return the page that says why a login did not arrive, where it is needed.

        That is where Django would send the browser to the login again, and so on.
        """
        if self.auth.callback_error is None:
            return None
        query = urlsplit(getattr(response, "url", "")).query  # of a redirect
        leads_to_login = REDIRECT_FIELD_NAME in QueryDict(query)
        return self.refused(LoginRequired()) if leads_to_login else None


def exchange_of(request: HttpRequest) -> DjangoExchange | None:
    """Return the exchange that is under way for *request*."""
    auth = getattr(request, "authrocket", None)
    above = Refusal.observer.get() or ()
    found = (exchange for exchange in above if exchange.auth is auth)
    return next((one for one in found if isinstance(one, DjangoExchange)), None)


def _is_on_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _examine_error(request: HttpRequest | None = None, **_: Any) -> None:
    """Hear of an error: a refusal that the application dealt with before is over."""
    exchange = None if request is None else exchange_of(request)
    if exchange is not None and refusal_in(sys.exc_info()[1]) is None:
        exchange.auth.refusal = None


got_request_exception.connect(_examine_error)
