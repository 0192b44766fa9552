"""Callbacks: which token counts, which browser asked for it, what is answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from arware.core.browser import (
    Browser,
    Browsers,
    LoginCookie,
    new_login_id,
    set_cookies,
)

from arware.core.callback import Callback, clean_location
from arware.core.effects import NeedKeys, NeedRevoke, NeedSession, SessionState
from arware.core.state import CONFIRMED, STARTED, States
from arware.errors import CookieTooLarge, Reason
from arware.web.cookies import Codec, CookieOptions
from arware.web.response import Kind, Response

from ..making import (
    LOGINROCKET,
    NOW,
    ORIGIN,
    SECRET,
    Asked,
    Keys,
    claims,
    cookies_of,
    credentials_of,
    headers_of,
    key_set,
    realm,
    segment,
    settings,
    texts_of,
    walk,
)

CODEC = Codec((SECRET,), "login.v1.authrocket")
STATES = States(Codec((SECRET,), "state.v1.authrocket"))
OPTIONS = CookieOptions("authrocket", secure=True)
FROM_LOGINROCKET = {"sec_fetch_site": "cross-site", "referer": LOGINROCKET}
TYPED = {"sec_fetch_site": "none"}


def callback_of(credentials: Any = None, **overrides: Any) -> Callback:
    """Return a callback with the realm's keys at hand."""
    return Callback(
        settings(**overrides),
        credentials or credentials_of(**overrides),
        STATES,
        LoginCookie(CODEC),
    )


def browser(
    query: str = "", cookie: str = "", *, secure: bool = True, **headers: Any
) -> Browser:
    """Return what a callback tells of its browser."""
    scheme = "https" if secure else "http"
    request = Asked("/a", query, scheme=scheme, cookie=cookie or None, **headers)
    return Browsers(settings()).of(request)


def callback(
    token: str | None = None,
    state: str | None = None,
    cookie: str = "",
    *,
    callback: Callback | None = None,
    secure: bool = True,
    ends: Sequence[str] = (),
    **headers: Any,
) -> Any:
    """Return the result of a callback that needs only to end the logins *ends*."""
    token = token or realm().token()
    query = f"x=1&token={token}" + ("" if state is None else f"&ar_state={state}")
    seen = browser(query, cookie, secure=secure, **headers)
    steps = (callback or callback_of()).enter(seen, token, NOW)
    needs, outcome = walk(steps, *(None for _ in ends))
    assert needs == [NeedRevoke(login_id, NOW + 3600, NOW) for login_id in ends]
    return outcome


def started(kind: str = STARTED) -> tuple[str, str]:
    """Return a state and the Cookie header of the browser that holds it."""
    minted = STATES.mint({}, OPTIONS, NOW, kind)
    return minted.state, cookies_of(set_cookies(minted.cookies))


OLD_LOGIN = "login-id-0123456789"


def login(token: str | None = None) -> str:
    """Return the Cookie header of somebody who is logged in."""
    text = CODEC.dumps([OLD_LOGIN, token or realm().token()])
    return f"{OPTIONS.name}={text}"


def is_accepted(outcome: Any) -> bool:
    """Tell whether *outcome* logs in."""
    return isinstance(outcome, Response) and outcome.kind is Kind.CALLBACK


def is_question(outcome: Any) -> bool:
    """Tell whether *outcome* asks whether to go on."""
    return isinstance(outcome, Response) and b"Continue as" in outcome.body


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
        ("", False),
    ],
)
def test_exactly_one_token_of_ours_lands(query: str, found: bool) -> None:
    """Any other token belongs to the application (T36)."""
    token = realm().token()
    request = Asked(query=query.format(token))

    assert callback_of().token_of(request) == (token if found else None)


def test_a_foreign_token_is_the_application_s() -> None:
    """Also if it is a JWT."""
    token = f"{segment({})}.{segment({'iss': 'https://other.example'})}.x"

    assert callback_of().token_of(Asked(query=f"token={token}")) is None


# --- The answer --------------------------------------------------------------------


