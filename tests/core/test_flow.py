"""The flow: who comes in, by which credential, and what it has to ask for."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from arware.auth import Auth, Reason
from arware.core.effects import (
    NeedKeys,
    NeedRevocation,
    NeedSession,
    SessionState,
)
from arware.core.flow import Flow
from arware.errors import ConnectionError as NoConnection
from arware.errors import Refusal, ResponseStarted
from arware.exchange import Exchange
from arware.web.cookies import CookieOptions
from arware.web.response import Response
from tests.making import (
    HTML,
    LOGINROCKET,
    NOW,
    ORIGIN,
    SECRET,
    Asked,
    Keys,
    Revoked,
    claims,
    cookie_of,
    flow_of,
    headers_of,
    key_set,
    login_cookie,
    realm,
    result,
    texts_of,
    walk,
)
from tests.settings.samples import MountedRealm

LOGIN_ID = "login-id-0123456789"
PREFLIGHT = {"origin": "https://x.example", "access_control_request_method": "PUT"}


def bearer(token: str) -> dict[str, Any]:
    """Return the keyword that carries *token*."""
    return {"authorizations": (f"Bearer {token}",)}


@contextmanager
def published(auth: Any) -> Iterator[None]:
    """Have an adapter at work that has published *auth*."""
    cell = [Exchange(flow_of(), auth, {})] if isinstance(auth, Auth) else []
    token = Refusal.observer.set(cell)
    try:
        yield
    finally:
        Refusal.observer.reset(token)


def enter(flow: Flow, request: Asked, outer: object = None) -> Any:
    """Return what *flow* decides below *outer* without needing anything."""
    with published(outer):
        return result(flow.process_request(request, NOW, outer))


def user_of(auth: Any) -> str | None:
    """Return whose *auth* it is."""
    assert isinstance(auth, Auth)
    return None if auth.user is None else auth.user.id


# --- Who is it? --------------------------------------------------------------------


def test_nobody_comes_in_without_a_credential() -> None:
    """The reason says that there was none, and nothing is asked."""
    auth = enter(flow_of(), Asked(cookie="other=1"))

    assert user_of(auth) is None
    assert auth.reason is Reason.NO_CREDENTIAL
    assert not auth.clear_cookies


def test_the_hot_path_needs_nothing() -> None:
    """A known cookie is recalled, also where everything else would have to ask."""
    keys, known = Keys(key_set()), Revoked(shared=True)
    flow = flow_of(keys, known, check_session=300)
    request = Asked(cookie=cookie_of(realm().token(sid="kss_1")))
    needs, auth = walk(
        flow.process_request(request, NOW), False, SessionState(True, NOW + 300)
    )

    assert needs == [
        NeedRevocation(LOGIN_ID, "kss_1", NOW),
        NeedSession("kss_1", "rl_memory", 300.0, NOW),
    ]
    assert user_of(auth) == "usr_alice"
    assert user_of(enter(flow, request)) == "usr_alice"
    assert isinstance(flow.process_request(request, NOW), Auth)  # at once


def test_the_flow_is_driven_by_hand() -> None:
    """At a cold start the one need is the key set, and its answer goes on."""
    flow = flow_of(Keys(None))
    steps = flow.process_request(Asked(cookie=cookie_of(realm().token())), NOW)

    assert next(steps) == NeedKeys("jky_memory", NOW)
    with pytest.raises(StopIteration) as done:
        steps.send(key_set())
    assert user_of(done.value.value) == "usr_alice"


def test_s69_bearer_comes_before_the_cookie_and_never_falls_back() -> None:
    """One that is ours and fails is nobody; one that is not ours is no matter."""
    cookie = cookie_of(realm().token("alice"))
    cases = [
        (realm().token("bob"), "usr_bob", None),
        (realm().token("bob", lifetime=-60), None, Reason.EXPIRED),
        ("opaque", "usr_alice", None),
    ]
    for token, user, reason in cases:
        auth = enter(flow_of(), Asked(cookie=cookie, **bearer(token)))

        assert user_of(auth) == user
        assert auth.reason is reason
        assert not auth.clear_cookies


@pytest.mark.parametrize(
    ("scheme", "public_url", "name", "known"),
    [
        ("https", None, "__Host-authrocket", True),
        ("https", None, "authrocket", False),
        ("http", None, "authrocket", True),
        ("http", None, "__Host-authrocket", False),
        ("http", "https://p.example", "__Host-authrocket", True),
        ("https", "http://p.example", "authrocket", True),
        ("https", "http://p.example", "__Host-authrocket", False),
    ],
)
def test_the_cookie_s_name_depends_on_what_https_means(
    scheme, public_url, name, known
) -> None:
    """``public_url`` says it, else the request."""
    request = Asked(scheme=scheme, cookie=cookie_of(realm().token(), name=name))
    auth = enter(flow_of(public_url=public_url), request)

    assert user_of(auth) == ("usr_alice" if known else None)


def test_a_bad_cookie_is_nobody_and_will_be_cleared() -> None:
    """Unless time may heal it; the states are no logins."""
    name = "__Host-authrocket"
    for cookie, reason, bad in (
        (f"{name}=junk", Reason.BAD_COOKIE, True),
        (f"{name}.1=junk", Reason.BAD_COOKIE, True),
        (cookie_of(realm().token(nbf=int(NOW) + 60)), Reason.NOT_YET_VALID, False),
        (f"{name}.s=x", Reason.NO_CREDENTIAL, False),
        (f"{name}.s=x; {name}=junk", Reason.BAD_COOKIE, True),
    ):
        auth = enter(flow_of(), Asked(cookie=cookie))

        assert user_of(auth) is None
        assert (auth.reason, auth.clear_cookies) == (reason, bad)


def test_a_login_in_pieces_is_put_together() -> None:
    """Large tokens are split over cookies."""
    login = (LOGIN_ID, realm().token(cs={"x": "y" * 3000}))
    lines = login_cookie().write(login, 60, {}, CookieOptions("authrocket", True))
    cookie = "; ".join(line.partition(";")[0] for line in lines)

    assert len(lines) == 2
    assert user_of(enter(flow_of(), Asked(cookie=cookie))) == "usr_alice"


class Broken(Keys):
    """A key set that cannot even be looked at."""

    error: type[Exception] = RuntimeError

    def peek(self, now: float) -> Any:
        """Fail as no store should."""
        raise self.error("a fault of ours")


@pytest.mark.parametrize("error", [RuntimeError, NoConnection])
@pytest.mark.parametrize(
    ("credential", "reason"),
    [
        ({"cookie": cookie_of(realm().token())}, Reason.OUTAGE),
        (bearer(realm().token()), Reason.MALFORMED),
    ],
)
def test_t53_a_fault_of_ours_lets_nobody_in_and_stops_nobody(
    credential, reason, error, caplog
) -> None:
    """It is logged with its traceback and means nobody; the cookie is kept."""
    keys = Broken(None)
    keys.error = error
    auth = enter(flow_of(keys), Asked(**credential))

    assert user_of(auth) is None
    assert auth.reason is reason
    assert not auth.clear_cookies
    assert "a fault of ours" in caplog.text


def test_failures_are_told_in_a_debug_line_without_the_token(caplog) -> None:
    """Somebody who looks for the cause finds the reason, and no credential."""
    token = realm().token(lifetime=-60)
    with caplog.at_level(logging.DEBUG, "arware"):
        enter(flow_of(), Asked(**bearer(token)))

    assert "nobody is logged in: expired" in caplog.text
    assert token not in caplog.text
    caplog.clear()
    with caplog.at_level(logging.DEBUG, "arware"):
        enter(flow_of(), Asked())
    assert caplog.text == ""


# --- At first sight ----------------------------------------------------------------

KNOWN = cookie_of(realm().token(sid="kss_known"))

GLANCES = [
    (Asked(), True),
    (Asked(cookie="other=1"), True),
    (Asked(query="a=b"), True),
    (Asked(method="POST"), True),
    (Asked(cookie=KNOWN), True),
    (Asked(cookie=KNOWN, query="a=1"), True),
    (Asked(cookie=f"x=1; {KNOWN}; y=2"), True),
    (Asked(cookie=cookie_of(realm().token("bob"))), False),
    (Asked(cookie="__Host-authrocket=junk"), False),
    (Asked(cookie="__Host-authrocket.1=x"), False),
    (Asked(cookie="__Host-authrocket.s.abc=x"), False),
    (Asked(cookie=KNOWN * 2), False),
    (Asked(**bearer("opaque")), False),
    (Asked(query=f"token={realm().token()}"), False),
    (Asked(query="%74oken=x"), False),
    (Asked("/logout"), False),
    (Asked("/static/x"), False),
]


@pytest.mark.parametrize(("request_", "at_once"), GLANCES)
def test_the_fast_path_comes_to_the_same_as_the_longer_way(request_, at_once) -> None:
    """Nearly every decision is there at once; what is not takes steps."""
    flow = flow_of(ignore="/static")
    enter(flow, Asked(cookie=KNOWN))
    auth = flow.process_request(request_, NOW)
    longer = walk(flow._process(request_, NOW, None))[1]

    assert isinstance(auth, Auth) is at_once
    if at_once:
        assert user_of(auth) == user_of(longer)
        assert auth.reason is longer.reason
        assert auth.unusual == longer.unusual


def test_the_fast_path_leaves_what_others_decided() -> None:
    """An outer adapter's auth object, and a path that may need a login."""
    required = flow_of(require_login="/app")

    assert not isinstance(flow_of().process_request(Asked(), NOW, object()), Auth)
    assert not isinstance(required.process_request(Asked(), NOW), Auth)


