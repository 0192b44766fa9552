"""Nothing that is worth stealing shows: not in reprs, not in errors, not in logs."""

from __future__ import annotations

import copy
import html
import json
import logging
import pickle
import re
import traceback
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from arware import errors
from arware.api.answers import Response, understand
from arware.api.attempts import Limits
from arware.api.calls import asked, shown_path
from arware.api.client import Client
from arware.api.wire import Credentials, request_for
from arware.resources.reading import Absorb, ReadObject
from arware.resources.user import User
from arware.settings import Settings
from tests.api import servers
from tests.api.conftest import KEY
from tests.api.servers import Api

TOKEN = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c3JfMSJ9.c2lnbmF0dXJl"
PASSWORD = "correct horse battery"
SESSION = "kss_secret"
ODD = 'pass"w\\örd'
SECRETS = re.compile("|".join(map(re.escape, (KEY, TOKEN, PASSWORD, SESSION))))


def everything_about(error: BaseException) -> str:
    """Return all that a log could show of *error*, causes and contexts as well."""
    shown = "".join(traceback.format_exception(error))
    seen: set[int] = set()
    queue: list[BaseException | None] = [error]
    while queue:
        one = queue.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        shown += repr(one) + repr(vars(one)) + repr(one.args)
        queue += [one.__cause__, one.__context__]
    return shown


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 422, 429, 500])
def test_errors_and_logs_hold_no_secret(
    api: Api, client: Client, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    """Whatever the answer, and with every logger at its most talkative."""
    caplog.set_level(logging.DEBUG)
    api.answer = lambda seen: servers.Response(b"<oops>", status)
    acts: list[Any] = [
        lambda: client.users.authenticate("usr_1", password=PASSWORD),
        lambda: client.users.verify_email(f"tve:{TOKEN}"),
        lambda: client.sessions.find(SESSION),
        lambda: client.sessions.delete_or_raise(SESSION),
        lambda: client.users.find(TOKEN),
        lambda: client.orgs.all(token=TOKEN),
        lambda: client.users.create_or_raise(password=PASSWORD),
    ]
    shown = ""
    for act in acts:
        with pytest.raises(errors.Error) as caught:
            act()
        shown += everything_about(caught.value)

    assert SECRETS.findall(shown) == []
    assert SECRETS.findall(caplog.text) == []
    assert len(acts) == len(api.seen)


def test_network_failures_hold_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    """Not even in the exceptions that they come from."""
    caplog.set_level(logging.DEBUG)
    with servers.raw(lambda connection, _: connection.close()) as server:
        url = server.url
        with Client(url=url, api_key=KEY, limits=Limits(total=2)) as client:
            with pytest.raises(errors.ConnectionError) as caught:
                client.sessions.find(SESSION, token=TOKEN)
            shown = everything_about(caught.value)

    assert SECRETS.findall(shown + caplog.text) == []
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_reprs_hold_no_secret(api: Api, client: Client) -> None:
    """Of clients, calls, requests, credentials, settings and objects."""
    credentials = Credentials.read({"api_key": KEY, "url": api.url})
    request = request_for(client_call(client), credentials)
    api.will({"object": "session", "id": SESSION, "token": TOKEN})
    session = client.sessions.find(SESSION)
    api.will({"errors": ["no"]}, 422)
    user = client.users.create(email="a@example.com", password=PASSWORD)
    shown = repr(
        [
            client,
            client.orgs,
            credentials,
            request,
            client_call(client),
            client_call(client).read,
            asked({"password": PASSWORD, "credentials": {"api_key": KEY}}),
            ReadObject(User, {"password": PASSWORD}),
            Absorb(user, {"password": PASSWORD}),
            understand(Response(200, {}, b'{"token": "%s"}' % TOKEN.encode())),
            session,
            session._context,
            user,
            Settings(api_key=KEY, url=api.url),
        ]
    )

    assert SECRETS.findall(shown) == []
    assert credentials.api_key == KEY


def client_call(client: Client) -> Any:
    """Return a call that holds secrets everywhere."""
    from tests.api.test_values import Plan

    plan: Any = Plan()
    return plan.sessions.find(
        SESSION, token=TOKEN, credentials={"api_key": KEY}, headers={"x": TOKEN}
    )


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("orgs/org_1", "orgs/org_1"),
        ("sessions/kss_1", "sessions/..."),
        (f"sessions/{TOKEN}", "sessions/..."),
        ("users/a%40example.com/authenticate", "users/.../authenticate"),
        ("users/tpw%3Aabc", "users/..."),
        ("users/tpw:abc", "users/..."),
        ("users/ks_1", "users/..."),
        (f"users/{'a' * 65}", "users/..."),
        ("invitations", "invitations"),
        ("invitations/nvt_1/invite", "invitations/.../invite"),
        ("auth_providers/totp/authorize", "auth_providers/totp/authorize"),
        ("sessions/oauth2/code", "sessions/oauth2/code"),
    ],
)
def test_paths_are_shown_without_credentials(path: str, shown: str) -> None:
    """Ids of objects help to find a fault, ids that log in do not."""
    assert shown == shown_path(path)


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 409, 422, 429, 500])
@pytest.mark.parametrize(
    "body",
    [
        {"errors": [f"bad {KEY}", {"a": [f"{PASSWORD} {ODD} {TOKEN}"]}, SESSION]},
        {"errors": {"key": KEY, "x": [SESSION, quote_plus(PASSWORD), "otp 123456."]}},
        b'{"echo":"%s' % KEY.encode(),
        b"[%s]" % json.dumps([PASSWORD, ODD, TOKEN, SESSION]).encode(),
        b" " * 480 + KEY.encode() + PASSWORD.encode(),
    ],
)
def test_what_a_server_sends_back_shows_no_secret(
    api: Api, client: Client, status: int, body: Any
) -> None:
    """Be it in the message, in ``errors``, in ``body`` or in the request id."""
    api.answer = lambda seen: servers.Response(
        body, status, {"x-request-id": f"a {KEY}"}
    )
    acts: list[Any] = [
        lambda: client.users.authenticate("u", password=PASSWORD, code="123456"),
        lambda: client.users.create_or_raise(password=ODD, custom={"token": TOKEN}),
        lambda: client.sessions.delete_or_raise(SESSION),
        lambda: client.orgs.all(token=TOKEN, ids=[SESSION]),
        lambda: client.orgs.all(headers={"authorization": f"Bearer {KEY},rl_1"}),
    ]
    sent = [
        [KEY, PASSWORD, quote_plus(PASSWORD), "123456"],
        [KEY, ODD, TOKEN],
        [KEY, SESSION],
        [KEY, TOKEN, SESSION],
        [KEY],
    ]
    for act, secrets in zip(acts, sent, strict=True):
        with pytest.raises(errors.Error) as caught:
            act()
        error = caught.value
        shown = [str(error), repr(error), error.body, error.request_id]
        shown += getattr(error, "errors", [])

        assert [s for s in secrets for text in shown if s in (text or "")] == []
        assert [s for s in secrets if json.dumps(s)[1:-1] in (error.body or "")] == []


