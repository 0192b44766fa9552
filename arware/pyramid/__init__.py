"""
The adapter for Pyramid: a tween, a view option and a security policy.

``config.include("arware.pyramid")`` reads the settings that begin with
``authrocket.`` and, where one is missing, the environment.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pyramid.authorization import ACLHelper, Authenticated, Everyone
from pyramid.events import BeforeRender
from pyramid.exceptions import URLDecodeError
from pyramid.httpexceptions import HTTPBadRequest
from pyramid.interfaces import ISessionFactory
from pyramid.response import Response
from pyramid.viewderivers import INGRESS

from ..api.provider import offer
from ..auth import Auth
from ..errors import ConfigurationError, LoginRequired, Refusal, observer
from ..runtime.authenticator import Authenticator
from ..settings import Fault, read_mapping
from ..web.response import Kind
from ..web.response import Response as OurResponse
from ..wsgi import KEY, EnvironRequest, leave, show, with_additions

if TYPE_CHECKING:
    from collections.abc import Iterable

TWEEN = "arware.pyramid.tween_factory"
AUTHENTICATOR = "arware.runtime.authenticator"

#: Set in the environ once a view has decided whether it needs a login.
DECIDED = "arware.decided"

#: What is flashed on logout, in the queue of Pyramid's default.
LOGGED_OUT = "You have been logged out."


def includeme(config: Any) -> None:
    """
    Set up the tween, the view option, the request's attributes and the globals.

    The default client, which class methods like ``Org.find`` use, gets the same
    settings, see :func:`arware.configure`.

    Raises :class:`~arware.errors.ConfigurationError` with all faults at once, also if
    ``pyramid.tweens`` is given and lacks ours.
    """
    settings = config.registry.settings
    values, faults = read_mapping(settings)
    explicit = settings.get("pyramid.tweens")
    if explicit and TWEEN not in str(explicit).split() and TWEEN not in explicit:
        faults.append(_missing_tween())
    clock = settings.get("arware.clock", time.time)
    try:
        authenticator = Authenticator(None, values, clock=clock, by_view=True)
    except ConfigurationError as error:
        raise ConfigurationError([*faults, *error.faults]) from None
    if faults:
        raise ConfigurationError(faults)
    config.registry[AUTHENTICATOR] = authenticator
    offer(authenticator.settings)
    config.add_tween(TWEEN)
    # Outermost: who is to log in is not told first that it is forbidden.
    config.add_view_deriver(
        require_login_view, name="require_login", under=INGRESS, over="secured_view"
    )
    _before_rendering(config.registry, add_globals)
    if authenticator.settings.logout_path is not None:
        # The tween answers there, so a prefix of whoever includes us has no say.
        prefix, config.route_prefix = config.route_prefix, None
        config.add_route("logout", authenticator.settings.logout_path)
        config.route_prefix = prefix


def _before_rendering(registry: Any, prepare: Callable[[Any], None]) -> None:
    """
    Have *prepare* called with each ``BeforeRender`` event.

    Were it a subscriber, Pyramid would make four events and look for their subscribers
    at every request, which takes as long as to find out who is there.
    """
    notify = registry.notify

    def notify_us_first(*events: Any) -> None:
        if isinstance(events[0], BeforeRender):
            prepare(events[0])
        notify(*events)

    registry.notify = notify_us_first


def _no_flag(option: Any) -> Fault:
    return Fault(
        "require_login",
        None,
        f"a view has {option!r} there, which is neither True nor False",
        "Write add_view(..., require_login=True), or leave it out",
    )


def _missing_tween() -> Fault:
    return Fault(
        "pyramid.tweens",
        None,
        f"it lists the tweens and leaves out {TWEEN}",
        "Add it, above pyramid.tweens.excview_tween_factory",
    )


# --- The tween ---------------------------------------------------------------------


def tween_factory(handler: Callable[[Any], Any], registry: Any) -> Callable[[Any], Any]:
    """Return the tween: it stands above the exception views."""
    authenticator: Authenticator = registry[AUTHENTICATOR]
    flow = authenticator.flow
    remote_user = authenticator.settings.remote_user

    def tween(request: Any) -> Any:
        environ = request.environ
        outer = environ.get(KEY)
        environ.pop(DECIDED, None)  # by a view of a request that this is a copy of
        auth = authenticator.enter(EnvironRequest(environ), outer)
        if isinstance(auth, OurResponse):
            return _response(auth, request)
        stage = _Stage(auth, request, remote_user)
        stage.changed(auth)
        token = observer.set(stage)
        try:
            response = handler(request)
        except Refusal as refusal:
            auth.note(refusal)
            return _response(flow.refuse(auth), request)
        except URLDecodeError:
            # Pyramid's router raises it for a path that is not UTF-8.
            response = HTTPBadRequest("The address is not UTF-8.")
        finally:
            observer.reset(token)
        return _leave(authenticator, auth, request, response, nested=auth is outer)

    return tween


class _Stage:
    """Where the application looks for the auth object: the request and its environ."""

    __slots__ = ("_remote_user", "_request", "_auth")

    def __init__(self, auth: Auth, request: Any, remote_user: bool) -> None:
        self._auth = auth
        self._request = request
        self._remote_user = remote_user

    def note(self, refusal: Refusal) -> None:
        """Have the auth object remember *refusal*."""
        self._auth.note(refusal)

    def changed(self, auth: Auth) -> None:
        """Show *auth*, now or anew."""
        request = self._request
        show(auth, request.environ, remote_user=self._remote_user)
        request.authrocket = auth
        request.current_session = auth.session
        request.current_user = auth.user
        request.current_membership = auth.membership
        request.current_org = auth.org


def _leave(
    authenticator: Authenticator,
    auth: Auth,
    request: Any,
    response: Any,
    *,
    nested: bool,
) -> Any:
    environ = request.environ
    if auth.user is None and DECIDED not in environ:
        # No view has decided, so nothing is there: the path itself may need a login.
        view = EnvironRequest(environ)
        if auth.wish is None and authenticator.flow.needs_login(view):
            return _instead_of(
                response, authenticator.flow.ask_login(auth, view), request
            )
    if nested:  # the outer adapter asks what the answer needs
        return response
    headers = response.headerlist
    outcome = leave(authenticator.flow, auth, int(response.status[:3]), headers)
    if isinstance(outcome, OurResponse):
        return _instead_of(response, outcome, request)
    if outcome.replaced:
        response.headerlist = with_additions(headers, outcome)
    else:
        headers.extend(outcome.headers)
    return response


def _instead_of(response: Any, ours: OurResponse, request: Any) -> Any:
    """Return *ours* in the place of *response*, whose body is closed unread."""
    close = getattr(response.app_iter, "close", None)
    if close is not None:
        close()
    return _response(ours, request)


def _response(response: OurResponse, request: Any) -> Any:
    """Return *response* as Pyramid's response; a logout leaves its flash text behind."""
    if response.kind is Kind.LOGOUT:
        _flash(request)
    body = b"" if request.method == "HEAD" else response.body
    return _Plain(
        status=response.status, headerlist=list(response.headers), app_iter=[body]
    )


