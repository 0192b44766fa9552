"""What responses need on their way out, and the responses of ours."""

from __future__ import annotations

import json
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from arware.auth import Auth, Reason
from arware.core.flow import Flow
from arware.errors import (
    Forbidden,
    LoginRefused,
    LoginRequired,
    SignatureMismatch,
    TokenExpired,
    TokenNotYetValid,
    TokenTooLarge,
)
from arware.web.response import Additions, Response
from tests.making import (
    HTML,
    LOGINROCKET,
    NOW,
    ORIGIN,
    Asked,
    Keys,
    Revoked,
    cookie_of,
    cookies_of,
    flow_of,
    headers_of,
    key_set,
    realm,
    result,
    texts_of,
)

VARY = ("Vary", "Cookie, Authorization")
PRIVATE = ("Cache-Control", "private, no-cache")
NO_STORE = ("Cache-Control", "no-store")
CLEARED = (
    "__Host-authrocket=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; "
    "HttpOnly; SameSite=Lax; Secure"
)


def login_cookies(headers: Any) -> list[str]:
    """Return the Set-Cookie texts that are not about the browser's id."""
    texts = texts_of(headers, "Set-Cookie")
    return [text for text in texts if not text.startswith("__Host-authrocket.s=")]


def nobody(flow: Flow | None = None, path: str = "/", **request: Any) -> Auth:
    """Return the auth object of nobody, by default in a browser."""
    flow = flow or flow_of()
    asked = Asked(path, **{"accept": HTML} | request)
    return Auth(flow, asked, NOW, None, Reason.NO_CREDENTIAL)


def member(flow: Flow | None = None, **request: Any) -> Auth:
    """Return the auth object of somebody who is logged in."""
    flow = flow or flow_of()
    cookie = cookie_of(realm().token(sid="kss_1"))
    asked = Asked(**{"accept": HTML, "cookie": cookie} | request)
    auth = result(flow.process_request(asked, NOW))
    assert auth.user is not None
    return auth


def leave(
    auth: Auth,
    status: int = 200,
    vary: str | None = None,
    cache_control: str | None = None,
) -> Response | Additions:
    """Let an answer leave through the auth object's own flow."""
    return auth._flow.process_response(auth, status, vary, cache_control)


# --- Additions ---------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 304, 401, 404, 500])
def test_an_answer_to_nobody_varies(status: int) -> None:
    """Whatever its status; an application's own 401 is left alone."""
    assert leave(nobody(), status) == Additions((VARY,))


@pytest.mark.parametrize(
    ("cache_control", "added"),
    [(None, (VARY, PRIVATE)), ("public", (VARY,)), ("", (VARY,))],
)
def test_an_answer_to_somebody_is_private_unless_the_application_decides(
    cache_control, added
) -> None:
    """A shared cache must not keep it."""
    assert leave(member(), cache_control=cache_control) == Additions(added)


@pytest.mark.parametrize(
    ("vary", "merged"),
    [
        ("Accept-Encoding", "Accept-Encoding, Cookie, Authorization"),
        ("cookie", "cookie, Authorization"),
        (" Authorization , Accept", "Authorization, Accept, Cookie"),
        ("COOKIE, authorization", "COOKIE, authorization"),
        ("*", "*"),
        ("Accept, *", "*"),
        ("", "Cookie, Authorization"),
        (",,", "Cookie, Authorization"),
    ],
)
def test_vary_is_merged(vary: str, merged: str) -> None:
    """Nothing is said twice, and the application's own words stay."""
    assert leave(nobody(), vary=vary) == Additions(
        (("Vary", merged),), frozenset({"vary"})
    )
    assert leave(member(), vary=vary) == Additions(
        (("Vary", merged), PRIVATE), frozenset({"vary"})
    )
    assert leave(member(), vary=vary, cache_control="public") == Additions(
        (("Vary", merged),), frozenset({"vary"})
    )


def test_on_an_ignored_path_nothing_is_added() -> None:
    """So that a CDN may keep it."""
    flow = flow_of(ignore="/static")
    auth = result(flow.process_request(Asked("/static"), NOW))

    assert leave(auth) == Additions()
    assert leave(auth, vary="Accept") == Additions()


