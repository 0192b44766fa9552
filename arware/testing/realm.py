"""A realm in memory: it has a key, makes tokens, and can serve its key set."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from arware.tokens import base64url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ISSUER = "https://authrocket.com"


class MemoryRealm:
    """
    A realm that exists for a test only, with an RSA key of its own.

    *url* stands in for LoginRocket's address; nothing is ever sent there. *clock*
    says what time the tokens are made at. *private_key* saves the tenth of a second
    that a new key costs.
    """

    def __init__(
        self,
        url: str = "https://memory.e2.loginrocket.com/",
        *,
        realm: str = "rl_memory",
        kid: str = "jky_memory",
        clock: Callable[[], float] = time.time,
        private_key: rsa.RSAPrivateKey | None = None,
    ) -> None:
        self.url = url
        self.realm = realm
        self.kid = kid
        self.clock = clock
        self.private_key = private_key or rsa.generate_private_key(65537, 2048)
        self.downloads = 0
        self._cookie_secret = secrets.token_urlsafe(32)
        self._lock = Lock()
        self._serving = False

    @property
    def public_key(self) -> str:
        """The key that verifies this realm's tokens, as PEM."""
        key = self.private_key.public_key()
        return key.public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        ).decode()

    def settings(self, **overrides: Any) -> dict[str, Any]:
        """
        Return keywords for an adapter that trusts this realm and needs no network.

        While the realm is being served (:meth:`serve`) the adapter is to download the
        key set instead.
        """
        values = {"loginrocket_url": self.url, "cookie_secret": self._cookie_secret}
        if not self._serving:
            values["jwt_key"] = self.public_key
        return values | overrides

    def claims(
        self,
        user: str = "alice",
        *,
        org: str | None = "acme",
        permissions: Sequence[str] = (),
        lifetime: float = 3600,
        **claims: Any,
    ) -> dict[str, Any]:
        """Return what :meth:`token` signs; a claim given as ``None`` is left out."""
        now = int(self.clock())
        ends = now + int(lifetime)
        values: dict[str, Any] = {
            "exp": ends,
            "iat": min(now, ends - 3600) if lifetime <= 0 else now,
            "iss": ISSUER,
            "rid": self.realm,
            "sid": f"kss_{secrets.token_hex(8)}",
            "sub": f"usr_{user}",
            "name": user.title(),
            "email": f"{user}@example.com",
        }
        if org is not None:
            membership = {
                "oid": f"org_{org}",
                "name": org.title(),
                "perm": list(permissions),
                "selected": True,
                "mid": f"mb_{user}_{org}",
            }
            values["orgs"] = [membership]
        values |= claims
        return {name: value for name, value in values.items() if value is not None}

    def token(self, user: str = "alice", **claims: Any) -> str:
        """
        Return a login token as LoginRocket would hand it out.

        *user* becomes ``usr_<user>`` and ``<user>@example.com``. *org*, *permissions*
        and *lifetime* (in seconds; not above 0 for a token that is over already) may be
        given, and any claim by its name; ``None`` leaves a claim out.
        """
        return self.sign(self.claims(user, **claims))

    def sign(
        self, claims: Mapping[str, Any], header: Mapping[str, Any] | None = None
    ) -> str:
        """Sign *claims* as they are; *header* replaces the usual one."""
        header = {"kid": self.kid, "alg": "RS256"} if header is None else header
        text = f"{base64url.encode(_json(header))}.{base64url.encode(_json(claims))}"
        signature = self.private_key.sign(text.encode(), padding.PKCS1v15(), SHA256())
        return f"{text}.{base64url.encode(signature)}"

    def jwks(self) -> dict[str, Any]:
        """Return the key document that ``/connect/jwks`` answers with."""
        key = self.private_key.public_key()
        numbers = key.public_numbers()
        der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        entry = {
            "kid": self.kid,
            "alg": "RS256",
            "use": "sig",
            "kty": "RSA",
            "n": _number(numbers.n),
            "e": _number(numbers.e),
            "x5c": [base64.b64encode(der).decode()],
        }
        return {"keys": [entry]}

    def answer(self, path: str) -> tuple[int, str, bytes]:
        """
        Return status, content type and body for a GET of *path*.

        Override it to see how an application fares when the key set cannot be had.
        *downloads* counts how often the key set was asked for.
        """
        if path != "/connect/jwks":
            return 404, "text/plain", b"not here\n"
        with self._lock:
            self.downloads += 1
        return 200, "application/json", _json(self.jwks())

    @contextmanager
    def serve(self) -> Iterator[str]:
        """Serve the key set on a free loopback port, whose URL is *url* meanwhile."""
        realm = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, content_type, body = realm.answer(self.path)
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Keep the output of tests quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        # A handler may be made to hang on purpose; leaving must not wait for it.
        server.block_on_close = False
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        before, self.url = self.url, f"http://127.0.0.1:{server.server_port}/"
        self._serving = True
        thread.start()
        try:
            yield self.url
        finally:
            self._serving, self.url = False, before
            server.shutdown()
            server.server_close()
            thread.join()


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _number(number: int) -> str:
    return base64url.encode(number.to_bytes((number.bit_length() + 7) // 8))