def test_s66_a_solicited_landing_is_answered_with_a_clean_url() -> None:
    """303 to the same URL without what the callback added, and a fresh login id."""
    token = realm().token()
    query = f"b=%7e&token={token}&account=1&session=2&c"
    outcome = walk(callback_of().enter(browser(query, **FROM_LOGINROCKET), token, NOW))[
        1
    ]
    headers = headers_of(outcome)
    [cookie] = texts_of(outcome.headers, "Set-Cookie")
    login_id, kept = CODEC.loads(cookie.partition(";")[0].partition("=")[2])

    assert (outcome.status, outcome.kind) == (303, Kind.CALLBACK)
    assert headers["location"] == "/a?b=%7e&c"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert kept == token
    assert len(login_id) == 22
    assert cookie.startswith(f"{OPTIONS.name}=")
    assert "; Max-Age=3600; " in cookie


def test_each_landing_makes_a_new_login() -> None:
    """The same token twice is two logins, which are revoked one by one."""
    token = realm().token()
    ids = set()
    for _ in range(2):
        outcome = callback(token, **FROM_LOGINROCKET)
        text = cookies_of(outcome.headers).partition("=")[2]
        ids.add(CODEC.loads(text)[0])

    assert len(ids) == 2
    assert new_login_id() != new_login_id()


def test_stale_pieces_of_an_earlier_login_are_cleared() -> None:
    """So that old and new are never mixed (T32)."""
    outcome = callback(
        cookie=f"{OPTIONS.name}.1=x; {OPTIONS.name}.2=y", **FROM_LOGINROCKET
    )

    assert OPTIONS.clear(f"{OPTIONS.name}.1") in texts_of(outcome.headers, "Set-Cookie")
    assert OPTIONS.clear(f"{OPTIONS.name}.2") in texts_of(outcome.headers, "Set-Cookie")


def test_a_login_that_is_too_large_is_told_on_a_page() -> None:
    """No loop, no cut-off cookie; the state is cleared all the same."""
    state, cookie = started()

    class Tight(LoginCookie):
        """A cookie with less room, as a token of 8 KB would find it."""

        def write(self, verdict, found, options, now):
            raise CookieTooLarge(20_000, 15_000)

    callback = Callback(settings(), credentials_of(), STATES, Tight(CODEC))
    kept = f"{cookie}; {login()}"
    # What the browser still has is not ended.
    outcome = callback(state=state, cookie=kept, callback=callback, ends=[])

    assert outcome.status == 500
    assert b"20000 bytes" in outcome.body
    assert texts_of(outcome.headers, "Set-Cookie") == [
        OPTIONS.clear(f"{OPTIONS.name}.s.{state[:8]}")
    ]


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (realm().token(lifetime=-60), Reason.EXPIRED),
        (realm().token(nbf=int(NOW) + 60), Reason.NOT_YET_VALID),
        (realm().token()[:-8] + "AAAAAAAA", Reason.BAD_SIGNATURE),
        (realm().token() + "=", Reason.MALFORMED),
        (realm().sign(claims(), {"alg": "RS256"}), Reason.UNKNOWN_KEY),
        (realm().token(rid="rl_other"), Reason.WRONG_REALM),
    ],
)
def test_s67_a_landing_that_does_not_count_says_why(token: str, reason) -> None:
    """Nothing is stored and nothing is answered: the request goes on."""
    callback = callback_of(realm="rl_memory")

    assert callback(token, callback=callback, **FROM_LOGINROCKET) is reason


@pytest.mark.parametrize(("age", "good"), [(60, True), (61, False)])
def test_s59_within_is_asked_of_landings(age: int, good: bool) -> None:
    """The setting bounds how old a token may be when it arrives."""
    outcome = callback(
        realm().token(iat=int(NOW) - age),
        callback=callback_of(within=60),
        **FROM_LOGINROCKET,
    )

    assert is_accepted(outcome) is good
    assert good or outcome is Reason.EXPIRED


def test_a_landing_without_the_key_asks_for_it() -> None:
    """An outage is a reason like any other."""
    callback = callback_of(credentials_of(Keys(None)))
    token = realm().token()
    seen = browser(f"token={token}", **FROM_LOGINROCKET)

    needs, outcome = walk(callback.enter(seen, token, NOW), key_set())
    assert needs == [NeedKeys("jky_memory", NOW)]
    assert is_accepted(outcome)
    outcome = walk(callback.enter(seen, token, NOW), None)[1]
    assert outcome is Reason.KEYS_UNAVAILABLE


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_purpose": "prefetch;prerender"},
        {"purpose": "Prefetch"},
        {"x_moz": "prefetch"},
    ],
)
def test_a_prefetch_is_asked_to_come_again(headers: Any) -> None:
    """Nothing happens before the visitor has decided to come (T36)."""
    outcome = callback(**FROM_LOGINROCKET, **headers)

    assert outcome.status == 503
    assert texts_of(outcome.headers, "Set-Cookie") == []


