"""Statements 21 to 37: what comes back over the wire."""

from __future__ import annotations

import itertools
import time
from datetime import UTC, datetime
from email.utils import formatdate
from types import MappingProxyType
from typing import Any

import pytest

from arware import errors
from arware.api import answers
from arware.api.answers import understand
from arware.api.client import Client
from arware.resources.auth_provider import AuthProvider
from arware.resources.base import Record
from arware.resources.credential import Credential
from arware.resources.oauth2_session import Oauth2Session
from arware.resources.org import Org
from arware.resources.registry import _known, class_of, resource_class
from arware.resources.session import Session
from arware.resources.token import Token
from arware.resources.user import User
from tests.api.conftest import KEY
from tests.api.servers import Api, Response

USER = {"object": "user", "id": "usr_1", "email": "a@example.com"}


@pytest.mark.parametrize("body", [b"", b"null", b"  ", b" null\n", b"{}"])
def test_s21_an_empty_answer_is_an_empty_object(
    api: Api, client: Client, body: bytes
) -> None:
    """Nothing and ``null`` both mean: no data, no errors."""
    api.will(body)
    org = client.orgs.find("org_1")

    assert (org.name, org.valid, org.errors) == (None, True, [])


@pytest.mark.parametrize(
    "body",
    [
        b"<html>sign in</html>",
        b"{",
        b"[]",
        b'"text"',
        b"7",
        b'{"a": NaN}',
        b"[" * 100_000,
        b'{"name": "\xe9"}',
        '{"name": "x"}'.encode("utf-16"),
    ],
)
@pytest.mark.parametrize("status", [200, 422])
def test_s22_what_is_no_json_object_is_an_unexpected_response(
    api: Api, client: Client, body: bytes, status: int
) -> None:
    """The error knows the status and shows the beginning of the body."""
    api.will(body, status)
    with pytest.raises(errors.Error) as caught:
        client.orgs.find("org_1")

    assert type(caught.value) is errors.UnexpectedResponse
    assert status == caught.value.status
    assert caught.value.body == body[:500].decode("utf-8", "replace")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["a", "b"], ["a", "b"]),
        ({"name": ["is taken", "is odd"], "x": "y"}, ["is taken", "is odd", "y"]),
        ({"name": {"first": ["a"]}}, ["a"]),
        ("one", ["one"]),
        ([None, "", "a"], ["a"]),
    ],
)
def test_s23_errors_may_be_a_list_or_a_mapping(
    api: Api, client: Client, given: Any, expected: list[str]
) -> None:
    """The values of a mapping are flattened, in their order."""
    api.will({"errors": given}, 422)

    assert expected == client.orgs.create(name="x").errors


def test_s24_what_stands_beside_is_metadata(api: Api, client: Client) -> None:
    """So for ``errors`` as for ``collection``."""
    api.will({"errors": ["no"], "retry_url": "https://example.com/"}, 422)
    org = client.orgs.create(name="x")
    api.will({"collection": [{"object": "org", "id": "org_1"}], "more_results": True})
    orgs = client.orgs.all()

    assert org.metadata == {"retry_url": "https://example.com/"}
    assert orgs.metadata == {"more_results": True}


def test_s24_an_empty_list_keeps_its_metadata(api: Api, client: Client) -> None:
    """No objects are a list too; ``null`` is none."""
    api.will({"collection": [], "more_results": False, "total": 0})
    api.will({"collection": None})
    found = client.orgs.all()

    assert (found, found.metadata) == ([], {"more_results": False, "total": 0})
    assert client.orgs.all() == []


@pytest.mark.parametrize("status", [200, 201])
def test_s25_errors_make_an_object_invalid_whatever_the_status(
    api: Api, client: Client, status: int
) -> None:
    """A success with errors is none."""
    api.will({"object": "org", "id": "org_1", "errors": ["no"]}, status)
    org = client.orgs.create(name="x")

    assert not org.valid
    assert (org.id, org.name) == (None, "x")


