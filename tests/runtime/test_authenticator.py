"""The authenticator: from settings to a flow, with all faults told at once."""

from __future__ import annotations

import asyncio
import hmac
import html
import json
import os
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

import arware
from arware import asgi, wsgi
from arware.auth import Auth, Reason
from arware.cache import Region, region
from arware.core.effects import (
    NeedApiToken,
    NeedKeys,
    NeedRevocation,
    NeedSession,
    SessionState,
)
from arware.errors import ConfigurationError, Error, KeysUnavailable, LoginRefused
from arware.runtime.adapter_settings import adapter_settings
from arware.runtime.authenticator import Authenticator
from arware.runtime.verify import verify_token
from arware.settings import Settings
from arware.testing import Browser, MemoryRealm
from tests.cache.support import close
from tests.making import (
    LOGINROCKET,
    NOW,
    SECRET,
    Asked,
    claims,
    cookie_of,
    key_set,
    realm,
    segment,
    weak_key,
)
from tests.patience import until_told
from tests.tokens.test_keys import BARE, FORMS, PEM, pem_of

JSK = "jsk_" + "0123456789" * 3
GOOD = {"loginrocket_url": LOGINROCKET, "cookie_secret": SECRET}


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Return the process's environment, without settings of ours for one test."""
    values = {
        name: text
        for name, text in os.environ.items()
        if not name.startswith(("AUTHROCKET_", "LOGINROCKET_"))
        and name not in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
    }
    monkeypatch.setattr(os, "environ", values)
    return values


def faults_of(settings: Settings | None = None, **overrides: Any) -> dict[str, Any]:
    """Return the faults of an adapter by setting."""
    with pytest.raises(ConfigurationError) as caught:
        adapter_settings(settings, overrides)
    faults = caught.value.faults
    assert len({fault.setting for fault in faults}) == len(faults)
    return {fault.setting: fault for fault in faults}


# --- Faults ------------------------------------------------------------------------


def test_an_empty_environment_names_all_that_is_missing(environ) -> None:
    """Each with its setting, its variable and the fix."""
    faults = faults_of()

    assert {name: fault.variable for name, fault in faults.items()} == {
        "cookie_secret": "AUTHROCKET_COOKIE_SECRET",
        "loginrocket_url": "LOGINROCKET_URL",
    }
    assert "arware secret" in faults["cookie_secret"].fix


def test_wrong_missing_contradictory_and_unknown_are_told_together(environ) -> None:
    """Whoever starts an application fixes it once."""
    environ["AUTHROCKET_COOKIE_NAME"] = "a b"
    environ["AUTHROCKET_API_KEY"] = "ks_1"
    faults = faults_of(
        loginrocket_url="http://a.example/",
        jwt_key=PEM[:300],
        check_session=300,
        exempt="/public",
        lougout_path="/bye",
    )

    assert set(faults) == {
        "loginrocket_url",
        "jwt_key",
        "cookie_name",
        "cookie_secret",
        "url",
        "exempt",
        "lougout_path",
    }
    assert faults["jwt_key"].problem == "its PEM text is cut off"
    assert faults["jwt_key"].variable == "AUTHROCKET_JWT_KEY"
    assert faults["lougout_path"].fix == "Did you mean logout_path?"
    text = str(ConfigurationError(faults.values()))
    assert all(f"\n  - {name}" in text for name in faults)


