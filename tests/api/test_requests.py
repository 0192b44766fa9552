"""Statements 7 to 20: what goes over the wire."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest

from arware.api.client import Client
from arware.errors import Error, RecordNotFound
from arware.resources.auth_provider import AuthProvider
from arware.resources.realm import Realm
from arware.resources.user import User
from tests.api.conftest import KEY
from tests.api.servers import Api


class Direction(Enum):
    """In which order to list."""

    DOWN = "desc"
    UP = "asc"


def thing(cls: Any, client: Client, **data: Any) -> Any:
    """Return an object of *cls* whose calls go through *client*."""
    return getattr(client, cls._path)(**data)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_s07_every_request_has_the_headers_of_the_api(
    api: Api, client: Client, method: str
) -> None:
    """JSON both ways, who we are, and the key; nothing else of ours."""
    calls = {
        "GET": lambda: client.orgs.find("org_1"),
        "POST": lambda: client.orgs.create(name="x"),
        "PUT": lambda: client.orgs.update("org_1", name="x"),
        "DELETE": lambda: client.orgs.delete("org_1"),
    }
    calls[method]()
    headers = api.last.headers

    assert method == api.last.method
    assert headers["accept"] == "application/json"
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"].startswith("arware/")
    assert headers["authrocket-api-key"] == KEY
    assert {"cookie", "authorization"}.isdisjoint(headers)


@pytest.mark.parametrize("blank", [None, "", "  "])
def test_s08_blank_realm_and_service_are_left_out(
    api: Api, client: Client, blank: str | None
) -> None:
    """A header is sent only for what is there."""
    client.orgs.all(credentials={"api_key": "ks_2", "realm": blank, "service": "svc_1"})

    assert "authrocket-realm" not in api.last.headers
    assert api.last.headers["authrocket-service"] == "svc_1"


def test_s09_header_names_are_translated_and_the_call_wins(api: Api) -> None:
    """Per call beats the credentials, and these the defaults, in any spelling."""
    with Client(
        url=api.url,
        api_key="ks_1",
        realm="rl_1",
        default_headers={"X_One": "default", "Authrocket-Realm": "rl_0", "x-two": "2"},
    ) as client:
        client.orgs.all(
            headers={"x_one": "call", "AUTHROCKET_SERVICE": lambda: "svc_9", "x": None}
        )
    headers = api.last.headers

    assert headers["x-one"] == "call"
    assert headers["x-two"] == "2"
    assert headers["authrocket-realm"] == "rl_1"
    assert headers["authrocket-service"] == "svc_9"
    assert "x" not in headers


def test_s09_credentials_may_be_called_for(api: Api, client: Client) -> None:
    """As headers may, wherever they come from."""
    client.orgs.all(credentials={"api_key": lambda: "ks_2", "realm": lambda: None})

    assert api.last.headers["authrocket-api-key"] == "ks_2"
    assert "authrocket-realm" not in api.last.headers
    with pytest.raises(Error, match="api_key"):
        client.orgs.all(credentials={"api_key": lambda: " "})


def test_s09_a_header_cannot_smuggle_in_another(api: Api, client: Client) -> None:
    """A line break in a header's name or value is an error, not a second header."""
    for headers in ({"x": "a\r\nauthrocket-api-key: other"}, {"x\r\ny": "a"}):
        with pytest.raises(Error, match="cannot be sent"):
            client.orgs.all(headers=headers)

    assert api.seen == []


def test_s10_what_reads_and_what_deletes_has_a_query_and_no_body(
    api: Api, client: Client
) -> None:
    """GET and DELETE parameters stand in the query."""
    client.orgs.find("org_1", expand="custom")
    client.orgs.delete("org_1", force=True)

    assert [seen.target for seen in api.seen] == [
        "/v2/orgs/org_1?expand=custom",
        "/v2/orgs/org_1?force=true",
    ]
    assert [seen.body for seen in api.seen] == [b"", b""]