def test_s26_215_is_an_empty_valid_object_with_metadata(
    api: Api, client: Client
) -> None:
    """The whole payload is metadata."""
    api.will({"object": "org", "id": "org_1", "note": "later"}, 215)
    org = client.orgs.find("org_1")

    assert (org.valid, org.id) == (True, None)
    assert org.metadata["note"] == "later"


def test_s26_215_leaves_an_object_as_it_was(api: Api, client: Client) -> None:
    """Nothing new was said, so nothing changes."""
    org = client.orgs(id="org_1", name="old")
    api.will({"object": "org", "name": "new"}, 215)

    assert org.update(name="new")
    assert org.name == "old"


@pytest.mark.parametrize("status", [409, 422])
@pytest.mark.parametrize("body", [{}, b"", {"object": "org", "id": "org_9"}])
def test_s27_a_refusal_without_errors_has_one(
    api: Api, client: Client, status: int, body: Any
) -> None:
    """Somebody who looks at ``errors`` finds something."""
    api.will(body, status)
    org = client.orgs.update("org_1", name="x")

    assert org.errors == ["Validation error"]
    assert (org.id, org.name) == ("org_1", "x")


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        (401, errors.AuthenticationFailed, "authentication_failed"),
        (402, errors.AccountInactive, "account_inactive"),
        (403, errors.AccessDenied, "access_denied"),
        (404, errors.RecordNotFound, "record_not_found"),
        (429, errors.RateLimited, "rate_limited"),
        (400, errors.Error, "api_error"),
        (405, errors.Error, "api_error"),
        (406, errors.Error, "api_error"),
        (415, errors.Error, "api_error"),
        (500, errors.Error, "api_error"),
        (503, errors.Error, "api_error"),
        (599, errors.Error, "api_error"),
    ],
)
def test_s28_each_status_has_its_error(
    api: Api, client: Client, status: int, kind: type[errors.Error], reason: str
) -> None:
    """With status, request id, call, host and body, and without the key."""
    api.will({"errors": ["the text"]}, status, x_request_id="req-1")
    with pytest.raises(errors.Error) as caught:
        client.orgs.find("org_1")
    error = caught.value

    assert kind is type(error)
    assert (status, "req-1", reason) == (error.status, error.request_id, error.reason)
    assert ("GET orgs/org_1", f"127.0.0.1:{api.port}") == (error.call, error.host)
    assert "the text" in str(error)
    assert KEY not in str(error) + repr(error)
    assert 400 <= error.status_hint < 600


def test_s28_other_errors_show_status_and_body(api: Api, client: Client) -> None:
    """Of a strange answer the beginning is shown, and only that."""
    api.will(b"x" * 100_000, 500)
    with pytest.raises(errors.Error, match="Server error: 500") as caught:
        client.orgs.find("org_1")

    assert "xxx" in str(caught.value)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    ("status", "fix"),
    [
        (400, "check what was sent"),
        (401, "AUTHROCKET_API_KEY"),
        (402, "renew"),
        (403, "AUTHROCKET_API_KEY"),
        (404, "Check AUTHROCKET_URL"),
        (406, "AUTHROCKET_URL"),
        (429, "come back later"),
        (500, "try again later"),
        (503, "status page"),
        (300, "answered with status 300"),
        (304, "answered with status 304"),
        (299, "not JSON"),
    ],
)
def test_s28_errors_name_a_fix_and_carry_status_and_body(
    api: Api, client: Client, status: int, fix: str
) -> None:
    """Whoever reads it knows what to look at."""
    body = b"" if status == 304 else b"<html>odd</html>"
    api.will(body, status)
    with pytest.raises(errors.Error) as caught:
        client.orgs.create(name="x")

    assert fix in str(caught.value)
    assert (caught.value.status, caught.value.body) == (status, body.decode())


def test_s28_a_busy_server_that_says_when_is_quoted(api: Api, client: Client) -> None:
    """In the message as in *retry_after*."""
    api.will({}, 503, retry_after="1")
    with pytest.raises(errors.Error, match="come back in 1 second\n") as caught:
        client.orgs.create(name="x")

    assert caught.value.retry_after == 1