def test_what_is_wrong_is_not_also_missing(environ) -> None:
    """One fault for one setting."""
    faults = faults_of(loginrocket_url="nonsense", cookie_secret="short")

    assert (
        faults["loginrocket_url"].problem
        == "it is not an http or https URL with a host"
    )
    assert faults["cookie_secret"].problem == "it is shorter than 32 bytes"


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS.keys())
def test_an_rsa_key_is_accepted_in_every_form(text: str) -> None:
    """Spaces, literal newlines, bare base64, CRLF: whatever a file made of it."""
    settings, keys = adapter_settings(None, {"cookie_secret": SECRET, "jwt_key": text})

    assert keys is not None
    assert [key.algorithm for key in keys.anonymous] == ["RS256"]
    assert settings.jwt_key == text.strip()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (PEM[:300], "its PEM text is cut off"),
        (BARE[:-40], "it is not a public key in PEM or base64"),
        (pem_of(weak_key().public_key()),
         "it has 1024 bits, 2048 to 8192 are accepted"),
        ("%" * 300, "it is not a public key in PEM or base64"),
        ("-----BEGIN PUBLIC KEY-----\nMFkw", "it begins as a PEM key but is too "),
        ("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ", "it is a public key where an HS2"),
        ("hunter2-hunter2", "it is shorter than 32 bytes, so it can be guessed"),
    ],
)  # fmt: skip
def test_a_jwt_key_that_cannot_be_used_is_a_fault(text: str, problem: str) -> None:
    """It names problem and fix, and never holds the key."""
    fault = faults_of(cookie_secret=SECRET, jwt_key=text)["jwt_key"]

    assert fault.problem.startswith(problem)
    assert fault.fix
    assert text[-12:] not in str(fault)


def test_overrides_win_over_settings_and_those_over_the_environment(environ) -> None:
    """With settings the environment is not read at all."""
    environ |= {"LOGINROCKET_URL": "https://env.example/", "AUTHROCKET_REALM": "rl_env"}
    from_environ = adapter_settings(None, {"cookie_secret": SECRET})[0]
    given = Settings(loginrocket_url="https://set.example/", cookie_secret=SECRET)

    assert from_environ.loginrocket_url == "https://env.example/"
    assert from_environ.realm == "rl_env"
    assert adapter_settings(given, {})[0] == given
    overridden = adapter_settings(given, {"realm": "rl_1"})[0]
    assert (overridden.loginrocket_url, overridden.realm) == (
        "https://set.example/",
        "rl_1",
    )


def test_an_ini_file_becomes_an_authenticator() -> None:
    """With what ``from_mapping`` makes of it."""
    settings = Settings.from_mapping(
        {
            "authrocket.loginrocket_url": LOGINROCKET,
            "authrocket.cookie_secret": SECRET,
            "authrocket.require_login": "true",
            "authrocket.exempt": "/public",
            "authrocket.cache.backend": "arware.memory",
        }
    )
    authenticator = Authenticator(settings)

    assert authenticator.settings == settings
    assert authenticator.flow.paths.need_login(Asked("/app"))
    assert not authenticator.flow.paths.need_login(Asked("/public"))


@pytest.mark.parametrize(
    "cache", [{"backend": "no.such"}, {"back": "x"}, "redis://localhost"]
)
def test_a_cache_that_cannot_work_is_a_fault(cache: Any) -> None:
    """It is told when the application starts."""
    with pytest.raises(ConfigurationError) as caught:
        Authenticator(None, GOOD | {"cache": cache})

    assert [fault.setting for fault in caught.value.faults] == ["cache"]


# --- Keys --------------------------------------------------------------------------


def test_s53_a_configured_key_wins_over_the_url() -> None:
    """Nothing is ever downloaded then."""
    own = MemoryRealm()
    with own.serve() as url:
        authenticator = Authenticator(
            None, GOOD | {"loginrocket_url": url, "jwt_key": own.public_key}
        )
        auth = authenticator.process_request(
            Asked(authorizations=(f"Bearer {own.token()}",)), None
        )

        assert auth.user.id == "usr_alice"
        assert own.downloads == 0


def test_s54_the_key_set_is_below_the_url_s_path() -> None:
    """The prefix is kept, and the download happens once."""
    own = MemoryRealm()
    seen: list[str] = []
    answer = own.answer
    own.answer = lambda path: (seen.append(path), answer("/connect/jwks"))[1]
    with own.serve() as url:
        authenticator = Authenticator(None, GOOD | {"loginrocket_url": f"{url}prefix/"})
        for _ in range(3):
            token = own.token()
            auth = authenticator.process_request(
                Asked(authorizations=(f"Bearer {token}",)), None
            )

            assert auth.user.id == "usr_alice"
    assert seen == ["/prefix/connect/jwks"]


class LocalRealm:
    """A realm in this very process."""

    id = "rl_memory"
    url = "http://localhost:8001"

    def __init__(self) -> None:
        self.active = True
        self.asked = 0

    def watch(self, watcher: Any) -> None:
        """Remember who wants to know."""
        self.watcher = watcher

    def key_set(self) -> Any:
        """Return its keys."""
        return key_set()

    def is_session_active(self, sid: str) -> bool:
        """Tell whether a session stands."""
        self.asked += 1
        return self.active


