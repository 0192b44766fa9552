"""Several credentials at once, and credentials in the wrong place (T30, T45, T53)."""

from __future__ import annotations

from typing import Any

import pytest

from arware.testing import MemoryRealm
from arware.testing._calls import Call

from .support import ORIGIN, Adapters, with_headers


def test_t30_a_token_is_no_cookie_even_after_it_was_a_bearer(
    adapters: Adapters,
) -> None:
    """What is remembered of a Bearer token does not make an unsigned cookie good."""
    token = adapters.realm.token("mallory")
    before, after = Call(origin=ORIGIN), adapters.bearer(token)
    answers = adapters.ask(
        [
            ("nobody", before),
            ("cookie before", adapters.cookie(token)),
            ("bearer", after),
            ("cookie after", adapters.cookie(token)),
            ("cookie by its name in the memory", adapters.cookie(f"bearer;{token}")),
        ]
    )
    seen = {(answer.adapter, answer.case): answer.user for answer in answers}

    assert {case for case, user in seen.items() if user} == {
        ("wsgi", "bearer"),
        ("asgi", "bearer"),
    }


def test_t30_a_cookie_is_no_bearer(adapters: Adapters) -> None:
    """What was signed as a cookie opens nothing as a Bearer or at a callback."""
    text = adapters.login_cookie().partition("=")[2]
    adapters.ask([("seen", adapters.cookie(text))])
    answers = adapters.ask(
        [("bearer", adapters.bearer(text)), ("callback", adapters.callback(text))]
    )

    assert [a for a in answers if a.let_in or a.is_bad] == []


def authorizations(good: str, other: str) -> dict[str, tuple[tuple[str, ...], Any]]:
    """Return Authorization headers and who is there by each, beside alice's cookie."""
    broken = good[:-6] + "AAAAAA"
    return {
        "one": ((f"Bearer {good}",), "usr_bob"),
        "small letters": ((f"bearer {good}",), "usr_bob"),
        "two spaces": ((f"Bearer  {good}",), "usr_bob"),
        "spaces around": ((f"  Bearer {good}  ",), "usr_bob"),
        "ours and bad": ((f"Bearer {broken}",), None),
        "ours and padded": ((f"Bearer {good}=",), None),
        "twice the same": ((f"Bearer {good}", f"Bearer {good}"), None),
        "two users": ((f"Bearer {good}", f"Bearer {other}"), None),
        "bad then good": ((f"Bearer {broken}", f"Bearer {good}"), None),
        "comma": ((f"Bearer {good},Bearer {other}",), None),
        "comma and space": ((f"Bearer {good}, Bearer {other}",), None),
        "comma without a scheme": ((f"Bearer {good},{other}",), None),
        "comma behind": ((f"Bearer {good},",), None),
        "comma before": ((f",Bearer {good}",), None),
        "basic and ours": (("Basic YTpi", f"Bearer {good}"), None),
        "ours and basic": ((f"Bearer {good}", "Basic YTpi"), None),
        "basic": (("Basic YTpi",), "usr_alice"),
        "token scheme": ((f"Token {good}",), "usr_alice"),
        "no scheme": ((good,), "usr_alice"),
        "tab": ((f"Bearer\t{good}",), "usr_alice"),
        "empty": (("",), "usr_alice"),
        "scheme alone": (("Bearer",), "usr_alice"),
        "scheme and space": (("Bearer ",), "usr_alice"),
        "opaque": (("Bearer abc",), "usr_alice"),
        "foreign jwt": (
            ("Bearer eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJteS1hcHAifQ.c2ln",),
            "usr_alice",
        ),
        "dots": (("Bearer ..",), "usr_alice"),
        "not latin": (("Bearer \xe4.\xe4.\xe4",), "usr_alice"),
        "a megabyte of spaces": (("Bearer" + " " * 1_000_000,), "usr_alice"),
        "a megabyte of commas": (("Bearer " + "," * 1_000_000,), "usr_alice"),
        "a megabyte of dots": (("Bearer " + "." * 1_000_000,), "usr_alice"),
    }


def test_t45_authorization_headers(adapters: Adapters) -> None:
    """A Bearer of ours wins or means nobody, two mean nobody, others are not ours."""
    realm = adapters.realm
    cookie = adapters.login_cookie("alice")
    table = authorizations(realm.token("bob"), realm.token("carol"))
    call = Call(headers=(("cookie", cookie),), origin=ORIGIN)
    cases = [
        (name, with_headers(call, *(("authorization", value) for value in values)))
        for name, (values, _) in table.items()
    ]
    wrong = [
        (answer, answer.user)
        for answer in adapters.ask(cases)
        if answer.is_bad or answer.user != table[answer.case][1]
    ]

    assert wrong == []


class BrokenRealm:
    """A mounted realm whose database is away."""

    def __init__(self, realm: MemoryRealm) -> None:
        import json

        from arware.tokens.keys import parse_key_document

        self._keys = parse_key_document(json.dumps(realm.jwks()).encode())

    def key_set(self) -> Any:
        """Return the keys, which are in memory."""
        return self._keys

    def watch(self, watcher: Any) -> None:
        """Tell nobody."""

    def is_session_active(self, session_id: str) -> bool:
        """Fail as a driver of a database does."""
        raise RuntimeError("the database is locked")


@pytest.mark.parametrize(
    ("on_outage", "expected"), [("allow", "usr_alice"), ("deny", None)]
)
def test_t53_a_realm_that_fails_is_an_outage(
    realm: MemoryRealm, on_outage: str, expected: str | None
) -> None:
    """Whatever its database raises, nobody sees a 500, and the setting decides."""
    adapters = Adapters(
        realm, local_realm=BrokenRealm(realm), check_session=60, on_outage=on_outage
    )
    cookie = Adapters(realm).login_cookie("alice")
    calls = [
        ("cookie", Call(headers=(("cookie", cookie),), origin=ORIGIN)),
        ("bearer", adapters.bearer(realm.token("alice"))),
    ]

    answers = adapters.ask(calls)

    assert [answer.user for answer in answers] == [expected] * 4
    assert [answer for answer in answers if answer.is_bad] == []
