"""Sessions: one login of a user each."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from arware.api.calls import Work, default_client
from arware.errors import ConfigurationError, RecordNotFound
from arware.settings import key_faults

from .associations import Parent
from .fields import flag, mapping, moment, text, texts
from .operations import Created, Deleted, Found, Listed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import timedelta

    from arware.api.calls import Steps

    from .claims import Identity
    from .client_app import ClientApp
    from .user import User


class Session(Listed, Found, Created, Deleted):
    """
    A login. Made from a token it needs no call.

    ``Session.find`` and ``Session.retrieve`` take a login token as well as an id. The
    token is verified first, if ``jwt_key`` or ``loginrocket_url`` is set, and the
    session is then asked for by its id; otherwise the API has to judge the token.
    """

    __slots__ = ()
    _kind = "session"
    _path = "sessions"
    _id_is_secret = True

    client_app_id = text()
    user_id = text()
    token = text(secret=True)
    request_data = mapping("request")
    created_at = moment()
    expires_at = moment()
    #: When somebody last proved who they are, by what, and whether the browser keeps
    #: the login when it is closed. Tokens of a realm of your own tell it.
    auth_time = moment()
    amr = texts()
    remembered = flag()

    client_app: Parent[ClientApp] = Parent()
    user: Parent[User] = Parent()

    @classmethod
    def from_token(
        cls,
        token: str | None,
        *,
        within: float | timedelta | None = None,
        algo: str | None = None,
        credentials: Mapping[str, Any] | None = None,
    ) -> Session | None:
        """
        Return the session of a login *token*, ``None`` if it is not to be believed.

        Blank, malformed, expired and wrongly signed tokens are all ``None``; with
        *within* (seconds or a timedelta) so is one that was issued longer ago. *algo*
        pins the algorithm, which is otherwise the key's. *credentials* may hold a
        ``jwt_key`` or a ``loginrocket_url`` to use in place of the settings', and stay
        with the session. Raises :class:`~arware.errors.ConfigurationError` if there is
        neither, or no ``jwt_key`` for ``algo="HS256"``, and
        :class:`~arware.errors.KeysUnavailable` if the key set cannot be had.
        """
        options = {"within": within, "algo": algo, "credentials": credentials}
        verify = partial(cls._class_verify, token, **options)
        return cls._class_run(cls._session_of(verify, credentials))

    @classmethod
    def _session_of(
        cls,
        verify: Callable[[], Identity | None],
        credentials: Mapping[str, Any] | None,
    ) -> Steps[Session | None]:
        # The keys may have to be downloaded.
        identity: Identity | None = yield Work(verify)
        if identity is None:
            return None
        return identity.objects(cls._class_context(credentials))[0]

    @classmethod
    def _class_verify(cls, token: str | None, **options: Any) -> Identity | None:
        return default_client()._verified(token, **options)

    @classmethod
    def _asked_id(cls, id: str | None, params: Mapping[str, Any]) -> Steps[str | None]:
        credentials = params.get("credentials")
        # Credentials without a key may be another realm's, of which ours says nothing.
        if not _is_token(id) or (credentials and key_faults(credentials)):
            return id
        sid: str | None = yield Work(partial(cls._sid_of, id, credentials))
        if sid is None:
            message = (
                "this login token is not to be believed: it is expired, wrongly signed "
                "or another realm's; the API was not asked"
            )
            raise RecordNotFound(message)
        return sid

    @classmethod
    def _sid_of(
        cls, token: str | None, credentials: Mapping[str, Any] | None
    ) -> str | None:
        """Return the id of the session of *token*, or *token* if the API must judge."""
        try:
            identity = cls._class_verify(token, credentials=credentials)
        except (ConfigurationError, NotImplementedError):
            # Without a key it has to; the gem always asks it this way.
            return token
        return None if identity is None else identity.sid


def _is_token(id: str | None) -> bool:
    """Tell whether *id* has the form of a JWT; no id of the service has."""
    return isinstance(id, str) and id.startswith("eyJ") and id.count(".") == 2
