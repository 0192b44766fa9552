"""What is said while somebody types (AK-N13)."""

from __future__ import annotations

from typing import Any

import pytest

from ...models import User
from ...realm import Realm
from ..conftest import Make, with_ada
from ..support import ADA, PASSWORD, URL, Browser, need, needs, where_there

TAKEN = "There is already an account with this e-mail address. Log in instead."


@pytest.fixture
def realm(make: Make) -> Realm:
    """Return a realm with user names; Ada has one."""
    realm = with_ada(make(**where_there(usernames__mode="optional")))
    realm.add_user("bob@example.com", PASSWORD, username="bob")
    return realm


def hints(browser: Browser, status: int = 200, **typed: Any) -> Any:
    """Ask as the script does, and return what is said of each field."""
    headers = {"Origin": URL}
    answer = browser.app.post_json("/hints", typed, headers=headers, status=status)
    return answer.json["hints"] if status == 200 else answer


def word(browser: Browser, **typed: Any) -> str:
    """Return the reason that the first field gets."""
    found: str = next(iter(hints(browser, **typed).values()))["reason"]
    return found


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short", "password_too_short"),
        ("aaaaaaaaaaaaaaaaaaaaa", "password_guessable"),
        ("new@example.com", "password_context"),
        (PASSWORD, ""),
    ],
)
def test_ak_n13_a_password_is_judged(
    browser: Browser, password: str, reason: str
) -> None:
    """By the same rules as in the end, with what was typed beside it."""
    found = hints(browser, password=password, email="new@example.com")

    assert found["password"]["reason"] == reason


def test_a_member_is_known(browser: Browser) -> None:
    """A new password must not be made of what the account says."""
    browser.log_in()

    assert word(browser, password="Ada@Example.com") == "password_context"


@needs("usernames", "signup")
@pytest.mark.parametrize(
    ("name", "reason"),
    [("Bob", "username_taken"), ("admin", "username_reserved"), ("a b",
     "username_invalid"), ("eve", "")],
)  # fmt: skip
def test_ak_n13_a_user_name_is_free_or_not(
    browser: Browser, name: str, reason: str
) -> None:
    """However it is spelt; user names are no secret (RQ-E2)."""
    assert word(browser, username=name) == reason


@needs("usernames")
def test_ones_own_user_name_is_not_taken(browser: Browser) -> None:
    """On the account page it stands in the field."""
    browser.log_in("bob@example.com")

    assert word(browser, username="bob") == ""


def test_where_people_choose_no_user_names_nothing_is_said(make: Make) -> None:
    """There is no such field."""
    assert hints(Browser(with_ada(make())), username="bob") == {}


@needs("signup")
@pytest.mark.parametrize(
    ("email", "reason"), [(ADA, "email_taken"), ("x", "email_invalid"), ("e@x.yz", "")]
)
def test_ak_n13_an_address_is_taken_or_not(
    browser: Browser, email: str, reason: str
) -> None:
    """As the sign-up would say."""
    assert word(browser, email=email) == reason


@needs("confirm")
def test_rq_e2_an_address_is_not_told_where_it_is_a_secret(make: Make) -> None:
    """The same for one that has an account, and for another."""
    browser = Browser(with_ada(make(**{"confirm.mode": "required"})))

    assert hints(browser, email=ADA) == hints(browser, email="eve@example.com")
    assert hints(browser, email=ADA) == {"email": {"reason": "", "text": ""}}


def test_rq_e1_where_strangers_cannot_sign_up_they_learn_of_nobody(make: Make) -> None:
    """A closed realm has no page that says who is there; its hints say it neither."""
    realm = with_ada(make(signup="closed", **where_there(usernames__mode="optional")))
    realm.add_user("bob@example.com", PASSWORD, username="bob")
    browser = Browser(realm)

    known = hints(browser, email=ADA, username="bob")
    assert known == hints(browser, email="eve@example.com", username="eve")


@needs("signup")
@pytest.mark.parametrize(("field", "most"), [("email", 20), ("username", 60)])
def test_ak_b14_asking_who_there_is_gets_slow(
    browser: Browser, field: str, most: int
) -> None:
    """By the network, as at the sign-up; the answer says how long to wait."""
    if field == "username":
        need("usernames")
    for number in range(most):
        typed: Any = {field: f"x{number}" + "@x.yz" * (field == "email")}
        hints(browser, **typed)
    last: Any = {field: ADA if field == "email" else "bob"}
    answer = hints(browser, 429, **last)

    assert answer.json["reasons"][""] == ["too_many_tries"]
    assert int(answer.headers["Retry-After"]) >= 10


def test_nothing_is_said_to_another_site(browser: Browser) -> None:
    """A page of strangers cannot ask in somebody's browser."""
    browser.get("/login")
    headers = {"Origin": "https://evil.example"}

    browser.app.post_json("/hints", {"email": ADA}, headers=headers, status=403)


def test_nobody_is_made_by_a_question(realm: Realm, browser: Browser) -> None:
    """Judging is all that happens."""
    hints(browser, email="new@example.com", username="new", password=PASSWORD)
    with realm.reading() as db:
        assert db.query(User).count() == 2
