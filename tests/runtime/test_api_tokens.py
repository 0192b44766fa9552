"""API tokens: who is asked what they are worth, and when they are left alone."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from threading import Thread
from typing import Any

import pytest

from arware.api.client import Client
from arware.auth import Auth
from arware.core.effects import NeedApiToken
from arware.errors import (
    AccessDenied,
    AuthenticationFailed,
    Error,
    RateLimited,
    UnexpectedResponse,
)
from arware.errors import ConnectionError as NoConnection
from arware.runtime.api_tokens import (
    AT_ONCE,
    STRANGERS,
    ApiRedeemer,
    ApiTokenHandler,
    network_of,
)
from arware.runtime.authenticator import Authenticator
from arware.runtime.services import CHECK_LIMITS
from arware.testing import MemoryRealm
from arware.tokens.api_tokens import new_api_token
from tests.api import servers
from tests.making import NOW, SECRET, Asked
from tests.patience import PATIENCE
from tests.services import wait_until
from tests.threads import no_new_threads

TOKEN = new_api_token(b"0123456789abcdef0123456789abcdef")
CLIENT = "192.0.2.1"


class Realm:
    """Whoever redeems tokens: counts who asks, and may be away."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.error: Exception | None = None

    def __call__(self, effect: NeedApiToken) -> str | None:
        """Redeem the token."""
        text = effect.token
        self.asked.append(text)
        if self.error is not None:
            raise self.error
        return "a login token" if text == TOKEN else None


def need(token: str = TOKEN, now: float = NOW, client: str = CLIENT) -> NeedApiToken:
    """Return the need to know about a token."""
    return NeedApiToken(token, client, now)


def test_the_realms_answer_is_the_answer() -> None:
    """Nothing is kept here: credentials do that."""
    realm = Realm()
    tokens = ApiTokenHandler(realm, lambda: NOW)

    assert tokens.ask(need()) == tokens.ask(need()) == "a login token"
    assert tokens.ask(need("art_other")) is None
    assert realm.asked == [TOKEN, TOKEN, "art_other"]