def test_s28_a_key_that_the_server_echoes_is_not_shown(
    api: Api, client: Client
) -> None:
    """What comes back is cleaned of what was sent in confidence."""
    api.answer = lambda seen: Response(f"no: {seen.headers}".encode(), 500)
    with pytest.raises(errors.Error) as caught:
        client.orgs.find("org_1")

    assert KEY not in str(caught.value) + str(caught.value.body)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "17"}, 17.0),
        (
            {
                "date": "Wed, 01 Jan 2025 00:00:00 GMT",
                "retry-after": "Wed, 01 Jan 2025 00:01:00 GMT",
            },
            60.0,
        ),
        (
            {
                "date": "Wed, 01 Jan 2025 00:00:00 GMT",
                "ratelimit-reset": "Wed, 01 Jan 2025 00:00:30 GMT",
            },
            30.0,
        ),
        (
            {
                "date": "Wed, 01 Jan 2025 00:00:00 GMT",
                "retry-after": "Wed Jan  1 00:00:30 2025",
            },
            30.0,
        ),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "9" * 30}, None),
        ({}, None),
    ],
)
def test_s28_a_rate_limit_tells_when_to_come_back(
    headers: dict[str, str], seconds: float | None
) -> None:
    """Seconds or a date, which counts from the answer's own."""
    with pytest.raises(errors.RateLimited) as caught:
        understand(answers.Response(429, headers, b""))

    assert seconds == caught.value.retry_after
    told = (
        "come back later" if seconds is None else f"come back in {seconds:.0f} second"
    )
    assert told in str(caught.value)


def test_s28_a_date_of_an_answer_without_one_counts_from_its_arrival(
    api: Api, client: Client
) -> None:
    """Not all that answers in the API's place sends a date."""
    api.will({}, 429, retry_after=formatdate(time.time() + 600, usegmt=True))
    with pytest.raises(errors.RateLimited) as caught:
        client.orgs.create(name="x")

    assert caught.value.retry_after is not None
    assert 590 < caught.value.retry_after <= 600


def test_s29_a_failed_create_keeps_what_was_submitted(api: Api, client: Client) -> None:
    """So a form can be shown again; also if the caller wrapped it."""
    for submitted in ({"name": "Acme"}, {"org": {"name": "Acme"}}):
        api.will({"errors": ["Name is taken"]}, 422)
        org = client.orgs.create(**submitted)

        assert (org.name, org.id) == ("Acme", None)
        assert org.errors == ["Name is taken"]


def test_s29_a_failed_update_keeps_what_was_submitted(api: Api, client: Client) -> None:
    """On the class as on the object."""
    api.will({"errors": ["Name is taken"]}, 422)
    org = client.orgs.update("org_1", name="Acme")
    api.will({"errors": ["Name is taken"]}, 422)
    other = client.orgs(id="org_1", name="old")

    assert (org.id, org.name, org.valid) == ("org_1", "Acme", False)
    assert other.update(name="Acme") is False
    assert (
        other.id,
        other.name,
        other.errors,
    ) == ("org_1", "Acme", ["Name is taken"])


def test_s29_a_failed_change_makes_no_other_object(api: Api, client: Client) -> None:
    """Whatever a form held: the next call is still about the same object."""
    for _ in range(4):
        api.will({"errors": ["Name is taken"]}, 422)
    org, user = client.orgs(id="org_1"), client.users(id="usr_1")
    org.update(id="org_2", name="x")
    user.update_membership("mb_1", id="mb_2")
    ids = [
        org.id,
        client.orgs.update("org_1", id="org_2").id,
        client.orgs.create(id="org_2", name="x").id,
    ]

    assert ids == ["org_1", "org_1", None]
    assert org.name == "x"


