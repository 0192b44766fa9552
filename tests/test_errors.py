"""The exceptions: their tree, their reasons, and what their messages never hold."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from copy import copy, deepcopy
from typing import Any

import pytest

from arware import errors
from arware.auth import Reason
from arware.errors import AuthRocketError, Refusal
from arware.settings import Fault

CLASSES = [
    value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, AuthRocketError)
]


def drawn() -> dict[str, str]:
    """Return the tree of the docstring: each name and the name it hangs from."""
    parents: dict[str, str] = {}
    stack: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        text = line.strip(" │├└─")
        if "──" not in line and text != "AuthRocketError":
            continue
        name, depth = text.split()[0], line.index(text)
        while stack and stack[-1][0] >= depth:
            stack.pop()
        parents[name] = stack[-1][1] if stack else ""
        stack.append((depth, name))
    return parents


def test_the_drawn_tree_is_the_real_one() -> None:
    """Each class hangs where the docstring draws it, and none is missing."""
    real = {kind.__name__: kind.__mro__[1].__name__ for kind in CLASSES}
    real |= {"AuthRocketError": "", "CredentialsMissing": "Error", "BadOption": "Error"}

    assert real == drawn()


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_class_has_a_stable_reason_and_a_status(kind) -> None:
    """Programs read the lower-case reason, servers the status."""
    assert kind.reason == kind.reason.lower()
    assert " " not in kind.reason
    assert 400 <= kind.status_hint < 600


@pytest.mark.parametrize("reason", list(Reason))
def test_a_reason_is_its_own_text(reason: Reason) -> None:
    """A reason compares with plain text and can be made from it."""
    assert reason == reason.value
    assert Reason(str(reason)) is reason


@pytest.mark.parametrize(
    ("kind", "reason", "status"),
    [
        (errors.TokenMalformed, "malformed", 401),
        (errors.TokenExpired, "expired", 401),
        (errors.TokenNotYetValid, "not_yet_valid", 401),
        (errors.SignatureMismatch, "bad_signature", 401),
        (errors.WrongIssuer, "wrong_issuer", 401),
        (errors.WrongRealm, "wrong_realm", 401),
        (errors.UnknownKey, "unknown_key", 401),
        (errors.KeysUnavailable, "keys_unavailable", 503),
        (errors.BadCookie, "bad_cookie", 400),
        (errors.TokenTooLarge, "malformed", 401),
        (errors.ResponseStarted, "response_started", 500),
        (errors.LoginRequired, "login_required", 401),
        (errors.Forbidden, "forbidden", 403),
        (errors.RecordNotFound, "record_not_found", 404),
        (errors.RateLimited, "rate_limited", 503),
        (errors.ConfigurationError, "configuration", 500),
    ],
)
def test_reasons_and_statuses_stay_what_they_are(kind, reason, status) -> None:
    """What programs rely on does not change unnoticed."""
    assert (kind.reason, kind.status_hint) == (reason, status)


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (Fault("realm", "X_REALM", "it is odd", "Fix it"),
         "realm (X_REALM): it is odd. Fix it"),
        (Fault("exempt", None, "it is odd", "Fix it"), "exempt: it is odd. Fix it"),
    ],
)  # fmt: skip
def test_a_fault_names_setting_variable_problem_and_fix(fault, text) -> None:
    """The variable is named where there is one."""
    assert str(fault) == text


def test_a_configuration_error_lists_all_faults() -> None:
    """All faults stand in the message, one a line."""
    faults = [Fault("a", None, "it is odd", "Fix it"), Fault("b", "B", "gone", "Set")]
    error = errors.ConfigurationError(iter(faults))

    assert error.faults == tuple(faults)
    assert str(error) == (
        "arware cannot start with these settings:"
        "\n  - a: it is odd. Fix it\n  - b (B): gone. Set"
    )


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (errors.TokenMalformed("no dots"), "the token is malformed: no dots"),
        (errors.TokenExpired(12.6), "the token expired at 13"),
        (errors.TokenNotYetValid(12), "the token is not valid before 12"),
        (errors.BadCookie("odd"), "the cookie is not ours: odd"),
        (errors.KeysUnavailable(), "the key set could not be downloaded"),
        (errors.LoginRequired("/back"), "a login is required"),
        (errors.Forbidden(), "this is not permitted"),
        (errors.Forbidden("not you"), "not you"),
        (errors.Error(), "the call failed"),
    ],
)
def test_messages_say_what_happened(error, text) -> None:
    """Each message is made of the evidence that the exception carries."""
    assert str(error) == text


def test_evidence_is_kept() -> None:
    """Programs read numbers and objects, not messages."""
    large = errors.TokenTooLarge(20_000, 11_000)
    call = errors.Error("no", call="GET /orgs", host="h", status=500, retry_after=3.0)

    assert (large.size, large.limit) == (20_000, 11_000)
    assert "20,000 characters, and at most 11,000 fit" in str(large)
    assert errors.TokenMalformed("x").problem == "x"
    assert errors.TokenExpired(5).expired_at == 5
    assert errors.TokenNotYetValid(6).valid_from == 6
    assert errors.LoginRequired("/back").redirect_uri == "/back"
    assert (call.call, call.host, call.status, call.retry_after) == (
        "GET /orgs",
        "h",
        500,
        3.0,
    )
    assert (call.request_id, call.body) == (None, None)


class Record:
    """Something that the API refused."""

    errors = ("Name is taken", "E-mail is odd")


def test_errors_about_a_record_show_its_messages() -> None:
    """The record and its messages are evidence; the status may be given too."""
    invalid = errors.RecordInvalid(Record(), status=422)
    other = errors.WaitTimeout(Record())
    told = errors.RecordError(object(), "told so")

    assert str(invalid) == "Record Invalid: Name is taken E-mail is odd"
    assert invalid.errors == ["Name is taken", "E-mail is odd"]
    assert invalid.status == 422
    assert isinstance(invalid.record, Record)
    assert str(other) == "Record: Name is taken E-mail is odd"
    assert (str(told), told.errors) == ("told so", [])


def test_a_refused_query_shows_its_messages() -> None:
    """A query has no record, only messages."""
    error = errors.BulkActionError(["no", "never"], status=422)

    assert str(error) == "Error: no never"
    assert error.errors == ["no", "never"]
    assert isinstance(error, errors.QueryError)


class Exchange:
    """Who wants to know of refusals."""

    def __init__(self) -> None:
        self.seen: list[Refusal] = []

    def note(self, refusal: Refusal) -> None:
        """Hear a refusal."""
        self.seen.append(refusal)


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    """Observe what is raised, as an adapter does during a request."""
    exchange = Exchange()
    token = Refusal.observer.set([exchange])
    yield exchange
    Refusal.observer.reset(token)


def test_a_refusal_tells_its_observer_when_it_is_made(exchange: Exchange) -> None:
    """The adapter learns of it even if a framework catches it."""
    refusal = errors.Forbidden()

    assert exchange.seen == [refusal]


@pytest.mark.parametrize("cell", [None, []], ids=["none", "emptied"])
def test_a_refusal_outside_of_a_request_tells_nobody(cell: list[Any] | None) -> None:
    """There is no observer, or its request is over."""
    token = Refusal.observer.set(cell)
    refusal = errors.LoginRequired()
    Refusal.observer.reset(token)

    assert refusal.redirect_uri is None


EXAMPLES = [
    errors.TokenMalformed("it is blank"),
    errors.TokenExpired(1735689600.0),
    errors.TokenNotYetValid(1735689600.0),
    errors.SignatureMismatch(),
    errors.WrongIssuer(),
    errors.WrongRealm(),
    errors.UnknownKey(),
    errors.LoginRefused("revoked"),
    errors.KeysUnavailable(),
    errors.BadCookie("it is blank"),
    errors.TokenTooLarge(5000, 4000),
    errors.LoginRequired("https://app.example.com/"),
    errors.Forbidden(),
    errors.ConfigurationError([Fault("url", "AUTHROCKET_URL", "no", "Set it")]),
    errors.WaitTimeout(None, "it took too long", status=200),
    errors.BulkActionError(["no"], status=422),
]


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_every_error_survives_pickling_and_copying(error: AuthRocketError) -> None:
    """With its message and all that it carries."""
    for again in (pickle.loads(pickle.dumps(error)), copy(error), deepcopy(error)):
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert vars(again) == vars(error)


def test_a_copied_refusal_is_not_raised_a_second_time(exchange: Exchange) -> None:
    """A refusal tells its observer when it is made; a copy of it tells nobody."""
    error = errors.Forbidden()
    pickle.loads(pickle.dumps(error))

    assert exchange.seen == [error]
