"""
The integration for Flask: an extension, proxies and a decorator.

::

    from arware.flask import AuthRocket, current_user, login_required

    AuthRocket(app)  # or auth = AuthRocket(), and auth.init_app(app) later

    @app.get("/reports")
    @login_required(permission="reports:read")
    def reports():
        return f"Reports for {current_user.name}"
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Unpack

from arware.api.provider import offer
from arware.errors import ConfigurationError, Refusal
from arware.runtime.authenticator import Authenticator
from arware.settings import Fault, read_mapping
from arware.settings.extras import extra

with extra("flask"):
    from flask import got_request_exception, request_started
    from werkzeug.middleware.proxy_fix import ProxyFix

    from .middleware import FlaskMiddleware
    from .proxies import (
        LINK_HELPERS,
        PROXIES,
        current_auth,
        current_membership,
        current_org,
        current_session,
        current_user,
    )
    from .views import (
        answer_refusal,
        examine_error,
        login_required,
        open_session,
    )

if TYPE_CHECKING:
    from flask import Flask

    from arware.settings import Settings, SettingsKeywords

__all__ = [
    "AuthRocket",
    "current_auth",
    "current_membership",
    "current_org",
    "current_session",
    "current_user",
    "login_required",
]

#: Where Flask keeps what is installed.
_EXTENSION = "authrocket"


class AuthRocket:
    """
    Log people in to a Flask application.

    *settings* default to ``app.config["AUTHROCKET_..."]`` and, where one is missing,
    the environment; *overrides* are fields of :class:`~arware.Settings` and win.
    Without *app*, call :meth:`init_app`, once for each application.
    """

    def __init__(
        self,
        app: Flask | None = None,
        settings: Settings | None = None,
        *,
        clock: Callable[[], float] = time.time,
        **overrides: Unpack[SettingsKeywords],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._overrides = overrides
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """
        Log people in to *app*, whose configuration is read now.

        The default client, which class methods like ``Org.find`` use, gets the same
        settings, see :func:`arware.configure`. Raises
        :class:`~arware.errors.ConfigurationError` with all faults at once, also if it
        comes a second time or after the first request.
        """
        if _EXTENSION in app.extensions:
            raise ConfigurationError([_installed_twice()])
        authenticator = self._authenticator(app)
        try:
            app.register_error_handler(Refusal, answer_refusal)
        except AssertionError:
            # So Flask says that it has answered a request.
            raise ConfigurationError([_too_late()]) from None
        got_request_exception.connect(examine_error, app)
        request_started.connect(open_session, app)
        app.jinja_env.globals.update(LINK_HELPERS | PROXIES)
        _put_around(app, authenticator)
        app.extensions[_EXTENSION] = self
        offer(authenticator.settings)

    def _authenticator(self, app: Flask) -> Authenticator:
        if self._settings is not None:
            return Authenticator(self._settings, self._overrides, clock=self._clock)
        values, faults = read_mapping(app.config, "AUTHROCKET_")
        values |= self._overrides
        try:
            authenticator = Authenticator(None, values, clock=self._clock)
        except ConfigurationError as error:
            raise ConfigurationError([*faults, *error.faults]) from None
        if faults:
            raise ConfigurationError(faults)
        return authenticator


def _put_around(app: Flask, authenticator: Authenticator) -> None:
    """Put the middleware where Flask has applications put theirs: ``app.wsgi_app``."""
    above: Any = app
    name = "wsgi_app"
    # What the proxy says is to be known below it, whichever of the two came first.
    while isinstance(getattr(above, name), ProxyFix):
        above, name = getattr(above, name), "app"
    below = getattr(above, name)
    setattr(above, name, FlaskMiddleware(app, below, authenticator))


def _installed_twice() -> Fault:
    return Fault(
        "AuthRocket",
        None,
        "it is installed in this application already",
        "Write AuthRocket(app), or init_app(app), once for each application",
    )


def _too_late() -> Fault:
    return Fault(
        "AuthRocket",
        None,
        "the application has answered a request without it",
        "Write AuthRocket(app), or init_app(app), where the application is made",
    )
