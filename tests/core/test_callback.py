"""Callbacks: which token counts, which browser asked for it, what is answered."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from arware.auth import Auth, Reason
from arware.core.effects import NeedKeys, NeedSession, SessionState
from arware.core.flow import Flow
from arware.core.state import States
from arware.errors import TokenError
from arware.web.browser import Browsers
from arware.web.response import Response
from tests.making import (
    LOGINROCKET,
    NOW,
    ORIGIN,
    Asked,
    Keys,
    Revoked,
    claims,
    cookie_of,
    cookies_of,
    flow_of,
    headers_of,
    key_set,
    login_cookie,
    realm,
    segment,
    settings,
    texts_of,
    walk,
)

NAME = "__Host-authrocket"
FROM_LOGINROCKET = {"sec_fetch_site": "cross-site", "referer": LOGINROCKET}
TYPED = {"sec_fetch_site": "none", "sec_fetch_dest": "document"}
OLD_LOGIN = "login-id-0123456789"


def started(*, confirmed: bool = False, **overrides: Any) -> tuple[str, str]:
    """Return a state and the Cookie header of the browser that began it."""
    browser = Browsers(settings()).of(Asked())
    made, cookie = States(settings(**overrides)).start(
        browser, NOW, confirmed=confirmed
    )
    return made, cookies_of((("Set-Cookie", cookie),))


def call_back(
    token: str | None = None,
    state: str | None = None,
    cookie: str = "",
    *answers: Any,
    flow: Flow | None = None,
    **request: Any,
) -> tuple[list[Any], Any]:
    """Return the effects of a callback and what came of it."""
    query = f"x=1&token={token or realm().token()}"
    if state is not None:
        query += f"&ar_state={state}"
    asked = Asked("/a", query, cookie=cookie or None, **request)
    return walk((flow or flow_of()).process_request(asked, NOW), *answers)


def is_accepted(outcome: Any) -> bool:
    """Tell whether *outcome* logs in."""
    return isinstance(outcome, Response) and outcome.status == 303


def is_question(outcome: Any) -> bool:
    """Tell whether *outcome* asks whether to continue."""
    return isinstance(outcome, Response) and b"<title>Continue as" in outcome.body


# --- Which token? ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("token={}", True),
        ("a=b&token={}&c", True),
        ("%74oken={}", True),
        ("token={0}&token={0}", False),
        ("token=", False),
        ("token=application's-own", False),
        ("tokens={}", False),
        (f"token={segment({})}.{segment({'iss': 'https://other.example'})}.x", False),
    ],
)
def test_t36_exactly_one_token_of_ours_logs_in(query: str, found: bool) -> None:
    """Any other belongs to the application."""
    asked = Asked("/", query.replace("{0}", "{}").format(*[realm().token()] * 2))
    outcome = walk(flow_of().process_request(asked, NOW))[1]

    assert is_accepted(outcome) is found
    assert found or isinstance(outcome, Auth)


def test_s66_a_callback_is_answered_with_a_clean_url() -> None:
    """303 to the same URL without what it added, a login and another browser id."""
    token = realm().token()
    asked = Asked("/a", f"b=%7e&token={token}&account=1&session=2&c")
    outcome = walk(flow_of().process_request(asked, NOW))[1]
    headers = headers_of(outcome)
    login, browser = texts_of(outcome.headers, "Set-Cookie")
    login_id, kept = login_cookie().read(login.partition(";")[0].partition("=")[2])

    assert headers["location"] == "/a?b=%7e&c"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert (kept, len(login_id)) == (token, 22)
    assert login.startswith(f"{NAME}=")
    assert "; Max-Age=3600; " in login
    assert browser.startswith(f"{NAME}.s=")


def test_t40_a_clean_location_stays_with_us() -> None:
    """However the path begins."""
    asked = Asked("//evil", f"token={realm().token()}")

    assert headers_of(walk(flow_of().process_request(asked, NOW))[1])["location"] == (
        "/evil"
    )


BAD = [
    (lambda: realm().token(lifetime=-60), Reason.EXPIRED),
    (lambda: realm().sign(claims(exp=NOW + 0.5, iat=NOW - 60)), Reason.EXPIRED),
    (lambda: realm().sign(claims(iat=NOW + 60)), Reason.NOT_YET_VALID),
    (lambda: realm().sign(claims(rid="rl_other")), Reason.WRONG_REALM),
    (lambda: realm().token()[:-8] + "AAAAAAAA", Reason.BAD_SIGNATURE),
    (lambda: realm().token() + "=", Reason.MALFORMED),
]


@pytest.mark.parametrize(("make", "reason"), BAD)
def test_s67_a_callback_that_does_not_count_says_why(make: Any, reason: Reason) -> None:
    """Nothing is stored and the request goes on; who is logged in stays so."""
    flow = flow_of(realm="rl_memory")
    cookie = cookie_of(realm().token("bob"))
    auth = call_back(make(), flow=flow, cookie="")[1]
    standing = call_back(make(), None, cookie, flow=flow)[1]

    assert (auth.user, auth.reason) == (None, reason)
    assert isinstance(auth.callback_error, TokenError)
    assert (standing.user.id, standing.reason) == ("usr_bob", None)
    assert standing.callback_error.reason == reason


@pytest.mark.parametrize(("age", "good"), [(60, True), (61, False)])
def test_s59_within_is_asked_of_callbacks(age: int, good: bool) -> None:
    """The setting bounds how old a token may be when it arrives."""
    token = realm().sign(claims(iat=NOW - age))

    assert is_accepted(call_back(token, flow=flow_of(within=60))[1]) is good


def test_a_callback_without_the_key_asks_for_it() -> None:
    """An outage is a reason like any other."""
    effects, outcome = call_back(None, None, "", None, flow=flow_of(Keys(None)))

    assert effects == [NeedKeys("jky_memory", NOW)]
    assert outcome.reason == "keys_unavailable"
    answered = call_back(None, None, "", key_set(), flow=flow_of(Keys(None)))[1]
    assert is_accepted(answered)


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "OPTIONS"])
def test_t36_only_get_logs_in(method: str) -> None:
    """Nothing is stored, and the token is the application's to see."""
    assert isinstance(call_back(method=method)[1], Auth)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_dest": "image"},
        {"sec_fetch_dest": "iframe", "sec_fetch_mode": "navigate"},
        {"sec_fetch_dest": "empty", "sec_fetch_mode": "cors"},
        {"sec_fetch_dest": "document", "sec_fetch_mode": "no-cors"},
        {"sec_fetch_mode": "cors"},
    ],
)
def test_f3_only_documents_are_callbacks(headers: Any) -> None:
    """Not even with a state that this browser began."""
    state, cookie = started()
    auth = call_back(None, state, cookie, **headers)[1]

    assert (auth.user, auth.callback_error) == (None, None)