def test_the_known_pass_at_once_where_a_login_is_required() -> None:
    """They are logged in, so nothing is left to decide."""
    flow = flow_of(require_login=True)
    request = Asked(cookie=cookie_of(realm().token()))
    enter(flow, request)

    assert user_of(flow.process_request(request, NOW)) == "usr_alice"


# --- Nested adapters ------------------------------------------------------------------


def test_what_an_earlier_attempt_has_left_is_not_taken_over() -> None:
    """A request that is retried may bring it; no adapter above publishes it now."""
    left = enter(flow_of(), Asked(cookie=cookie_of(realm().token())))

    assert user_of(result(flow_of().process_request(Asked(), NOW, left))) is None


def test_an_auth_object_of_the_same_cookie_and_keys_is_taken_over() -> None:
    """Whatever the inner request says."""
    outer = enter(flow_of(), Asked(cookie=cookie_of(realm().token())))

    assert enter(flow_of(), Asked(), outer) is outer


@pytest.mark.parametrize(
    "overrides",
    [
        {"cookie_name": "other"},
        {"loginrocket_url": "https://other.example/"},
        {"jwt_key": realm().public_key},
        {"cookie_secret": SECRET + "x"},
        {"realm": "rl_memory"},
        {"issuer": "https://other.example"},
        {"local_realm": object()},
    ],
)
def test_a_adapter_of_other_keys_or_cookies_is_its_own(overrides: Any) -> None:
    """It looks for itself."""
    outer = enter(flow_of(), Asked(cookie=cookie_of(realm().token())))
    auth = enter(flow_of(**overrides), Asked(), outer)

    assert auth is not outer
    assert user_of(auth) is None


