"""The auth object: who is there, what the application wishes, where it is shown."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from arware.auth import Auth, Reason
from arware.core.effects import NeedSession
from arware.core.verdict import Verdict
from arware.errors import (
    Forbidden,
    LoginRequired,
    Refusal,
    TokenError,
    TokenExpired,
)
from arware.resources.claims import Identity
from arware.runtime.authenticator import Authenticator
from arware.web.request import Request
from arware.web.response import Additions, Response
from tests.settings.samples import MountedRealm

from .making import (
    NOW,
    Asked,
    Keys,
    Revoked,
    claims,
    cookie_of,
    flow_of,
    key_set,
    realm,
    walk,
)


def identity(**changes: Any) -> Identity:
    """Return an identity with *changes* in its claims."""
    return Identity.from_claims(claims(**changes), "a token")


def auth_of(flow: Any = None, request: Any = None, **changes: Any) -> Auth:
    """Return the auth object of somebody who is logged in."""
    verdict = Verdict(identity(**changes), None, "login-id")
    return Auth(flow or flow_of(), request or Asked(), NOW, verdict)


def nobody(reason: Reason = Reason.NO_CREDENTIAL) -> Auth:
    """Return the auth object of nobody."""
    return Auth(flow_of(), Asked(), NOW, None, reason)


#: What a request says that another site makes, but for one that opens a page.
HTML = "text/html,*/*;q=0.8"
FOREIGN = {"sec_fetch_site": "cross-site", "sec_fetch_dest": "image"}
GONE, OUTAGE = Reason.NO_CREDENTIAL, Reason.OUTAGE


@pytest.mark.parametrize(
    ("request_", "reason", "disowned"),
    [
        (Asked(), GONE, True),
        (Asked(), Reason.EXPIRED, True),
        (Asked(), Reason.ENDED, True),
        (Asked(method="POST"), GONE, True),
        (Asked(authorizations=("Basic dTpw",)), GONE, True),
        (Asked(sec_fetch_site="cross-site", accept=HTML), GONE, True),
        (Asked(sec_fetch_site="cross-site"), GONE, False),
        (Asked(**FOREIGN), GONE, False),
        (Asked(**FOREIGN), Reason.EXPIRED, True),
        (Asked(method="POST", origin="https://o.example"), GONE, False),
        (Asked(authorizations=("Bearer x.y.z",)), Reason.EXPIRED, False),
        (Asked(), OUTAGE, False),
        (Asked(), Reason.KEYS_UNAVAILABLE, False),
    ],
)
def test_what_is_somebody_s_is_not_for_who_has_no_login(
    request_: Any, reason: Reason, disowned: bool
) -> None:
    """If the request tells that: an outage passes, other sites' come without cookie."""
    auth = Auth(flow_of(), request_, NOW, None, reason)

    assert auth.is_of_another("usr_alice") is disowned
    assert not auth.is_of_another(None)


def test_what_is_somebody_s_is_for_nobody_else() -> None:
    """Who acts as somebody is somebody else, and so is nobody after a logout."""
    auth, acting = auth_of(), auth_of(act={"sub": "usr_support"})
    answers = [auth.is_of_another("usr_alice"), acting.is_of_another("usr_alice")]
    auth.logout()

    assert [*answers, auth.is_of_another("usr_alice")] == [False, True, True]


@pytest.mark.parametrize(
    ("custom", "name"),
    [
        ({"time_zone": "Europe/Paris"}, "Europe/Paris"),
        ({"time_zone": "Etc/GMT+3", "team": 7}, "Etc/GMT+3"),
        ({"time_zone": "UTC"}, "UTC"),
        ({"time_zone": "Eastern Time (US & Canada)"}, None),
        ({"time_zone": "Europe"}, None),
        ({"time_zone": "../../etc/passwd"}, None),
        ({"time_zone": "/etc/localtime"}, None),
        ({"time_zone": "localtime"}, None),
        ({"time_zone": "posixrules"}, None),
        ({"time_zone": "posix/Europe/Paris"}, None),
        ({"time_zone": "right/UTC"}, None),
        ({"time_zone": "a\0b"}, None),
        ({"time_zone": "\ud800"}, None),
        ({"time_zone": "x" * 10_000}, None),
        ({"time_zone": ""}, None),
        ({"time_zone": ["Europe/Paris"]}, None),
        ({"time_zone": None}, None),
        ({}, None),
        (None, None),
        ("Europe/Paris", None),
    ],
)
def test_the_time_zone_is_that_of_the_token(custom: Any, name: str | None) -> None:
    """The user's ``time_zone``; what names no zone is none."""
    flow = Authenticator(None, realm().settings()).flow
    zone = auth_of(flow, cs=custom).zone

    assert (zone and zone.key) == name
    assert nobody().zone is None