def test_on_an_ignored_path_a_wish_still_counts() -> None:
    """An application that logs somebody in there means it."""
    flow = flow_of(ignore="/static")
    auth = result(flow.process_request(Asked("/static"), NOW))
    auth.login(realm().token())

    assert texts_of(leave(auth).headers, "Set-Cookie")


def test_cookies_that_are_bad_for_good_are_cleared() -> None:
    """The answer then sets a cookie, so nobody keeps it."""
    flow = flow_of()
    auth = result(flow.process_request(Asked(cookie="__Host-authrocket=junk"), NOW))

    assert leave(auth, cache_control="public") == Additions(
        (VARY, ("Set-Cookie", CLEARED), NO_STORE), frozenset({"vary", "cache-control"})
    )


def test_a_login_sets_its_cookie() -> None:
    """As long as the token lives; the answer is kept by nobody."""
    auth = nobody()
    auth.login(realm().token())
    additions = leave(auth)
    [line] = login_cookies(additions.headers)

    assert line.startswith("__Host-authrocket=")
    assert len(texts_of(additions.headers, "Set-Cookie")) == 2
    assert "; Max-Age=3600; " in line
    assert additions.headers[-1] == NO_STORE
    assert additions.replaced == {"vary", "cache-control"}


@pytest.mark.parametrize(
    ("remembered", "lasts"), [(True, True), (False, False), (None, True)]
)
def test_a_login_that_a_realm_does_not_remember_ends_with_the_browser(
    remembered: bool | None, lasts: bool
) -> None:
    """Its token says so; those of AuthRocket say nothing."""
    auth = nobody()
    auth.login(realm().token(remembered=remembered))
    [line] = login_cookies(leave(auth).headers)

    assert ("Max-Age=3600" in line) is lasts
    assert "Path=/; " in line


@pytest.mark.parametrize("refusal", [None, Forbidden()])
def test_a_login_ends_the_one_it_replaces(refusal: Forbidden | None) -> None:
    """Whatever the answer is that sets its cookie (ASVS 7.2.4)."""
    known = Revoked()
    auth = member(flow_of(known=known))
    auth.login(realm().token("bob"))
    auth.refusal = refusal
    outcome = leave(auth, 500)

    assert "Max-Age=3600" in login_cookies(outcome.headers)[0]
    assert list(known.known) == ["login-id-0123456789"]


# --- Logging out -------------------------------------------------------------------


@pytest.mark.parametrize(
    "several", [[False], [False, False], [False, True], [True, False]]
)
def test_s73_a_full_logout_becomes_loginrocket_s(several: list[bool]) -> None:
    """The application's answer makes room; a second logout takes nothing back."""
    auth = member()
    for local in several:
        auth.logout(local=local)
    response = leave(auth)

    assert (response.status, response.logs_out) == (302, True)
    assert headers_of(response)["location"] == (
        f"{LOGINROCKET}logout?redirect_uri=https%3A%2F%2Fapp.example%2F&session=kss_1"
    )
    assert login_cookies(response.headers) == [CLEARED]


@pytest.mark.parametrize("status", [499, 500])
def test_a_logout_in_a_request_that_fails_only_clears(status: int) -> None:
    """The error is what the visitor must see."""
    auth = member()
    auth.logout()
    outcome = leave(auth, status)

    assert isinstance(outcome, Response) is (status < 500)
    assert login_cookies(outcome.headers) == [CLEARED]