def test_a_realm_s_page_below_another_adapter_is_of_whom_that_found() -> None:
    """The realm answers in its place all the same."""
    pages = object()
    flow = flow_of(local_realm=MountedRealm(), loginrocket_url=None, mounted=pages)
    outer = enter(flow, Asked())
    auth = enter(flow, Asked("/auth/login"), outer)

    assert auth is outer
    assert auth.mounted is pages


@pytest.mark.parametrize("outer", [None, "forged", object(), {"user": "root"}])
def test_what_is_no_auth_object_is_nobody_s(outer: object) -> None:
    """Whoever put it there."""
    assert user_of(enter(flow_of(), Asked(), outer)) is None


def test_an_auth_object_of_an_ignored_path_is_not_taken_over() -> None:
    """The outer adapter did nothing there; the inner may have to."""
    outer = enter(flow_of(ignore="/app"), Asked("/app"))
    request = Asked("/", cookie=cookie_of(realm().token()))

    assert user_of(enter(flow_of(), request, outer)) == "usr_alice"


def test_the_inner_adapter_still_requires_a_login() -> None:
    """Its own settings count for its own paths."""
    outer = enter(flow_of(), Asked(accept=HTML))
    response = enter(flow_of(require_login=True), Asked(accept=HTML), outer)

    assert response.status == 302
    assert isinstance(response, Response)