@pytest.mark.parametrize(
    ("error", "asked"),
    [(NoConnection("x"), 1), (RateLimited("x"), 1), (Error("x"), 3), (OSError("x"), 3)],
)
def test_who_cannot_be_reached_is_left_alone_for_five_seconds(
    error: Exception, asked: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Each attempt may take seconds; then one tries for all."""
    realm, moment = Realm(), [NOW]
    tokens = ApiTokenHandler(realm, lambda: moment[0])
    realm.error = error
    for later in (0, 4.9, 4.9):
        moment[0] = NOW + later
        with pytest.raises((Error, OSError)):
            tokens.ask(need(now=moment[0]))

    assert len(realm.asked) == asked
    assert f"an API token could not be checked: {type(error).__name__}" in caplog.text
    assert TOKEN not in caplog.text
    realm.error = None
    moment[0] = NOW + 5
    assert tokens.ask(need(now=NOW + 5)) == "a login token"


# --- At the same time --------------------------------------------------------------


class Slow(Realm):
    """Whoever answers only when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def __call__(self, effect: NeedApiToken) -> str | None:
        """Redeem the token, in time."""
        self.asked.append(effect.token)
        assert self.go.wait(PATIENCE)
        return super().__call__(effect)


@pytest.mark.parametrize("text", [TOKEN, "art_other"])
def test_who_asks_the_same_at_the_same_time_shares_the_answer(text: str) -> None:
    """Whether they wait in threads of their own or in ours; then it is asked anew."""
    realm = Slow()
    tokens = ApiTokenHandler(realm, lambda: NOW)
    futures = [tokens.begin(need(text)) for _ in range(20)]
    waiting = [Thread(target=tokens.ask, args=(need(text),)) for _ in range(5)]
    for thread in waiting:
        thread.start()
    wait_until(lambda: bool(realm.asked))
    asked = list(realm.asked)
    realm.go.set()
    for thread in waiting:
        thread.join(PATIENCE)

    expected = "a login token" if text == TOKEN else None
    assert [future.result(PATIENCE) for future in futures] == [expected] * 20
    assert asked == [text]
    assert tokens.ask(need(text)) == expected
    assert tokens._under_way.get() == {}


def test_who_shares_a_question_shares_its_failure() -> None:
    """And the next one asks anew."""
    realm = Slow()
    realm.error = Error("no")
    tokens = ApiTokenHandler(realm, lambda: NOW)
    futures = [tokens.begin(need()) for _ in range(3)]
    realm.go.set()
    for future in futures:
        with pytest.raises(Error, match="no"):
            future.result(PATIENCE)
    realm.error = None

    assert tokens.ask(need()) == "a login token"


@pytest.mark.parametrize("error", [None, Error("no")])
def test_who_has_the_answer_and_asks_again_asks_anew(error: Exception | None) -> None:
    """What is answered is not under way any more, not even for a moment."""
    realm = Slow()
    realm.error = error
    tokens = ApiTokenHandler(realm, lambda: NOW)
    left: Future[list[str]] = Future()
    future = tokens.begin(need())
    future.add_done_callback(lambda _: left.set_result(list(tokens._under_way.get())))
    realm.go.set()

    assert left.result(PATIENCE) == []
    assert future.exception() is error


def test_nobody_is_left_waiting_when_a_thread_is_stopped() -> None:
    """Whoever shared its question gets no answer, and the next one asks anew."""

    class Stopped(BaseException):
        pass

    def stopped(_: str) -> str | None:
        futures.append(tokens.begin(need()))
        raise Stopped

    futures: list[Any] = []
    tokens = ApiTokenHandler(stopped, lambda: NOW)
    for _ in range(2):
        with pytest.raises(Stopped):
            tokens.ask(need())

    assert [future.cancelled() for future in futures] == [True, True]


def test_a_question_that_cannot_begin_is_asked_by_the_next() -> None:
    """As where no thread can be started: else all would wait for its answer."""
    tokens = ApiTokenHandler(Realm(), lambda: NOW)
    with no_new_threads():
        for _ in range(2):
            with pytest.raises(Error):
                tokens.begin(need()).result(0)

    assert tokens.ask(need()) == "a login token"


# --- Over HTTP ---------------------------------------------------------------------


@pytest.fixture
def api() -> Iterator[servers.Api]:
    """Run an API that answers as it is told."""
    with servers.api() as served:
        yield served


def redeem(api: servers.Api, text: str = TOKEN) -> Any:
    """Have the API redeem a token."""
    with Client(url=api.url, api_key="ks_1", limits=CHECK_LIMITS) as client:
        return ApiRedeemer(client, lambda: NOW)(need(text))


def test_the_api_is_asked_by_a_post(api: servers.Api) -> None:
    """The token stands in the body, so that no log of URLs holds it."""
    api.will({"object": "session", "id": "at_1", "token": "eyJ"})

    assert redeem(api) == "eyJ"
    assert (api.last.method, api.last.target) == ("POST", "/v2/api_tokens/verify")
    assert api.last.json == {"api_token": {"token": TOKEN}}
    assert api.last.headers["authrocket-api-key"] == "ks_1"


@pytest.mark.parametrize("status", [404, 422])
@pytest.mark.parametrize("body", [{}, {"errors": ["no such token"]}])
def test_these_say_that_a_token_does_not_count(
    api: servers.Api, status: int, body: Any
) -> None:
    """Whatever else the answer holds."""
    api.will(body, status)

    assert redeem(api) is None


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (500, {}, Error),
        (401, {}, AuthenticationFailed),
        (403, {}, AccessDenied),
        (429, {}, RateLimited),
        (409, {}, Error),
        (302, {}, Error),
        (200, {}, Error),
        (200, {"errors": ["not now"], "token": "eyJ"}, Error),
        (200, {"token": None}, Error),
        (200, {"token": 1}, Error),
        (200, {"token": ["eyJ"]}, Error),
        (200, {"collection": [{"token": "eyJ"}]}, Error),
        (200, b"eyJ", Error),
        (200, b"", Error),
        (404, b"<h1>No</h1>", UnexpectedResponse),
        (422, b"<h1>No</h1>", UnexpectedResponse),
    ],
)
def test_all_else_says_nothing_about_it(
    api: servers.Api, status: int, body: Any, error: type[Exception]
) -> None:
    """It is an error, and no error shows the token."""
    api.will(body, status)

    with pytest.raises(error) as caught:
        redeem(api)
    assert TOKEN not in f"{caught.value!r} {caught.value}"
    assert len(api.seen) == 1


