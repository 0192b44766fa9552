"""Sessions of tokens: verified here, or by the API where there is no key."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest

from arware.api import provider
from arware.api.client import Client
from arware.errors import BadOption, ConfigurationError, RecordNotFound
from arware.resources.session import Session
from arware.settings import Settings
from arware.testing import MemoryRealm
from tests.api.conftest import KEY
from tests.api.servers import Api


@pytest.fixture(scope="module")
def realm() -> MemoryRealm:
    """Return a realm that signs tokens."""
    return MemoryRealm()


@pytest.fixture
def keyed(api: Api, realm: MemoryRealm):
    """Return a client that knows the realm's key."""
    key = realm.settings()["jwt_key"]
    with Client(url=api.url, api_key=KEY, jwt_key=key) as client:
        yield client


def token_of(realm: MemoryRealm, **options: Any) -> str:
    """Return a token of the realm."""
    return realm.token(**options)


def test_a_client_makes_sessions_of_tokens(
    api: Api, keyed: Client, realm: MemoryRealm
) -> None:
    """Without a call; the objects' own calls go through the client."""
    session = keyed.sessions.from_token(token_of(realm))
    assert session is not None
    assert session.user is not None
    asked = len(api.seen)
    session.user.reload()

    assert asked == 0
    assert api.last.headers["authrocket-api-key"] == KEY


@pytest.mark.parametrize("token", [None, "", "x", "eyJ.eyJ.x", 7])
def test_what_is_no_token_is_none(keyed: Client, token: Any) -> None:
    """Never an exception."""
    assert keyed.sessions.from_token(token) is None


def test_the_class_uses_the_default_clients_key(api: Api, realm: MemoryRealm) -> None:
    """Or that of its credentials; with neither it says so."""
    token = token_of(realm)
    key = realm.settings()["jwt_key"]
    provider.configure(Settings(jwt_key=key))
    by_default = Session.from_token(token)
    provider.configure(Settings())
    credentials = {"jwt_key": key, "api_key": "ks_2", "url": api.url}
    by_call = Session.from_token(token, credentials=credentials)
    with pytest.raises(ConfigurationError):
        Session.from_token(token)
    provider.forget()
    assert by_default is not None
    assert by_call is not None
    assert by_call.user is not None
    by_call.user.reload()

    assert by_default == by_call
    assert api.last.headers["authrocket-api-key"] == "ks_2"


def test_a_token_is_verified_before_its_session_is_asked_for(
    api: Api, keyed: Client, realm: MemoryRealm
) -> None:
    """By its id, so that the token stands in no log; forged ones are not asked."""
    token = token_of(realm)
    session = keyed.sessions.from_token(token)
    assert session is not None
    api.will({"object": "session", "id": session.id})
    found = keyed.sessions.retrieve(token, cache={"expires_in": 900})
    again = keyed.sessions.find(token, cache={"expires_in": 900})
    forged = token[:-6] + "AAAAAA"

    assert session == found == again
    assert [f"/v2/sessions/{session.id}"] == [seen.target for seen in api.seen]
    assert keyed.sessions.retrieve(forged) is None
    with pytest.raises(RecordNotFound):
        keyed.sessions.find(forged)
    assert len(api.seen) == 1


def test_without_a_key_the_api_has_to_verify(
    api: Api, client: Client, realm: MemoryRealm
) -> None:
    """As the gem does: the token is the id."""
    token = token_of(realm)
    client.sessions.retrieve(token)

    assert f"/v2/sessions/{token}" == api.last.target


def test_credentials_without_a_key_leave_the_clients_key(
    api: Api, keyed: Client, realm: MemoryRealm
) -> None:
    """They say who asks, and may name the realm whose tokens are meant."""
    token = token_of(realm)
    session = keyed.sessions.from_token(token, credentials={"api_key": "ks_2"})
    assert session is not None
    session.reload()
    elsewhere = {"api_key": "ks_2", "realm": "rl_elsewhere"}

    assert api.last.headers["authrocket-api-key"] == "ks_2"
    assert keyed.sessions.from_token(token, credentials=elsewhere) is None


def test_credentials_without_a_key_let_the_api_verify_a_session(
    api: Api, keyed: Client, realm: MemoryRealm
) -> None:
    """They may be another realm's, of whose tokens our key says nothing."""
    token = token_of(MemoryRealm())
    keyed.sessions.retrieve(token, credentials={"api_key": "ks_2"})

    assert f"/v2/sessions/{token}" == api.last.target


def test_a_token_that_is_not_believed_is_told(api: Api, keyed: Client) -> None:
    """``find`` says what is wrong, ``retrieve`` returns ``None``; nobody is asked."""
    with pytest.raises(RecordNotFound, match="login token is not to be believed"):
        keyed.sessions.find("eyJhbGciOiJIUzI1NiJ9.e30.x")

    assert keyed.sessions.retrieve("eyJhbGciOiJIUzI1NiJ9.e30.x") is None
    assert api.seen == []


def test_f27_within_may_be_a_timedelta(keyed: Client, realm: MemoryRealm) -> None:
    """The greatest age of a token is a number of seconds or a timedelta."""
    old = token_of(realm, iat=int(time.time()) - 100)
    taken = keyed.sessions.from_token

    assert taken(old, within=timedelta(minutes=5)) == taken(old, within=300)
    assert taken(old, within=timedelta(seconds=50)) is taken(old, within=50) is None


@pytest.mark.parametrize("within", ["60", True, float("nan"), b"60"])
def test_f27_what_is_no_length_of_time_is_refused(keyed: Client, within: Any) -> None:
    """The error names the option and what to give."""
    with pytest.raises(BadOption, match=r"within: .* seconds or a timedelta"):
        keyed.sessions.from_token("x", within=within)


def test_f27_hs256_without_a_key_is_told(api: Api, realm: MemoryRealm) -> None:
    """Nothing could ever be signed with a key that is not configured."""
    login = "https://example.loginrocket.com/"
    with (
        Client(url=api.url, api_key=KEY, loginrocket_url=login) as client,
        pytest.raises(ConfigurationError, match=r"AUTHROCKET_JWT_KEY.*HS256"),
    ):
        client.sessions.from_token(token_of(realm), algo="HS256")


def test_f27_an_unknown_algorithm_is_told(keyed: Client, realm: MemoryRealm) -> None:
    """``None`` would say that the token is bad."""
    with pytest.raises(BadOption, match=r"algo: .* RS256, HS256"):
        keyed.sessions.from_token(token_of(realm), algo="rs512")