def test_s29_the_next_success_clears_the_errors(api: Api, client: Client) -> None:
    """Errors are those of the last call."""
    org = client.orgs(id="org_1", name="old")
    api.will({"errors": ["Name is taken"]}, 422)
    org.update(name="x")
    api.will({"object": "org", "id": "org_1", "name": "y"})

    assert org.update(name="y")
    assert (org.errors, org.name) == ([], "y")


@pytest.mark.parametrize("act", ["all", "first"])
def test_s30_errors_of_a_query_raise(api: Api, client: Client, act: str) -> None:
    """A list has no object that could carry them."""
    api.will({"errors": ["bad sort", "bad page"]}, 422)
    with pytest.raises(errors.QueryError) as caught:
        getattr(client.orgs, act)(sort="x")

    assert caught.value.errors == ["bad sort", "bad page"]
    assert str(caught.value) == "Error: bad sort bad page"
    assert caught.value.status == 422


@pytest.mark.parametrize(
    "act",
    [
        lambda c: c.orgs.create_or_raise(name="x"),
        lambda c: c.orgs.update_or_raise("org_1", name="x"),
        lambda c: c.orgs.delete_or_raise("org_1"),
        lambda c: c.orgs(id="org_1").update_or_raise(name="x"),
        lambda c: c.orgs(id="org_1").delete_or_raise(),
    ],
)
def test_s30_only_the_strict_forms_raise(api: Api, client: Client, act: Any) -> None:
    """The error holds the object, and its text names class and messages."""
    api.will({"errors": ["no", "never"]}, 422)
    with pytest.raises(errors.RecordInvalid) as caught:
        act(client)

    assert str(caught.value) == "Org Invalid: no never"
    assert isinstance(caught.value.record, Org)
    assert ["no", "never"] == caught.value.errors == caught.value.record.errors


@pytest.mark.parametrize(
    "act",
    [
        lambda c: c.orgs.create(name="x").valid,
        lambda c: c.orgs.update("org_1", name="x").valid,
        lambda c: c.orgs.delete("org_1").valid,
        lambda c: c.orgs(id="org_1").update(name="x"),
        lambda c: c.orgs(id="org_1").delete(),
        lambda c: c.orgs.find("org_1").valid,
    ],
)
def test_s30_the_others_tell(api: Api, client: Client, act: Any) -> None:
    """They return ``False``, or an object that is not valid."""
    api.will({"errors": ["no"]}, 409)

    assert act(client) is False


def test_s31_retrieve_returns_none_for_404_only(api: Api, client: Client) -> None:
    """What is not found is ``None``; what is denied still raises."""
    api.will({}, 404)
    api.will({}, 403)

    assert client.orgs.retrieve("org_1") is None
    with pytest.raises(errors.AccessDenied):
        client.orgs.retrieve("org_1")


HTML = b"<!doctype html><title>Not Found</title>"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (HTML, "text/html; charset=utf-8"),
        (b"404 page not found", "text/plain"),
        (b"", "text/html"),
        (b"[]", "application/json"),
        (b'"not found"', "application/json"),
        (b"{", "application/json"),
    ],
)
@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.orgs.retrieve("org_1"),
        lambda client: client.orgs.find("org_1"),
        lambda client: client.orgs.update("org_1", name="x"),
        lambda client: client.orgs.delete("org_1"),
        lambda client: client.orgs.all(),
        lambda client: client.users(id="usr_1").retrieve_membership("mb_1"),
        lambda client: client.users(id="usr_1").find_membership("mb_1"),
        lambda client: client.orgs(id="org_1").reload(),
    ],
)
def test_f20_a_404_that_is_not_the_apis_says_nothing_of_a_record(
    api: Api, client: Client, body: bytes, content_type: str, ask: Any
) -> None:
    """A page that some server does not have is no record that the API does not have."""
    api.will(body, 404, content_type=content_type)
    with pytest.raises(errors.UnexpectedResponse) as caught:
        ask(client)

    told = str(caught.value)
    assert f"127.0.0.1:{api.port}" in told
    assert f"status 404, {content_type}" in told
    assert "Check AUTHROCKET_URL (url)" in told
    assert (caught.value.status, caught.value.reason) == (404, "unexpected_response")


