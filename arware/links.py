"""Links to the login pages, as the person of one request needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urljoin

from .web import urls

if TYPE_CHECKING:
    from .auth import Auth, LoginFlow
    from .web.request import Request


#: The longest URL of ours that a login leads back to, in characters. Servers need not
#: take longer ones (RFC 9110 section 4.1), and the login page gets it as a parameter.
LONGEST = 8000


class Links:
    """
    The URLs of the login pages, as this request's person needs them.

    Each method takes *redirect_uri*, where the page leads back to (a path is completed
    with our origin), and further query parameters. Without ``loginrocket_url`` they
    raise :class:`LookupError`.
    """

    __slots__ = ("_auth", "_flow", "_settings")

    def __init__(self, flow: LoginFlow, auth: Auth) -> None:
        self._flow = flow
        self._settings = flow.settings
        self._auth = auth

    @property
    def origin(self) -> str | None:
        """
        Our own origin: ``public_url``, else what the request says.

        ``None`` if its Host header breaks the grammar.
        """
        return self._flow.browsers.origin(self._auth.request)

    @property
    def login_path(self) -> str | None:
        """The path that starts a login, mount included; ``None`` if there is none."""
        return self._below_mount(
            self._settings.loginrocket_url and self._settings.login_path
        )

    @property
    def logout_path(self) -> str | None:
        """The path that logs out, mount included; ``None`` if there is none."""
        return self._below_mount(self._settings.logout_path)

    def login_url(self, redirect_uri: str | None = None, **parameters: Any) -> str:
        """
        Return where a login starts: ``login_path``, which leads to the login page.

        Without *redirect_uri* the login comes back to the page of this request, or to
        the root where that is a callback or the target of a form. The page that shows
        the link stays cacheable. With ``login_path=None``, or a *redirect_uri* of
        another origin, it is the login page's own URL, which is not bound to this
        browser: who follows it is asked whether to continue.
        """
        return self._start("login", redirect_uri, parameters)

    def signup_url(self, redirect_uri: str | None = None, **parameters: Any) -> str:
        """Return where a sign-up starts, see :meth:`login_url`."""
        return self._start("signup", redirect_uri, parameters)

    def logout_url(self, redirect_uri: str | None = None, **parameters: Any) -> str:
        """
        Return the URL of LoginRocket's own logout, for the current session.

        It leaves the application's login as it is; ``logout_path`` ends both.
        """
        session = self._auth.session
        if session is not None and session.id:
            parameters.setdefault("session", session.id)
        return self.loginrocket("logout", redirect_uri, parameters)

    def application_logout_url(
        self, redirect_uri: str | None = None, **parameters: Any
    ) -> str:
        """Return the application's own logout, which ends both; else LoginRocket's."""
        path = self.logout_path
        if path is None:
            return self.logout_url(redirect_uri, **parameters)
        return self.complete(path) or path

    def profile_url(self, redirect_uri: str | None = None, **parameters: Any) -> str:
        """Return the URL of the page where users manage their profile."""
        return self.loginrocket("profile", redirect_uri, parameters)

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
        return self.loginrocket(f"accounts/{urls.encode(id)}", redirect_uri, parameters)

    def accounts_url(
        self, redirect_uri: str | None = None, *, force: bool = True, **parameters: Any
    ) -> str:
        """Return the URL of the account chooser; *force* shows it for one org too."""
        if force:
            parameters["force"] = None
        return self.loginrocket("accounts", redirect_uri, parameters)

    # --- For the core --------------------------------------------------------------

    def here(self, request: Request | None = None) -> str | None:
        """
        Return this request's own URL, without what a callback adds to it.

        ``None`` if our origin is not known. A nested adapter asks with its own
        *request*. A query over 8,000 characters is left out, and of a path as long the
        mount is left: no server would take them back.
        """
        request = request or self._auth.request
        query = request.query if len(request.query) <= LONGEST else ""
        if len(request.path) <= LONGEST and request.path not in self._flow.paths.own:
            path = request.full_path
            query = urls.without_parameters(query, urls.CALLBACK_PARAMETERS)
            for part in (query, ""):
                place = urls.local_location(path, part)
                if len(place) <= LONGEST:
                    return self.complete(place)
        return self.complete(request.root)

    def local(self, uri: str | None) -> str | None:
        """
        Return *uri*, a path or a URL of our own origin, as a path; else ``None``.

        None is where a login starts or where one logs out, for a login to come back to.
        """
        if uri is None or len(uri) > LONGEST:
            return None
        if not uri.startswith("/"):
            origin = self.origin
            if origin is None or not f"{uri}/".startswith(f"{origin}/"):
                return None
            uri = uri[len(origin) :] or "/"
        target = urls.local_target(uri)
        mount = unquote(urls.encoded_path(self._auth.request.mount, None))
        place = unquote(target.partition("#")[0].partition("?")[0])
        # As a browser resolves its dots; two slashes would begin with a host.
        path = urljoin("/", "/" + place.lstrip("/")).removeprefix(mount)
        return None if path in self._flow.paths.own else target

    @property
    def realm_url(self) -> str | None:
        """
        The address below which the login pages are: ``loginrocket_url``.

        Of a realm in this process that is on loopback only the path counts: its pages
        are where the application is, whatever this browser calls this machine. Where
        the realm says https and the request does not, a proxy speaks TLS for both.
        """
        settings, own = self._settings, self.origin
        url, path = settings.loginrocket_url, settings.realm_path
        if (
            own is None
            or url is None
            or path is None
            or url != settings.local_realm.url
            or not (urls.host_is_loopback(url) and urls.host_is_loopback(own))
            or (url[:6] == "https:" and own[:6] != "https:")
        ):
            return url
        return f"{own}{path}/"

    def complete(self, uri: str | None) -> str | None:
        """Return *uri* with our origin put in front if it is a path."""
        if uri is None or not uri.startswith("/"):
            return uri
        origin = self.origin
        return None if origin is None else origin + uri

    def loginrocket(
        self, page: str, redirect_uri: str | None, parameters: dict[str, Any]
    ) -> str:
        """Return the URL of LoginRocket's *page*."""
        base = self.realm_url
        if base is None:
            raise LookupError("loginrocket_url is not set, so there are no links")
        back = self.complete(redirect_uri)
        if back is not None:
            parameters = {**parameters, "redirect_uri": back}
        return urls.loginrocket_link(base, page, parameters)

    def _start(
        self, page: str, redirect_uri: str | None, parameters: dict[str, Any]
    ) -> str:
        back = redirect_uri or self._present_page()
        path, place = self.login_path, self.local(back)
        if path is None or (place is None and redirect_uri is not None):
            return self.loginrocket(page, back, parameters)
        if page == "signup":
            parameters = {**parameters, "signup": "1"}
        root = self._auth.request.root
        query = urls.parameter_query({**parameters, "redirect_uri": place or root})
        return self.complete(f"{path}?{query}") or f"{path}?{query}"

    def _present_page(self) -> str | None:
        request = self._auth.request
        is_callback = bool(urls.query_values(request.query, "token"))
        if is_callback or request.method not in ("GET", "HEAD"):
            return self.complete(request.root)
        return self.here()

    def _below_mount(self, path: str | None) -> str | None:
        return path and urls.encoded_path(self._auth.request.mount, None) + path