class _Plain(Response):
    """A response whose Location stays as the flow wrote it."""

    def __call__(self, environ: Any, start_response: Any) -> Any:  # noqa: ARG002 - WSGI
        """Answer; WebOb would complete the Location with what Host says."""
        start_response(self.status, self.headerlist)
        return self.app_iter


def _flash(request: Any) -> None:
    # Without a session factory there is no session to leave it in.
    if request.registry.queryUtility(ISessionFactory) is not None:
        request.session.flash(LOGGED_OUT)


# --- Views -------------------------------------------------------------------------


def require_login_view(view: Any, info: Any) -> Any:
    """Derive *view* by its option ``require_login``; absent, the path decides."""
    option = info.options.get("require_login")
    if option not in (None, True, False):
        raise ConfigurationError([_no_flag(option)])
    authenticator: Authenticator | None = info.registry.get(AUTHENTICATOR)
    guarded_paths = authenticator is None or authenticator.flow.guards
    if not option and (info.exception_only or not guarded_paths):
        return view  # nothing requires a login, so nothing is to be decided

    def guarded(context: Any, request: Any) -> Any:
        environ = request.environ
        environ[DECIDED] = True
        # A request that never passed the tween has no auth: it is nobody's.
        if getattr(request, "current_user", None) is None:
            needed = bool(option)
            if authenticator is not None:
                needed = authenticator.flow.needs_login(EnvironRequest(environ), option)
            if needed:
                raise LoginRequired
        return view(context, request)

    return guarded


require_login_view.options = ("require_login",)  # type: ignore[attr-defined]


def add_globals(event: Any) -> None:
    """Give templates the link helpers, under the names of the Ruby gem."""
    request = event.get("request")
    auth = getattr(request, "authrocket", None)
    if auth is None:
        return
    links = auth.links
    event.update(
        ar_login_url=links.login_url,
        ar_signup_url=links.signup_url,
        ar_profile_url=links.profile_url,
        ar_account_url=links.account_url,
        ar_accounts_url=links.accounts_url,
        ar_logout_url=links.logout_url,
    )


# --- Security ----------------------------------------------------------------------


class SecurityPolicy:
    """
    A security policy for ``config.set_security_policy``; it is offered, not set.

    The identity is the session. Principals are ``user:<id>``, ``org:<id>`` of the
    current org and ``permission:<name>`` of the current membership, beside
    Pyramid's own; permissions are granted by the ACLs of the context's lineage.
    """

    def __init__(self) -> None:
        self._acl = ACLHelper()

    def identity(self, request: Any) -> Any:
        """Return the current session, ``None`` when there is nobody."""
        return getattr(request, "current_session", None)

    def authenticated_userid(self, request: Any) -> str | None:
        """Return the user's id, ``None`` when there is nobody."""
        user = getattr(request, "current_user", None)
        return None if user is None else user.id

    def principals(self, request: Any) -> list[str]:
        """Return who the visitor counts as."""
        user = getattr(request, "current_user", None)
        if user is None:
            return [Everyone]
        principals = [Everyone, Authenticated, f"user:{user.id}"]
        if request.current_org is not None:
            principals.append(f"org:{request.current_org.id}")
        if request.current_membership is not None:
            principals.extend(
                f"permission:{name}" for name in request.current_membership.permissions
            )
        return principals

    def permits(self, request: Any, context: Any, permission: str) -> Any:
        """Return whether the context's ACLs grant *permission* to the visitor."""
        return self._acl.permits(context, self.principals(request), permission)

    def remember(self, request: Any, userid: str, **kw: Any) -> Iterable[Any]:  # noqa: ARG002 - Pyramid's signature
        """Return no headers: only a token logs in, through ``auth.login``."""
        return []

    def forget(self, request: Any, **kw: Any) -> Iterable[Any]:  # noqa: ARG002 - Pyramid's signature
        """Log out of the application; the cookie is cleared as the answer leaves."""
        auth = getattr(request, "authrocket", None)
        if auth is not None:
            auth.logout(local=True)
        return []
