"""A request, as the realm's pages read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from pyramid.decorator import reify
from sqlalchemy.exc import SQLAlchemyError

from arware.kit.canonical import plain
from arware.kit.urls import (
    Address,
    allowed,
    covers,
    is_sent_by,
    parse,
)
from arware.kit.web import WebRequest
from arware.web.environ import EnvironRequest
from arware.web.urls import with_parameter

from . import device_cookies, login, sessions
from .caller import Caller
from .login import LoggedIn
from .models import PendingLogin, User
from .sessions import Visitor

if TYPE_CHECKING:
    from .realm import Realm

#: Where the realm, and the headers of its answers, stand in the environ: one
#: application serves all realms of a process.
REALM, HEADERS = "arware.local.realm", "arware.local.headers"

#: What a link may carry from page to page until the browser goes back.
CARRIED = ("redirect_uri", "account", "then")


class RealmRequest(WebRequest):
    """A request, as the realm's pages read it."""

    @property
    def realm(self) -> Realm:
        """The realm that is asked."""
        realm: Realm = self.environ[REALM]
        return realm

    @reify
    def now(self) -> int:
        """The time of this request: one for all that happens in it."""
        return self.realm.now

    @property
    def prefix(self) -> str:
        """The path that the realm is mounted at."""
        return self.realm.settings.base_path

    @property
    def origin(self) -> str:
        """The realm's origin as this browser knows it."""
        return self.realm_address.origin

    @property
    def cookie_base(self) -> str:
        """What the names of our cookies begin with."""
        return self.realm.settings.cookie_name

    @property
    def is_https(self) -> bool:
        """Whether browsers reach the realm over https."""
        return self.realm.settings.is_https

    @property
    def answer_headers(self) -> Mapping[str, str]:
        """The headers of each answer."""
        headers: Mapping[str, str] = self.environ[HEADERS]
        return headers

    # Who asks.

    @reify
    def visitor(self) -> Visitor | None:
        """Who is logged in."""
        return sessions.current(self.realm, self.own_cookie(""), self.now)

    @property
    def known_visitor(self) -> Visitor | None:
        """Who is logged in, ``None`` also where the database does not tell."""
        if self.failed >= 500:
            return None
        try:
            return self.visitor
        except SQLAlchemyError:
            return None

    @property
    def member(self) -> Visitor:
        """Who is logged in, for views that need it."""
        if self.visitor is None:
            raise RuntimeError("the view has no permission")
        return self.visitor

    @reify
    def pending(self) -> tuple[PendingLogin, User] | None:
        """The login that lacks a step, and whose it is."""
        with self.realm.reading() as db:
            return login.find(self.realm, db, self.own_cookie("_pending"), self.now)

    @reify
    def session_key(self) -> str:
        """The id of the session, to which forms are bound."""
        return "" if self.visitor is None else self.visitor.session.id

    @property
    def preferred_locale(self) -> str:
        """The visitor's language."""
        visitor = self.known_visitor
        return "" if visitor is None else visitor.user.locale or ""

    @reify
    def ip(self) -> str:
        """The client's address."""
        return self.realm.clients.address(self.environ)

    @reify
    def caller(self) -> Caller:
        """Who asks, and when."""
        client = plain(self.environ.get("HTTP_USER_AGENT", ""), 255)
        return Caller(
            self.ip,
            client,
            self.now,
            self.locale_name,
            self.visitor,
            self.own_cookie("_device"),
        )

    def remember(self, done: LoggedIn) -> None:
        """Give the browser the session of a login that is finished."""
        self.keep("", done.cookie)
        self.keep("_device", done.device, device_cookies.MEMORY)
        self.drop("_pending")

    # What the browser says of the request.

    def is_speculative(self) -> bool:
        """Tell whether it is fetched ahead: nobody has decided to come (yet)."""
        return EnvironRequest(self.environ).is_speculative()

    def is_document(self) -> bool:
        """Tell whether it is for a page of its own, where the browser says so."""
        return EnvironRequest(self.environ).is_document()

    @property
    def is_sent_by_application(self) -> bool:
        """Whether a page of ours or of an application led here, or nobody's did."""
        settings = self.realm.settings
        known = {self.origin, *(url.origin for url in settings.login_urls)}
        return is_sent_by(self.environ, known, loopback=settings.url.is_loopback)

    # Addresses.

    @reify
    def realm_address(self) -> Address:
        """
        The realm's address as this browser knows it.

        On loopback this machine has many names and servers choose their ports: there
        the request's own origin counts, as long as that is on loopback, too. Where
        *url* says https and the request does not, a proxy speaks TLS for us.
        """
        url = self.realm.settings.url
        asked = parse(f"{self.scheme}://{self.environ.get('HTTP_HOST')}{url.path}")
        if (
            asked is None
            or not (asked.is_loopback and url.is_loopback)
            or (url.scheme == "https" and asked.scheme != "https")
        ):
            return url
        return asked

    @reify
    def given_url(self) -> str | None:
        """The ``redirect_uri``, if one was given and is allowed."""
        settings = self.realm.settings
        url = self._allowed(self.query.get("redirect_uri"))
        address = parse(url)
        if settings.base_path and address and covers(self.realm_address, address):
            return None  # mounted in an application, we are not one ourselves
        return url

    @property
    def refused_url(self) -> str | None:
        """The ``redirect_uri``, if one was given and is not allowed."""
        given = self.query.get("redirect_uri")
        return None if not given or self._allowed(given) else given

    def _allowed(self, given: str | None) -> str | None:
        settings = self.realm.settings
        return allowed(
            given,
            settings.login_urls,
            base=self.default_login_url,
            loopback=settings.url.is_loopback,
        )

    @property
    def default_login_url(self) -> Address:
        """The first login URL; of an application that mounts us, as it was asked."""
        settings = self.realm.settings
        usual = settings.login_urls[0]
        if usual.origin == settings.url.origin:
            return replace(self.realm_address, path=usual.path)
        return usual

    @property
    def application_url(self) -> str:
        """Where the browser returns to: ``redirect_uri`` if allowed, or the default."""
        return self.given_url or str(self.default_login_url)

    def carried(self) -> dict[str, str | None]:
        """Return what links carry on from page to page."""
        carried = {name: self.query.get(name) for name in CARRIED}
        return carried | {"redirect_uri": self.given_url}

    def link(self, route: str, **parameters: str | None) -> str:
        """Return the path of a page, with what this request carries."""
        return super().link(route, **(self.carried() | parameters))

    def way_to(self, route: str) -> str:
        """Return where who lacks a permission is sent, so as to come back here."""
        if self.method not in ("GET", "HEAD"):
            return self.url_to(route)
        own = {name: one for name, one in self.query.items() if name not in CARRIED}
        query = f"?{urlencode(own)}" if own else ""
        return self.url_to(route, then=f"{self.path_info}{query}")

    def page_url(self, path: str) -> str | None:
        """Return the URL of a page of ours that a link wants to lead to, else none."""
        url = super().page_url(path)
        if url is None or self.given_url is None:
            return url
        return with_parameter(url, "redirect_uri", self.given_url)

    def old_link(self, path: str, **parameters: str | None) -> str:
        """Return a path of the realm that carries on what this request carries."""
        url = f"{self.prefix}{path}"
        for name, value in (self.carried() | parameters).items():
            if value is not None:
                url = with_parameter(url, name, value)
        return url

    def own_url(self, path: str, **parameters: str | None) -> str:
        """Return what :meth:`old_link` returns, with our origin in front."""
        return self.origin + self.old_link(path, **parameters)