def test_the_realm_of_this_process_is_known_by_the_auth_object() -> None:
    """Mounted below the adapter it logs in without a URL that holds a token."""
    realm = MountedRealm()

    assert nobody().local_realm is None
    assert (
        auth_of(flow_of(local_realm=realm, loginrocket_url=None)).local_realm is realm
    )


@pytest.mark.parametrize(
    ("auth_time", "within", "expected"),
    [
        (NOW - 899, 900, True),
        (NOW - 900, 900, False),
        (NOW - 899, timedelta(minutes=15), True),
        (NOW - 900, timedelta(minutes=15), False),
        (None, 900, False),
        ("yesterday", 900, False),
        (10**20, 900, False),
    ],
)
def test_a_proof_is_fresh_for_as_long_as_the_application_says(
    auth_time: object, within: Any, expected: bool
) -> None:
    """RQ-M9: a token without a time of the proof is not, nor is nobody."""
    acting = {"act": {"sub": "usr_operator"}}

    assert auth_of(auth_time=auth_time).is_fresh(within) is expected
    assert not nobody().is_fresh(within)
    assert not auth_of(auth_time=auth_time, **acting).is_fresh(within)


@pytest.mark.parametrize(
    ("act", "impersonator"),
    [
        (None, None),
        ({"sub": "usr_op"}, "usr_op"),
        ({}, "unknown"),
        ("usr_op", "unknown"),
    ],
)
def test_who_acts_as_the_user_is_told(act: Any, impersonator: str | None) -> None:
    """By id where the token says (RFC 8693 section 4.1), else as unknown."""
    assert auth_of(act=act).impersonator == impersonator
    assert nobody().impersonator is None


def test_an_auth_object_shows_who_is_there() -> None:
    """Session, user, membership and org belong together, without a reason (AK-F41)."""
    auth = auth_of(sid="kss_1", permissions=["a"])

    assert auth.user.id == "usr_alice"
    assert auth.session.id == "kss_1"
    assert auth.membership.permissions == ["a"]
    assert auth.org.id == "org_acme"
    assert auth.reason is None
    assert repr(auth) == "<Auth of usr_alice>"


@pytest.mark.parametrize(
    "value",
    [
        Response(303, (("Set-Cookie", "authrocket=secret"),), b"secret"),
        Additions((("Set-Cookie", "authrocket=secret"),)),
        NeedSession("kss_secret", None, 300, NOW),
    ],
)
def test_t37_what_passes_by_shows_no_credential(value: object) -> None:
    """Reports of errors show the values of local variables."""
    assert "secret" not in repr(value)


def test_an_auth_object_of_nobody_says_why() -> None:
    """Everything is None but the reason."""
    auth = nobody(Reason.EXPIRED)

    assert auth.session is auth.user is auth.membership is auth.org is None
    assert auth.reason is Reason.EXPIRED
    assert repr(auth) == "<Auth of nobody, expired>"


def test_two_auth_objects_of_one_login_share_nothing_that_changes() -> None:
    """What one request does to its user no other sees."""
    verdict = Verdict(identity(cs={"a": [1]}), None)
    one, other = (Auth(flow_of(), Asked(), NOW, verdict) for _ in range(2))
    one.user.custom["a"].append(2)
    one.membership.permissions.append("more")

    assert other.user.custom == {"a": [1]}
    assert other.membership.permissions == []
    assert one.user == other.user
    assert one.user is not other.user


# --- Conditions --------------------------------------------------------------------

ORGS = [
    {"oid": "org_1", "mid": "mb_1", "perm": ["read", "write:all"], "selected": True},
    {"oid": "org_2", "mid": "mb_2", "perm": ["read", "delete"]},
]


@pytest.mark.parametrize(
    ("conditions", "met"),
    [
        ({}, True),
        ({"permission": "read"}, True),
        ({"permission": "write"}, False),
        ({"permission": "delete"}, False),
        ({"permission": re.compile("^write:")}, True),
        ({"permission": re.compile("^wrote:")}, False),
        ({"permission": ["read", re.compile("all$")]}, True),
        ({"permission": ["read", "delete"]}, False),
        ({"permission": []}, True),
        ({"org": "org_1"}, True),
        ({"org": "org_2"}, True),
        ({"org": "org_3"}, False),
        ({"org": ""}, False),
        ({"org": "org_2", "permission": "delete"}, True),
        ({"org": "org_2", "permission": "write:all"}, False),
        ({"org": "org_1", "permission": ("read", "write:all")}, True),
    ],
)
def test_all_conditions_must_be_met_together(conditions: Any, met: bool) -> None:
    """A permission counts in the org that is asked for, else in the current one."""
    auth = auth_of(orgs=ORGS)
    if met:
        auth.require(**conditions)
        return
    with pytest.raises(Forbidden):
        auth.require(**conditions)


