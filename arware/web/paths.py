"""Paths: what the settings say of them, whatever the framework makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from .urls import compile_prefixes, is_below, is_irregular

if TYPE_CHECKING:
    from ..settings import Settings
    from .request import Request


class Paths:
    """The rules of *settings* for paths below the mount."""

    def __init__(self, settings: Settings) -> None:
        require = settings.require_login
        self._require_all = require is True
        self._require = compile_prefixes(require) if isinstance(require, tuple) else ()
        self._exempt = compile_prefixes(settings.exempt)
        self._ignore = compile_prefixes(settings.ignore)
        #: Whether some path needs a login.
        self.guards = self._require_all or bool(self._require)
        #: Whether some path is ignored.
        self.ignores_any = bool(self._ignore)
        path = settings.logout_path
        #: The decoded path that logs out, ``None`` if there is none.
        self.logout = None if path is None else unquote(path)

    def ignores(self, path: str) -> bool:
        """Tell whether the adapter does nothing on *path*; never on an irregular one."""
        return is_below(path, self._ignore) and not is_irregular(path)

    def needs_login(self, request: Request, option: bool | None = None) -> bool:
        """
        Tell whether *request* needs a login: its view's *option*, else the settings.

        A preflight never does.
        """
        if option is not None:
            return option and not request.is_preflight()
        if not self.guards:
            return False
        path = request.path
        irregular = is_irregular(path)
        if self.ignores_any and self.ignores(path):
            return False
        if self._require_all or irregular or is_below(path, self._require):
            exempt = not irregular and is_below(path, self._exempt)
            return not exempt and not request.is_preflight()
        return False
