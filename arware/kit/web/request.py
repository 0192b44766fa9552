"""A request, as pages read it. What depends on the product, a subclass says."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, tzinfo
from functools import lru_cache
from typing import Any, Protocol, TypeVar, cast
from urllib.parse import quote, urlencode

from pyramid.decorator import reify
from pyramid.interfaces import IRoutesMapper
from pyramid.request import Request

from arware.kit.secrets import Signer, new_secret
from arware.web.cookies import only_value, read_cookies

from . import flash
from .body import CONTROL, JSON, Unreadable, media_type, read_fields, read_query
from .forms import Form, with_fields
from .joining import joined
from .refusals import GARBLED, NOT_FOUND, TOO_LARGE, TWICE, WRONG_TYPE, Refused

F = TypeVar("F", bound=Form)

#: Where the routes of views that need a permission stand in the registry.
PROTECTED = "realm.protected"
#: Where the routes of the pages stand that have the forms which a route is sent.
PAGES = "realm.pages"
#: Where :attr:`WebRequest.forms` stands for the page that draws a refused form again.
FORMS = "realm.forms"

#: Where the names of the languages stand, the one that texts are written in first.
LOCALES = "realm.locales"

#: What a query may hold as it is (RFC 3986 3.4), and what is written as ``%XX``.
_QUERY = "%=&+-._~!$'()*,;:@/?"

#: AK-F25: Authkit heard of a header of its own, too.
_PRIVATE = ("HTTP_SEC_GPC", "HTTP_DNT", "HTTP_X_DO_NOT_TRACK")

_FAULTS = {
    "garbled": GARBLED,
    "twice": TWICE,
    "too_large": TOO_LARGE,
    "wrong_type": WRONG_TYPE,
}


class RealmLike(Signer, Protocol):
    """What the kit asks of a realm."""

    def reading(self) -> AbstractContextManager[Any]:
        """Open a transaction that only reads."""
        ...


class WebRequest(Request):
    """
    A request, as pages read it.

    The product's subclass has the properties of the first part.
    """

    # What the product says.

    @property
    def realm(self) -> RealmLike:
        """What signs forms and messages, and reads for the pieces of a page."""
        raise NotImplementedError

    @property
    def visitor(self) -> Any:
        """Who is logged in, ``None`` for nobody."""
        raise NotImplementedError

    @property
    def now(self) -> int:
        """The time of this request in seconds: one for all that happens in it."""
        raise NotImplementedError

    @property
    def origin(self) -> str:
        """The site's origin as this browser knows it, like ``https://example.com``."""
        raise NotImplementedError

    @property
    def prefix(self) -> str:
        """The path at which its pages begin, ``""`` for the root."""
        raise NotImplementedError

    @property
    def cookie_base(self) -> str:
        """What the names of its cookies begin with."""
        raise NotImplementedError

    @property
    def is_https(self) -> bool:
        """Whether browsers reach it over https."""
        raise NotImplementedError

    @property
    def session_key(self) -> str:
        """What forms of who is logged in are bound to, ``""`` for nobody."""
        raise NotImplementedError

    @property
    def ip(self) -> str:
        """Where the request comes from, for the log."""
        raise NotImplementedError

    @property
    def answer_headers(self) -> Mapping[str, str]:
        """The headers of each answer."""
        return {}

    @property
    def preferred_zone(self) -> tzinfo:
        """The time zone in which the visitor reads times."""
        return UTC

    @property
    def preferred_locale(self) -> str:
        """The language that the visitor wants, ``""`` if that is not known."""
        return ""

    @property
    def locales(self) -> tuple[str, ...]:
        """The languages that there are, the one spoken by default first."""
        found: tuple[str, ...] = self.registry[LOCALES]
        return found

    # What the kit does with it.

    #: ``session`` or ``browser``: what forms of this view are bound to.
    csrf_scope = "session"
    #: The status of the answer, where a page says that something failed.
    failed = 0
    #: The id under which the operator finds out why, where there is one.
    reference = ""

    @reify
    def _query(self) -> tuple[dict[str, str], Unreadable | None]:
        try:
            return read_query(self.environ), None
        except Unreadable as fault:
            return {}, fault

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters; none where it cannot be read."""
        return self._query[0]

    @reify
    def typed(self) -> dict[str, str]:
        """The fields of the form that was sent, or of the JSON. Raises ``Refused``."""
        try:
            return read_fields(self.environ)
        except Unreadable as fault:
            raise Refused(_FAULTS[fault.fault]) from None

    def check_readable(self) -> None:
        """Raise :class:`.Refused` unless path, query and body are plainly right."""
        if not CONTROL.isdisjoint(self.path_info):
            # A pattern of Pyramid's matches with a line's end after it, too.
            raise Refused(NOT_FOUND)
        fault = self._query[1]
        if fault is not None:
            raise Refused(_FAULTS[fault.fault])
        if self.method not in ("GET", "HEAD", "OPTIONS"):
            self.typed  # noqa: B018  Raises.

    @reify
    def is_json(self) -> bool:
        """Whether a program asks, by what it sends or by what it accepts."""
        if self.sends_json:
            return True
        accepted = self.environ.get("HTTP_ACCEPT", "")
        return JSON in accepted and "text/html" not in accepted

    @property
    def wants_privacy(self) -> bool:
        """
        Whether the browser asks that nobody is tracked.

        By ``Sec-GPC`` (Global Privacy Control), or by the older ``DNT``. It says
        nothing of what is kept for safety.
        """
        return any(self.environ.get(name) == "1" for name in _PRIVATE)

    def facts(self) -> dict[str, str]:
        """Return what features read of the request for flows, by name."""
        known = joined(self.registry).facts
        found = ((name, read(self)) for name, read in known.items())
        return {name: fact for name, fact in found if fact is not None}

    @property
    def sends_json(self) -> bool:
        """Whether the body is JSON and says so."""
        return media_type(self.environ) == JSON

    # Forms.

    @reify
    def forms(self) -> dict[type[Form], Form]:
        """The forms of this request."""
        found: dict[type[Form], Form] = self.environ.get(FORMS, {})
        return found

    def form(self, kind: type[F], **initial: str | None) -> F:
        """Return the form: with what was sent where it was, else with what it is."""
        if kind not in self.forms:
            whole = self._whole(kind)
            first = {name: field.initial for name, field in whole.fields.items()}
            self.forms[kind] = whole(first | initial)
        return cast("F", self.forms[kind])

    def bind(self, kind: type[F]) -> F:
        """Fill the form with what was sent. Raises :class:`.Refused` as it is read."""
        form = self._whole(kind)(self.typed)
        self.forms[kind] = form
        return form

    def _whole(self, kind: type[F]) -> type[F]:
        """Return the form with the fields that features add to it here."""
        if not kind.open_to:
            return kind
        added = joined(self.registry).fields.get(kind.open_to, {})
        found = ((name, one.field(self)) for name, one in added.items())
        fields = tuple((name, one) for name, one in found if one is not None)
        return with_fields(kind, fields) if fields else kind

    def writer(self, kind: type[Form]) -> Callable[..., None]:
        """
        Return what writes the fields that features have added to a form.

        The flow calls it in its transaction: with the realm, the transaction, the user
        and the caller.
        """
        added = joined(self.registry).fields.get(kind.open_to, {})
        values = self.forms[kind].values

        def write(*context: Any) -> None:
            for name, one in added.items():
                if name in values:
                    one.write(*context, values[name])

        return write

    # Cookies.

    def cookie_name(self, suffix: str) -> str:
        """Return the name of one of our cookies."""
        return f"{'__Host-' if self.is_https else ''}{self.cookie_base}{suffix}"

    def own_cookie(self, suffix: str) -> str:
        """
        Return the value of one of our cookies, ``""`` for none.

        One that comes twice with two values does not count.
        """
        return only_value(self._cookies, self.cookie_name(suffix))

    @property
    def _cookies(self) -> str:
        header: str = self.environ.get("HTTP_COOKIE", "")
        return header

    @reify
    def cookies_to_set(self) -> dict[str, tuple[str, int | None]]:
        """What the answer sets, by name: the value and how many seconds it lasts."""
        return {}

    def keep(self, suffix: str, value: str, seconds: int | None = None) -> None:
        """Set one of our cookies, for *seconds* or until the browser closes."""
        self.cookies_to_set[self.cookie_name(suffix)] = (value, seconds)

    def drop(self, suffix: str) -> None:
        """Clear one of our cookies, if the browser has it or is about to get it."""
        name = self.cookie_name(suffix)
        self.cookies_to_set.pop(name, None)
        if name in read_cookies(self._cookies, name):
            self.cookies_to_set[name] = ("", 0)

    @reify
    def browser(self) -> str:
        """The random value that this browser's forms are bound to."""
        known = self.own_cookie("_form")
        if 40 <= len(known) <= 64 and known.isascii():
            return known
        made = new_secret()
        self.keep("_form", made)
        return made

    # A message for the next page.

    def flash(self, text: str) -> None:
        """
        Say *text* on the next page: signed, for this browser, for a minute.

        A program has no next page.
        """
        if self.is_json:
            return
        made = flash.pack(self.realm, self.browser, self.now, text)
        self.keep("_flash", made, flash.SECONDS)

    @reify
    def flashed(self) -> str | None:
        """The message for this page, still to be translated; it is told once."""
        given = self.own_cookie("_flash")
        if not given:
            return None
        self.drop("_flash")
        return flash.unpack(self.realm, self.browser, self.now, given)

    # Addresses.

    def link(self, route: str, **parameters: str | None) -> str:
        """
        Return the path of a page; parameters that are ``None`` are left out.

        Those that the route's pattern names become part of the path, others its query.
        """
        found = self.registry.getUtility(IRoutesMapper).get_route(route)
        if found is None:
            raise KeyError(f"there is no route {route}")
        given = {name: one for name, one in parameters.items() if one is not None}
        inner = {name: given.pop(name) for name in _names(found.pattern)}
        # Not route_path: it would believe SCRIPT_NAME.
        path = f"{self.prefix}{found.generate(inner)}"
        return f"{path}?{urlencode(given, quote_via=quote, safe='')}" if given else path

    def url_to(self, route: str, **parameters: str | None) -> str:
        """Return what :meth:`link` returns, with our origin in front."""
        return self.origin + self.link(route, **parameters)

    def has_route(self, route: str) -> bool:
        """Tell whether there is such a page: a feature may have been left out."""
        return self.registry.getUtility(IRoutesMapper).get_route(route) is not None

    def page_url(self, path: str) -> str | None:
        """
        Return the URL of a page of ours that a link wants to lead to, else ``None``.

        It must be one that asks for a login: such pages send people away and want them
        back. *path* begins below the prefix and may have a query.
        """
        place, _, query = path.partition("?")
        mapper = self.registry.getUtility(IRoutesMapper)
        for route in mapper.get_routes() if path.startswith("/") else ():
            if route.match(place) is not None:
                if route.name not in self.registry[PROTECTED]:
                    return None
                mark = "?" if query else ""
                whole = f"{quote(place)}{mark}{quote(query, safe=_QUERY)}"
                return f"{self.origin}{self.prefix}{whole}"
        return None

    @property
    def way_back(self) -> str | None:
        """
        The path, below the prefix, of the page that one wants to come back to.

        For what is sent it is the page with the form, ``None`` if that is not known.
        """
        if self.method in ("GET", "HEAD"):
            return self.path_info
        route = self.registry[PAGES].get(self.matched_route.name)
        if route is None or not self.has_route(route):
            return None
        mapper = self.registry.getUtility(IRoutesMapper)
        return cast("str", mapper.generate(route, self.matchdict))

    def way_to(self, route: str) -> str:
        """Return where who lacks a permission is sent, so as to come back."""
        return self.url_to(route, then=self.way_back)


@lru_cache(512)
def _names(pattern: str) -> tuple[str, ...]:
    """Return the names in a route's pattern."""
    return tuple(re.findall(r"\{(\w+)[^}]*\}", pattern))