def test_an_org_may_be_given_as_the_object() -> None:
    """Its id counts."""
    auth = auth_of(orgs=ORGS)
    other = [m.org for m in auth.user.memberships()][1]

    auth.require(org=auth.org, permission="write:all")
    auth.require(org=other, permission="delete")


@pytest.mark.parametrize("orgs", [None, []])
def test_who_belongs_to_no_org_meets_no_condition(orgs: Any) -> None:
    """But is logged in all the same."""
    auth = auth_of(org=None, orgs=orgs)

    auth.require()
    with pytest.raises(Forbidden):
        auth.require(permission="read")


def test_nobody_meets_no_condition_at_all() -> None:
    """A login is what is missing first."""
    for conditions in ({}, {"permission": "read"}, {"org": "org_1"}):
        with pytest.raises(LoginRequired):
            nobody().require(**conditions)


def test_nobody_is_a_member_of_nothing() -> None:
    """Also if asked without a check of the login."""
    assert nobody().membership_in("org_1") is None


# --- Logging in and out ------------------------------------------------------------


def test_login_with_the_keys_at_hand_changes_the_auth_object() -> None:
    """The session is the auth object's from then on, under a login id of its own."""
    auth = nobody()
    token = realm().token("bob")
    session = auth.login(token)

    assert session is auth.session
    assert session.token == token
    assert auth.user.id == "usr_bob"
    assert (auth.reason, auth.change, auth.unusual) == (None, "login", True)
    assert len(auth.verdict.login_id) == 22


def test_t39_a_login_ends_the_one_it_replaces() -> None:
    """The one whose cookie came with the request (ASVS 7.2.4)."""
    known = Revoked()
    request = Asked(cookie=cookie_of(realm().token(), "a" * 22))
    auth = auth_of(flow_of(known=known), request)
    auth.login(realm().token("bob"))

    # Not before its own cookie is written, which may never be.
    assert known.known == {}
    auth._flow.process_response(auth, 200, None, None)
    assert known.known == {"a" * 22: NOW + 3600}
    assert auth.user.id == "usr_bob"


def test_login_with_a_bad_token_leaves_the_auth_object_as_it_was() -> None:
    """The error says what is wrong with it."""
    auth = auth_of()
    with pytest.raises(Exception, match="malformed"):
        auth.login("x")

    assert auth.user.id == "usr_alice"
    assert auth.change is None


def test_login_refuses_what_a_browser_would_not_keep() -> None:
    """As a callback does: the token's time is over but for the leeway."""
    auth = nobody()
    with pytest.raises(TokenExpired):
        auth.login(realm().sign(claims(exp=NOW - 2, iat=NOW - 60)))

    assert auth.user is None


@pytest.mark.parametrize("token", [None, 1, b"a.b.c"])
def test_login_with_what_is_no_text_is_a_token_error(token: Any) -> None:
    """As from a form that lacks the field."""
    with pytest.raises(TokenError, match="not text"):
        nobody().login(token)


def test_a_refusal_in_a_thread_of_its_own_is_noted() -> None:
    """There the context variable of the adapter is not set."""
    auth = nobody()
    with ThreadPoolExecutor(1) as pool, pytest.raises(LoginRequired):
        pool.submit(auth.require).result()

    assert isinstance(auth.refusal, LoginRequired)
    assert auth.unusual


def test_alogin_fetches_the_key() -> None:
    """The authenticator's driver answers the effect."""

    async def arun(steps: Any) -> Verdict:
        effects, verdict = walk(steps, key_set())
        assert [effect.kid for effect in effects] == ["jky_memory"]
        return verdict

    flow = flow_of(Keys(None), arun=arun)
    auth = Auth(flow, Asked(), NOW, None, Reason.NO_CREDENTIAL)
    session = asyncio.run(auth.alogin(realm().token("bob")))

    assert session is auth.session
    assert auth.user.id == "usr_bob"


@pytest.mark.parametrize(
    ("local", "change"), [(False, "logout"), (True, "local_logout")]
)
def test_logout_revokes_and_leaves_nobody(local: bool, change: str) -> None:
    """The login of the cookie is over at once; the session's id is remembered."""
    known = Revoked()
    flow = flow_of(known=known)
    request = Asked(cookie=cookie_of(realm().token(), "a" * 22))
    auth = auth_of(flow, request, sid="kss_1")
    auth.logout(local=local)

    assert known.known == {"a" * 22: NOW + 3600}
    assert auth.session is auth.user is auth.membership is auth.org is None
    assert (auth.reason, auth.change, auth.unusual) == (Reason.REVOKED, change, True)
    assert auth.left_session == "kss_1"
    assert auth.verdict is None


def test_logout_of_nobody_does_no_harm() -> None:
    """There is no session to remember."""
    auth = nobody()
    auth.logout()

    assert auth.left_session is None


