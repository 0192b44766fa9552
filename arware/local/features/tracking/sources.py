"""Where the browser of a request comes from: a campaign, or another site."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qs

from sqlalchemy.exc import SQLAlchemyError

from arware.kit.canonical import plain
from arware.kit.secrets import new_secret
from arware.kit.urls import Address, parse

from ...request import RealmRequest
from . import flow
from .settings import Tracking

if TYPE_CHECKING:
    from pyramid.events import ContextFound

log = logging.getLogger("arware.local")

#: For how many seconds is known where a visit came from, and a browser that visits.
SOURCE_SECONDS, BROWSER_SECONDS = flow.PAUSE, 400 * 86_400


def source_of(request: RealmRequest) -> str | None:
    """
    Return where the visit came from, ``""`` if that is not known.

    ``None`` is for who must not be tracked.
    """
    mode = request.realm.settings[Tracking].mode
    if mode == "off" or request.wants_privacy:
        return None
    return _new_source(request) or plain(request.own_cookie("_source"), 100)


def browser_of(request: RealmRequest) -> str | None:
    """Return the cookie of a browser whose visits are noted, ``None`` for others."""
    mode = request.realm.settings[Tracking].mode
    if mode != "visits" or request.wants_privacy:
        return None
    cookie = request.own_cookie("_visits")
    return cookie if re.fullmatch(r"[\w-]{40,64}", cookie, re.ASCII) else ""


def note_page(event: ContextFound) -> None:
    """Note the source and the visit of a browser that asks for a page."""
    request = cast("RealmRequest", event.request)
    wants_page = "text/html" in request.environ.get("HTTP_ACCEPT", "")
    if request.method != "GET" or not wants_page:
        return
    if not request.is_document() or request.is_speculative():
        return
    if request.known_visitor is not None or source_of(request) is None:
        return
    source = _new_source(request)
    if source:
        request.keep("_source", source, SOURCE_SECONDS)
    if browser_of(request) is not None:
        try:
            _note_browser(request)
        except SQLAlchemyError as error:
            log.warning("a visit was not noted: %s", type(error).__name__)


def _note_browser(request: RealmRequest) -> None:
    is_new = not browser_of(request)
    cookie = new_secret() if is_new else browser_of(request)
    request.keep("_visits", cookie or "", BROWSER_SECONDS)
    facts = {flow.SOURCE: source_of(request) or "", flow.BROWSER: cookie or ""}
    caller = replace(request.caller, facts=facts)
    flow.note_browser(request.realm, caller, is_new=is_new)


def _new_source(request: RealmRequest) -> str:
    """Return the campaign that the address names, or the page that led here."""
    return _campaign(request) or _referrer(request)


def _campaign(request: RealmRequest) -> str:
    wanted = parse(request.wanted_url)
    beyond = parse_qs(wanted.query or "") if wanted is not None else {}
    given = request.query.get("utm_source") or "".join(beyond.get("utm_source", ())[:1])
    return plain(given.strip(), 100)


def _referrer(request: RealmRequest) -> str:
    address = parse(request.environ.get("HTTP_REFERER"))
    return plain(address.host, 100) if address and _is_foreign(request, address) else ""


def _is_foreign(request: RealmRequest, address: Address) -> bool:
    settings = request.realm.settings
    own = {request.origin, *(url.origin for url in settings.login_urls)}
    is_here = settings.url.is_loopback and address.is_loopback
    return not is_here and address.origin not in own