@pytest.mark.parametrize(
    ("params", "query"),
    [
        ({"b": "2", "a": "1"}, "a=1&b=2"),
        ({"k": ["b", "a"]}, "k[]=a&k[]=b"),
        ({"k": []}, "k[]"),
        ({"k": (2, 10, 1)}, "k[]=1&k[]=2&k[]=10"),
        ({"k": {"b": 2, "a": "x y"}}, "k[a]=x+y&k[b]=2"),
        ({"k": {}}, ""),
        ({"k": {"a&b": "c=d"}}, "k[a%26b]=c%3Dd"),
        ({"k": None}, "k="),
        ({"k": True, "l": False}, "k=true&l=false"),
        ({"k": "ä&=+ /?#[]*~"}, "k=%C3%A4%26%3D%2B+%2F%3F%23%5B%5D%2A~"),
        ({"k": 1.5}, "k=1.5"),
        ({"k": datetime(2025, 1, 1, tzinfo=UTC)}, "k=1735689600.0"),
        ({"params": {"a": 1}, "b": 2}, "a=1"),
        ({"k": [Direction.UP, Direction.DOWN]}, "k[]=asc&k[]=desc"),
    ],
)
def test_s11_the_query_is_encoded_as_the_api_reads_it(
    api: Api, client: Client, params: dict[str, Any], query: str
) -> None:
    """Sorted by name; lists and mappings with brackets, ``None`` with nothing."""
    client.orgs.all(**params)

    assert query == api.last.query


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (["a", 1], "several kinds"),
        ([["a"]], "query"),
        ({"a": {"b": 1}}, "query"),
        (float("nan"), "nan cannot"),
        ([float("inf")], "inf cannot"),
    ],
)
def test_s11_what_the_query_cannot_hold_is_refused(
    api: Api, client: Client, value: Any, problem: str
) -> None:
    """Mixed lists and deeper nesting are mistakes of the caller."""
    with pytest.raises(TypeError, match=problem):
        client.orgs.all(k=value)

    assert api.seen == []


@pytest.mark.parametrize("end", ["", "/", "//"])
def test_s12_base_and_path_are_joined_with_one_slash(api: Api, end: str) -> None:
    """Whether the URL ends with a slash makes no difference."""
    with Client(url=api.url + end, api_key="ks_1") as client:
        client.orgs.find("org_1")

    assert api.last.target == "/v2/orgs/org_1"


@pytest.mark.parametrize(
    ("id_", "escaped"),
    [
        ("jdoe@example.com", "jdoe%40example.com"),
        ("a/b", "a%2Fb"),
        ("jdoe+x y@ex.com/z", "jdoe%2Bx+y%40ex.com%2Fz"),
        ("../orgs", "..%2Forgs"),
        ("x?force=true#y", "x%3Fforce%3Dtrue%23y"),
        ("%2e%2e", "%252e%252e"),
        ("é", "%C3%A9"),
        ("a\r\nb", "a%0D%0Ab"),
        ("...", "..."),
    ],
)
def test_s13_t66_ids_are_escaped(
    api: Api, client: Client, id_: str, escaped: str
) -> None:
    """An id is one segment of the path, whatever it holds."""
    client.users.find(id_)

    assert f"/v2/users/{escaped}" == api.last.target


def test_s13_t66_no_string_leads_to_another_path(
    api: Api, client: Client, corpora: Path
) -> None:
    """Every naughty string is one segment that decodes to itself, or no id at all."""
    strings = json.loads((corpora / "strings" / "blns.json").read_text("utf-8"))
    for text in strings:
        before = len(api.seen)
        try:
            client.users.find(text)
        except RecordNotFound:
            assert not text.strip() or text in (".", "..")
            continue
        (seen,) = api.seen[before:]

        assert seen.query == ""
        assert seen.path.split("/")[:3] == ["", "v2", "users"]
        assert [text] == [unquote_plus(part) for part in seen.path.split("/")[3:]]


def test_s14_fields_are_wrapped_in_the_root(api: Api, client: Client) -> None:
    """Create and update wrap what the caller has not wrapped."""
    client.orgs.create(name="Acme")
    client.orgs.create(org={"name": "Acme"})
    client.orgs.update("org_1", name="Acme")

    assert [seen.json for seen in api.seen] == [{"org": {"name": "Acme"}}] * 3


@pytest.mark.parametrize("name", ["cls", "self", "obj", "strict", "id"])
def test_s14_t66_no_field_is_taken_for_something_else(
    api: Api, client: Client, name: str
) -> None:
    """A realm's own fields may be called anything."""
    fields = {name: True}
    org = client.orgs(id="org_1")
    client.orgs.create(**fields)
    client.orgs.update("org_1", **fields)
    org.update(**fields)
    org.update_or_raise(**fields)
    org.save(**fields)
    client.orgs.all(**fields)

    assert [seen.json for seen in api.seen[:-1]] == [{"org": fields}] * 5
    assert api.last.query == f"{name}=true"


def test_s14_a_moment_is_sent_in_seconds(api: Api, client: Client) -> None:
    """Datetimes go out as they come in: seconds since the epoch."""
    east = timezone(timedelta(hours=1))
    client.memberships.create(expires_at=datetime(2025, 1, 1, 1, tzinfo=east))

    assert api.last.json == {"membership": {"expires_at": 1735689600.0}}


def test_s14_a_moment_without_a_zone_is_refused(client: Client) -> None:
    """It could be any moment, so nothing is guessed."""
    naive = datetime(2025, 1, 1)  # noqa: DTZ001 - a time without a zone is the case
    with pytest.raises(ValueError, match="time zone"):
        client.memberships.create(expires_at=naive)


