"""What Pyramid's views get: the option ``require_login``, and who is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.response import Response as PyramidResponse

from arware.errors import ConfigurationError, LoginRequired, Refusal
from arware.exchange import KEY
from arware.settings import Fault
from arware.web.environ import EnvironRequest

if TYPE_CHECKING:
    from arware.auth import Auth
    from arware.runtime.authenticator import Authenticator

#: Where the registry keeps the authenticator.
AUTHENTICATOR = "arware.authenticator"

#: Set in the environ once a view has decided whether it needs a login.
DECIDED = "arware.decided"


def publish(request: Any, auth: Auth | None) -> None:
    """Set the attributes of *request*; without an auth object nobody is there."""
    request.authrocket = auth
    request.current_session = auth and auth.session
    request.current_user = auth and auth.user
    request.current_membership = auth and auth.membership
    request.current_org = auth and auth.org


def require_login_view(view: Any, info: Any) -> Any:
    """Derive *view* by its option ``require_login``; absent, the path decides."""
    option = info.options.get("require_login")
    if option not in (None, True, False):
        raise ConfigurationError([_no_flag(option)])
    authenticator: Authenticator | None = info.registry.get(AUTHENTICATOR)
    decides = not info.exception_only or option is not None
    paths = None if authenticator is None else authenticator.flow.paths
    if not option and paths is not None and not paths.require_any:
        decides = False  # nothing requires a login, so nothing is to be decided

    def checked(context: Any, request: Any) -> Any:
        environ = request.environ
        if KEY not in environ:
            publish(request, None)
        if decides:
            environ[DECIDED] = True
            if request.current_user is None and _is_needed(request):
                _require(request)
                if option:  # a view of its own; by the path it may be that of CORS
                    return PyramidResponse(status=204)
        return view(context, request)

    def _is_needed(request: Any) -> bool:
        if paths is None:
            return bool(option)
        return paths.need_login(EnvironRequest(request.environ), option)

    return checked


require_login_view.options = ("require_login",)  # type: ignore[attr-defined]  # as Pyramid reads it


def _require(request: Any) -> None:
    """Raise that a login is needed, but let preflights pass."""
    auth = request.authrocket
    if auth is not None and auth.passes_preflight():
        return
    if KEY not in request.environ and Refusal.observer.get():
        raise ConfigurationError([_without_tweens()])
    raise LoginRequired


def _without_tweens() -> Fault:
    return Fault(
        "invoke_subrequest",
        None,
        "a view that requires a login is asked by a subrequest without tweens, so "
        "nobody is logged in there",
        "Write request.invoke_subrequest(subrequest, use_tweens=True)",
    )


def _no_flag(option: Any) -> Fault:
    return Fault(
        "require_login",
        None,
        f"a view has {option!r} there, which is neither True nor False",
        "Write add_view(..., require_login=True), or leave it out",
    )