def test_s75_a_local_logout_keeps_the_application_s_answer() -> None:
    """Only the cookie goes."""
    auth = member()
    auth.logout(local=True)
    outcome = leave(auth)

    assert isinstance(outcome, Additions)
    assert login_cookies(outcome.headers) == [CLEARED]
    assert headers_of(outcome)["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("overrides", "location"),
    [
        ({"post_logout_path": "/bye"},
         (f"{LOGINROCKET}logout?redirect_uri=https%3A%2F%2Fapp.example%2Fbye"
          "&session=kss_1")),
        ({"post_logout_path": None}, f"{LOGINROCKET}logout?session=kss_1"),
        ({"loginrocket_url": None, "jwt_key": realm().public_key}, "/"),
        ({"loginrocket_url": None, "jwt_key": realm().public_key,
          "post_logout_path": "/bye"}, "/bye"),
        ({"loginrocket_url": None, "jwt_key": realm().public_key,
          "post_logout_path": None}, "/"),
    ],
)  # fmt: skip
def test_where_a_logout_leads(overrides: Any, location: str) -> None:
    """Through LoginRocket to ``post_logout_path``, or straight there without one."""
    auth = member(flow_of(**overrides))
    auth.logout()

    assert headers_of(leave(auth))["location"] == location


def test_a_login_after_a_logout_counts() -> None:
    """The last wish does."""
    auth = member()
    auth.logout()
    auth.login(realm().token("bob"))
    outcome = leave(auth)

    assert isinstance(outcome, Additions)
    assert "Max-Age=3600" in texts_of(outcome.headers, "Set-Cookie")[0]


# --- Refusals ----------------------------------------------------------------------


@pytest.mark.parametrize(("status", "ours"), [(499, False), (500, True), (503, True)])
def test_a_refusal_that_became_a_5xx_is_answered_by_us(status, ours) -> None:
    """What a framework made of it below 500 stands."""
    auth = nobody()
    auth.note(LoginRequired())

    assert isinstance(leave(auth, status), Response) is ours


def test_a_5xx_without_a_refusal_is_the_application_s() -> None:
    """Its own error is shown."""
    assert leave(nobody(), 500) == Additions((VARY,))


@pytest.mark.parametrize(
    ("redirect_uri", "back"),
    [
        (None, f"{ORIGIN}/"),
        ("/other?x=1", f"{ORIGIN}/other?x=1"),
        ("https://elsewhere.example/", "https://elsewhere.example/"),
    ],
)
def test_s71_a_navigation_is_sent_to_log_in(redirect_uri, back) -> None:
    """And comes back where the exception says, with a state as the last parameter."""
    auth = nobody()
    auth.note(LoginRequired(redirect_uri))
    response = auth._flow.refused(auth)
    url = urlsplit(headers_of(response)["location"])
    uri = parse_qs(url.query)["redirect_uri"][0]
    [line] = texts_of(response.headers, "Set-Cookie")

    assert response.status == 302
    assert url._replace(query="").geturl() == f"{LOGINROCKET}login"
    assert uri.rpartition("ar_state=")[0].rstrip("?&") == back
    assert line.startswith("__Host-authrocket.s=")


def test_without_an_origin_the_login_page_s_default_is_the_way_back() -> None:
    """No Host of somebody else's gets into the redirect (T42)."""
    auth = nobody(host="evil/x")
    response = auth._flow._responder.login_required(auth, auth.request)

    assert headers_of(response)["location"] == f"{LOGINROCKET}login"
    assert texts_of(response.headers, "Set-Cookie") == []


@pytest.mark.parametrize(
    "request_",
    [
        {"accept": "application/json"},
        {"method": "PUT"},
        {"method": "POST", "accept": "*/*"},
        {"method": "POST", "sec_fetch_mode": "cors"},
        {"sec_fetch_dest": "iframe", "sec_fetch_mode": "navigate"},
    ],
)
def test_anything_else_gets_401(request_: Any) -> None:
    """JSON that names the login page."""
    auth = nobody(**request_)
    auth.clear_cookies = True
    response = auth._flow._responder.login_required(auth, auth.request)

    assert response.status == 401
    assert json.loads(response.body) == {
        "error": "login_required",
        "login_url": f"{ORIGIN}/login?redirect_uri=%2F",
    }
    assert headers_of(response)["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "headers", [{}, {"sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}]
)
def test_f18_a_form_that_came_too_late_is_told_on_a_page(headers: Any) -> None:
    """The login opens in a new tab, and the browser still has the form."""
    auth = nobody(method="POST", **headers)
    response = auth._flow._responder.login_required(auth, auth.request)
    text = response.body.decode()

    assert response.status == 401
    assert "You are not logged in any more" in text
    assert f'href="{ORIGIN}/login?redirect_uri=%2F" target="_blank"' in text


