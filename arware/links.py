"""Links to LoginRocket's pages, as the visitor of one request needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from .web.urls import (
    CALLBACK_PARAMETERS,
    encode,
    encoded_path,
    local_location,
    loginrocket_link,
    make_origin,
    with_state,
    without_parameters,
)

if TYPE_CHECKING:
    from .resources.org import Org
    from .resources.session import Session
    from .web.request import Request


#: The longest URL of ours that a login leads back to, in characters. Servers need not
#: take longer ones (RFC 9110 section 4.1), and the login page gets it as a parameter.
LONGEST = 8000


class Visitor(Protocol):
    """Whom the links are for."""

    request: Request
    session: Session | None
    org: Org | None


class Signposts(Protocol):
    """What links want from the flow."""

    loginrocket_url: str | None
    logout_path: str | None
    public_url: str | None

    def mint_state(self, auth: Any) -> str:
        """Return a fresh state that the browser will be given."""
        ...


class Links:
    """
    The URLs of LoginRocket's pages, as this request's visitor needs them.

    Each method takes *redirect_uri*, where the page leads back to (a path is completed
    with our origin), and further query parameters. Without ``loginrocket_url`` they
    raise :class:`LookupError`.
    """

    __slots__ = ("_flow", "_auth")

    def __init__(self, flow: Signposts, auth: Visitor) -> None:
        self._flow = flow
        self._auth = auth

    @property
    def origin(self) -> str | None:
        """
        Our own origin: ``public_url``, else what the request says.

        ``None`` if its Host header breaks the grammar.
        """
        request = self._auth.request
        return self._flow.public_url or make_origin(request.scheme, request.host)

    @property
    def logout_path(self) -> str | None:
        """The path that logs out, mount included; ``None`` if there is none."""
        path = self._flow.logout_path
        return (
            None
            if path is None
            else encoded_path(self._auth.request.mount, None) + path
        )

    def login_url(
        self, redirect_uri: str | None = None, *, bound: bool = False, **parameters: Any
    ) -> str:
        """
        Return the URL of the login page.

        With *bound*, the way back is bound to this browser, so that somebody who is
        already logged in at LoginRocket is not asked whether to continue; the answer
        then sets a cookie and must not be cached. Without *redirect_uri*, *bound*
        returns to the URL of this request.
        """
        if bound:
            back = self.complete(redirect_uri or self.here())
            if back is not None:
                redirect_uri = with_state(back, self._flow.mint_state(self._auth))
        return self._link("login", redirect_uri, parameters)

    def signup_url(self, redirect_uri: str | None = None, **parameters: Any) -> str:
        """Return the URL of the sign-up page."""
        return self._link("signup", redirect_uri, parameters)

    def logout_url(self, redirect_uri: str | None = None, **parameters: Any) -> str:
        """Return the URL of LoginRocket's own logout, for the current session."""
        session = self._auth.session
        if session is not None and session.id:
            parameters.setdefault("session", session.id)
        return self._link("logout", redirect_uri, parameters)

    def profile_url(self, redirect_uri: str | None = None, **parameters: Any) -> str:
        """Return the URL of the page where users manage their profile."""
        return self._link("profile", redirect_uri, parameters)

    def account_url(
        self,
        id: str | None = None,
        redirect_uri: str | None = None,
        **parameters: Any,
    ) -> str:
        """Return the URL of the org *id*, or of the current one, or of all."""
        org = self._auth.org
        id = id or (org.id if org is not None else None)
        if not id:
            return self.accounts_url(redirect_uri=redirect_uri, **parameters)
        return self._link(f"accounts/{encode(id)}", redirect_uri, parameters)

    def accounts_url(
        self, redirect_uri: str | None = None, *, force: bool = True, **parameters: Any
    ) -> str:
        """Return the URL of the account chooser; *force* shows it for one org too."""
        if force:
            parameters["force"] = None
        return self._link("accounts", redirect_uri, parameters)

    def here(self, request: Request | None = None) -> str | None:
        """
        Return this request's own URL, without what a callback adds to it.

        ``None`` if our origin is not known. A nested adapter asks with its own *request*.
        A query over 8,000 characters is left out, and of a path as long the mount is
        left: no server would take them back.
        """
        origin = self.origin
        if origin is None:
            return None
        request = request or self._auth.request
        query = request.query if len(request.query) <= LONGEST else ""
        if len(request.path) <= LONGEST:
            path = request.full_path
            query = without_parameters(query, CALLBACK_PARAMETERS)
            for place in (local_location(path, query), local_location(path, "")):
                if len(place) <= LONGEST:
                    return origin + place
        return f"{origin}{encoded_path(request.mount, None)}/"

    def complete(self, uri: str | None) -> str | None:
        """Return *uri* with our origin put in front if it is a path."""
        if uri is None or not uri.startswith("/"):
            return uri
        origin = self.origin
        return None if origin is None else origin + uri

    def _link(
        self, page: str, redirect_uri: str | None, parameters: dict[str, Any]
    ) -> str:
        base = self._flow.loginrocket_url
        if base is None:
            raise LookupError("loginrocket_url is not set, so there are no links")
        back = self.complete(redirect_uri)
        if back is not None:
            parameters["redirect_uri"] = back
        return loginrocket_link(base, page, parameters)
