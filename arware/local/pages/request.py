"""A request, as the pages read it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pyramid.decorator import reify
from pyramid.request import Request

from arware.kit.canonical import plain
from arware.kit.secrets import new_secret
from arware.kit.urls import (
    Address,
    allowed,
    covers,
    is_sent_by,
    parse,
    with_parameter,
)
from arware.kit.web.body import read_form, read_query
from arware.web.environ import EnvironRequest

from .. import csrf, sessions
from ..caller import Caller
from ..sessions import Visitor

if TYPE_CHECKING:
    from ..realm import Realm

#: What a link may carry from page to page until the browser goes back.
CARRIED = ("redirect_uri", "account", "then")


class RealmRequest(Request):
    """A request, as the pages read it."""

    @property
    def realm(self) -> Realm:
        """The realm that is asked."""
        realm: Realm = self.registry["arware.local.realm"]
        return realm

    @reify
    def now(self) -> int:
        """The time of this request: one for all that happens in it."""
        return self.realm.now

    @reify
    def query(self) -> dict[str, str]:
        """The query's parameters."""
        return read_query(self.environ)

    @reify
    def form(self) -> dict[str, str]:
        """The fields of the form that was sent."""
        return read_form(self.environ)

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
        known = {
            self.realm_address.origin,
            *(url.origin for url in settings.login_urls),
        }
        return is_sent_by(self.environ, known, loopback=settings.url.is_loopback)

    @reify
    def own_cookies(self) -> dict[str, str]:
        """Our own cookies. One that comes twice with two values does not count."""
        header = self.environ.get("HTTP_COOKIE", "")
        found: dict[str, str] = {}
        ours = [self.cookie_name(suffix) for suffix in ("", "_form", "_pending")]
        for piece in header.split(";"):
            name, _, value = piece.strip(" \t").partition("=")
            if name in ours:
                found[name] = value if found.get(name, value) == value else ""
        return found

    def cookie_name(self, suffix: str) -> str:
        """Return the name of one of our cookies."""
        settings = self.realm.settings
        prefix = "__Host-" if settings.is_https else ""
        return f"{prefix}{settings.cookie_name}{suffix}"

    @reify
    def visitor(self) -> Visitor | None:
        """Who is logged in."""
        cookie = self.own_cookies.get(self.cookie_name(""))
        return sessions.current(self.realm, cookie, self.now)

    @reify
    def browser(self) -> str:
        """The random value that this browser's forms are bound to."""
        known = self.own_cookies.get(self.cookie_name("_form"), "")
        if 40 <= len(known) <= 64 and known.isascii():
            return known
        made = new_secret()
        self.cookies_to_set[self.cookie_name("_form")] = made
        return made

    @reify
    def cookies_to_set(self) -> dict[str, str | None]:
        """Cookies that the answer sets, or with ``None`` clears."""
        return {}

    @reify
    def caller(self) -> Caller:
        """Who asks, and when."""
        client = plain(self.environ.get("HTTP_USER_AGENT", ""), 255)
        ip = self.realm.clients.address(self.environ)
        return Caller(ip, client, self.now, visitor=self.visitor)

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

    def link(self, path: str, **parameters: str | None) -> str:
        """Return a path of the realm that carries on what this request carries."""
        carried = {name: self.query.get(name) for name in CARRIED}
        carried["redirect_uri"] = self.given_url
        url = f"{self.realm.settings.base_path}{path}"
        for name, value in (carried | parameters).items():
            if value is not None:
                url = with_parameter(url, name, value)
        return url

    def own_url(self, path: str, **parameters: str | None) -> str:
        """Return what :meth:`link` returns, with our origin in front."""
        return self.realm_address.origin + self.link(path, **parameters)

    def form_token(self) -> str:
        """Return the token for one form of this page."""
        visitor = self.visitor
        session_id = None if visitor is None else visitor.session.id
        return csrf.make_token(self.realm, self.browser, session_id)

    def open_form_token(self) -> str:
        """Return the token for a form that does not matter to a session: log in."""
        return csrf.make_token(self.realm, self.browser, None)