@pytest.mark.parametrize("body", [b'{"errors":["no such org"]}', b"{}", b"", b"null"])
def test_f20_a_404_of_the_api_still_is_no_record(
    api: Api, client: Client, body: bytes
) -> None:
    """Its own word is JSON, or empty and says that it is JSON."""
    for _ in range(2):
        api.will(body, 404, content_type="application/json")

    assert client.orgs.retrieve("org_1") is None
    with pytest.raises(errors.RecordNotFound, match="check the id, the realm and"):
        client.orgs.find("org_1")


def test_s32_nested_objects_are_built_by_their_kind(api: Api, client: Client) -> None:
    """In fields, in lists, at the top; unknown kinds are records, others stay plain."""
    api.will(
        {
            **USER,
            "credentials": [{"object": "credential", "id": "crd_1"}],
            "future": {"object": "hologram", "id": "h_1", "size": 7},
            "plain": {"id": "x"},
            "many": [{"object": "org", "id": "org_1"}, 7],
        }
    )
    user = client.users.find("usr_1")
    (credential,) = user.credentials()

    assert (Credential, "crd_1") == (type(credential), credential.id)
    assert (Record, 7) == (type(user["future"]), user["future"]["size"])
    assert user["plain"] == {"id": "x"}
    assert [Org(id="org_1"), 7] == user["many"]
    assert len(api.seen) == 1


def test_s32_a_kind_decides_the_class_at_the_top(api: Api, client: Client) -> None:
    """The answer's own word counts, and a strange one does no harm."""
    api.will({"object": "session", "id": "kss_1"})
    api.will({"object": "../../os", "id": "x"})
    api.will({"object": 7, "id": "x"})
    found = [type(client.users.find("usr_1")) for _ in range(3)]

    assert [Session, Record, User] == found


@pytest.mark.parametrize(
    ("kind", "cls"),
    [
        ("orgs", Org),
        ("Org", Org),
        ("AuthProvider", AuthProvider),
        ("auth_providers", AuthProvider),
        ("auth-provider", AuthProvider),
        ("authProvider", AuthProvider),
        ("Oauth2Session", Oauth2Session),
        ("s", Record),
        ("", Record),
        ("o" * 10_000, Record),
    ],
)
def test_s32_a_kind_is_camelised_and_made_singular(kind: str, cls: type) -> None:
    """As the gem does with what ``object`` says."""
    assert class_of({"object": kind}, User) is cls
    assert class_of({"object": kind}, Org) is cls


def test_s32_unknown_kinds_take_no_memory_for_ever() -> None:
    """A server that makes up names cannot fill ours."""
    for number in range(1000):
        resource_class(f"made_up_{number}")

    assert _known.cache_info().currsize <= 64


@pytest.mark.parametrize("kind", ["oauth2_session", "session"])
def test_s32_an_oauth2_session_may_call_itself_a_session(
    api: Api, client: Client, kind: str
) -> None:
    """As what is sent for it does; found or reloaded, it is the same thing."""
    for _ in range(2):
        api.will({"object": kind, "id": "x", "token_type": "bearer"})
    found = client.oauth2_sessions.find("x")
    reloaded = client.oauth2_sessions(id="x").reload()

    assert type(found) is type(reloaded) is Oauth2Session
    assert (found.token_type, reloaded.token_type) == ("bearer", "bearer")


@pytest.mark.parametrize(("kind", "cls"), [("session", Session), ("token", Token)])
def test_s33_authenticate_returns_a_session_or_a_token(
    api: Api, client: Client, kind: str, cls: type
) -> None:
    """A token asks for the second step."""
    api.will({"object": kind, "id": "x", "token": "tmf:1"})
    api.will({"object": kind, "id": "x", "token": "tmf:1"})
    by_class = client.users.authenticate("a@example.com", password="secret")
    by_object = client.users(id="usr_1").authenticate(password="secret")

    assert cls is type(by_class)
    assert cls is type(by_object)
    assert [seen.target for seen in api.seen] == [
        "/v2/users/a%40example.com/authenticate",
        "/v2/users/usr_1/authenticate",
    ]
    assert [seen.json for seen in api.seen] == [{"user": {"password": "secret"}}] * 2


