"""Auth providers: the ways to log in that a realm offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arware.api.calls import asked, segment

from .associations import Parent
from .base import Collection
from .fields import anything, number, text
from .forms import Both
from .operations import Created, Deleted, Found, Listed, Updated
from .reading import ReadList, ReadObject, ReadQueried

if TYPE_CHECKING:
    from .realm import Realm
    from .session import Session


def _authorize_url(cls: Any, id: str | None, /, **params: Any) -> Any:
    path = f"{cls._path}/{segment(id)}/authorize"
    return cls._class_send(asked(params).call("GET", path, ReadQueried(cls._class)))


def _authorize_url_self(provider: AuthProvider, /, **params: Any) -> Any:
    """
    Return the provider with its *auth_url*; ``redirect_uri`` is needed.

    On the class the id comes first, for which a provider's type will do.
    """
    path = provider._place("authorize")
    request = asked(params, provider._context)
    return provider._send(request.call("GET", path, ReadQueried(AuthProvider)))


class AuthProvider(Listed, Found, Created, Updated, Deleted):
    """A way to log in: passwords, one-time codes, or somebody else's login."""

    __slots__ = ()
    _kind = "auth_provider"
    _path = "auth_providers"

    realm_id = text()
    name = text()
    provider_type = text()
    state = text()
    min_complexity = number()
    min_length = number()
    required_chars = anything()
    client_id = text()
    client_secret = text(secret=True)
    scopes = anything()
    loginrocket_domain = text()
    authorization_url = text()
    profile_url = text()
    token_url = text()
    email_field = text()
    email_verified_field = text()
    first_name_field = text()
    id_field = text()
    last_name_field = text()
    name_field = text()
    auth_url = text()

    realm: Parent[Realm] = Parent()

    authorize_url: Both[AuthProvider, AuthProvider] = Both(
        _authorize_url, _authorize_url_self
    )

    @classmethod
    def authorize_urls(cls, **params: Any) -> Collection[AuthProvider]:
        """
        Return the providers with an *auth_url* each, where a login elsewhere begins.

        ``redirect_uri`` is needed, ``nonce`` may be given. The URLs hold for half an
        hour. Raises :class:`~arware.errors.QueryError` if the service refuses.
        """
        path = f"{cls._path}/authorize"
        return cls._class_send(asked(params).call("GET", path, ReadList(cls._class)))

    @classmethod
    def authorize(cls, **params: Any) -> Session | AuthProvider:
        """
        Log in with the ``code``, ``state`` and ``nonce`` of a login elsewhere.

        Always returns an object: a session, or, not *valid*, the *errors*; its
        *metadata* may then hold a ``retry_url``.
        """
        path = f"{cls._path}/authorize"
        reader: ReadObject[AuthProvider] = ReadObject(cls._class)
        return cls._class_send(asked(params).call("POST", path, reader))

    def authorize_token(
        self, access_token: str | None = None, **params: Any
    ) -> Session | AuthProvider:
        """Log in with an *access_token* of the provider; as :meth:`authorize`."""
        path = self._place("authorize")
        named = {} if access_token is None else {"access_token": access_token}
        request = asked({**named, **params}, self._context)
        reader = ReadObject(AuthProvider)
        return self._send(request.call("POST", path, reader))
