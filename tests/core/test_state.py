"""States: made for one browser, recognised for a day, and stored nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from arware.core.state import States
from arware.web.browser import Browser, Browsers
from tests.making import NOW, OTHER_SECRET, SECRET, Asked, settings

DAY = 24 * 3600
NAME = "__Host-authrocket.s"


def states(**overrides: Any) -> States:
    """Return the states of an adapter."""
    return States(settings(**overrides))


def browser(*cookies: str) -> Browser:
    """Return a browser that was given *cookies*, Set-Cookie texts."""
    header = "; ".join(text.partition(";")[0] for text in cookies)
    return Browsers(settings()).of(Asked(cookie=header))


def test_a_state_is_bound_to_the_browser_that_began_it() -> None:
    """Another has another id; one without an id began nothing."""
    (state, cookie), (_, other) = (states().start(browser(), NOW) for _ in range(2))

    assert states().is_begun_by(browser(cookie), state, NOW)
    assert not states().is_begun_by(browser(other), state, NOW)
    assert not states().is_begun_by(browser(), state, NOW)
    assert cookie.startswith(f"{NAME}=")
    assert f"; Max-Age={DAY}; " in cookie


def test_any_number_of_tabs_works() -> None:
    """All states of a browser are good at once, by one cookie."""
    first, cookie = states().start(browser(), NOW)
    mine = browser(cookie)
    several = [states().start(mine, NOW + n) for n in range(50)]
    last = browser(several[-1][1])

    made = {first, *(state for state, _ in several)}
    assert len(made) == 51
    assert all(states().is_begun_by(last, state, NOW + 60) for state in made)


@pytest.mark.parametrize(
    ("age", "good"),
    [(0, True), (DAY, True), (DAY + 1, False), (-15, True), (-16, False)],
)
def test_a_state_is_good_for_a_day(age: int, good: bool) -> None:
    """One from the future is none: a clock was set back, or somebody made it up."""
    state, cookie = states().start(browser(), NOW)

    assert states().is_begun_by(browser(cookie), state, NOW + age) is good


@pytest.mark.parametrize("position", range(46))
def test_a_changed_state_is_none(position: int) -> None:
    """Time, nonce, kind and MAC are all covered."""
    state, cookie = states().start(browser(), NOW)
    assert len(state) == 46
    letter = "B" if state[position] == "A" else "A"
    changed = state[:position] + letter + state[position + 1 :]

    assert not states().is_begun_by(browser(cookie), changed, NOW)


@pytest.mark.parametrize("state", ["", "x", "é" * 46, "A" * 46, "A" * 47, "\n" * 46])
def test_what_has_another_form_is_no_state(state: str) -> None:
    """Nor does anybody own it."""
    _, cookie = states().start(browser(), NOW)

    assert not states().is_begun_by(browser(cookie), state, NOW)
    assert not states().is_confirmed(state)
    assert not states().is_of_another_adapter(state)


def test_secrets_rotate() -> None:
    """The first signs, all verify; one that is gone does not."""
    state, cookie = states(cookie_secret=SECRET).start(browser(), NOW)
    both = states(cookie_secret=[OTHER_SECRET, SECRET])
    mine = browser(cookie)

    assert both.is_begun_by(mine, state, NOW)
    assert not states(cookie_secret=OTHER_SECRET).is_begun_by(mine, state, NOW)


def test_adapters_know_one_another_s_states() -> None:
    """By the cookie's name and LoginRocket's URL, whatever the browser holds."""
    state, _ = states().start(browser(), NOW)

    assert not states().is_of_another_adapter(state)
    assert states(cookie_name="inner").is_of_another_adapter(state)
    assert states(loginrocket_url="https://other.example/").is_of_another_adapter(state)


def test_the_confirm_page_marks_its_states() -> None:
    """So that who keeps no cookies is not asked a second time."""
    for confirmed in (True, False):
        state, _ = states().start(browser(), NOW, confirmed=confirmed)

        assert states().is_confirmed(state) is confirmed


def test_a_renewed_id_ends_what_was_begun() -> None:
    """At a login and at a logout (ASVS 7.2.4)."""
    state, cookie = states().start(browser(), NOW)
    mine = browser(cookie)

    for renewed in (states().renew(mine), states().renew(mine, NOW)):
        assert not states().is_begun_by(browser(renewed), state, NOW)
        assert states().has_id(browser(renewed))
    assert f"; Max-Age={DAY}; " in states().renew(mine)
    assert "; Max-Age=15; " in states().renew(mine, NOW)


@pytest.mark.parametrize(
    ("age", "just_now"), [(0, True), (15, True), (16, False), (-1, False)]
)
def test_a_login_is_remembered_for_a_moment(age: int, just_now: bool) -> None:
    """Who is not logged in then has not kept the cookie."""
    mine = browser(states().renew(browser(), NOW))

    assert states().was_logged_in_just_now(mine, NOW + age) is just_now
    fresh = browser(states().renew(browser()))
    assert not states().was_logged_in_just_now(fresh, NOW + age)


def test_a_planted_id_beside_ours_does_no_harm() -> None:
    """Up to four cookies of the name are tried; strange ones count for nothing."""
    state, cookie = states().start(browser(), NOW)
    signer = states()._signer
    strange = [
        f"{NAME}={text}" for text in ("x", signer.dumps(["id"]), signer.dumps(1))
    ]

    assert not states().has_id(browser(*strange))
    assert states().is_begun_by(browser(*strange, cookie), state, NOW)
    assert not states().is_begun_by(browser(*strange, strange[0], cookie), state, NOW)
