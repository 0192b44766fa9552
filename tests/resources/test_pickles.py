"""Fault 25: a pickle or a copy of an object holds no credential."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from arware import wsgi
from arware.api.client import Client
from arware.errors import RecordInvalid
from arware.resources.base import Resource
from arware.resources.claims import Identity
from arware.resources.registry import CLASSES, resource_class
from arware.testing import Browser, MemoryRealm
from tests.api.conftest import KEY
from tests.api.servers import Api

SECRET = "Zq7-secret"
#: Made up as what they are; none of their names tells what they hold.
FORMS = {
    "a": "kss_" + SECRET,
    "b": "ks_" + SECRET,
    "c": "jsk_" + SECRET,
    "d": "art_" + SECRET,
    "e": "tpw:" + SECRET,
    "f": "kli:" + SECRET,
    "g": "eyJ" + SECRET,
}
#: Names under which a secret is one, whatever it looks like.
NAMES = dict.fromkeys(
    (
        "password",
        "new_password",
        "password_confirmation",
        "client_secret",
        "token",
        "access_token",
        "jwt_key",
        "apiKey",
        "key",
        "session_id",
        "invitation_id",
        "provisioning_uri",
    ),
    SECRET,
)
WAYS: list[Callable[[Any], Any]] = [
    lambda obj: obj,
    copy.copy,
    copy.deepcopy,
    lambda obj: pickle.loads(pickle.dumps(obj)),
]


def pickles(value: Any) -> bytes:
    """Return *value* pickled by every protocol, as it is and copied."""
    return b"".join(
        pickle.dumps(way(value), protocol)
        for way in WAYS
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    )


def everything(kind: str) -> dict[str, Any]:
    """Return what the API might send of a *kind*: secrets wherever they may stand."""
    cls = resource_class(kind)
    hidden = {field.name: SECRET for field in cls._fields.values() if field.secret}
    data = {"object": kind, "id": f"{kind}_1", "custom": {**FORMS, "x": [FORMS, NAMES]}}
    below = {name: {"object": name, "id": SECRET} for name in ("token", "invitation")}
    below["session"] = {"object": "session", "id": "kss_" + SECRET, "token": SECRET}
    data |= {"lists": [list(FORMS.values())], "more": list(below.values()), **below}
    return data | hidden | ({"id": "x" + SECRET} if cls._id_is_secret else {})


@pytest.mark.parametrize("kind", sorted(CLASSES))
def test_f25_no_pickle_of_any_resource_holds_a_credential(
    api: Api, client: Client, kind: str
) -> None:
    """Whatever the class, the field, the depth, the protocol and the way of copying."""
    credentials = {"api_key": "ks_" + SECRET, "url": api.url}
    api.will(everything(kind))
    found = client.orgs.find("org_1", credentials=credentials)
    # What was read is remembered; a copy must not bring it along.
    read = [found["session"], found["more"], found["custom"], found["lists"]]

    assert type(found) is resource_class(kind)
    assert read[0].token == SECRET
    assert SECRET.encode() not in pickles(found)
    assert KEY.encode() not in pickles(found)
    assert SECRET not in json.dumps([way(found).attributes for way in WAYS[1:]])


def test_f25_what_is_no_credential_stays(api: Api, client: Client) -> None:
    """Data, links, errors and metadata survive, and a copy keeps its client."""
    api.will(
        {
            "object": "user",
            "id": "usr_1",
            "email": "a@example.com",
            "custom": {"tone": "two: three", "keyboard": "x", "n": [1, None]},
            "memberships": [{"id": "mb_1", "org": {"id": "org_1", "name": "Acme"}}],
        }
    )
    user = client.users.find("usr_1")
    user.memberships()
    for way in WAYS[1:]:
        again = way(user)
        assert (again, again.attributes) == (user, user.attributes)
        assert again.memberships()[0].org.name == "Acme"
        assert again.memberships()[0].user is again
    assert copy.copy(user)._context is copy.deepcopy(user)._context is user._context
    assert len(api.seen) == 1


def test_f25_a_list_and_its_metadata_hold_none(api: Api, client: Client) -> None:
    """As little as the objects in it."""
    items = [everything("session"), everything("invitation")]
    api.will({"collection": items, "token": SECRET, "more_results": True})
    found = client.sessions.all()
    again = pickle.loads(pickle.dumps(found))

    assert SECRET.encode() not in pickle.dumps(found)
    assert (len(again), again.more_results) == (2, True)
    assert SECRET.encode() not in pickle.dumps(copy.deepcopy(found))


@pytest.mark.parametrize("way", WAYS)
def test_f25_an_error_that_holds_a_record_holds_none(
    api: Api, client: Client, way: Callable[[Any], Any]
) -> None:
    """Neither pickled nor copied; what was submitted can still be looked at."""
    api.will({"errors": ["no"], "token": SECRET}, 422)
    with pytest.raises(RecordInvalid) as caught:
        client.users.create_or_raise(
            email="a@example.com", password=SECRET, custom=NAMES, first_name="kss_1"
        )
    again = way(caught.value)

    assert caught.value.record.password == SECRET
    assert SECRET.encode() not in pickle.dumps(again)
    assert again.record.email == "a@example.com"
    assert again.record.errors == ["no"]


def logged_in(realm: MemoryRealm, token: str) -> dict[str, Any]:
    """Return what an adapter with an API key puts into the environ."""
    environs: list[dict[str, Any]] = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        environs.append(dict(environ))
        start_response("200 OK", [])
        return []

    settings = realm.settings(url="https://api.example.com/v2", api_key=KEY)
    browser = Browser(wsgi.Middleware(app, **settings))
    browser.get("/", headers={"authorization": f"Bearer {token}"})
    return environs[0]


@pytest.mark.parametrize("name", ["user", "session", "membership", "org"])
def test_f25_who_is_logged_in_can_be_pickled_without_the_token(name: str) -> None:
    """A pickled user held the live token, by way of the memberships."""
    realm = MemoryRealm()
    token = realm.token(permissions=["ar:owner"], cs={"token": SECRET, "a": 1})
    found: Resource = logged_in(realm, token)[f"authrocket.{name}"]

    assert token.encode() not in pickles(found)
    assert KEY.encode() not in pickles(found)
    assert SECRET.encode() not in pickles(found)
    assert b"kss_" not in pickles(found)


def test_f25_who_is_logged_in_keeps_memberships_and_zone() -> None:
    """They need no call before or after."""
    realm = MemoryRealm()
    user = logged_in(realm, realm.token(permissions=["ar:owner"]))["authrocket.user"]
    for way in WAYS:
        membership = way(user).memberships()[0]
        assert (membership.permissions, membership.org.id) == (["ar:owner"], "org_acme")


def test_f25_an_identity_keeps_who_acts_as_the_user() -> None:
    """A copy must not look as if the user had come in person."""
    identity = Identity.from_claims({"sub": "usr_1", "act": {"sub": "usr_2"}}, "t")
    for way in WAYS:
        assert way(identity).impersonator == "usr_2"
