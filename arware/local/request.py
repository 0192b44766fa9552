"""A request, as the realm's pages read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from pyramid.decorator import reify
from sqlalchemy.exc import SQLAlchemyError

from arware.kit.canonical import plain
from arware.kit.urls import Address, is_sent_by, parse
from arware.kit.web import WebRequest, joined
from arware.web.environ import EnvironRequest
from arware.web.urls import with_parameter

from . import device_cookies, login, redirect_uri, sessions
from .caller import OPERATOR, Caller, Member, Operator
from .login import LoggedIn
from .models import LoginSession, PendingLogin, User
from .sessions import Visitor

if TYPE_CHECKING:
    from .realm import Realm

#: Where the realm, and the headers of its answers, stand in the environ: one
#: application serves all realms of a process.
REALM, HEADERS = "arware.local.realm", "arware.local.headers"
#: The realm that an application serves below a path of its own.
MOUNTED = "arware.local.mounted"


def is_mounted_in(environ: Mapping[str, Any], realm: Realm) -> bool:
    """Tell whether it is an application, or an adapter, that serves *realm*."""
    auth = environ.get("authrocket.auth")
    return realm in (environ.get(MOUNTED), getattr(auth, "local_realm", None))


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

    @reify
    def member(self) -> Member:
        """Who asks in their own name, for views that need a login."""
        if self.visitor is None:
            raise RuntimeError("the view has no permission")
        return self.caller.acting(self.visitor)

    @reify
    def operator(self) -> Operator:
        """Who asks as an operator, for views with that permission."""
        return self.caller.operating(self.member.visitor)

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

    @property
    def preferred_zone(self) -> tzinfo:
        """The visitor's time zone, UTC for others."""
        visitor = self.known_visitor
        return (visitor.user.zone if visitor is not None else None) or UTC

    @property
    def locales(self) -> tuple[str, ...]:
        """The languages that the realm speaks."""
        return self.realm.locales

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
            "" if client == OPERATOR else client,  # whatever a browser calls itself
            self.now,
            self.locale_name,
            self.visitor,
            self.own_cookie("_device"),
            self._ticked,
            self.facts(),
            self.destination,
        )

    @property
    def _ticked(self) -> frozenset[str]:
        values = (pair for form in self.forms.values() for pair in form.values.items())
        return frozenset(name for name, value in values if value is True)

    def keep_session(self, cookie: str, session: LoginSession) -> None:
        """Give the browser a *session*, to forget when it is closed if it is to."""
        seconds = session.expires_at - self.now if session.remembered else None
        self.keep("", cookie, seconds)

    def renew_session(self, cookie: str) -> None:
        """Give the member's browser the new *cookie* of the session that it has."""
        self.keep_session(cookie, self.member.session)

    def remember(self, done: LoggedIn) -> None:
        """Give the browser the session of a login that is finished."""
        self.keep_session(done.cookie, done.visitor.session)
        if done.device:
            self.keep("_device", done.device, device_cookies.MEMORY)
        self.drop("_pending")

    @property
    def adapter_auth(self) -> Any:
        """The auth object of the adapter that mounts this realm, if one does."""
        auth = self.environ.get("authrocket.auth")
        if getattr(auth, "local_realm", None) is self.realm:
            return auth
        return None

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

    @property
    def default_login_url(self) -> Address:
        """The first login URL; of an application that mounts us, as it was asked."""
        settings = self.realm.settings
        usual = settings.login_urls[0]
        if usual.origin == settings.url.origin:
            return replace(self.realm_address, path=usual.path)
        return usual

    @property
    def login_hint(self) -> str:
        """Who is about to log in, so far as the way here tells; ``""`` for nobody."""
        # OpenID Connect Core 3.1.2.1 has the name of this parameter.
        return self.query.get("login_hint", "")[:254]

    @property
    def wanted_url(self) -> str | None:
        """The URL of an application that a link names to come back to, if any."""
        return redirect_uri.wanted(self)

    def check_wanted(self) -> None:
        """Raise ``Refused`` if a link names a URL that is not to be come back to."""
        redirect_uri.check(self)

    @property
    def application_url(self) -> str:
        """Where the browser returns to: what is wanted, or the default."""
        return self.wanted_url or str(self.default_login_url)

    def carried(self) -> dict[str, str | None]:
        """Return what links carry on from page to page."""
        features = joined(self.registry).carried
        carried = {name: value(self) for name, value in features.items()}
        return {**carried, "then": self.query.get("then")}

    def link(self, route: str, **parameters: str | None) -> str:
        """Return the path of a page, with what this request carries."""
        return super().link(route, **(self.carried() | parameters))

    @property
    def destination(self) -> str:
        """What links carry on, as a query; a login that waits comes back with it."""
        given = {name: one for name, one in self.carried().items() if one is not None}
        return urlencode(given)

    def home_link(self) -> str:
        """Return the path of the account page, or without one of the login."""
        return self.link("profile" if self.has_route("profile") else "login")

    def home_url(self) -> str:
        """Return what :meth:`home_link` returns, with our origin in front."""
        return self.origin + self.home_link()

    @property
    def way_back(self) -> str | None:
        """The page to come back to, with the part of its query that is its own."""
        path, carried = super().way_back, self.carried()
        own = {name: one for name, one in self.query.items() if name not in carried}
        return f"{path}?{urlencode(own)}" if path and own else path

    def page_url(self, path: str) -> str | None:
        """Return the URL of a page of ours that a link wants to lead to, else none."""
        url = super().page_url(path)
        if url is None or self.wanted_url is None:
            return url
        return with_parameter(url, "redirect_uri", self.wanted_url)


class View:
    """A class of views, as Pyramid makes it: for each request anew."""

    def __init__(self, request: RealmRequest) -> None:
        self.request = request