def test_s33_a_failed_login_raises_on_the_class_and_tells_on_the_object(
    api: Api, client: Client
) -> None:
    """The gem's two manners."""
    api.will({"errors": ["Login failed"]}, 422)
    api.will({"errors": ["Login failed"]}, 422)
    with pytest.raises(errors.RecordInvalid, match="Login failed") as caught:
        client.users.authenticate("usr_1", password="wrong")
    user = client.users(id="usr_1")

    assert user.authenticate(password="wrong") is False
    assert user.errors == ["Login failed"]
    assert "wrong" not in str(caught.value) + repr(caught.value.record)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1735689600, datetime(2025, 1, 1, tzinfo=UTC)),
        ("2025-01-01 00:00:00 UTC", datetime(2025, 1, 1, tzinfo=UTC)),
        (" 2025-01-01 01:00:00 +0100 ", datetime(2025, 1, 1, tzinfo=UTC)),
        ("2025-01-01 01:00:00.5 +01:00", datetime(2025, 1, 1, 0, 0, 0, 500_000, UTC)),
        ("2025/01/01 00:00", datetime(2025, 1, 1, tzinfo=UTC)),
        ("Wed, 01 Jan 2025 00:00:00 GMT", datetime(2025, 1, 1, tzinfo=UTC)),
        ("Wed, 01 Jan 2025 01:00:00 +0100", datetime(2025, 1, 1, tzinfo=UTC)),
        ("Wed Jan  1 00:00:00 2025", datetime(2025, 1, 1, tzinfo=UTC)),
        ("Wed Jan 01 00:00:00 UTC 2025", datetime(2025, 1, 1, tzinfo=UTC)),
        ("2025-13-01 00:00:00 UTC", "2025-13-01 00:00:00 UTC"),
        ("Maybe 2025 at 10:00", "Maybe 2025 at 10:00"),
        (1735689600.5, datetime(2025, 1, 1, 0, 0, 0, 500_000, UTC)),
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        ("2025-01-01T01:00:00+01:00", datetime(2025, 1, 1, tzinfo=UTC)),
        ("2025-01-01T00:00:00Z", datetime(2025, 1, 1, tzinfo=UTC)),
        ("2025-01-01 00:00:00", datetime(2025, 1, 1, tzinfo=UTC)),
        ("soon", "soon"),
        (1e30, 1e30),
        (True, True),
        ([], []),
        (None, None),
    ],
)
def test_s34_moments_are_aware_and_what_is_none_stays(
    api: Api, client: Client, value: Any, expected: Any
) -> None:
    """Seconds and ISO text become datetimes in UTC; the rest is left as it came."""
    api.will({"object": "org", "id": "org_1", "created_at": value})

    assert expected == client.orgs.find("org_1").created_at


def test_s35_lists_tell_whether_there_is_more(api: Api, client: Client) -> None:
    """``after`` and ``max_results`` go out, ``more_results`` comes back."""
    api.will({"collection": [USER], "more_results": True})
    api.will({"collection": [], "more_results": False})
    api.will({"collection": [USER]})
    found = [client.users.all(after="usr_0", max_results=1) for _ in range(3)]

    assert [users.more_results for users in found] == [True, False, False]
    assert api.last.query == "after=usr_0&max_results=1"