# --- Which browser? ----------------------------------------------------------------


@pytest.mark.parametrize(
    "headers", [TYPED, FROM_LOGINROCKET, {"referer": "https://e/"}]
)
def test_a_state_that_the_browser_holds_is_enough(headers: Any) -> None:
    """Rule (a): wherever it comes from; the state is then cleared."""
    state, cookie = started()
    outcome = callback(state=state, cookie=cookie, **headers)

    assert is_accepted(outcome)
    assert OPTIONS.clear(f"{OPTIONS.name}.s.{state[:8]}") in texts_of(
        outcome.headers, "Set-Cookie"
    )


def test_a_state_of_another_browser_is_not() -> None:
    """It neither counts nor spoils what else speaks for the callback."""
    state, cookie = started()
    other, _ = started()

    assert is_question(callback(state=other, cookie=cookie, **TYPED))
    assert is_accepted(callback(state=other, cookie=cookie, **FROM_LOGINROCKET))
    assert is_accepted(callback(state=state, cookie=cookie, **TYPED))


def test_two_states_are_none() -> None:
    """Which one counts is not guessed."""
    state, cookie = started()

    assert is_question(
        callback(state=f"{state}&ar_state={state}", cookie=cookie, **TYPED)
    )


@pytest.mark.parametrize(
    ("headers", "good"),
    [
        ({"sec_fetch_site": "cross-site", "referer": LOGINROCKET}, True),
        ({"sec_fetch_site": "same-site", "referer": LOGINROCKET}, True),
        ({"sec_fetch_site": " Cross-Site", "referer": LOGINROCKET}, True),
        ({"sec_fetch_site": "cross-site", "referer": f"{LOGINROCKET}login?x"}, True),
        ({"sec_fetch_site": "cross-site"}, False),
        ({"sec_fetch_site": "cross-site", "referer": ""}, False),
        ({"sec_fetch_site": "cross-site", "referer": "https://evil.example/"}, False),
        ({"sec_fetch_site": "cross-site", "referer": f"{ORIGIN}/"}, False),
        ({"sec_fetch_site": "same-origin", "referer": LOGINROCKET}, False),
        ({"sec_fetch_site": "none", "referer": LOGINROCKET}, False),
        ({"sec_fetch_site": "none"}, False),
        ({"sec_fetch_site": "", "referer": LOGINROCKET}, False),
    ],
)
def test_a_browser_that_comes_from_loginrocket_asked_for_it(headers, good) -> None:
    """Rule (b): both headers must say so."""
    assert is_accepted(callback(**headers)) is good


def test_without_loginrocket_nobody_comes_from_it() -> None:
    """A missing Referer does not equal a missing URL."""
    callback = callback_of(loginrocket_url=None, jwt_key=realm().public_key)

    assert is_question(callback(callback=callback, sec_fetch_site="cross-site"))


@pytest.mark.parametrize(
    ("headers", "good"),
    [
        ({}, True),
        ({"referer": f"{LOGINROCKET}login"}, True),
        ({"referer": f"{ORIGIN}/page"}, True),
        ({"referer": "https://evil.example/"}, False),
        ({"referer": "no url"}, False),
        ({"sec_fetch_site": "none"}, False),
        ({"sec_fetch_mode": "navigate"}, False),
        ({"sec_fetch_dest": "document"}, False),
        ({"sec_fetch_user": "?1"}, False),
    ],
)
def test_a_script_asked_for_it(headers: Any, good: bool) -> None:
    """Rule (c): no Sec-Fetch-* at all and no stranger as Referer."""
    assert is_accepted(callback(**headers)) is good


@pytest.mark.parametrize("referer", ["android-app://mail", "no url", "https://e/"])
@pytest.mark.parametrize("host", ["app.example", "no/host"])
def test_two_unknown_origins_are_not_the_same(referer: str, host: str) -> None:
    """A Referer that is no URL is neither LoginRocket's nor ours."""
    callback = callback_of(loginrocket_url=None, jwt_key=realm().public_key)

    assert is_question(callback(callback=callback, referer=referer, host=host))