@pytest.mark.parametrize(("accept", "is_page"), [(HTML, True), ("*/*", False)])
def test_f11_a_login_that_is_required_of_who_is_logged_in_is_403(
    accept: str, is_page: bool
) -> None:
    """It says who, and offers to switch; the login page would only come back."""
    auth = member(accept=accept)
    auth.note(LoginRequired())
    response = leave(auth, 500)
    text = response.body.decode()

    assert response.status == 403
    assert ("You are logged in as <bdi>alice@example.com</bdi>" in text) is is_page
    assert (f'href="{ORIGIN}/login?prompt=login&amp;' in text) is is_page
    assert is_page or json.loads(text) == {"error": "forbidden"}


@pytest.mark.parametrize(("later", "told"), [(0, True), (15, True), (16, False)])
def test_a_login_that_does_not_arrive_ends_on_a_page(later: int, told: bool) -> None:
    """Something on the way drops its cookie: no third round trip."""
    auth = nobody()
    auth.login(realm().token())
    lines = texts_of(leave(auth).headers, "Set-Cookie")
    cookie = next(line for line in lines if ".s=" in line).partition(";")[0]
    again = Auth(
        flow_of(),
        Asked(cookie=cookie, accept=HTML),
        NOW + later,
        None,
        Reason.NO_CREDENTIAL,
    )
    response = again._flow._responder.login_required(again, again.request)

    assert (b"did not keep our cookie" in response.body) is told
    assert response.status == (400 if told else 302)


def test_without_a_loginrocket_url_there_is_no_page_to_go_to() -> None:
    """A page or a 401 says so, and no loop begins."""
    flow = flow_of(Keys(key_set()), loginrocket_url=None, jwt_key="x" * 40)
    page = flow._responder.login_required(nobody(flow), Asked(accept=HTML))
    answer = flow._responder.login_required(nobody(flow), Asked())

    assert page.status == 401
    assert b"You need to log in" in page.body
    assert json.loads(answer.body)["login_url"] is None


def test_on_an_ignored_path_nobody_is_sent_away() -> None:
    """It takes no callback, so going there and back would not end."""
    auth = nobody()
    auth.ignored = True

    assert auth._flow._responder.login_required(auth, auth.request).status == 401


def test_a_failed_callback_is_explained_with_a_fresh_way() -> None:
    """The button leads to the login page, bound to this browser."""
    auth = nobody()
    auth.callback_failed(SignatureMismatch())
    response = auth._flow._responder.login_required(auth, auth.request)

    assert response.status == 401
    assert b"Reason: bad_signature" in response.body
    assert f'href="{LOGINROCKET}login?redirect_uri='.encode() in response.body
    assert texts_of(response.headers, "Set-Cookie")


@pytest.mark.parametrize("reason", [Reason.ENDED, Reason.REVOKED])
def test_an_ended_session_is_asked_to_log_in_anew(reason: Reason) -> None:
    """LoginRocket would hand out the same one again (``prompt=login``)."""
    auth = nobody()
    auth.callback_failed(LoginRefused(reason))

    assert (
        b"prompt=login&amp;"
        in auth._flow._responder.login_required(auth, auth.request).body
    )


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (TokenTooLarge(12_000, 11_000), "12,000 characters, and at most 11,000"),
        (TokenNotYetValid(NOW + 42), "the clocks differ by 42 seconds"),
        (TokenExpired(NOW - 42), "it was over 42 seconds ago"),
    ],
)
def test_f16_f19_the_owner_is_told_by_how_much(error: Any, detail: str) -> None:
    """Size and limit, or by how many seconds the clocks differ."""
    auth = nobody()
    auth.callback_failed(error)
    response = auth._flow._responder.login_required(auth, auth.request)

    assert detail in response.body.decode()