@pytest.mark.parametrize(
    "headers",
    [{"sec_purpose": "prefetch;prerender"}, {"purpose": "PREFETCH"},
     {"x_moz": "prefetch"}, {"x_sec_purpose": "prefetch"}, {"x_purpose": "preview"},
     {"hx_preloaded": "true"}],
)  # fmt: skip
def test_t36_what_is_fetched_ahead_is_asked_to_come_again(headers: Any) -> None:
    """Nothing happens before the person has decided to come."""
    state, cookie = started()
    outcome = call_back(None, state, cookie, **headers)[1]

    assert outcome.status == 503
    assert texts_of(outcome.headers, "Set-Cookie") == []


# --- Did this browser ask for it? ---------------------------------------------------


@pytest.mark.parametrize("headers", [FROM_LOGINROCKET, TYPED, {}])
def test_rule_a_a_state_that_this_browser_began(headers: Any) -> None:
    """Wherever it comes from; another browser's, or two, are worth nothing."""
    state, cookie = started()
    other, _ = started()

    assert is_accepted(call_back(None, state, cookie, **headers)[1])
    assert is_question(call_back(None, other, cookie, **TYPED)[1])
    assert is_question(call_back(None, f"{state}&ar_state={state}", cookie, **TYPED)[1])


@pytest.mark.parametrize(
    "headers",
    [
        FROM_LOGINROCKET,
        FROM_LOGINROCKET | {"sec_fetch_site": "same-site"},
        FROM_LOGINROCKET | {"sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "cross-site"},
        TYPED,
    ],
)
def test_f3_where_a_request_comes_from_proves_nothing(headers: Any) -> None:
    """LoginRocket's pages lead where a stranger's link says."""
    assert is_question(call_back(**headers)[1])


@pytest.mark.parametrize(
    ("headers", "good"),
    [
        ({}, True),
        ({"referer": LOGINROCKET}, True),
        ({"referer": f"{ORIGIN}/x"}, True),
        ({"referer": "https://evil.example/"}, False),
        ({"referer": "no url"}, False),
        ({"sec_fetch_user": "?1"}, False),
        ({"host": "no/host", "referer": "no url"}, False),
        ({"scheme": "http"}, False),
        ({"scheme": "http", "host": "localhost:8000"}, True),
    ],
)
def test_rule_b_a_script_asked_for_it(headers: Any, good: bool) -> None:
    """Browsers say where they are, but over plain http only on loopback."""
    assert is_accepted(call_back(**headers)[1]) is good


def test_rule_b_is_not_for_who_was_sent_and_keeps_no_cookies() -> None:
    """It would go round in circles."""
    assert is_question(call_back(None, started()[0])[1])


@pytest.mark.parametrize(
    ("before", "token", "good"),
    [
        ({"user": "alice"}, {"user": "alice"}, True),
        ({"user": "bob"}, {"user": "alice"}, False),
        ({"user": "alice", "act": {"sub": "usr_op"}}, {"user": "alice"}, False),
        ({"user": "alice"}, {"user": "alice", "act": {"sub": "usr_op"}}, False),
        ({"user": "alice"}, {"user": "alice", "act": "odd"}, False),
    ],
)
def test_rule_c_who_is_logged_in_already(before: Any, token: Any, good: bool) -> None:
    """Nothing is gained by it, unless somebody acts for another."""
    cookie = cookie_of(realm().token(**before))
    known = Revoked()
    flow = flow_of(known=known)
    outcome = call_back(realm().token(**token), None, cookie, flow=flow, **TYPED)[1]

    assert is_accepted(outcome) is good
    assert list(known.known) == [OLD_LOGIN] * good


def test_rule_c_asks_for_the_standing_login_as_any_request_would() -> None:
    """A session that was ended speaks for nobody."""
    cookie = cookie_of(realm().token(sid="kss_1"))
    states = [SessionState(True, NOW + 300), SessionState(False, NOW + 300)]
    effects, outcome = call_back(
        realm().token(sid="kss_2"), None, cookie, *states,
        flow=flow_of(check_session=300), **TYPED,
    )  # fmt: skip

    assert [effect.sid for effect in effects] == ["kss_2", "kss_1"]
    assert is_question(outcome)


# --- The answer --------------------------------------------------------------------


@pytest.mark.parametrize("user", ["alice", "bob"])
def test_t39_a_callback_ends_the_login_it_replaces(user: str) -> None:
    """Whoever it was (ASVS 7.2.4)."""
    state, cookie = started()
    login = cookie_of(realm().token(user, sid="kss_1"), OLD_LOGIN)
    known = Revoked()
    flow = flow_of(known=known)
    outcome = call_back(None, state, f"{cookie}; {login}", flow=flow)[1]

    assert known.known == {OLD_LOGIN: NOW + 3600}
    assert is_accepted(outcome)


@pytest.mark.parametrize("user", ["alice", "bob", None])
def test_an_integration_is_told_who_logs_in_and_who_was_there(user: Any) -> None:
    """The framework's own session must not go from one to the other."""
    state, cookie = started()
    login = "" if user is None else cookie_of(realm().token(user), OLD_LOGIN)
    outcome = call_back(None, state, f"{cookie}; {login}")[1]

    assert outcome.logs_in == "usr_alice"
    assert outcome.replaces == (user and f"usr_{user}")


def test_who_acts_as_somebody_is_told_apart() -> None:
    """What support keeps while it acts as alice is not alice's."""
    state, cookie = started()
    acting = realm().token("alice", act={"sub": "usr_support"})
    login = cookie_of(acting, OLD_LOGIN)
    outcome = call_back(None, state, f"{cookie}; {login}")[1]

    assert (outcome.logs_in, outcome.replaces) == ("usr_alice", "usr_alice usr_support")


@pytest.mark.parametrize(
    ("active", "policy", "reason"),
    [(True, "deny", None), (False, "allow", "ended"), (None, "deny", "outage"),
     (None, "allow", None)],
)  # fmt: skip
def test_a_managed_session_is_checked_before_it_is_kept(active, policy, reason) -> None:
    """Were it kept and then refused, the person would go round in circles."""
    flow = flow_of(check_session=300, on_outage=policy)
    answer = SessionState(active, NOW + 300)
    effects, outcome = call_back(None, None, "", answer, flow=flow)

    assert isinstance(effects[0], NeedSession)
    assert is_accepted(outcome) if reason is None else outcome.reason == reason


@pytest.mark.parametrize(
    ("policy", "outcome"),
    [("confirm", is_question), ("allow", is_accepted),
     ("refuse", lambda seen: isinstance(seen, Auth) and seen.user is None)],
)  # fmt: skip
def test_the_setting_decides_about_unsolicited_logins(
    policy: str, outcome: Any
) -> None:
    """The default asks; who is refused can still begin a login here."""
    assert outcome(call_back(flow=flow_of(unsolicited_login=policy), **TYPED)[1])


def test_the_question_s_button_is_the_callback_with_a_state_of_this_browser() -> None:
    """So that rule (a) finishes it; the other way leads on without a login."""
    token = realm().token("bob")
    outcome = call_back(token, None, cookie_of(realm().token("alice")), **TYPED)[1]
    text = outcome.body.decode()
    again = text.partition('href="')[2].partition('"')[0].replace("&amp;", "&")
    query = parse_qs(urlsplit(again).query)
    [state] = query.pop("ar_state")
    pressed = call_back(token, state, cookies_of(outcome.headers), **TYPED)[1]

    assert query == {"x": ["1"], "token": [token]}
    assert 'href="/a?x=1"' in text
    assert "You are logged in as <bdi>alice@example.com</bdi>" in text
    assert is_accepted(pressed)


@pytest.mark.parametrize(
    ("name", "shown"), [(None, "usr_bob"), ("Bob", "Bob (usr_bob)")]
)
def test_without_an_address_the_user_s_id_is_shown(name: Any, shown: str) -> None:
    """Every token has one; a name could be anybody's, and does not stand alone."""
    token = realm().token("bob", email=None, name=name)

    assert f"<bdi>{shown}</bdi>" in call_back(token, **TYPED)[1].body.decode()


def test_f10_format_characters_are_shown_as_such() -> None:
    """An address written backwards is no other address."""
    token = realm().token("bob", email="a\u202emoc.elpmaxe@b")

    assert "a[U+202E]moc.elpmaxe@b" in call_back(token, **TYPED)[1].body.decode()


@pytest.mark.parametrize(
    ("policy", "confirmed", "told"),
    [("confirm", False, False), ("confirm", True, True), ("allow", False, True),
     ("refuse", False, True)],
)  # fmt: skip
def test_a_browser_that_keeps_no_cookies_is_told_so(policy, confirmed, told) -> None:
    """Where it is asked first, the second time."""
    state, _ = started(confirmed=confirmed)
    outcome = call_back(None, state, flow=flow_of(unsolicited_login=policy), **TYPED)[1]

    assert (b"did not keep our cookie" in outcome.body) is told
    assert is_question(outcome) is not told


@pytest.mark.parametrize("policy", ["confirm", "allow", "refuse"])
def test_the_page_about_lost_cookies_names_nobody_and_logs_nobody_in(policy) -> None:
    """Its button leads to the page alone, since anybody can make up such a state."""
    state = started()[0]
    made_up = f"{state[:4]}c{state[5:]}"
    token = realm().token("mallory")
    flow = flow_of(unsolicited_login=policy)
    outcome = call_back(token, made_up, flow=flow, **TYPED)[1]

    assert outcome.status == 400
    assert b'href="/a?x=1"' in outcome.body
    assert token.encode() not in outcome.body
    assert texts_of(outcome.headers, "Set-Cookie") == []


def test_a_state_of_another_adapter_leaves_the_callback_to_it() -> None:
    """Below this one somebody else sent the browser for it."""
    state, cookie = started(cookie_name="inner")

    assert isinstance(call_back(None, state, cookie, **TYPED)[1], Auth)


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("application's-own", "malformed"),
        (f"{segment({'alg': 'RS256'})}.{segment({'iss': 'x', 'sub': 'y', 'exp': 9})}.x",
         "malformed"),
        (lambda: realm().sign(claims(iss="https://other.example")), "wrong_issuer"),
    ],
)  # fmt: skip
def test_a_foreign_token_that_we_sent_for_says_what_is_wrong(token, reason) -> None:
    """Else a wrong issuer in the settings would have browsers go round in circles."""
    token = token if isinstance(token, str) else token()
    state, cookie = started()

    assert call_back(token, state, cookie)[1].callback_error.reason == reason
    assert call_back(token, state)[1].callback_error is None
    assert call_back(token)[1].callback_error is None


def test_t53_a_fault_of_ours_lets_nobody_in_and_stops_nobody(caplog) -> None:
    """The request goes on, and the page that needs a login explains."""

    class Broken(Keys):
        def peek(self, now: float) -> Any:
            raise ZeroDivisionError

    auth = call_back(flow=flow_of(Broken(None)))[1]

    assert (auth.user, auth.reason) == (None, "keys_unavailable")
    assert "a callback could not be verified" in caplog.text