@pytest.mark.parametrize("check_session", [300, None, 0])
@pytest.mark.parametrize("how", [{"session_id": "kss_alice"}, {"user_id": "usr_alice"}])
def test_f6_a_realm_in_this_process_is_always_watched(check_session, how) -> None:
    """Its keys and sessions are asked for directly, and who ended is out at once."""
    local = LocalRealm()
    overrides = {
        "cookie_secret": SECRET,
        "local_realm": local,
        "check_session": check_session,
    }
    token = realm().token(sid="kss_alice")
    request = Asked(authorizations=(f"Bearer {token}",))
    authenticator = Authenticator(None, overrides, clock=lambda: NOW)

    assert authenticator.process_request(request, None).user.id == "usr_alice"
    local.active = False
    for ended, reason in (
        ({}, None),
        ({"session_id": "kss_other"}, None),
        ({"user_id": "usr_bob"}, None),
        (how, Reason.ENDED),
    ):
        local.watcher.ended(**ended)
        assert authenticator.process_request(request, None).reason is reason
    assert local.asked == 2


def test_f14_who_comes_after_an_ending_joins_no_question_from_before_it() -> None:
    """The answer to that one is what was true then."""
    late = []

    class Ending(LocalRealm):
        def is_session_active(self, sid: str) -> bool:
            active = super().is_session_active(sid)
            if active:
                self.active = False
                self.watcher.ended(session_id=sid)
                late.append(authenticator.process_request(request, None).reason)
            return active

    values = {"cookie_secret": SECRET, "local_realm": Ending()}
    authenticator = Authenticator(None, values, clock=lambda: NOW)
    token = realm().token(sid="kss_alice")
    request = Asked(authorizations=(f"Bearer {token}",))
    authenticator.process_request(request, None)

    assert late == [Reason.ENDED]
    assert authenticator.process_request(request, None).reason is Reason.ENDED


def test_a_login_asks_the_realm_in_this_process_first() -> None:
    """As a callback does, so that it lets nobody in whom the next request keeps out."""
    local = LocalRealm()
    overrides = {"cookie_secret": SECRET, "local_realm": local}
    authenticator = Authenticator(None, overrides, clock=lambda: NOW)
    auth = authenticator.process_request(Asked(), None)
    local.active = False
    with pytest.raises(LoginRefused, match="ended"):
        auth.login(realm().token("bob"))

    assert auth.user is None
    local.active = True
    auth.login(realm().token("bob"))
    assert auth.user.id == "usr_bob"


# --- Handlers ----------------------------------------------------------------------


def handlers_of(**overrides: Any) -> dict[type, Any]:
    """Return the handlers of an authenticator."""
    values = GOOD | {"api_key": "ks_1", "url": "https://127.0.0.1:1/v2"}
    return Authenticator(None, values | overrides).handlers


@pytest.mark.parametrize(
    ("effect", "seconds", "answer"),
    [
        (NeedKeys("x", NOW), 5.0, None),
        (NeedSession("x", None, 300, NOW), 30.0, SessionState(None, NOW + 5)),
        (NeedRevocation("x", "kss_1", NOW), 2.0, False),
        (NeedApiToken("art_x", "192.0.2.1", NOW), 6.0, Error),
    ],
)
def test_each_effect_has_its_patience(effect: Any, seconds: float, answer: Any) -> None:
    """And an answer for the time after it; a late API token is not an unknown one."""
    handler = handlers_of(check_session=300)[type(effect)]

    assert handler.seconds == seconds
    if answer is Error:
        with pytest.raises(Error):
            handler.timeout(effect)
        return
    assert handler.timeout(effect) == answer