@pytest.mark.parametrize(
    ("request_", "is_page"), [({}, True), ({"accept": "*/*"}, False)]
)
def test_what_is_forbidden_is_403(request_: Any, is_page: bool) -> None:
    """A page for people, JSON for programs; cookies that are due go along."""
    auth = nobody(**request_)
    auth.note(Forbidden())
    auth.clear_cookies = True
    response = leave(auth, 500)

    assert response.status == 403
    assert (b"<h1>You cannot open this page</h1>" in response.body) is is_page
    assert is_page or json.loads(response.body) == {"error": "forbidden"}


def test_who_is_forbidden_is_shown_the_ways_on() -> None:
    """The start page below the mount, and another login, which leads back here."""
    auth = member(path="/reports", query="token=t&x=1", mount="/a b")
    auth.note(Forbidden())
    text = unescape(leave(auth, 500).body.decode())
    switch = text.partition('<p class="soft">')[2].split('"')[1]
    query = parse_qs(urlsplit(switch).query, keep_blank_values=True)

    assert 'class="act" href="/a%20b/">Go to the start page</a>' in text
    assert switch.startswith(f"{ORIGIN}/a%20b/login?")
    assert query == {"prompt": ["login"], "redirect_uri": ["/a%20b/"]}


@pytest.mark.parametrize(
    ("auth", "start", "accounts"),
    [
        (member(), False, True),
        (nobody(path="/reports"), True, False),
        (nobody(path="//reports"), True, False),
        (nobody(), False, False),
        (member(flow_of(loginrocket_url=None), path="/reports"), True, False),
    ],
)
def test_only_ways_on_that_are_known_are_shown(auth, start, accounts) -> None:
    """No link to where one stands, none to accounts of nobody or of no LoginRocket."""
    auth.note(Forbidden())
    text = leave(auth, 500).body.decode()

    assert ('href="/">Go to the start page</a>' in text) is start
    assert ("Switch account" in text) is accounts


def test_who_is_not_logged_in_and_forbidden_may_log_in() -> None:
    """Perhaps the account that is to be used is another one."""
    auth = nobody(path="/reports")
    auth.note(Forbidden())
    text = unescape(leave(auth, 500).body.decode())

    assert f'<a href="{ORIGIN}/login?redirect_uri=%2Freports">Log in</a>' in text


def test_the_pages_are_those_of_the_settings() -> None:
    """They carry the name of the application, or are drawn by it."""
    named = member(flow_of(app_name="Acme"))
    drawn = member(flow_of(render=lambda page, values: f"{page} {values['account']}"))
    for auth in (named, drawn):
        auth.note(Forbidden())

    assert b"<bdi>Acme</bdi>" in leave(named, 500).body
    assert leave(drawn, 500).body == b"forbidden alice@example.com"


def test_a_refusal_that_nobody_noted_is_403() -> None:
    """What kind it was is not known, so nobody is sent anywhere."""
    assert nobody()._flow.refused(nobody()).status == 403


def test_a_refusal_that_was_answered_holds_on_to_no_frame() -> None:
    """They hold the auth object, and so the whole request."""
    auth = nobody()
    try:
        auth.require()
    except LoginRequired as refusal:
        auth.note(refusal)
    auth._flow.refused(auth)

    assert auth.refusal.__traceback__ is None


def test_a_refusal_after_a_logout_still_clears() -> None:
    """The login is over, whatever the answer."""
    auth = member()
    auth.logout()
    auth.note(Forbidden())

    assert login_cookies(leave(auth, 500).headers) == [CLEARED]


def test_who_must_log_in_after_a_logout_gets_one_new_id() -> None:
    """The state of the login that begins is bound to it, not to the old one."""
    flow = flow_of()
    first = result(flow.process_request(Asked("/login"), NOW))
    old = cookies_of(first.headers)
    auth = member(flow, cookie=f"{cookie_of(realm().token())}; {old}")
    auth.logout(local=True)
    auth.note(LoginRequired())
    answer = leave(auth, 500)
    ids = texts_of(answer.headers, "Set-Cookie")[len(login_cookies(answer.headers)) :]
    [uri] = parse_qs(urlsplit(headers_of(answer)["location"]).query)["redirect_uri"]
    state = uri.partition("ar_state=")[2]
    callback = f"token={realm().token('bob')}&ar_state={state}"

    assert len(ids) == 1
    for id_, good in [(cookies_of((("Set-Cookie", ids[0]),)), True), (old, False)]:
        asked = Asked(query=callback, cookie=id_, sec_fetch_site="none")
        assert (result(flow.process_request(asked, NOW)).status == 303) is good