def test_an_api_that_is_not_there_is_an_error() -> None:
    """And not a token that is unknown."""
    with (
        Client(url="http://127.0.0.1:1/v2", api_key="ks_1") as client,
        pytest.raises(NoConnection) as caught,
    ):
        ApiRedeemer(client, lambda: NOW)(need())

    assert TOKEN not in f"{caught.value!r} {caught.value}"


# --- An authenticator --------------------------------------------------------------


@pytest.fixture(scope="module")
def signer() -> MemoryRealm:
    """Return a realm that signs the login tokens."""
    return MemoryRealm()


def enter(api: servers.Api, signer: MemoryRealm, **overrides: Any) -> Auth:
    """Return the auth object of somebody with an API token."""
    values = {
        "cookie_secret": SECRET,
        "jwt_key": signer.public_key,
        "api_key": "ks_1",
        "url": api.url,
    }
    authenticator = Authenticator(None, values | overrides)
    auth = authenticator.process_request(
        Asked(authorizations=(f"Bearer {TOKEN}",)), None
    )
    assert isinstance(auth, Auth)
    return auth


def test_a_adapter_with_the_api_configured_asks_it(
    api: servers.Api, signer: MemoryRealm
) -> None:
    """The auth object is that of the login token."""
    api.will({"object": "session", "token": signer.token("bob", sid="at_1")})
    auth = enter(api, signer)

    assert auth.user is not None
    assert (auth.user.id, auth.session.id) == ("usr_bob", "at_1")
    assert json.dumps(api.last.json).count("art_") == 1


@pytest.mark.parametrize("on_outage", ["allow", "deny"])
def test_an_api_that_fails_lets_nobody_in(
    api: servers.Api, signer: MemoryRealm, on_outage: str
) -> None:
    """``on_outage`` is about sessions, whose tokens were verified."""
    api.will({}, 500)
    auth = enter(api, signer, on_outage=on_outage, check_session=300)

    assert auth.user is None
    assert auth.reason == "outage"


def test_a_realm_that_redeems_nothing_lets_nobody_in(signer: MemoryRealm) -> None:
    """One of somebody's own making may lack it."""

    class Bare:
        url = "http://localhost:8001"

        def key_set(self) -> None:
            """Have no keys."""

        def watch(self, watcher: object) -> None:
            """Tell nobody anything."""

    values = {"cookie_secret": SECRET, "local_realm": Bare()}
    authenticator = Authenticator(None, values)
    auth = authenticator.process_request(
        Asked(authorizations=(f"Bearer {TOKEN}",)), None
    )

    assert auth.reason == "outage"


# --- Many that do not count ---------------------------------------------------------


def redeemer(api: servers.Api, moment: list[float]) -> Any:
    """Return a redeemer whose clock the test sets, and its client."""
    client = Client(url=api.url, api_key="ks_1", limits=CHECK_LIMITS)
    return ApiRedeemer(client, lambda: moment[0])


def made_up(number: int, client: str = CLIENT) -> NeedApiToken:
    """Return the need to know about a token of a client's own making."""
    return need(new_api_token(f"{number:016}".encode()), client=client)