def test_a_key_that_is_not_sent_is_not_shown_either(api: Api) -> None:
    """The service knows a realm's key of tokens as well."""
    ours, theirs = "jsk_" + "a" * 30, "jsk_" + "b" * 30
    credentials = {"api_key": "ks_2", "JWT-Key": theirs}
    with Client(url=api.url, api_key=KEY, jwt_key=ours) as client:
        for given, key in ((None, ours), (credentials, theirs)):
            api.will({"errors": [f"{key} is old"]}, 422)
            with pytest.raises(errors.QueryError, match=r"\*\*\* is old"):
                client.orgs.all(credentials=given)


PROSE = [
    ("password", "The password is too common"),
    ("password", "Password can't be blank, and password confirmation doesn't match"),
    ("password", "Validation failed: password is too common"),
    ("password", '{"errors": {"password": ["is too common"]}}'),
    ("pass", "The password is too common"),
    ("word", "The password is too common"),
    ("common", "The password is too common"),
    ("too common", "The password is too common"),
    ("the", "the other password"),
    ("monkey", "monkeys and donkeymonkeys"),
    ("sw0rd", "passw0rds"),
    ("an", "ban of a man"),
    ("123456", "request 91234567"),
    ("1", "at least 10 characters, 21 or more"),
    ("пароль", "нет паролям и паролей"),
    ("é", "café noir, été"),
]


