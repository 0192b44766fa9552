"""
The adapter for Pyramid: a tween, a view option and a security policy.

``config.include("arware.pyramid")`` reads the settings that begin with
``authrocket.`` and, where one is missing, the environment.
"""

from __future__ import annotations

import time
from typing import Any

from arware.api.provider import offer
from arware.errors import ConfigurationError
from arware.runtime.authenticator import Authenticator
from arware.settings import Fault, read_mapping
from arware.settings.extras import extra

with extra("pyramid"):
    from pyramid.config import PHASE3_CONFIG, global_registries
    from pyramid.events import BeforeRender
    from pyramid.interfaces import IBeforeRender, IRendererFactory
    from pyramid.tweens import EXCVIEW
    from pyramid.viewderivers import INGRESS

    from .policy import SecurityPolicy
    from .session import LOGGED_OUT
    from .tween import tween_factory
    from .views import AUTHENTICATOR, require_login_view

__all__ = ["LOGGED_OUT", "SecurityPolicy", "includeme", "tween_factory"]

TWEEN = "arware.pyramid.tween_factory"

#: The renderers that Pyramid brings; they have no templates.
_BUILT_IN = frozenset(("json", "string", ""))


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
    faults += _faults_of_tweens(settings.get("pyramid.tweens"))
    if config.registry in global_registries:
        faults.append(_too_late())
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
    config.action(
        "arware.globals",
        _offer_globals,
        args=(config.registry,),
        order=PHASE3_CONFIG + 100,
    )
    _add_routes(config, authenticator)


def _add_routes(config: Any, authenticator: Authenticator) -> None:
    """Name the paths at which the tween answers, for ``request.route_path``."""
    # So they match nothing, and a prefix of whoever includes us has no say.
    prefix, config.route_prefix = config.route_prefix, None
    for name in ("login", "logout"):
        path = getattr(authenticator.settings, f"{name}_path")
        if path is not None:
            config.add_route(f"authrocket.{name}", path, static=True)
    config.route_prefix = prefix


def _offer_globals(registry: Any) -> None:
    """
    Have templates get the link helpers, in an application that has templates.

    One subscriber makes Pyramid look for others four times at every request, which
    takes as long as to find out who is there.
    """
    names = (name for name, _ in registry.getUtilitiesFor(IRendererFactory))
    if not _BUILT_IN.issuperset(names):
        registry.registerHandler(_add_globals, (IBeforeRender,))


def _add_globals(event: BeforeRender) -> None:
    """Give templates the link helpers, under the names of the Ruby gem."""
    auth = getattr(event.get("request"), "authrocket", None)
    if auth is None:
        return
    links = auth.links
    event.update(
        ar_login_url=links.login_url,
        ar_signup_url=links.signup_url,
        ar_profile_url=links.profile_url,
        ar_account_url=links.account_url,
        ar_accounts_url=links.accounts_url,
        ar_logout_url=links.application_logout_url,
    )


def _faults_of_tweens(explicit: Any) -> list[Fault]:
    """Return what is wrong with an *explicit* list of tweens, the outermost first."""
    names = explicit.split() if isinstance(explicit, str) else list(explicit or ())
    fix = f"Add it, above {EXCVIEW}"
    if names and TWEEN not in names:
        problem = f"it lists the tweens and leaves out {TWEEN}"
        return [Fault("pyramid.tweens", None, problem, fix)]
    if EXCVIEW in names[: names.index(TWEEN) if names else 0]:
        problem = f"it has {TWEEN} below {EXCVIEW}, which answers exceptions first"
        return [Fault("pyramid.tweens", None, problem, "Move it above that")]
    return []


def _too_late() -> Fault:
    return Fault(
        "config.include",
        None,
        "the application has been made without arware",
        'Write config.include("arware") before config.make_wsgi_app()',
    )