def test_s14_what_no_json_can_hold_is_refused(api: Api, client: Client) -> None:
    """Sets are lists; anything else says what it is."""
    client.memberships.create(permissions={"b", "a"})
    for odd in (object(), b"bytes", float("nan")):
        with pytest.raises((TypeError, ValueError)):
            client.memberships.create(permissions=odd)

    assert api.last.json == {"membership": {"permissions": ["a", "b"]}}
    assert len(api.seen) == 1


def test_s14_an_enumeration_is_its_value(api: Api, client: Client) -> None:
    """In bodies as in queries."""

    class State(Enum):
        ACTIVE = "active"

    client.orgs.create(state=State.ACTIVE)
    client.orgs.all(state=State.ACTIVE)

    assert api.seen[0].json == {"org": {"state": "active"}}
    assert api.last.query == "state=active"


def test_s15_request_stands_beside_the_root(api: Api, client: Client) -> None:
    """Whose doing it is, is no field of the object."""
    request = {"ip": "192.0.2.1", "client": "UA"}
    client.users.create(email="a@example.com", request=request)

    assert {
        "user": {"email": "a@example.com"},
        "request": request,
    } == api.last.json


@pytest.mark.parametrize(
    ("act", "method", "path", "body"),
    [
        (
            lambda c: c.users.generate_password_token("usr_1"),
            "POST",
            "/v2/users/usr_1/generate_password_token",
            {},
        ),
        (
            lambda c: c.users.request_email_verification("usr_1", x="1"),
            "POST",
            "/v2/users/usr_1/request_email_verification",
            {"x": "1"},
        ),
        (
            lambda c: thing(Realm, c, id="rl_1").reset(),
            "POST",
            "/v2/realms/rl_1/reset",
            {},
        ),
        (
            lambda c: c.auth_providers.authorize(code="c", state="s"),
            "POST",
            "/v2/auth_providers/authorize",
            {"code": "c", "state": "s"},
        ),
        (
            lambda c: thing(AuthProvider, c, id="ap_1").authorize_token("t"),
            "POST",
            "/v2/auth_providers/ap_1/authorize",
            {"access_token": "t"},
        ),
    ],
)
def test_s16_some_bodies_are_not_wrapped(
    api: Api, client: Client, act: Any, method: str, path: str, body: Any
) -> None:
    """These calls send their parameters bare."""
    act(client)

    assert (method, path) == (api.last.method, api.last.target)
    assert body == api.last.json


@pytest.mark.parametrize(
    ("act", "path"),
    [
        (lambda user: user.update(name="x"), "/v2/users/usr_1"),
        (
            lambda user: user.update_password("old", "new", "new"),
            "/v2/users/usr_1/update_password",
        ),
        (
            lambda user: user.update_profile(email="b@example.com"),
            "/v2/users/usr_1/profile",
        ),
    ],
)
def test_s17_updates_are_puts(api: Api, client: Client, act: Any, path: str) -> None:
    """Update, password and profile all use PUT and the root."""
    act(thing(User, client, id="usr_1"))

    assert ("PUT", path) == (api.last.method, api.last.target)
    assert list(api.last.json) == ["user"]


@pytest.mark.parametrize("id_", [None, "", "  ", ".", "..", "\ud800", 7])
@pytest.mark.parametrize("act", ["find", "update", "delete", "authenticate"])
def test_s18_what_is_no_id_is_not_found_without_a_request(
    api: Api, client: Client, act: str, id_: Any
) -> None:
    """A blank id would ask for the list, and dots for another path."""
    with pytest.raises(RecordNotFound):
        getattr(client.users, act)(id_)

    assert api.seen == []
    assert client.users.retrieve(id_) is None


def test_s19_an_oauth2_session_has_a_root_and_a_path_of_its_own(
    api: Api, client: Client
) -> None:
    """Its root is ``session``, its path ``sessions/oauth2``."""
    client.oauth2_sessions.create(code="c")
    client.oauth2_sessions.find("kss_1")
    client.oauth2_sessions.code_to_token(code="c", client_app_id="a")

    assert [(seen.method, seen.target, seen.json) for seen in api.seen] == [
        ("POST", "/v2/sessions/oauth2", {"session": {"code": "c"}}),
        ("GET", "/v2/sessions/oauth2/kss_1", None),
        (
            "POST",
            "/v2/sessions/oauth2/code",
            {"session": {"code": "c", "client_app_id": "a"}},
        ),
    ]


def test_s20_the_language_is_set_for_all_calls_or_for_one(api: Api) -> None:
    """``default_headers`` set it for a client, ``headers=`` for a call."""
    with Client(
        url=api.url, api_key="ks_1", default_headers={"accept_language": "es"}
    ) as client:
        client.users.create(email="x")
        client.users.create(email="x", headers={"accept_language": "ja"})

    assert [seen.headers["accept-language"] for seen in api.seen] == ["es", "ja"]
    assert [seen.json for seen in api.seen] == [{"user": {"email": "x"}}] * 2