# --- Ignored paths -----------------------------------------------------------------


def test_on_an_ignored_path_nobody_is_looked_for() -> None:
    """No cookie is read and no callback happens."""
    flow = flow_of(Broken(None), ignore="/static", require_login=True)
    request = Asked("/static/x", f"token={realm().token()}",
                    cookie=cookie_of(realm().token()))  # fmt: skip
    auth = enter(flow, request)

    assert user_of(auth) is None
    assert auth.ignored
    assert auth.reason is Reason.NO_CREDENTIAL


# --- Callbacks ----------------------------------------------------------------------


def test_s65_a_get_with_a_token_is_a_callback_on_any_path() -> None:
    """Also with the parameter's name encoded."""
    for query in ("token={}", "a=1&%74oken={}"):
        request = Asked("/any/where", query.format(realm().token()))
        response = enter(flow_of(), request)

        assert response.status == 303
        assert headers_of(response)["location"].startswith("/any/where")


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "OPTIONS", "DELETE"])
def test_s65_no_other_method_is_a_callback(method: str) -> None:
    """Nothing is stored and the request goes on."""
    request = Asked(query=f"token={realm().token()}", method=method)
    auth = enter(flow_of(), request)

    assert user_of(auth) is None
    assert auth.callback_error is None


def test_a_token_of_the_application_s_own_passes_untouched() -> None:
    """It is no callback."""
    for query in ("token=abc", "x=%20", "a=token", "tokens=1"):
        auth = enter(flow_of(), Asked(query=query))

        assert auth.callback_error is None


def test_s67_a_bad_callback_goes_on_with_the_session_that_stood() -> None:
    """The reason is remembered, for the page that needs a login."""
    bad = f"token={realm().token(lifetime=-60)}"
    stood = enter(flow_of(), Asked(query=bad, cookie=cookie_of(realm().token("bob"))))
    nobody = enter(flow_of(), Asked(query=bad))

    assert user_of(stood) == "usr_bob"
    assert (stood.callback_error.reason, stood.reason) == (Reason.EXPIRED, None)
    assert nobody.callback_error.reason == nobody.reason == Reason.EXPIRED


def test_a_bad_callback_on_a_page_that_needs_a_login_explains() -> None:
    """Instead of going round in circles."""
    request = Asked(query=f"token={realm().token(lifetime=-60)}", accept=HTML)
    response = enter(flow_of(require_login=True), request)

    assert response.status == 401
    assert b"Reason: expired" in response.body
    assert b"ar_state" in response.body


def test_whoever_was_sent_to_log_in_comes_back_solicited() -> None:
    """The redirect, the state's cookie and the callback fit together."""
    flow = flow_of(require_login=True)
    response = enter(flow, Asked("/a", "b=c", accept=HTML, sec_fetch_site="none"))
    url = urlsplit(headers_of(response)["location"])
    back = urlsplit(parse_qs(url.query)["redirect_uri"][0])
    [line] = texts_of(response.headers, "Set-Cookie")
    callback = Asked(
        back.path,
        f"{back.query}&token={realm().token()}",
        cookie=line.partition(";")[0],
        sec_fetch_site="cross-site",
    )
    landed = enter(flow, callback)

    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{LOGINROCKET}login"
    assert f"{back.scheme}://{back.netloc}" == ORIGIN
    assert landed.status == 303
    assert headers_of(landed)["location"] == "/a?b=c"


# --- A login is required -----------------------------------------------------------