@pytest.mark.parametrize(
    ("host", "good"),
    [("app.example", False), ("localhost:8000", True), ("127.0.0.1", True)],
)
def test_over_plain_http_nobody_is_taken_for_a_script(host: str, good: bool) -> None:
    """Except on loopback: browsers send no Sec-Fetch-* over plain http."""
    assert is_accepted(callback(secure=False, host=host)) is good


@pytest.mark.parametrize(("user", "good"), [("alice", True), ("bob", False)])
def test_who_is_logged_in_already_may_land_again(user: str, good: bool) -> None:
    """Rule (d): nothing is gained by logging somebody in as themselves."""
    cookie = login(realm().token(user))
    ends = [OLD_LOGIN] if good else []

    assert is_accepted(callback(cookie=cookie, ends=ends, **TYPED)) is good
    assert is_accepted(callback(cookie=cookie, secure=False, **TYPED)) is False


def test_rule_d_asks_for_the_standing_login_as_any_request_would() -> None:
    """A session that was ended speaks for nobody."""
    callback = callback_of(credentials_of(check_session=300))
    token = realm().token(sid="kss_2")
    seen = browser(f"token={token}", login(realm().token(sid="kss_1")), **TYPED)

    for active, good in ((True, True), (False, False)):
        needs, outcome = walk(
            callback.enter(seen, token, NOW),
            SessionState(True, NOW),
            SessionState(active, NOW),
            *([None] if good else []),
        )
        assert needs[1] == NeedSession("kss_1", "rl_memory", 300.0, NOW)
        assert is_accepted(outcome) is good


@pytest.mark.parametrize("user", ["alice", "bob"])
def test_t39_a_landing_ends_the_login_it_replaces(user: str) -> None:
    """Whoever it was; every process is told (ASVS 7.2.4)."""
    cookie = login(realm().token(user))

    assert is_accepted(callback(cookie=cookie, ends=[OLD_LOGIN], **FROM_LOGINROCKET))


@pytest.mark.parametrize(
    ("active", "policy", "expected"),
    [
        (False, "allow", Reason.ENDED),
        (None, "deny", Reason.OUTAGE),
        (None, "allow", None),
    ],
)
def test_a_managed_session_is_checked_before_it_is_kept(
    active, policy, expected
) -> None:
    """Else the next request would refuse it, and send the visitor back for it again."""
    callback = callback_of(credentials_of(check_session=300, on_outage=policy))
    token = realm().token(sid="kss_1")
    seen = browser(f"token={token}", **FROM_LOGINROCKET)
    needs, outcome = walk(callback.enter(seen, token, NOW), SessionState(active, NOW))

    assert needs == [NeedSession("kss_1", "rl_memory", 300.0, NOW)]
    assert is_accepted(outcome) if expected is None else outcome is expected


@pytest.mark.parametrize("headers", [FROM_LOGINROCKET, {}, TYPED])
def test_a_state_without_any_cookie_of_ours_is_never_solicited(headers) -> None:
    """Such a browser seems to keep no cookies, and would go round in circles."""
    state, _ = started()

    assert is_question(callback(state=state, **headers))


# --- Otherwise ---------------------------------------------------------------------


def test_an_unsolicited_landing_is_confirmed_by_the_visitor() -> None:
    """The page's link is the callback again, with a state this browser was given."""
    token = realm().token("bob")
    outcome = callback(token, "forged", login(), **TYPED)
    [cookie] = texts_of(outcome.headers, "Set-Cookie")
    text = outcome.body.decode()
    on = text.partition('class="act" href="')[2].partition('"')[0]
    query = parse_qs(urlsplit(on.replace("&amp;", "&")).query)

    assert "Continue as bob@example.com?" in text
    assert query["token"] == [token]
    assert query["x"] == ["1"]
    [state] = query["ar_state"]
    assert state.startswith(CONFIRMED)
    assert cookie.startswith(f"{OPTIONS.name}.s.{state[:8]}=")
    assert 'href="/a?x=1"' in text
    assert is_accepted(
        callback(token, state, cookies_of(outcome.headers), sec_fetch_site="x")
    )


def test_the_question_says_who_is_logged_in_just_now() -> None:
    """Going on ends that login; nobody is told so where nobody is."""
    token = realm().token("bob")
    asked = callback(token, "forged", login(), **TYPED).body.decode()
    nobody = callback(token, "forged", started()[1], **TYPED).body.decode()

    assert "<p>You are logged in as alice@example.com. Going on logs" in asked
    assert "No, stay logged in as alice@example.com</a>" in asked
    assert "You are logged in" not in nobody


