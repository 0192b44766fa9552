"""OAuth2 sessions: logins of a realm's users elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arware.api.calls import asked

from .fields import anything, moment, number, text
from .operations import Created, Found
from .reading import ReadObject

if TYPE_CHECKING:
    from .token import Token


class Oauth2Session(Found, Created):
    """A login of a user in an OAuth2 client."""

    __slots__ = ()
    _kind = "session"
    _path = "sessions/oauth2"
    _id_is_secret = True

    access_token = text(secret=True)
    code = text(secret=True)
    id_token = text(secret=True)
    redirect_uri = text()
    profile = anything()
    expires_in = number()
    token_type = text()
    expires_at = moment()

    @classmethod
    def code_to_token(cls, **params: Any) -> Oauth2Session | Token:
        """
        Exchange a ``code``, with ``client_app_id`` and ``client_app_secret``.

        Always returns an object; look whether it is *valid*.
        """
        path = f"{cls._path}/code"
        reader: ReadObject[Oauth2Session] = ReadObject(cls._class)
        request = asked(params)
        return cls._class_send(request.call("POST", path, reader, root=cls._kind))