def test_s71_who_must_log_in_is_sent_to_log_in() -> None:
    """Unless somebody is there, or views have a say."""
    request = Asked("/app", accept=HTML)
    member = Asked("/app", cookie=cookie_of(realm().token()))

    assert enter(flow_of(require_login=True), request).status == 302
    assert user_of(enter(flow_of(require_login=True), member)) == "usr_alice"
    assert user_of(enter(flow_of(), request)) is None
    assert user_of(enter(flow_of(require_login=True, by_view=True), request)) is None


# --- Logout ------------------------------------------------------------------------


def logout(flow: Flow | None = None, **request: Any) -> tuple[list[Any], Any]:
    """Return which logins a logout revokes, and its answer."""
    known = Revoked()
    flow = flow or flow_of(known=known)
    answer = result(flow.process_request(Asked("/logout", **request), NOW))
    return list(known.known), answer


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_s73_a_logout_revokes_clears_and_leads_to_loginrocket(method: str) -> None:
    """The session's id is read before it is gone (74)."""
    cookie = cookie_of(realm().token(sid="kss_1"))
    revoked, response = logout(method=method, cookie=cookie)

    assert revoked == [LOGIN_ID]
    assert (response.status, response.logs_out) == (302, True)
    assert headers_of(response)["location"] == (
        f"{LOGINROCKET}logout?redirect_uri=https%3A%2F%2Fapp.example%2F&session=kss_1"
    )
    cleared, renewed = texts_of(response.headers, "Set-Cookie")
    assert cleared == CookieOptions("authrocket", True).clear("__Host-authrocket")
    assert renewed.startswith("__Host-authrocket.s=")


def test_a_logout_revokes_every_login_that_the_browser_holds() -> None:
    """Also an expired one, also where a Bearer token is who counts."""
    texts = [
        cookie_of(realm().token("alice"), "a" * 22),
        cookie_of(realm().token("bob", lifetime=-60), "b" * 22),
    ]
    revoked, response = logout(
        cookie="; ".join(texts), **bearer(realm().token("carol", sid="kss_carol"))
    )

    assert revoked == ["a" * 22, "b" * 22]
    assert "session=kss_carol" in headers_of(response)["location"]


def test_a_logout_of_nobody_leads_out_all_the_same() -> None:
    """Without a session, and with nothing to clear."""
    revoked, response = logout()

    assert revoked == []
    assert headers_of(response)["location"] == (
        f"{LOGINROCKET}logout?redirect_uri=https%3A%2F%2Fapp.example%2F"
    )


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_do_not_log_out(method: str) -> None:
    """The application may do with them what it likes."""
    assert isinstance(logout(method=method)[1], Auth)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_f4_what_is_fetched_ahead_does_not_log_out(method: str) -> None:
    """The browser is asked to come again."""
    assert logout(method=method, x_sec_purpose="prefetch")[1].status == 503


@pytest.mark.parametrize(
    ("request_", "asks"),
    [
        ({"sec_fetch_dest": "image"}, True),
        ({"sec_fetch_dest": "iframe", "sec_fetch_mode": "navigate"}, True),
        ({"sec_fetch_dest": "empty", "sec_fetch_mode": "cors"}, True),
        ({"sec_fetch_dest": "document", "sec_fetch_mode": "navigate"}, False),
        ({"method": "POST", "sec_fetch_dest": "empty"}, False),
    ],
)
def test_f4_only_documents_and_posts_of_ours_log_out(request_: Any, asks: bool) -> None:
    """An image on a page of our own does not."""
    cookie = cookie_of(realm().token())
    headers = {"sec_fetch_site": "same-origin", "cookie": cookie} | request_
    response = logout(**headers)[1]

    assert response.status == (200 if asks else 302)
    assert (b"Log out?" in response.body) is asks


def test_t38_a_stranger_s_link_asks_first() -> None:
    """A page with a button, which is a form of ours."""
    revoked, response = logout(
        sec_fetch_site="cross-site", mount="/é", cookie=cookie_of(realm().token())
    )

    assert revoked == []
    assert b'action="/%C3%A9/logout"' in response.body
    assert texts_of(response.headers, "Set-Cookie") == []


