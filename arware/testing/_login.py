"""Log a test client in, through the application's adapter as it is configured."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from arware.core.effects import NeedSession
from arware.runtime.authenticator import Authenticator
from arware.runtime.key_store import FixedKeys, KeyStore
from arware.runtime.sessions import RealmSessions
from arware.tokens.keys import parse_jwt_key

from ._clients import Client
from .browser import Browser
from .realm import realm_of, usual_realm

if TYPE_CHECKING:
    from collections.abc import Callable

    from arware.settings import Settings

    from ._clients import Answer
    from .realm import MemoryRealm

C = TypeVar("C")

#: What the page that asks whether to continue has in its button.
_STATE = re.compile(r'href="[^"]*[?&;]ar_state=([\w-]+)')


def login(
    client: C,
    user: str | None = None,
    *,
    realm: MemoryRealm | None = None,
    url: str = "",
    **claims: Any,
) -> C:
    """
    Log *user* in to the application that *client* leads to, and return the client.

    *client* is WebTest's ``TestApp``, Flask's, Django's, Starlette's or FastAPI's test
    client, one of httpx with a ``WSGITransport`` or an ``ASGITransport``, or a
    :class:`Browser`; those that are awaited are not to be awaited here. The caller's
    event loop stands still meanwhile. An application that needs it is logged in to with
    ``await asyncio.to_thread(login, client)``.

    Where AuthRocket logs people in, *user* may be anybody, by default ``alice``, with
    the *org*, the *permissions* and any other of the *claims* of
    :meth:`MemoryRealm.token`. From then on the application's adapter asks *realm*
    instead of AuthRocket, in this process: by default the realm with whose
    :meth:`~MemoryRealm.settings` the application was made, else that of the fixture
    ``authrocket_realm``.

    Where the application has mounted a realm of its own (``local_realm``), *user* is
    the e-mail address, the username or the id of a user there, by default the only one,
    and *org* is an org of that user.

    *url* is what stands in front of the application's paths, if anything: the path that
    it is mounted at, or the whole address for a client that knows none.

    Raises ``ValueError`` with what to change if nobody can be logged in, and
    ``TypeError`` for what is no such client.
    """
    asked = Client(client, url)
    flow = asked.find_flow()
    if flow is not None and isinstance(flow.driver, Authenticator):
        token, path = _token_for(flow.driver, user, realm, claims)
    elif realm is not None:
        # An adapter that somebody else wrote: it cannot be told, but it may know.
        token, path = realm.begin_session(user or "alice", **claims), None
    else:
        raise ValueError(
            f"a request for {url}/ meets no adapter of arware's. Install it in the "
            "application. If that is mounted at a path, or sends everybody to https "
            "first, say what its addresses begin with: login(..., url='/shop')"
        )
    answer = _come_back(asked, token, path)
    if answer.status != 303:
        raise ValueError(f"the application answered {answer.status} to a login. {_WHY}")
    return client


def keep_time(client: Any, clock: Callable[[], float]) -> None:
    """Have the adapter that *client* meets, if any, go by *clock*."""
    flow = Client(client).find_flow()
    if flow is not None and isinstance(flow.driver, Authenticator):
        flow.driver.clock = clock


_WHY = (
    "Something in front of the adapter may have answered, or the login is not one that "
    "its settings accept: see unsolicited_login, within and realm. If its adapter is "
    "one of your own, make it with **realm.settings()"
)


def signed_in(
    app: Any,
    realm: MemoryRealm,
    user: str = "alice",
    *,
    origin: str = "http://localhost",
    mount: str = "",
    **claims: Any,
) -> Browser:
    """Return a :class:`Browser` for *app* in which *user* is logged in."""
    browser = Browser(app, origin, mount=mount, clock=realm.now)
    return login(browser, user, realm=realm, **claims)


def _come_back(client: Client, token: str, login_path: str | None) -> Answer:
    """Return from the login pages with *token*, having been sent there if need be."""
    answer = client.get(f"/?token={token}")
    found = _STATE.search(answer.text)
    state = found[1] if found else ""
    # An adapter may refuse those whom it did not send, instead of asking.
    if answer.status != 303 and not state and login_path is not None:
        state = _state_in(client.get(login_path).location)
    if state:
        answer = client.get(f"/?token={token}&ar_state={state}")
    return answer


def _state_in(location: str) -> str:
    back = parse_qs(urlsplit(location).query).get("redirect_uri", [""])[0]
    return parse_qs(urlsplit(back).query).get("ar_state", [""])[0]


# --- Who answers for the application's login pages ----------------------------------


class _Time:
    """The time of an adapter's own *clock*, as far on as *realm* has travelled."""

    def __init__(self, clock: Callable[[], float], realm: MemoryRealm) -> None:
        self.clock = clock
        self.realm = realm

    def __call__(self) -> float:
        return self.clock() + self.realm.ahead


def _token_for(
    authenticator: Authenticator,
    user: str | None,
    realm: MemoryRealm | None,
    claims: dict[str, Any],
) -> tuple[str, str | None]:
    """Return a token that the adapter accepts, and the path where it starts logins."""
    settings, clock = authenticator.settings, authenticator.clock
    if realm is None and isinstance(clock, _Time):
        realm = clock.realm
    if realm is None:
        known = realm_of(settings)
        realm = known or usual_realm()
    _connect(authenticator, realm)
    if settings.local_realm is not None:
        from ._local import local_token

        token = local_token(settings.local_realm, user, **claims)
    else:
        claims = _claims_by(settings) | claims
        token = realm.begin_session(user or "alice", **claims)
    return token, settings.login_path


def _claims_by(settings: Settings) -> dict[str, Any]:
    """Return what the adapter wants to read in a token."""
    claims = {"iss": settings.issuer}
    return claims | ({"rid": settings.realm} if settings.realm else {})


def _connect(authenticator: Authenticator, realm: MemoryRealm) -> None:
    """Have *realm* answer the adapter in the place of AuthRocket, in this process."""
    clock = authenticator.clock
    if isinstance(clock, _Time):
        if clock.realm is realm:
            return
        clock = clock.clock
    # A realm's own time has its journeys in it already.
    authenticator.clock = _Time(realm.clock if clock == realm.now else clock, realm)
    settings, keys = authenticator.settings, authenticator.keys
    if settings.local_realm is not None:
        return
    if isinstance(keys, FixedKeys):
        keys.keys = parse_jwt_key(realm.public_key)
    elif isinstance(keys, KeyStore) and not realm.is_serving:
        keys.download = realm.download_keys
        keys.forget()
    if NeedSession in authenticator.handlers:
        authenticator.handlers[NeedSession] = RealmSessions(realm)