def test_f14_each_effect_has_threads_of_its_own() -> None:
    """A session check that hangs keeps no other question waiting."""
    hold = threading.Event()

    class Hanging(LocalRealm):
        def is_session_active(self, sid: str) -> bool:
            return hold.wait(60)

        def redeem_api_token(self, text: str) -> str | None:
            hold.wait(60)
            return None

    handlers = handlers_of(local_realm=Hanging(), loginrocket_url=None)
    hanging = [
        handlers[NeedSession].begin(NeedSession(f"kss_{n}", None, 30, NOW))
        for n in range(20)
    ]
    hanging += [
        handlers[NeedApiToken].begin(NeedApiToken(f"art_{n}", "192.0.2.1", time.time()))
        for n in range(20)
    ]

    revocation = NeedRevocation("x", "kss_1", NOW)
    assert handlers[NeedRevocation].begin(revocation).result(60) is False
    assert not any(future.done() for future in hanging)
    hold.set()
    for future in hanging:
        future.result(60)


def test_a_login_can_fetch_its_key_without_blocking() -> None:
    """``alogin`` runs on the authenticator's own driver."""
    own = MemoryRealm()
    with own.serve() as url:
        authenticator = Authenticator(None, GOOD | {"loginrocket_url": url})

        async def main() -> Auth:
            auth = await authenticator.finish(
                authenticator.begin_request(Asked(), None)
            )
            with pytest.raises(KeysUnavailable, match="not at hand; use alogin"):
                auth.login(own.token())
            assert auth.user is None
            await auth.alogin(own.token("bob"))
            return auth

        assert asyncio.run(main()).user.id == "usr_bob"


def test_a_websocket_s_handshake_is_decided_without_blocking() -> None:
    """By the same stores."""
    values = GOOD | {"jwt_key": realm().public_key, "require_login": True}
    authenticator = Authenticator(None, values, clock=lambda: NOW)
    bearer = Asked(authorizations=(f"Bearer {realm().token()}",))

    assert asyncio.run(authenticator.process_websocket(Asked(), None)) is None
    assert (
        asyncio.run(authenticator.process_websocket(bearer, None)).user.id
        == "usr_alice"
    )


# --- Managed sessions --------------------------------------------------------------