def test_s35_iterate_walks_to_the_end(api: Api, client: Client) -> None:
    """Page after page, each asked for when it is needed."""

    def page(seen: Any) -> Response:
        start = int(seen.query.partition("after=usr_")[2].partition("&")[0] or 0)
        users = [{"object": "user", "id": f"usr_{start + n}"} for n in (1, 2)]
        return Response({"collection": users, "more_results": start < 4})

    api.answer = page
    walk = client.users.iterate(max_results=2, state="active")
    first = next(walk)
    asked = len(api.seen)
    rest = list(walk)

    assert (first.id, asked) == ("usr_1", 1)
    assert [f"usr_{n}" for n in range(2, 7)] == [user.id for user in rest]
    assert [seen.query for seen in api.seen] == [
        "max_results=2&state=active",
        "after=usr_2&max_results=2&state=active",
        "after=usr_4&max_results=2&state=active",
    ]


def test_s35_iterate_pages_within_params_too(api: Api, client: Client) -> None:
    """Where only the content of ``params`` is sent, the page stands in it."""
    for params in ({"state": "active"}, MappingProxyType({"state": "active"})):
        api.will({"collection": [USER], "more_results": True})
        api.will({"collection": []})
        users = list(client.users.iterate(params=params))

        assert [User(id="usr_1")] == users
        assert api.last.query == "after=usr_1&state=active"


def test_s35_iterate_ends_with_a_server_that_never_does(
    api: Api, client: Client
) -> None:
    """A page without ids, or one that was there before, is the last."""
    api.answer = lambda _: Response({"collection": [USER], "more_results": True})

    assert [user.id for user in client.users.iterate()] == ["usr_1", "usr_1"]

    def around(_: Any) -> Response:
        users = [{"object": "user", "id": f"usr_{len(api.seen) % 3}"}]
        return Response({"collection": users, "more_results": True})

    api.answer = around

    assert len(list(itertools.islice(client.users.iterate(), 100))) == 4


def test_s36_first_asks_for_one(api: Api, client: Client) -> None:
    """``max_results=1``, and ``None`` if there is none."""
    api.will({"collection": [USER]})
    api.will({"collection": []})

    assert client.users.first(state="active") == User(id="usr_1")
    assert client.users.first() is None
    assert [seen.query for seen in api.seen] == [
        "max_results=1&state=active",
        "max_results=1",
    ]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_s37_redirects_on_the_same_host_are_followed(
    api: Api, client: Client, status: int
) -> None:
    """With the same method and headers."""
    api.will({}, status, location="/v2/orgs/org_2?x=1")
    api.will({"object": "org", "id": "org_2"})
    org = client.orgs.find("org_1")

    assert org.id == "org_2"
    assert [s.target for s in api.seen] == ["/v2/orgs/org_1", "/v2/orgs/org_2?x=1"]
    assert api.last.headers["authrocket-api-key"] == KEY


@pytest.mark.parametrize("status", [307, 308])
def test_s37_a_change_is_repeated_only_where_the_status_says_so(
    api: Api, client: Client, status: int
) -> None:
    """307 and 308 keep method and body."""
    api.will({}, status, location=f"{api.url}/orgs/")
    client.orgs.create(name="x")

    assert (api.last.method, api.last.target) == ("POST", "/v2/orgs/")
    assert api.last.json == {"org": {"name": "x"}}


def test_s37_after_a_303_the_result_is_read(api: Api, client: Client) -> None:
    """With GET, and without the body."""
    api.will({}, 303, location="/v2/orgs/org_1")
    client.orgs.create(name="x")

    assert (api.last.method, api.last.body) == ("GET", b"")


@pytest.mark.parametrize("status", [301, 302])
def test_s37_a_change_is_not_turned_into_a_question(
    api: Api, client: Client, status: int
) -> None:
    """Browsers would ask with GET, and the caller would take the answer for success."""
    api.will({}, status, location="/v2/orgs")
    with pytest.raises(errors.Error, match="redirected"):
        client.orgs.create(name="x")

    assert len(api.seen) == 1


@pytest.mark.parametrize("status", [300, 304, 302])
def test_s37_a_redirect_to_nowhere_is_an_error(
    api: Api, client: Client, status: int
) -> None:
    """It is no success."""
    api.will({}, status)
    with pytest.raises(errors.Error) as caught:
        client.orgs.find("org_1")

    assert status == caught.value.status