@pytest.mark.parametrize(("password", "message"), PROSE)
def test_f26_what_a_message_says_by_chance_stays(
    api: Api, client: Client, password: str, message: str
) -> None:
    """A password that is part of a word, or of the message itself, hides nothing."""
    api.will({"errors": [message]}, 422)

    assert client.users.create(password=password).errors == [message]


@pytest.mark.parametrize(("password", "message"), PROSE)
def test_f26_a_body_that_is_shown_stays_as_well(
    api: Api, client: Client, password: str, message: str
) -> None:
    """The beginning of an answer that could not be used is a text like others."""
    api.will(f"<p>{message}".encode(), 500)
    with pytest.raises(errors.Error) as caught:
        client.users.create(password=password)

    assert caught.value.body == f"<p>{message}"


#: How a server may write what it was sent.
WRITTEN: list[Any] = [
    lambda secret: secret,
    lambda secret: f'"{secret}"',
    lambda secret: f"'{secret}' is too common",
    lambda secret: f"({secret})",
    lambda secret: f"got: {secret}",
    lambda secret: f"got: {secret}, sorry",
    lambda secret: f"field={secret}&next=1",
    lambda secret: f"<b>{secret}</b>",
    lambda secret: f"&quot;{secret}&quot;",
    lambda secret: json.dumps({"field": secret}),
    lambda secret: json.dumps(json.dumps({"field": secret})),
    lambda secret: json.dumps([secret, "x"], ensure_ascii=False),
    lambda secret: f"q={quote_plus(secret)}",
    lambda secret: f"q={quote(secret, safe='')}&r",
    lambda secret: f"<i>{html.escape(secret)}</i>",
]
#: How it may, if the secret is none of the words of messages.
TOLD: list[Any] = [
    lambda secret: f"{secret} is too common",
    lambda secret: f"the password {secret} is too common",
    lambda secret: f"密码{secret}太常见",
    lambda secret: json.dumps(f"bad:\n{secret}\tx"),
    lambda secret: f"next=%20{quote(secret, safe='')}%20x",
    lambda secret: f"*{secret}* or _{secret}_",
]
WORDS = ["password", "secret", "too common"]
ORDINARY = ["monkey", "Sunshine", "пароль", "an1", "1234567", "sunshine please"]
CREDENTIALS = [KEY, TOKEN, SESSION, PASSWORD, ODD, "p&ss<w>örd 9", "hunter2hunter2"]


@pytest.mark.parametrize("secret", [*WORDS, *ORDINARY, *CREDENTIALS])
@pytest.mark.parametrize("written", WRITTEN)
def test_f26_a_whole_value_never_shows(
    api: Api, client: Client, secret: str, written: Any
) -> None:
    """Where it is a value of its own, be it a word like any other."""
    assert hidden_in(api, client, secret, written(secret))


@pytest.mark.parametrize("secret", [*ORDINARY, *CREDENTIALS])
@pytest.mark.parametrize("written", TOLD)
def test_f26_a_secret_that_no_message_says_never_shows(
    api: Api, client: Client, secret: str, written: Any
) -> None:
    """Wherever it stands as a whole."""
    assert hidden_in(api, client, secret, written(secret))


@pytest.mark.parametrize("secret", CREDENTIALS)
def test_f26_a_credential_never_shows_inside_of_something_else(
    api: Api, client: Client, secret: str
) -> None:
    """What is long and no word is nowhere by chance."""
    assert hidden_in(api, client, secret, f"x{secret}y")


def hidden_in(api: Api, client: Client, secret: str, text: str) -> bool:
    """Tell whether *text*, as a message and as a body, comes without *secret*."""
    api.will({"errors": [text]}, 422)
    api.will(text.encode(), 500)
    shown = client.users.create(password=secret).errors
    with pytest.raises(errors.Error) as caught:
        client.users.create(password=secret)
    shown.append(str(caught.value.body))
    spellings = {secret, quote(secret), quote_plus(secret), json.dumps(secret)[1:-1]}
    # In "the password ... is too common" the words around it may be the same.
    around = (
        "the password *** is too common",
        "*** is too common",
        "'***' is too common",
    )
    values = [one for one in shown if one not in around]
    return all("***" in one for one in shown) and not any(
        spelling in one for spelling in spellings for one in values
    )