class Api:
    """AuthRocket's API, as far as sessions go."""

    def __init__(self) -> None:
        self.active = True
        self.asked = 0
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                api.asked += 1
                body = json.dumps({"object": "session", "id": "kss_1"}).encode()
                status = 200 if api.active else 404
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Keep the output of tests quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server.server_port}/v2"

    def stop(self) -> None:
        """Be down from now on."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def api() -> Iterator[Api]:
    """Run the API until the test is over, or ends it."""
    api = Api()
    yield api
    if api.thread.is_alive():
        api.stop()


class Clock:
    """A clock that stands still until it is told, near the real time."""

    def __init__(self) -> None:
        self.now = float(int(time.time()))

    def __call__(self) -> float:
        return self.now


def managed(api: Api, clock: Clock, **overrides: Any) -> Authenticator:
    """Return an authenticator that checks sessions each 300 seconds."""
    values = GOOD | {
        "jwt_key": realm().public_key,
        "api_key": "ks_1",
        "url": api.url,
        "check_session": 300,
    }
    return Authenticator(None, values | overrides, clock=clock)


def member(clock: Clock) -> Asked:
    """Return the request of somebody whose session is managed."""
    now = int(clock())
    token = realm().token(sid="kss_1", iat=now, exp=now + 7200)
    return Asked(cookie=cookie_of(token))


def test_a_managed_session_is_asked_for_once_and_then_again(api: Api) -> None:
    """At most one call each 300 seconds; one that ended is nobody."""
    clock = Clock()
    authenticator, request = managed(api, clock), member(clock)
    for _ in range(3):
        assert authenticator.process_request(request, None).user.id == "usr_alice"
    assert api.asked == 1
    api.active = False
    clock.now += 299
    assert authenticator.process_request(request, None).user.id == "usr_alice"
    assert api.asked == 1


def test_a_session_that_ended_is_nobody(api: Api) -> None:
    """And its cookie is cleared."""
    clock = Clock()
    api.active = False
    auth = managed(api, clock).process_request(member(clock), None)

    assert auth.reason is Reason.ENDED
    assert auth.clear_cookies


@pytest.mark.parametrize(("on_outage", "good"), [("allow", True), ("deny", False)])
def test_while_the_api_is_down_the_setting_decides(
    api: Api, on_outage: str, good: bool, caplog
) -> None:
    """A session is worth its token, or nothing for now."""
    clock = Clock()
    api.stop()
    auth = managed(api, clock, on_outage=on_outage).process_request(member(clock), None)

    assert (auth.user is not None) is good
    assert auth.reason is (None if good else Reason.OUTAGE)
    assert not auth.clear_cookies
    assert "a session could not be checked: ConnectionError" in caplog.text


def test_two_processes_that_share_a_region_ask_once(api: Api, redis_service) -> None:
    """The verdict of one serves the other."""
    clock = Clock()
    cache = patient_region(redis_service.url)
    for _ in range(2):
        authenticator = managed(api, clock, cache=cache)

        assert authenticator.process_request(member(clock), None).user.id == "usr_alice"
    close(cache)
    assert api.asked == 1


# --- Logouts that others learn of --------------------------------------------------


def wsgi_app(environ, start_response):
    """Say who is there."""
    user = environ["authrocket.user"]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"nobody" if user is None else user.id.encode()]


async def asgi_app(scope, receive, send):
    """Say who is there."""
    user = scope["authrocket.user"]
    headers = [(b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    body = b"nobody" if user is None else user.id.encode()
    await send({"type": "http.response.body", "body": body})


def patient_region(url: str) -> Region:
    """Return a shared region that no busy machine makes count as empty."""
    configuration = {
        "backend": "dogpile.cache.redis",
        "arguments.url": url,
        "arguments.socket_timeout": 10,
        "arguments.socket_connect_timeout": 10,
    }
    return region(configuration, clock=lambda: 0.0)


@pytest.mark.parametrize(
    ("adapter", "app"), [(wsgi.Middleware, wsgi_app), (asgi.Middleware, asgi_app)],
    ids=["wsgi", "asgi"],
)  # fmt: skip
def test_another_process_learns_of_a_logout_within_thirty_seconds(
    adapter: Any, app: Any, redis_service
) -> None:
    """It asks the shared region at first sight and then each thirty seconds."""
    clock = Clock()
    own = MemoryRealm(clock=clock, private_key=realm().private_key)
    cache = patient_region(redis_service.url)
    values = own.settings(cache=cache, clock=clock)
    here, there = adapter(app, **values), adapter(app, **values)
    browser = Browser(here, "https://app.example", clock=clock)
    browser.arrive("/", own.token(), site=None)
    other = Browser(there, "https://app.example", clock=clock)
    other.cookies = dict(browser.cookies)
    assert browser.get("/").text == other.get("/").text == "usr_alice"

    browser.get("/logout")
    until_told()
    clock.now += 29
    assert other.get("/").text == "usr_alice"
    replay = Browser(here, "https://app.example", clock=clock)
    replay.cookies = dict(other.cookies)
    assert replay.get("/").text == "nobody"
    clock.now += 1
    assert other.get("/").text == "nobody"
    close(cache)


# --- Tokens without an adapter -----------------------------------------------------


@pytest.fixture
def configured() -> Iterator[None]:
    """Configure the default client with the realm's key, for one test."""
    arware.configure(Settings(jwt_key=realm().public_key))
    yield
    arware.configure(Settings())


def fresh_token(**changes: Any) -> str:
    """Return a token made just now, by the real clock."""
    now = int(time.time())
    return realm().token(**{"iat": now, "exp": now + 3600} | changes)


def test_s51_from_token_returns_the_session_or_none(configured) -> None:
    """Missing, malformed, expired and wrongly signed tokens are all None."""
    token = fresh_token(sid="kss_1")
    session = arware.Session.from_token(token)

    assert session is not None
    assert (session.id, session.token) == ("kss_1", token)
    assert session.user.email == "alice@example.com"
    for bad in (None, "", " ", "x", token[:-8] + "AAAAAAAA", fresh_token(exp=1, iat=0),
                fresh_token(iss="https://other.example")):  # fmt: skip
        assert arware.Session.from_token(bad) is None


def test_s52_without_any_key_from_token_raises() -> None:
    """Even for a blank token: the settings are at fault, not the token."""
    arware.configure(Settings())
    for token in (None, fresh_token()):
        with pytest.raises(ConfigurationError, match="loginrocket_url"):
            arware.Session.from_token(token)