# --- The start of a login ----------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "page", "back", "further"),
    [
        ("", "login", "/", {}),
        ("redirect_uri=%2Fa%3Fb%3Dc", "login", "/a?b=c", {}),
        ("redirect_uri=https%3A%2F%2Fapp.example%2Fa", "login", "/a", {}),
        ("redirect_uri=https%3A%2F%2Fevil.example%2Fa", "login", "/", {}),
        ("redirect_uri=%2F%2Fevil.example", "login", "/evil.example", {}),
        ("redirect_uri=%2F%5Cevil.example", "login", "/%5Cevil.example", {}),
        ("redirect_uri=/login", "login", "/", {}),
        ("redirect_uri=/logout?x", "login", "/", {}),
        ("redirect_uri=/logout%23x", "login", "/", {}),
        ("redirect_uri=/./logout", "login", "/", {}),
        ("redirect_uri=/a/../logout", "login", "/", {}),
        ("redirect_uri=/a/%252e%252e/logout", "login", "/", {}),
        ("redirect_uri=/log%256fut", "login", "/", {}),
        ("redirect_uri=/a/../b", "login", "/a/../b", {}),
        ("redirect_uri=/%252f%5B", "login", "/%2f[", {}),
        ("redirect_uri=/a&redirect_uri=/b", "login", "/", {}),
        ("signup=1&invitation=x", "signup", "/", {"invitation": ["x"]}),
        ("signup=0&prompt=login", "login", "/", {"prompt": ["login"]}),
        ("token=x&session=y&ar_state=z", "login", "/", {}),
    ],
)
def test_f29_a_link_starts_a_login(query, page, back, further) -> None:
    """The state is made now; the way back is a path of ours, whatever is asked."""
    flow = flow_of(require_login=True)
    response = result(flow.process_request(Asked("/login", query), NOW))
    url = urlsplit(headers_of(response)["location"])
    parameters = parse_qs(url.query)
    [uri] = parameters.pop("redirect_uri")
    [line] = texts_of(response.headers, "Set-Cookie")

    assert response.status == 302
    assert url._replace(query="").geturl() == f"{LOGINROCKET}{page}"
    assert uri.rpartition("ar_state=")[0].rstrip("?&") == f"{ORIGIN}{back}"
    assert parameters == further
    assert line.startswith("__Host-authrocket.s=")


def test_f29_without_an_origin_the_login_page_s_default_is_the_way_back() -> None:
    """A Host header that breaks the grammar is never put into a URL (T42)."""
    asked = Asked("/login", "redirect_uri=/a", host="evil/x")
    response = result(flow_of().process_request(asked, NOW))

    assert headers_of(response)["location"] == f"{LOGINROCKET}login"


@pytest.mark.parametrize(
    ("overrides", "request_"),
    [
        ({"login_path": None}, {}),
        ({"loginrocket_url": None, "jwt_key": "x" * 40}, {}),
        ({}, {"method": "POST"}),
        ({"login_path": "/in"}, {}),
    ],
)
def test_f29_elsewhere_the_path_is_the_application_s(overrides, request_) -> None:
    """As long as there is a login page to lead to, a GET there is ours."""
    flow = flow_of(**overrides)

    outcome = result(flow.process_request(Asked("/login", **request_), NOW))
    assert isinstance(outcome, Auth)


def test_f4_a_login_that_is_fetched_ahead_does_not_start() -> None:
    """The browser is asked to come again."""
    asked = Asked("/login", sec_purpose="prefetch")

    assert result(flow_of().process_request(asked, NOW)).status == 503
