"""The visit: who is there, what the application wishes, where it is shown."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from arware.errors import Forbidden, LoginRequired, Reason, TokenError, witness
from arware.needs import NeedSession
from arware.replies import Additions, Reply
from arware.request import Request
from arware.resources.claims import Identity
from arware.visit import Verdict, Visit

from .making import (
    NOW,
    Asked,
    Keys,
    Revoked,
    claims,
    cookie_of,
    gate_of,
    key_set,
    realm,
    walk,
)


def identity(**changes: Any) -> Identity:
    """Return an identity with *changes* in its claims."""
    return Identity.from_claims(claims(**changes), "a token")


def visit_of(gate: Any = None, request: Any = None, **changes: Any) -> Visit:
    """Return the visit of somebody who is logged in."""
    verdict = Verdict(identity(**changes), None, "login-id")
    return Visit(gate or gate_of(), request or Asked(), NOW, verdict)


def nobody(reason: Reason = Reason.NO_CREDENTIAL) -> Visit:
    """Return the visit of nobody."""
    return Visit(gate_of(), Asked(), NOW, None, reason)


def test_a_visit_shows_who_is_there() -> None:
    """Session, user, membership and org belong together; there is no reason."""
    visit = visit_of(sid="kss_1", permissions=["a"])

    assert visit.user.id == "usr_alice"
    assert visit.session.id == "kss_1"
    assert visit.membership.permissions == ["a"]
    assert visit.org.id == "org_acme"
    assert visit.reason is None
    assert repr(visit) == "<Visit of usr_alice>"


@pytest.mark.parametrize(
    "value",
    [
        Reply(303, (("Set-Cookie", "authrocket=secret"),), b"secret"),
        Additions((("Set-Cookie", "authrocket=secret"),)),
        NeedSession("kss_secret", None, 300, NOW),
    ],
)
def test_t37_what_passes_by_shows_no_credential(value: object) -> None:
    """Reports of errors show the values of local variables."""
    assert "secret" not in repr(value)


def test_a_visit_of_nobody_says_why() -> None:
    """Everything is None but the reason."""
    visit = nobody(Reason.EXPIRED)

    assert visit.session is visit.user is visit.membership is visit.org is None
    assert visit.reason is Reason.EXPIRED
    assert repr(visit) == "<Visit of nobody, expired>"


def test_two_visits_of_one_login_share_nothing_that_changes() -> None:
    """What one request does to its user no other sees."""
    verdict = Verdict(identity(cs={"a": [1]}), None)
    one, other = (Visit(gate_of(), Asked(), NOW, verdict) for _ in range(2))
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
    visit = visit_of(orgs=ORGS)
    if met:
        visit.require(**conditions)
        return
    with pytest.raises(Forbidden):
        visit.require(**conditions)


def test_an_org_may_be_given_as_the_object() -> None:
    """Its id counts."""
    visit = visit_of(orgs=ORGS)
    other = [m.org for m in visit.user.memberships()][1]

    visit.require(org=visit.org, permission="write:all")
    visit.require(org=other, permission="delete")


@pytest.mark.parametrize("orgs", [None, []])
def test_who_belongs_to_no_org_meets_no_condition(orgs: Any) -> None:
    """But is logged in all the same."""
    visit = visit_of(org=None, orgs=orgs)

    visit.require()
    with pytest.raises(Forbidden):
        visit.require(permission="read")


def test_nobody_meets_no_condition_at_all() -> None:
    """A login is what is missing first."""
    for conditions in ({}, {"permission": "read"}, {"org": "org_1"}):
        with pytest.raises(LoginRequired):
            nobody().require(**conditions)


def test_nobody_is_a_member_of_nothing() -> None:
    """Also if asked without a check of the login."""
    assert nobody()._membership_in("org_1") is None


# --- Logging in and out ------------------------------------------------------------


def test_login_with_the_keys_at_hand_changes_the_visit() -> None:
    """The session is the visit's from then on, under a login id of its own."""
    visit = nobody()
    token = realm().token("bob")
    session = visit.login(token)

    assert session is visit.session
    assert session.token == token
    assert visit.user.id == "usr_bob"
    assert (visit.reason, visit.wish, visit.touched) == (None, "login", True)
    assert len(visit.verdict.login_id) == 22


def test_t39_a_login_ends_the_one_it_replaces() -> None:
    """The one whose cookie came with the request (ASVS 7.2.4)."""
    known = Revoked()
    request = Asked(cookie=cookie_of(realm().token(), "a" * 22))
    visit = visit_of(gate_of(known=known), request)
    visit.login(realm().token("bob"))

    # Not before its own cookie is written, which may never be.
    assert known.known == {}
    visit._gate.leave(visit, 200, None, None)
    assert known.known == {"a" * 22: NOW + 3600}
    assert visit.user.id == "usr_bob"


def test_login_with_a_bad_token_leaves_the_visit_as_it_was() -> None:
    """The error says what is wrong with it."""
    visit = visit_of()
    with pytest.raises(Exception, match="malformed"):
        visit.login("x")

    assert visit.user.id == "usr_alice"
    assert visit.wish is None


@pytest.mark.parametrize("token", [None, 1, b"a.b.c"])
def test_login_with_what_is_no_text_is_a_token_error(token: Any) -> None:
    """As from a form that lacks the field."""
    with pytest.raises(TokenError, match="it is not text"):
        nobody().login(token)


