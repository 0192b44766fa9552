"""States: minted for one browser, recognised for ten minutes, eight at most."""

from __future__ import annotations

import pytest

from arware.core.state import CONFIRMED, STARTED, Minted, States
from arware.web.cookies import CookieOptions, CookieSigner, read_cookies

from ..making import NOW, SECRET, cookies_of

OPTIONS = CookieOptions("ar", secure=False)
CODEC = CookieSigner((SECRET,), "state.v1.ar")
STATES = States(CODEC)


def held(minted: Minted) -> dict[str, list[str]]:
    """Return what a browser holds that was given *minted*."""
    header = cookies_of(tuple(("Set-Cookie", text) for text in minted.cookies))
    return read_cookies(header, "ar")


def planted(*ages: float) -> dict[str, list[str]]:
    """Return states that were minted so many seconds ago."""
    return {
        f"ar.s.state{n:03}": [CODEC.dumps([f"state{n:03}rest", int(NOW - age)])]
        for n, age in enumerate(ages)
    }


@pytest.mark.parametrize(("kind", "letter"), [(STARTED, "s"), (CONFIRMED, "c")])
def test_a_state_is_random_and_in_a_cookie_of_its_own(kind, letter) -> None:
    """Its kind is its first letter; the cookie lives ten minutes."""
    minted = STATES.mint({}, OPTIONS, NOW, kind)
    other = STATES.mint({}, OPTIONS, NOW, kind)

    assert minted.state != other.state
    assert minted.state[0] == letter
    assert len(minted.state) == 23
    assert len(minted.cookies) == 1
    assert minted.cookies[0].startswith(f"ar.s.{minted.state[:8]}=")
    assert "; Max-Age=600; " in minted.cookies[0]


def test_a_state_is_of_the_started_kind_by_default() -> None:
    """Only the confirm page asks for another."""
    assert STATES.mint({}, OPTIONS, NOW).state[0] == STARTED


@pytest.mark.parametrize(
    ("age", "holds"), [(0, True), (599, True), (600, True), (601, False)]
)
def test_the_browser_holds_a_state_for_ten_minutes(age: int, holds: bool) -> None:
    """The second of minting is signed, whatever the browser does with the cookie."""
    minted = STATES.mint({}, OPTIONS, NOW)

    assert STATES.holds(held(minted), OPTIONS, minted.state, NOW + age) is holds


def test_a_browser_without_the_cookie_holds_nothing() -> None:
    """Neither a state that nobody minted nor one of another browser."""
    minted = STATES.mint({}, OPTIONS, NOW)

    assert not STATES.holds({}, OPTIONS, minted.state, NOW)
    assert not STATES.holds(held(minted), OPTIONS, "s" + "x" * 22, NOW)


def test_the_whole_state_must_match_not_its_beginning() -> None:
    """Eight characters name the cookie, all of them are compared."""
    minted = STATES.mint({}, OPTIONS, NOW)
    wrong = minted.state[:-1] + ("A" if minted.state[-1] != "A" else "B")

    assert not STATES.holds(held(minted), OPTIONS, wrong, NOW)
    assert not STATES.holds(held(minted), OPTIONS, minted.state[:8], NOW)
    assert not STATES.holds(held(minted), OPTIONS, minted.state[:8] + "é", NOW)


@pytest.mark.parametrize(
    ("junk", "holds"),
    [(["x"], True), (["x"] * 3, True), (["x"] * 4, False)],
)
def test_four_cookies_of_one_name_are_tried(junk: list[str], holds: bool) -> None:
    """One that was planted in front does not hide the real one."""
    minted = STATES.mint({}, OPTIONS, NOW)
    found = {name: [*junk, *texts] for name, texts in held(minted).items()}

    assert STATES.holds(found, OPTIONS, minted.state, NOW) is holds


@pytest.mark.parametrize(
    "value",
    [["state123", "1"], ["state123"], "state123", [1, 1], ["state123", 1, 2], {}],
)
def test_what_was_signed_in_another_form_is_no_state(value) -> None:
    """Only a text and a whole number of seconds are one."""
    found = {"ar.s.state123": [CODEC.dumps(value)]}

    assert not STATES.holds(found, OPTIONS, "state123", NOW)


@pytest.mark.parametrize("state", ["", "short", "x" * 65, "state 12", "state;12"])
def test_a_strange_name_is_never_a_state_of_ours(state: str) -> None:
    """Nor is its cookie cleared: the name would come back in a header."""
    found = {f"ar.s.{state[:8]}": [CODEC.dumps([state, int(NOW)])]}

    assert not STATES.holds(found, OPTIONS, state, NOW)
    assert STATES.clear(found, OPTIONS, state) == ()
    many = {f"ar.s.n{n} {n}": ["x"] for n in range(20)}
    assert len(STATES.mint(many, OPTIONS, NOW).cookies) == 1


def test_a_state_of_another_purpose_does_not_count() -> None:
    """A cookie of the login cannot stand in for a state."""
    text = CookieSigner((SECRET,), "login.v1.ar").dumps(["state123", int(NOW)])

    assert not STATES.holds({"ar.s.state123": [text]}, OPTIONS, "state123", NOW)


def test_a_landing_clears_its_state_only() -> None:
    """Other tabs keep theirs; one that the browser never had needs no clearing."""
    found = planted(1, 2)

    assert STATES.clear(found, OPTIONS, "state001rest") == (
        OPTIONS.clear("ar.s.state001"),
    )
    assert STATES.clear(found, OPTIONS, "unknown-state") == ()


@pytest.mark.parametrize(
    ("ages", "cleared"),
    [
        ([], []),
        ([1] * 7, []),
        ([1, 2, 3, 4, 5, 6, 9, 7], [6]),
        ([1, 20, 3, 4, 5, 6, 9, 7, 30], [8, 1]),
    ],
)
def test_the_oldest_are_cleared_beyond_eight(ages, cleared) -> None:
    """Eight remain, the new one among them."""
    minted = STATES.mint(planted(*ages), OPTIONS, NOW)

    assert list(minted.cookies[1:]) == [
        OPTIONS.clear(f"ar.s.state{number:03}") for number in cleared
    ]


def test_few_are_cleared_at_a_time() -> None:
    """However many somebody planted: a long answer would not pass a proxy."""
    found = {f"{OPTIONS.name}.s.{number:08}": ["junk"] for number in range(500)}

    assert len(STATES.mint(found, OPTIONS, NOW).cookies) == 9


def test_what_cannot_be_read_goes_first() -> None:
    """Junk under a state's name counts as oldest; the login's cookies stay."""
    found = {**planted(*[600] * 7), "ar.s.junkjunk": ["x"], "ar": ["y"], "ar.1": ["z"]}
    minted = STATES.mint(found, OPTIONS, NOW)

    assert list(minted.cookies[1:]) == [OPTIONS.clear("ar.s.junkjunk")]
