"""A realm in memory: it has a key, makes tokens, and plays AuthRocket for a test."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import cache, cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from operator import attrgetter
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakSet

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from arware.errors import Error, KeysUnavailable
from arware.kit.keyring import jwk_of
from arware.settings.addresses import PLACEHOLDER
from arware.tokens import base64url
from arware.tokens.keys import KeySet, parse_key_document

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from arware.settings import Settings

ISSUER = "https://authrocket.com"

#: The realms of this process, so that an application's own is found again.
_realms: WeakSet[MemoryRealm] = WeakSet()
#: Which of them was made later.
_numbers = count()


class MemoryRealm:
    """
    A realm that exists for a test only, with an RSA key of its own.

    *url* stands in for LoginRocket's address; nothing is ever sent there. *clock*
    says what time it is, before anybody travels. *private_key* saves the tenth of a
    second that a new key costs.
    """

    def __init__(
        self,
        url: str = PLACEHOLDER,
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
        if private_key is not None:
            self.private_key = private_key
        self.downloads = 0
        self._cookie_secret = secrets.token_urlsafe(32)
        self._number = next(_numbers)
        self._lock = Lock()
        #: Whether adapters download the key set from here.
        self.is_serving = False
        #: By how many seconds it is later than the clock says.
        self.ahead = 0.0
        self._down: list[str] = []
        #: Whose the sessions are that were begun here, and which of them are over.
        self._sessions: dict[str, str] = {}
        self._ended: set[str] = set()
        _realms.add(self)

    @cached_property
    def private_key(self) -> rsa.RSAPrivateKey:
        """The key that signs this realm's tokens."""
        return rsa.generate_private_key(65537, 2048)

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
        if not self.is_serving:
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
        now = int(self.now())
        name, _, host = user.partition("@")
        ends = now + int(lifetime)
        values: dict[str, Any] = {
            "exp": ends,
            "iat": min(now, ends - 3600) if lifetime <= 0 else now,
            "iss": ISSUER,
            "rid": self.realm,
            "sid": f"kss_{secrets.token_hex(8)}",
            "sub": f"usr_{name}",
            "name": name.title(),
            "email": user if host else f"{name}@example.com",
        }
        if org is not None:
            membership = {
                "oid": f"org_{org}",
                "name": org.title(),
                "perm": list(permissions),
                "selected": True,
                "mid": f"mb_{name}_{org}",
            }
            values["orgs"] = [membership]
        values |= claims
        return {name: value for name, value in values.items() if value is not None}

    def token(self, user: str = "alice", **claims: Any) -> str:
        """
        Return a login token as LoginRocket would hand it out.

        *user* is a name, which becomes ``usr_<name>`` and ``<name>@example.com``, or a
        whole address. *org*, *permissions* and *lifetime* (in seconds; not above 0 for
        a token that is over already) may be given, and any claim by its name; ``None``
        leaves a claim out.
        """
        made = self.claims(user, **claims)
        return self.sign(made)

    def begin_session(self, user: str = "alice", **claims: Any) -> str:
        """Return the token of a session that :meth:`end_sessions` can end."""
        made = self.claims(user, **claims)
        self._sessions[made.get("sid", "")] = made.get("sub", "")
        return self.sign(made)

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
        return {"keys": [jwk_of(self.private_key.public_key(), self.kid)]}

    def answer(self, path: str) -> tuple[int, str, bytes]:
        """
        Return status, content type and body for a GET of *path*.

        Override it to see how an application fares with a key set that is broken.
        *downloads* counts how often the key set was asked for.
        """
        if path != "/connect/jwks":
            return 404, "text/plain", b"not here\n"
        if "keys" in self._down:
            return 503, "text/plain", b"down\n"
        with self._lock:
            self.downloads += 1
        return 200, "application/json", _json(self.jwks())

    # --- What may happen -----------------------------------------------------------

    def now(self) -> float:
        """Return the time of the realm and of the applications that know it."""
        return self.clock() + self.ahead

    @contextmanager
    def travel(self, **duration: float) -> Iterator[None]:
        """
        Be later in the block, by a *duration* such as ``hours=2``.

        So is every application that :func:`login` has logged somebody in to. The names
        are those of :class:`~datetime.timedelta`; journeys add up.
        """
        seconds = timedelta(**duration).total_seconds()
        self.ahead += seconds
        try:
            yield
        finally:
            self.ahead -= seconds

    @contextmanager
    def outage(self, *services: Literal["keys", "api"]) -> Iterator[None]:
        """
        Let the host of the ``"keys"``, the ``"api"``, or both be down in the block.

        Both are if none is named.
        """
        down: tuple[str, ...] = services or ("keys", "api")
        self._down.extend(down)
        try:
            yield
        finally:
            for service in down:
                self._down.remove(service)

    def end_sessions(self, user: str = "alice") -> None:
        """
        End what :func:`login` began for *user*, as AuthRocket may do.

        An application with ``check_session`` sees it at its next check.
        """
        user_id = self.claims(user)["sub"]
        ended = {sid for sid, whose in self._sessions.items() if whose == user_id}
        self._ended |= ended

    # --- How adapters ask, in the place of the network -----------------------------

    def download_keys(self, _url: str) -> tuple[bytes, KeySet]:
        """Return the key document and the keys in it."""
        status, _, body = self.answer("/connect/jwks")
        if status != 200:
            raise KeysUnavailable(f"the testing realm answered {status}")
        return body, parse_key_document(body)

    def is_session_active(self, session_id: str) -> bool:
        """Tell whether a session still counts."""
        if "api" in self._down:
            raise Error("the testing realm's API is down")
        return session_id not in self._ended

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
        self.is_serving = True
        thread.start()
        try:
            yield self.url
        finally:
            self.is_serving, self.url = False, before
            server.shutdown()
            server.server_close()
            thread.join()


@cache
def usual_realm() -> MemoryRealm:
    """Return the realm of applications that were made with none, one a process."""
    return MemoryRealm()


def realm_of(settings: Settings) -> MemoryRealm | None:
    """
    Return the realm with whose settings an application was made.

    Several may have one key, to save the time that a key costs, but each has a cookie
    secret of its own.
    """
    found = [realm for realm in list(_realms) if _may_have_made(settings, realm)]
    own = [realm for realm in found if realm._cookie_secret in settings.cookie_secret]
    return max(own or found, key=attrgetter("_number"), default=None)


def _may_have_made(settings: Settings, realm: MemoryRealm) -> bool:
    jwt_key = (settings.jwt_key or "").strip()
    # Without a key of its own it asks the realm that is being served.
    if not jwt_key and realm.is_serving and realm.url == settings.loginrocket_url:
        return True
    # One that has no key yet has not given it to anybody.
    return "private_key" in vars(realm) and realm.public_key.strip() == jwt_key


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