def test_an_empty_secret_hides_nothing(api: Api, client: Client) -> None:
    """Nor does what is no text."""
    api.will({"errors": ["no 7"]}, 422)
    made = client.users.create(password="", token=7, code=None, key=" ")

    assert made.errors == ["no 7"]


def test_an_invitations_id_is_hidden_like_a_token(api: Api, client: Client) -> None:
    """Wherever it comes back from."""
    api.will({"errors": ["nvt_secret has expired"]}, 422)
    with pytest.raises(errors.RecordInvalid) as caught:
        client.invitations.delete_or_raise("nvt_secret")

    error = caught.value
    shown = repr([error, vars(error), error.args, error.errors])
    assert "nvt_secret" not in shown + str(error)


def failures(api: Api, client: Client) -> list[errors.AuthRocketError]:
    """Return one error of each kind that calls raise, with secrets around."""
    acts: list[tuple[Any, int, Any]] = [
        (client.orgs.all, 422, errors.QueryError),
        (lambda: client.users(id="u").credentials(), 422, errors.QueryError),
        (lambda: client.users.create_or_raise(**WITH_SECRETS), 422, None),
        (lambda: client.sessions.delete_or_raise(SESSION), 409, errors.RecordInvalid),
        (client.orgs.all, 429, errors.RateLimited),
        (lambda: client.orgs.find("org_1"), 404, errors.RecordNotFound),
        (lambda: client.orgs.find("org_1"), 403, errors.AccessDenied),
        (lambda: client.orgs.find("org_1"), 500, errors.Error),
        (lambda: client.orgs().reload(), 0, errors.UnsavedObjectError),
        (lambda: Client(Settings()), 0, errors.CredentialsMissing),
        (lambda: Settings(url="x", jwt_key="k"), 0, errors.ConfigurationError),
    ]
    found = []
    for act, status, kind in acts:
        api.responses[:] = (
            [servers.Response({"errors": ["no"]}, status)] if status else []
        )
        with pytest.raises(kind or errors.RecordInvalid) as caught:
            act()
        found.append(caught.value)
    return found


WITH_SECRETS = {
    "email": "a@example.com",
    "password": PASSWORD,
    "custom": {"token": TOKEN, "items": [{"secret": PASSWORD, "id": "x"}]},
}


def test_errors_can_be_pickled_without_secrets(api: Api, client: Client) -> None:
    """They come back with all that they carry; an object comes without its client."""
    for error in failures(api, client):
        pickled = pickle.dumps(error)
        again = pickle.loads(pickled)

        assert type(again) is type(error)
        assert (str(again), again.args) == (str(error), error.args)
        assert {n: v for n, v in vars(again).items() if n != "record"} == {
            n: v for n, v in vars(error).items() if n != "record"
        }
        assert SECRETS.findall(pickled.decode("latin-1")) == []


def test_an_object_of_a_pickled_error_keeps_what_is_no_secret(
    api: Api, client: Client
) -> None:
    """Its other fields, and its errors."""
    error = next(
        e for e in failures(api, client) if isinstance(e, errors.RecordInvalid)
    )
    record = pickle.loads(pickle.dumps(error)).record

    assert record.email == "a@example.com"
    assert record.custom == {"items": [{"id": "x"}]}
    assert (record.errors, record.password) == (["no"], None)
    assert error.record.password == PASSWORD


def test_errors_can_be_copied(api: Api, client: Client) -> None:
    """A copy says the same; its record asks the same client."""
    for error in failures(api, client):
        for again in (copy.copy(error), copy.deepcopy(error)):
            assert type(again) is type(error)
            assert (str(again), repr(again)) == (str(error), repr(error))
            assert again.__dict__.keys() == error.__dict__.keys()
            assert SECRETS.findall(pickle.dumps(again).decode("latin-1")) == []
            if isinstance(error, errors.RecordInvalid):
                assert SECRETS.findall(str(again.record.attributes)) == []
                assert again.record._context is error.record._context