def test_a_refusal_in_a_thread_of_its_own_is_noted() -> None:
    """There the context variable of the door is not set."""
    visit = nobody()
    with ThreadPoolExecutor(1) as pool, pytest.raises(LoginRequired):
        pool.submit(visit.require).result()

    assert isinstance(visit.noted, LoginRequired)
    assert visit.touched


def test_login_without_the_key_downloads_nothing() -> None:
    """It says so, and names the way that does."""
    visit = Visit(gate_of(Keys(None)), Asked(), NOW, None, Reason.NO_CREDENTIAL)
    with pytest.raises(Exception, match="not at hand; use alogin") as caught:
        visit.login(realm().token())

    assert caught.value.reason == "keys_unavailable"
    assert visit.user is None


def test_alogin_fetches_the_key() -> None:
    """The guard's driver answers the need."""

    async def adrive(flow: Any) -> Verdict:
        needs, verdict = walk(flow, key_set())
        assert [need.kid for need in needs] == ["jky_memory"]
        return verdict

    gate = gate_of(Keys(None), adrive=adrive)
    visit = Visit(gate, Asked(), NOW, None, Reason.NO_CREDENTIAL)
    session = asyncio.run(visit.alogin(realm().token("bob")))

    assert session is visit.session
    assert visit.user.id == "usr_bob"


@pytest.mark.parametrize(("local", "wish"), [(False, "logout"), (True, "leave")])
def test_logout_revokes_and_leaves_nobody(local: bool, wish: str) -> None:
    """The login of the cookie is over at once; the session's id is remembered."""
    known = Revoked()
    gate = gate_of(known=known)
    request = Asked(cookie=cookie_of(realm().token(), "a" * 22))
    visit = visit_of(gate, request, sid="kss_1")
    visit.logout(local=local)

    assert known.known == {"a" * 22: NOW + 3600}
    assert visit.session is visit.user is visit.membership is visit.org is None
    assert (visit.reason, visit.wish, visit.touched) == (Reason.REVOKED, wish, True)
    assert visit.left_session == "kss_1"
    assert visit.verdict is None


def test_logout_of_nobody_does_no_harm() -> None:
    """There is no session to remember."""
    visit = nobody()
    visit.logout()

    assert visit.left_session is None


# --- Where it is shown -------------------------------------------------------------


def shown(visit: Visit) -> dict[str, Any]:
    """Return what the contract says where *visit* is shown."""
    return {
        "authrocket.visit": visit,
        "authrocket.session": visit.session,
        "authrocket.current_session": visit.session,
        "authrocket.user": visit.user,
        "authrocket.membership": visit.membership,
        "authrocket.org": visit.org,
    }


@pytest.mark.parametrize("visit", [nobody(), visit_of()], ids=repr)
def test_all_keys_are_set_and_overwrite_what_stood_there(visit: Visit) -> None:
    """None included; everything else stays as it was."""
    environ: dict[str, Any] = {"authrocket.user": "forged", "other": 1}
    visit.publish(environ)

    assert environ == shown(visit) | {"other": 1}


class Stage:
    """Where a visit is shown: it follows changes and hears refusals."""

    def __init__(self) -> None:
        self.users: list[Any] = []
        self.noted: list[Any] = []

    def changed(self, visit: Visit) -> None:
        """Show who is there now."""
        self.users.append(visit.user)

    def note(self, refusal: Any) -> None:
        """Hear a refusal."""
        self.noted.append(refusal)


def test_who_shows_a_visit_is_told_of_changes() -> None:
    """Login and logout change what the application finds, within the request."""
    stage = Stage()
    visit = nobody()
    token = witness.set(stage)
    try:
        visit.login(realm().token("bob"))
        bob = visit.user
        visit.logout()
    finally:
        witness.reset(token)
    visit.login(realm().token("bob"))

    assert stage.users == [bob, None]
    assert stage.noted == []


def test_a_refusal_is_noted() -> None:
    """The answer then needs a closer look."""
    visit = visit_of()
    refusal = Forbidden()
    visit.note(refusal)

    assert visit.noted is refusal
    assert visit.touched


def test_a_failed_landing_is_remembered() -> None:
    """It is the reason where there is nobody, and none where somebody is."""
    one, other = nobody(), visit_of()
    one.landing_failed(Reason.EXPIRED)
    other.landing_failed(Reason.EXPIRED)

    assert (one.reason, one.landing_error) == (Reason.EXPIRED, Reason.EXPIRED)
    assert (other.reason, other.landing_error) == (None, Reason.EXPIRED)


def test_a_visit_knows_its_own_kind_of_door() -> None:
    """A door of the same cookie and keys may take it over."""
    gate = gate_of()
    visit = visit_of(gate)

    assert visit.is_of(gate_of().likeness)
    assert not visit.is_of(gate_of(cookie_name="other").likeness)
    assert visit.local_realm is None
    assert visit.links.logout_path == "/logout"


# --- Values ------------------------------------------------------------------------


def test_a_request_is_for_doors_to_derive() -> None:
    """What a door has to tell is not guessed."""
    request = Request()
    with pytest.raises(NotImplementedError):
        request.header("host")
    for name in ("scheme", "host", "mount", "raw_path"):
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

    assert additions.raw == ((b"set-cookie", b"a=\xe9"), (b"vary", b"x"))
    assert Additions().raw == ()


# --- What a request wants ----------------------------------------------------------

HTML = "text/html,*/*;q=0.8"


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