def test_without_a_logout_path_nothing_logs_out() -> None:
    """As with the gem's ``use_default_routes = false``."""
    assert isinstance(logout(flow_of(logout_path=None))[1], Auth)
    assert isinstance(enter(flow_of(logout_path="/bye"), Asked("/logout")), Auth)
    assert enter(flow_of(logout_path="/b%79e"), Asked("/bye")).logs_out


# --- Websockets --------------------------------------------------------------------


def shake(flow: Flow, request: Asked, outer: object = None) -> Any:
    """Return what *flow* decides about a handshake below *outer*."""
    with published(outer):
        return result(flow.process_websocket(request, NOW, outer))


@pytest.mark.parametrize(
    ("request_", "overrides", "trusted"),
    [
        ({"origin": ORIGIN}, {}, True),
        ({"origin": "https://App.Example:443"}, {}, True),
        ({"origin": "https://evil.example"}, {}, False),
        ({"origin": "null"}, {}, False),
        ({}, {}, False),
        ({"origin": "https://friend.example"},
         {"allowed_origins": "https://friend.example/"}, True),
        ({"origin": "http://app.example"}, {}, False),
        ({"origin": ORIGIN, "host": "evil/x"}, {}, False),
        ({"origin": "https://p.example"}, {"public_url": "https://p.example"}, True),
        ({"origin": ORIGIN}, {"public_url": "https://p.example"}, False),
    ],
)  # fmt: skip
def test_t56_a_cookie_counts_for_our_own_pages_only(request_, overrides, trusted):
    """And for those of ``allowed_origins``."""
    asked = Asked(cookie=cookie_of(realm().token()), **request_)
    auth = shake(flow_of(**overrides), asked)

    assert user_of(auth) == ("usr_alice" if trusted else None)
    assert trusted or auth.reason == "foreign_origin"


def test_f24_a_websocket_takes_no_login() -> None:
    """Its handshake sets no cookie."""
    auth = shake(flow_of(), Asked(origin=ORIGIN))

    with pytest.raises(ResponseStarted):
        auth.login(realm().token())


def test_f23_a_foreign_origin_leaves_a_line(caplog) -> None:
    """Who looks for the cause finds it; without a cookie there is none."""
    origin = "https://evil.example"
    with caplog.at_level(logging.DEBUG, "arware"):
        shake(flow_of(), Asked(origin=origin, cookie=cookie_of(realm().token())))
    bare = shake(flow_of(), Asked(origin=origin, cookie="__Host-authrocket.s=x"))

    assert "nobody is logged in: foreign_origin" in caplog.text
    assert bare.reason == "no_credential"


def test_behind_a_proxy_the_origin_s_own_scheme_is_believed() -> None:
    """Who serves https may see only http."""
    cookie = cookie_of(realm().token(), name="authrocket")
    for origin in (ORIGIN, "http://app.example"):
        request = Asked(scheme="http", cookie=cookie, origin=origin)

        assert user_of(shake(flow_of(), request)) == "usr_alice"


def test_a_bearer_token_needs_no_origin() -> None:
    """Programs send none."""
    assert user_of(shake(flow_of(), Asked(**bearer(realm().token())))) == "usr_alice"


def test_a_handshake_that_needs_a_login_is_refused() -> None:
    """Without somebody there; with one, or an outer adapter's, it goes on."""
    flow = flow_of(require_login=True, ignore="/open")
    member = enter(flow_of(), Asked(cookie=cookie_of(realm().token())))

    assert shake(flow, Asked(origin=ORIGIN)) is None
    assert shake(flow, Asked(), member) is member
    assert shake(flow, Asked("/open")).ignored
    assert user_of(shake(flow_of(), Asked())) is None


def test_answers_to_programs_hold_no_credential() -> None:
    """The 401 names the login page only."""
    request = Asked("/app", **bearer(realm().sign(claims(exp=NOW - 60, iat=0))))
    response = enter(flow_of(require_login=True), request)

    assert json.loads(response.body) == {
        "error": "login_required",
        "login_url": f"{ORIGIN}/login?redirect_uri=%2F",
    }
    assert headers_of(response)["www-authenticate"] == "Bearer"
