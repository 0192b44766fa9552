"""
Paths: compared by whole, decoded segments, whatever a framework makes of them.

One that two frameworks could read in two ways is called irregular and never earns an
exception.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from arware.settings import Settings

    from .request import Request

# A control character: the dollar sign of a regular expression matches before a line
# feed at the end, so that "/secret\n" leads to "/secret" in Pyramid and Starlette. A
# segment that begins with @@: Pyramid's traversal takes the rest for a view's name.
_IRREGULAR = re.compile(
    r"//|\\|[\x00-\x1f\x7f-\x9f]|/\.{1,2}(?:/|\Z)|/@@|[\ud800-\udfff\ufffd]"
)


def is_irregular(path: str) -> bool:
    """
    Tell whether frameworks may disagree about where the decoded *path* leads.

    That is: empty or dot segments, a backslash, control characters, segments that
    begin with ``@@``, or bytes that are not UTF-8 (surrogates or U+FFFD after
    decoding); also a path that does not begin with a slash, but for the empty one of a
    mount's root.
    """
    return bool(_IRREGULAR.search(path)) or (path != "" and path[0] != "/")


def compile_prefixes(prefixes: Iterable[str]) -> tuple[str, ...]:
    """Prepare *prefixes*, encoded or not, for :func:`is_below`."""
    return tuple(unquote(prefix).rstrip("/") for prefix in prefixes)


def is_below(path: str, prefixes: Sequence[str]) -> bool:
    """Tell whether *path* is one of *prefixes* or lies below one, by whole segments."""
    for prefix in prefixes:
        if path.startswith(prefix) and path[len(prefix) : len(prefix) + 1] in ("", "/"):
            return True
    return False


class Paths:
    """What *settings* say of the paths below the mount."""

    def __init__(self, settings: Settings) -> None:
        require = settings.require_login
        self._require_all = require is True
        self._require = compile_prefixes(require) if isinstance(require, tuple) else ()
        self._exempt = compile_prefixes(settings.exempt)
        self._ignore = compile_prefixes(settings.ignore)
        #: Below which path of the origin the realm in this process is, if one is.
        self.realm = _decoded(settings.realm_path)
        #: Whether some path needs a login.
        self.require_any = self._require_all or bool(self._require)
        #: Whether some path is ignored.
        self.ignore_any = bool(self._ignore)
        #: The decoded paths that start a login and that log out, ``None`` without one.
        self.login = _decoded(settings.login_path)
        if settings.loginrocket_url is None:
            self.login = None  # there is no login page to lead to
        self.logout = _decoded(settings.logout_path)
        #: Both, for one look-up; ``None`` is no path.
        self.own = frozenset((self.login, self.logout))

    def ignores(self, request: Request) -> bool:
        """Tell whether nothing is done about *request*; never on an irregular path."""
        return is_below(request.path, self._ignore) and not request.is_irregular()

    def is_of_realm(self, request: Request) -> bool:
        """
        Tell whether *request* is for the realm in this process.

        The realm's path holds for the whole origin, wherever the application is
        mounted. An irregular one is never the realm's.
        """
        if self.realm is None:
            return False
        path = request.mount + request.path
        return is_below(path, (self.realm,)) and not request.is_irregular()

    def need_login(self, request: Request, option: bool | None = None) -> bool:
        """Tell whether *request* needs a login: its view's *option*, else the path."""
        if option is None:
            return self.require_any and self._cover(request)
        return option

    def _cover(self, request: Request) -> bool:
        if request.is_irregular():
            return True
        path = request.path
        if self.ignore_any and is_below(path, self._ignore):
            return False
        if self._require_all or is_below(path, self._require):
            return not is_below(path, self._exempt)
        return False


def _decoded(path: str | None) -> str | None:
    return None if path is None else unquote(path)