# --- Who hears of it --------------------------------------------------------------


class Stage:
    """Where an auth object is shown: it follows changes and hears refusals."""

    def __init__(self) -> None:
        self.users: list[Any] = []
        self.noted: list[Any] = []

    def changed(self, auth: Auth) -> None:
        """Show who is there now."""
        self.users.append(auth.user)

    def note(self, refusal: Any) -> None:
        """Hear a refusal."""
        self.noted.append(refusal)


def test_who_shows_an_auth_object_is_told_of_changes() -> None:
    """Login and logout change what the application finds, within the request."""
    stage = Stage()
    auth = nobody()
    token = Refusal.observer.set([stage])
    try:
        auth.login(realm().token("bob"))
        bob = auth.user
        auth.logout()
    finally:
        Refusal.observer.reset(token)
    auth.login(realm().token("bob"))

    assert stage.users == [bob, None]
    assert stage.noted == []


def test_a_refusal_is_noted() -> None:
    """The answer then needs a closer look."""
    auth = auth_of()
    refusal = Forbidden()
    auth.note(refusal)

    assert auth.refusal is refusal
    assert auth.unusual


def test_a_failed_callback_is_remembered() -> None:
    """It is the reason where there is nobody, and none where somebody is."""
    one, other = nobody(), auth_of()
    error = TokenExpired(NOW)
    one.callback_failed(error)
    other.callback_failed(error)

    assert (one.reason, one.callback_error) == (Reason.EXPIRED, error)
    assert (other.reason, other.callback_error) == (None, error)


def test_an_auth_object_knows_its_own_kind_of_adapter() -> None:
    """An adapter of the same cookie and keys may take it over."""
    flow = flow_of()
    auth = auth_of(flow)

    assert auth.belongs_to(flow_of())
    assert not auth.belongs_to(flow_of(cookie_name="other"))
    assert not auth.belongs_to(None)
    assert auth.links.logout_path == "/logout"


# --- Values ------------------------------------------------------------------------


def test_a_request_is_for_adapters_to_derive() -> None:
    """What an adapter has to tell is not guessed."""
    request = Request()
    with pytest.raises(NotImplementedError):
        request.header("host")
    for name in ("scheme", "host", "mount", "raw_path", "client"):
        with pytest.raises(NotImplementedError):
            getattr(request, name)


@pytest.mark.parametrize(
    ("request_", "full"),
    [
        (Asked("/café"), "/caf%C3%A9"),
        (Asked("/b", mount="/a"), "/a/b"),
        (Asked("/a/b", raw_path="/a%2Fb"), "/a%2Fb"),
        (Asked("/b", mount="/é", raw_path="/%C3%A9/b"), "/%C3%A9/b"),
        (Asked(""), ""),
    ],
)
def test_the_full_path_is_encoded(request_: Asked, full: str) -> None:
    """Mount included, as the browser wrote it if that is known."""
    assert request_.full_path == full


def test_additions_are_spelled_for_asgi_too() -> None:
    """Names in lower case, all in bytes."""
    additions = Additions((("Set-Cookie", "a=é"), ("Vary", "x")))

    assert additions.raw[0] == ((b"set-cookie", b"a=\xe9"), (b"vary", b"x"))
    assert Additions().raw == ((), frozenset())


# --- What a request wants ----------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "headers", "answer"),
    [
        ("GET", {"accept": HTML}, True),
        ("HEAD", {"accept": HTML}, True),
        ("GET", {"accept": "application/XHTML+xml"}, True),
        ("GET", {"accept": HTML, "sec_fetch_mode": " Navigate"}, True),
        ("GET", {"accept": HTML, "sec_fetch_mode": "cors"}, False),
        ("GET", {"accept": HTML, "sec_fetch_mode": ""}, False),
        ("POST", {"accept": HTML}, False),
        ("GET", {"accept": "*/*"}, False),
        ("GET", {"accept": "application/json"}, False),
        ("GET", {}, False),
    ],
)
def test_a_navigation_is_a_person_waiting_for_a_page(method, headers, answer) -> None:
    """GET or HEAD that accepts HTML, and no script behind it."""
    assert Asked(method=method, **headers).is_navigation() is answer


@pytest.mark.parametrize(
    ("method", "headers", "answer"),
    [
        ("OPTIONS", {"origin": "x", "access_control_request_method": "GET"}, True),
        ("OPTIONS", {"origin": "x"}, False),
        ("OPTIONS", {"access_control_request_method": "GET"}, False),
        ("GET", {"origin": "x", "access_control_request_method": "GET"}, False),
    ],
)
def test_a_preflight_asks_for_cors(method, headers, answer) -> None:
    """All three signs are needed."""
    assert Asked(method=method, **headers).is_preflight() is answer
