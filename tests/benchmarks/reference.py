"""What applications do without arware: read the cookie, decode the token."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Any

import jwt

from .traffic import ISSUER


class DecodeEachTime:
    """The reference of the WSGI rows: SimpleCookie and ``jwt.decode``, RS256."""

    def __init__(self, app: Any, key: Any) -> None:
        self.app = app
        self.key = key

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        cookies = SimpleCookie(environ.get("HTTP_COOKIE", ""))
        environ["claims"] = jwt.decode(
            cookies["token"].value, self.key, algorithms=["RS256"], issuer=ISSUER
        )
        return self.app(environ, start_response)
