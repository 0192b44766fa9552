"""Strange cookies beside ours, and ours made strange (T30, T31, T47)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from arware.testing._calls import Call, call_wsgi
from arware.web.cookies import CookieOptions, candidates, read_cookies
from tests.effort import growth

from .support import ORIGIN, Adapters, Answer, json_of, wire

NAME = "__Host-authrocket"
OPTIONS = CookieOptions("authrocket", secure=True)


def neighbours(corpora: Path) -> Iterator[str]:
    """Yield Cookie headers, or pieces of such, that other parsers stumbled over."""
    for case in json_of(corpora / "cookies" / "http-state-parser.json"):
        yield from case["received"]
        yield "; ".join(f"{pair['name']}={pair['value']}" for pair in case["sent"])
    for case in json_of(corpora / "cookies" / "starlette-cookie-header-cases.json"):
        yield case["cookie_header"]
    yield from json_of(corpora / "strings" / "blns.json")
    yield from (
        "", ";", "; ; ;", "=", "==", "=x", "x", "a=b;;c=d", '"', 'a="', "$Version=1",
        f"={NAME}=x", f"x={NAME}=y", f"{NAME}x=1", f"x{NAME}=1", f"{NAME} =1",
        f"{NAME}.", f"{NAME}.=", f"{NAME}.1", f"{NAME}.9=x", f"{NAME}.s.=",
        f"{NAME}.s.x=y",
        f"{NAME.upper()}=1", f'"{NAME}"=1', "\xe9=\xe9", "a=\x01", f"{NAME}.1=1.2.x.y",
    )  # fmt: skip


def who(answers: list[Answer]) -> list[Any]:
    """Return who was there each time; an error tells itself."""
    return [repr(answer) if answer.is_bad else answer.user for answer in answers]


def test_t31_ours_is_found_beside_any_neighbour(
    corpora: Path, adapters: Adapters
) -> None:
    """Before, behind and between 1,000 strange cookies, the login is there."""
    login = adapters.login_cookie("alice")
    cases = []
    for text in map(wire, neighbours(corpora)):
        for header in (
            f"{login}; {text}",
            f"{text}; {login}",
            f"{text};{login};{text}",
        ):
            call = Call(headers=(("cookie", header),), origin=ORIGIN)
            cases.append((header.replace(login, "LOGIN"), call))
    # A text that ends inside of our name or value, or holds it, spoils no other case.
    wrong = [
        answer
        for answer in adapters.ask(cases)
        if answer.is_bad or answer.user != "usr_alice"
    ]

    assert wrong[:9] == []
    assert len(cases) > 2400


def state_of_another_browser(adapters: Adapters) -> str:
    """Return a state whose cookie nobody here has."""
    response = call_wsgi(adapters.wsgi, Call(target="/login", origin=ORIGIN))
    back = parse_qs(urlsplit(response.location).query)["redirect_uri"][0]
    return parse_qs(urlsplit(back).query)["ar_state"][0]


def test_t31_no_neighbour_is_a_login(corpora: Path, adapters: Adapters) -> None:
    """Alone, as the value of ours, and as its pieces, they are nobody and no 500."""
    calls, state = [], state_of_another_browser(adapters)
    for text in map(wire, neighbours(corpora)):
        for index, header in enumerate(
            (
                text,
                f"{NAME}={text}",
                f"{NAME}.1=1.2.{'x' * 22}.{text}; {NAME}.2=2.2.{'x' * 22}.{text}",
                f"{NAME}.1={text}; {NAME}.2={text}",
                f"{NAME}.s.{text}={text}",
            )
        ):
            calls.append((header, Call(headers=(("cookie", header),), origin=ORIGIN)))
            if index % 2:
                continue
            target = f"/?token={adapters.realm.token()}&ar_state={state}"
            browser = (("cookie", header), ("sec-fetch-site", "same-origin"))
            calls.append((header, Call(target=target, headers=browser, origin=ORIGIN)))
    wrong = []
    for answer in adapters.ask(calls):
        lines = answer.response.all("Set-Cookie") if answer.response else [""]
        torn = [line for line in lines if not re.fullmatch(r"[\x20-\x7e]+", line)]
        if answer.is_bad or answer.let_in or torn:
            wrong.append((answer, torn))

    assert wrong[:9] == []


def test_t31_duplicates(adapters: Adapters) -> None:
    """Junk beside the login never hides it below the bound; two logins are nobody."""
    alice, bob = adapters.login_cookie("alice"), adapters.login_cookie("bob")
    junk = [f"{NAME}=junk{number}" for number in range(50)]
    table = {
        f"{alice}; {alice}": "usr_alice",
        f"{alice}; {bob}": None,
        f"{bob}; {alice}": None,
        f"{alice}; {bob}; {alice}": None,
        **{"; ".join([alice, *junk[:n]]): "usr_alice" for n in range(51)},
        **{"; ".join([*junk[:n], alice]): "usr_alice" for n in range(4)},
        **{"; ".join([*junk[:n], alice]): None for n in range(4, 51)},
        **{"; ".join([*junk[:2], bob, *junk[2:n], alice]): None for n in range(3)},
    }
    calls = [
        (header, Call(headers=(("cookie", header),), origin=ORIGIN)) for header in table
    ]
    wrong = [
        (answer.case[:80], answer.user)
        for answer in adapters.ask(calls)
        if answer.is_bad or answer.user != table[answer.case]
    ]

    assert wrong == []


def test_t30_a_login_of_another_purpose_or_name(realm: Any, adapters: Adapters) -> None:
    """A state's value, the plain name's cookie, another name's, another secret's."""
    login = adapters.login_cookie("alice").partition("=")[2]
    other_secret = Adapters(realm, cookie_secret="o" * 40)
    other_name = Adapters(realm, cookie_name="other")
    required = Adapters(realm, require_login=True)
    html = (("accept", "text/html"),)
    answer = required.ask([("", Call(headers=html, origin=ORIGIN))])[0]
    assert answer.response is not None
    state = answer.response.all("Set-Cookie")[0].partition(";")[0].partition("=")[2]
    cases = [
        ("a state as a login", adapters, f"{NAME}={state}"),
        ("another secret", other_secret, f"{NAME}={login}"),
        ("another name", other_name, f"__Host-other={login}"),
        ("the plain name on https", adapters, f"authrocket={login}"),
        ("the old name", other_name, f"{NAME}={login}"),
        ("as a state", adapters, f"{NAME}.s.{login[:8]}={login}"),
        ("in one piece of one", adapters, f"{NAME}.1=1.1.{'x' * 22}.{login}"),
    ]
    let_in = [
        (name, user)
        for name, which, header in cases
        for user in who(
            which.ask([(name, Call(headers=(("cookie", header),), origin=ORIGIN))])
        )
        if user is not None
    ]

    assert let_in == []
    plain = Call(
        headers=(("cookie", f"authrocket={login}"),), origin="http://localhost"
    )
    assert set(who(adapters.ask([("plain http", plain)]))) == {"usr_alice"}


def test_t30_secrets_rotate(realm: Any) -> None:
    """The first secret signs, all verify, a dropped one is dropped."""
    old, new = "o" * 40, "n" * 40
    cookie = Adapters(realm, cookie_secret=old).login_cookie("alice")
    call = [("", Call(headers=(("cookie", cookie),), origin=ORIGIN))]
    seen = {
        secrets: set(who(Adapters(realm, cookie_secret=secrets).ask(call)))
        for secrets in ((old,), (new, old), (old, new), (new,))
    }

    assert seen == {
        (old,): {"usr_alice"},
        (new, old): {"usr_alice"},
        (old, new): {"usr_alice"},
        (new,): {None},
    }


HOSTILE = {
    "semicolons": lambda size: ";" * size,
    "spaces": lambda size: " " * size,
    "equals": lambda size: "=" * size,
    "our names": lambda size: f"{NAME}=a; " * (size // 22),
    "our name run together": lambda size: NAME * (size // len(NAME)),
    "our pieces": lambda size: "".join(
        f"{NAME}.{n % 4 + 1}=1.4.{'x' * 22}.y; " for n in range(size // 60)
    ),
    "our states": lambda size: "".join(
        f"{NAME}.s.{n:08}=y; " for n in range(size // 33)
    ),
    "one value": lambda size: f"{NAME}=" + "A" * size,
    "one value, not canonical": lambda size: f"{NAME}=" + "A" * size + "!",
    "quotes": lambda size: 'a="' * (size // 3),
    "tabs": lambda size: "\t" * size,
}  # fmt: skip


def test_t47_reading_is_linear() -> None:
    """Twice the header takes about twice the effort."""
    ratios = {}
    for name, make in HOSTILE.items():
        headers = {size: make(size) for size in (64 * 1024, 128 * 1024)}
        ratios[name] = growth(lambda size, of=headers: _read(of[size]), 64 * 1024)

    assert {name: ratio for name, ratio in ratios.items() if ratio >= 3} == {}


def _read(header: str) -> None:
    OPTIONS.only_login(header)
    candidates(read_cookies(header, NAME), NAME)


def test_t47_hostile_cookie_headers_get_an_answer(adapters: Adapters) -> None:
    """64 KiB of each, through both adapters: nobody gets in, nothing breaks."""
    calls = [
        (name, Call(headers=(("cookie", make(64 * 1024)),), origin=ORIGIN))
        for name, make in HOSTILE.items()
    ]
    answers = adapters.ask(calls)

    assert [answer for answer in answers if answer.is_bad or answer.let_in] == []