@pytest.mark.parametrize(
    ("name", "shown"),
    [(None, "usr_bob"), ("a@bank.example", "a@bank.example (usr_bob)")],
)
def test_without_an_address_the_user_s_id_is_shown(name, shown) -> None:
    """Every token has one; a name could be anybody's, and does not stand alone."""
    token = realm().token("bob", email=None, name=name)

    assert f"Continue as {shown}?".encode() in callback(token, **TYPED).body


@pytest.mark.parametrize(("left", "good"), [(-4, False), (0.9, False), (1, True)])
def test_a_login_that_no_browser_would_keep_is_refused(left: float, good: bool) -> None:
    """It counts until the leeway is over, and its cookie would be dead at once."""
    token = realm().sign(claims(exp=NOW + left, iat=NOW - 60))
    outcome = callback(token, **FROM_LOGINROCKET)

    assert is_accepted(outcome) if good else outcome is Reason.EXPIRED


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("opaque", Reason.MALFORMED),
        ("", Reason.MALFORMED),
        (realm().sign(claims(iss="https://authrocket.com/")), Reason.WRONG_ISSUER),
    ],
)
def test_a_foreign_token_that_we_sent_for_says_what_is_wrong(token, reason) -> None:
    """Else a wrong issuer in the settings would have browsers go round in circles."""
    callback = callback_of()
    state, cookie = started()

    def refusal(query: str, cookie: str = cookie) -> Any:
        return callback.refusal_of_foreign(browser(query, cookie), NOW)

    assert refusal(f"token={token}&ar_state={state}") is reason
    assert refusal(f"token={token}") is None
    assert refusal(f"token={token}&ar_state={state}", "") is None
    assert refusal(f"token={token}&token={token}&ar_state={state}") is None


@pytest.mark.parametrize(
    ("policy", "outcome"),
    [("confirm", is_question), ("allow", is_accepted),
     ("refuse", lambda outcome: outcome is Reason.NO_CREDENTIAL)],
)  # fmt: skip
def test_the_setting_decides_about_unsolicited_landings(policy, outcome) -> None:
    """The default asks."""
    assert outcome(callback(callback=callback_of(unsolicited_login=policy), **TYPED))


@pytest.mark.parametrize(
    ("policy", "state", "outcome"),
    [
        ("allow", STARTED + "x" * 22, is_question),
        ("allow", CONFIRMED + "x" * 22, lambda o: b"did not keep" in o.body),
        ("confirm", STARTED + "x" * 22, is_question),
        ("confirm", CONFIRMED + "x" * 22, lambda o: b"did not keep" in o.body),
        ("refuse", CONFIRMED + "x" * 22, lambda o: o is Reason.NO_CREDENTIAL),
    ],
)
def test_a_browser_that_keeps_no_cookies_is_told_the_second_time(
    policy, state, outcome
) -> None:
    """The first time it is asked, so that whoever cleared cookies may go on."""
    assert outcome(
        callback(state=state, callback=callback_of(unsolicited_login=policy))
    )


def test_who_keeps_other_cookies_of_ours_is_asked_again() -> None:
    """A confirmed state that is not held by a browser with a login is no fault."""
    cookie = login(realm().token("bob"))

    assert is_question(callback(state=CONFIRMED + "x" * 22, cookie=cookie, **TYPED))


def test_the_page_about_cookies_tries_again_with_a_fresh_state() -> None:
    """Allowing cookies and pressing the button is enough."""
    outcome = callback(state=CONFIRMED + "x" * 22)
    on = outcome.body.decode().partition('class="act" href="')[2].partition('"')[0]
    [state] = parse_qs(urlsplit(on.replace("&amp;", "&")).query)["ar_state"]

    assert state != CONFIRMED + "x" * 22
    assert is_accepted(
        callback(state=state, cookie=cookies_of(outcome.headers), **TYPED)
    )


def test_a_clean_location_stays_with_us() -> None:
    """However the path begins (T40)."""
    assert clean_location(Asked("//evil", "token=x")) == "/evil"
    assert clean_location(Asked("/a", "token=x&b=c", mount="/m")) == "/m/a?b=c"
