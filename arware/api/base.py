"""What every client knows, whatever way it sends: who asks, and what is to be kept."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Any

from arware.cache import guarded
from arware.errors import BadOption, ConfigurationError, CredentialsMissing
from arware.fork import PerProcess
from arware.resources.registry import CLASSES, resource_class
from arware.settings import Fault, checked, client_faults, values_of

from . import caching
from .attempts import Limits
from .calls import Context
from .namespace import Namespace
from .verification import imported, verify
from .wire import Credentials, request_for, settings_credentials

if TYPE_CHECKING:
    from arware.cache import Region
    from arware.resources.claims import Identity
    from arware.settings import Settings

    from .answers import Response
    from .calls import Call
    from .wire import Request

#: How long one caller waits for another that is fetching the same, in seconds.
WAIT = 15.0


class BaseClient(Namespace):
    """
    A client of *settings*, which are read from the environment if there are none.

    *overrides* are fields of :class:`~arware.Settings`.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        limits: Limits | None = None,
        **overrides: Any,
    ) -> None:
        self.settings = self._checked(values_of(settings, overrides))
        self.limits = limits or Limits()
        _import_all()
        defaults = settings_credentials(self.settings)
        # Read at the first call, which is told what is missing.
        self._own = PerProcess(lambda: Credentials.read(defaults))
        self._cache = guarded(self.settings.cache, ())

    def _checked(self, values: dict[str, Any]) -> Settings:
        missing = client_faults(values)
        try:
            return checked(values, missing)
        except ConfigurationError as error:
            if missing:
                raise CredentialsMissing(error.faults) from None
            raise

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.settings.url}>"

    def _verified(self, token: str | None, **options: Any) -> Identity | None:
        return verify(self.settings, token, **options)

    def _context(self, call: Call[Any]) -> Context:
        return Context(self, call.credentials)

    def _request(self, call: Call[Any]) -> Request:
        return request_for(call, self._credentials(call), self.settings.default_headers)

    def _wish(self, call: Call[Any]) -> caching.Wish | None:
        """Return how *call* is to be cached; what cannot be is told before it goes."""
        try:
            return caching.wish(call)
        except (TypeError, ValueError) as problem:
            fix = "Give True, a mapping or a region"
            raise BadOption([Fault("cache", None, str(problem), fix)]) from None

    def _credentials(self, call: Call[Any]) -> Credentials:
        if call.credentials:
            # They replace ours as a whole: a key never goes to another one's URL.
            return Credentials.read(call.credentials, self.settings.url)
        return self._own.get()

    def _region(self, given: Region | None, api_key: str) -> Region:
        """
        Return the region *given*, or the settings' if there is none.

        Entries are signed with the cookie's secrets, else with the API key.
        """
        secrets = self.settings.cookie_secret or (self.settings.api_key or api_key,)
        return (given or self._cache).signed(secrets)


class NotKept(Exception):
    """Carries a *response* with an error to all who wait; each raises what it is."""

    def __init__(self, response: Response) -> None:
        super().__init__(response)
        self.response = response

    @classmethod
    def unless_kept(cls, response: Response) -> dict[str, Any]:
        """Return what is kept of *response*; raise if it is not worth keeping."""
        if not caching.worth_keeping(response):
            raise cls(response)
        return caching.packed(response)


def _import_all() -> None:
    """
    Import what calls need.

    Where a process forks while a thread imports something, the child would wait for
    ever for that import to end; a client is made before there are many threads. And
    an import holds up an event loop, in whatever thread it is done.
    """
    codecs.lookup("utf-8-sig")
    codecs.lookup("idna")
    imported()
    for kind in CLASSES:
        resource_class(kind)