@pytest.mark.parametrize(
    ("options", "good"),
    [
        ({"within": 60}, True),
        ({"within": 1}, False),
        ({"algo": "RS256"}, True),
    ],
)
def test_from_token_can_ask_for_more(configured, options: Any, good: bool) -> None:
    """A greatest age and an algorithm."""
    token = fresh_token(iat=int(time.time()) - 10)

    assert (arware.Session.from_token(token, **options) is not None) is good


def test_credentials_replace_the_settings_for_one_call(configured) -> None:
    """A secret of another realm, say."""
    head, payload = segment({"alg": "HS256"}), segment(
        claims() | {"iat": int(time.time()), "exp": int(time.time()) + 60})  # fmt: skip
    digest = hmac.digest(JSK.encode(), f"{head}.{payload}".encode(), "sha256")
    token = f"{head}.{payload}.{segment(digest)}"

    assert arware.Session.from_token(token) is None
    assert arware.Session.from_token(token, credentials={"jwt_key": JSK}) is not None


def test_s54_verifying_downloads_the_key_set_once() -> None:
    """Keys are kept by the process."""
    own = MemoryRealm()
    with own.serve() as url:
        settings = Settings(loginrocket_url=url)
        for user in ("alice", "bob"):
            assert verify_token(settings, own.token(user)).sub == f"usr_{user}"
        assert own.downloads == 1


def test_keys_that_cannot_be_had_say_nothing_about_the_token() -> None:
    """So it is an error, not None."""
    own = MemoryRealm()
    own.answer = lambda path: (500, "text/plain", b"")
    with own.serve() as url, pytest.raises(KeysUnavailable):
        verify_token(Settings(loginrocket_url=url), own.token())


def test_a_key_that_cannot_be_used_is_a_configuration_error() -> None:
    """Named, as an adapter would."""
    with pytest.raises(ConfigurationError, match="its PEM text is cut off"):
        verify_token(Settings(jwt_key=PEM[:300]), "x")


@pytest.mark.parametrize(
    ("bundle", "place"),
    [
        ("/no/such/file.pem", "/no/such/file.pem"),
        ("x" * 5_000, "x" * 5_000),
        ("-----BEGIN PRIVATE KEY-----\n" + "A" * 1_400, "it"),
        ("a\0b", "a\0b"),
        (__file__, __file__),
    ],
)
def test_certificates_that_cannot_be_read_are_a_fault(bundle: str, place: str) -> None:
    """Whatever was given in place of a file's name, which a pasted key is not."""
    with pytest.raises(ConfigurationError) as caught:
        Authenticator(None, GOOD | {"ca_bundle": bundle})
    [fault] = caught.value.faults

    assert fault.setting == "ca_bundle"
    assert fault.problem == f"no certificates can be read from {place}"


def test_a_function_may_be_named_in_text() -> None:
    """As an ini file holds it: it is imported when the adapter is made."""
    settings, _ = adapter_settings(Settings(**GOOD, render="html:escape"), {})

    assert settings.render is html.escape


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("no_such_module:draw", "it cannot be imported: No module named"),
        ("html:draw", "it cannot be imported: module 'html' has no attribute 'draw'"),
        ("html:__doc__", "html:__doc__ is str, which cannot be called"),
        ("draw", "'draw' is no name of a function"),
    ],
)
def test_a_function_that_cannot_be_imported_is_a_fault(name: str, problem: str) -> None:
    """Told at start, with how to write it."""
    with pytest.raises(ConfigurationError) as caught:
        adapter_settings(None, GOOD | {"render": name})
    [fault] = caught.value.faults

    assert fault.setting == "render"
    assert fault.problem.startswith(problem)
    assert "myapp.views:draw" in fault.fix


def test_a_fault_of_the_cache_is_told_with_the_others() -> None:
    """One start tells all there is to fix."""
    with pytest.raises(ConfigurationError) as caught:
        Authenticator(None, {"cache": {"backend": "no.such"}, "cookie_secret": "short"})

    names = [fault.setting for fault in caught.value.faults]
    assert sorted(name.partition(".")[0] for name in names) == [
        "cache",
        "cookie_secret",
        "loginrocket_url",
    ]