def test_f9_a_client_is_asked_about_ten_times_in_thirty_seconds(
    api: servers.Api,
) -> None:
    """What anybody can make up does not use up what the API allows its key."""
    moment = [NOW]
    redeem = redeemer(api, moment)
    for _ in range(STRANGERS + 2):
        api.will({}, 404)
    for number in range(STRANGERS):
        assert redeem(made_up(number)) is None
    for later, asked in ((0, False), (29, False), (30, True), (30, True)):
        moment[0] = NOW + later
        if asked:
            assert redeem(made_up(99)) is None
        else:
            with pytest.raises(Error, match="too many API tokens"):
                redeem(made_up(99))

    assert len(api.seen) == STRANGERS + 2


def test_f9_a_flood_of_one_client_keeps_out_no_other(api: servers.Api) -> None:
    """A good token that this process has not seen gets in from elsewhere."""
    redeem = redeemer(api, [NOW])
    for _ in range(STRANGERS):
        api.will({}, 404)
    for number in range(2 * STRANGERS):
        try:
            redeem(made_up(number, "2001:db8::1"))
        except Error:
            continue
    for _ in range(2):
        api.will({"object": "session", "id": "at_1", "token": "eyJ"})

    assert len(api.seen) == STRANGERS
    with pytest.raises(Error):
        redeem(need(client="2001:db8::ffff"))
    assert redeem(need(client="2001:db8:0:1::1")) == "eyJ"
    assert redeem(need(client="2001:db8::ffff")) == "eyJ"  # it is known now


class Crowd:
    """An API that answers when as many as may ask at once have asked."""

    def __init__(self, answer: str | None) -> None:
        self.answer = answer
        self.asked = threading.Barrier(AT_ONCE + 1)
        self.go = threading.Barrier(AT_ONCE + 1)

    def send(self, _: Any) -> Any:
        """Answer, together with all others."""
        self.asked.wait(PATIENCE)
        self.go.wait(PATIENCE)
        return self.answer


REFUSED = pytest.raises(Error, match="too many API tokens")


@pytest.mark.parametrize(("answer", "then"), [("eyJ", nullcontext()), (None, REFUSED)])
def test_f9_what_is_not_answered_yet_is_not_in_vain(answer, then) -> None:
    """Many good ones may come at once, of one address; only so many are asked about."""
    crowd = Crowd(answer)
    redeem = ApiRedeemer(crowd, lambda: NOW)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        futures = [pool.submit(redeem, made_up(n)) for n in range(AT_ONCE)]
        crowd.asked.wait(PATIENCE)
        with pytest.raises(Error, match="too many API tokens"):
            redeem(made_up(99))
        crowd.go.wait(PATIENCE)

    assert {future.result() for future in futures} == {answer}
    crowd.asked = crowd.go = threading.Barrier(1)
    with then:
        assert redeem(made_up(99)) == answer


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix:/run/x", "unix:/run/x"),
    ],
)
def test_f9_a_client_is_an_address_or_its_network(client: str, network: str) -> None:
    """Of IPv6 who has one address has as many as they like."""
    assert network_of(client) == network


def test_f9_a_realm_in_this_process_is_asked_without_a_quota(
    signer: MemoryRealm,
) -> None:
    """It looks into an index."""

    class Indexed:
        url = "http://localhost:8001"
        asked = 0

        def key_set(self) -> Any:
            return None

        def watch(self, watcher: object) -> None:
            """Tell nobody anything."""

        def redeem_api_token(self, text: str) -> None:
            self.asked += 1

    realm = Indexed()
    values = {"cookie_secret": SECRET, "local_realm": realm}
    authenticator = Authenticator(None, values)
    for number in range(3 * STRANGERS):
        token = made_up(number).token
        asked = Asked(authorizations=(f"Bearer {token}",))
        assert authenticator.process_request(asked, None).reason == "revoked"

    assert realm.asked == 3 * STRANGERS
