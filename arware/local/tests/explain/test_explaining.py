"""``arware realm explain``: why somebody was refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from arware.kit.operator import NotDone
from arware.kit.sealing import Sealer
from arware.kit.web import Refused

from ...features.explain.causes import CAUSES
from ...features.explain.commands import explain
from ...models import User
from ...realm import Realm
from ...texts import LOGIN_FAILED, english
from ..conftest import find
from ..operating import said, told
from ..support import ADA, PASSWORD, Browser, needs

pytestmark = needs("password")

OF_ANOTHER_SECRET = Sealer(["x" * 32]).seal("$argon2id$", purpose="password", row="")


def code_in(page: Any) -> str:
    """Return the code that a page shows."""
    (found,) = re.findall(r"rf_\w{22}", page.text)
    return str(found)


def explained(realm: Realm, page: Any) -> dict[str, Any]:
    """Return what the operator is told of the refusal on *page*."""
    return told(realm, explain, code_in(page))[0]


def refused(realm: Realm, name: str, password: str) -> Any:
    """Return the page of a login that fails."""
    return Browser(realm).log_in(name, password, 422)


@pytest.mark.parametrize(
    ("name", "password", "cause", "change"),
    [
        ("nobody@example.com", PASSWORD, "name_unknown", {}),
        (ADA, "wrong", "wrong_password", {}),
        (ADA, PASSWORD, "account_disabled", {"state": "inactive"}),
        (ADA, PASSWORD, "no_password", {"password_hash": None}),
        (ADA, PASSWORD, "password_unreadable", {"password_hash": OF_ANOTHER_SECRET}),
    ],
)
def test_the_operator_learns_what_the_page_does_not_tell(
    realm: Realm, name: str, password: str, cause: str, change: dict[str, Any]
) -> None:
    """The page says the same to all (RQ-E1)."""
    with realm.writing() as db:
        db.execute(update(User).values({"created_at": 1, **change}))
    page = refused(realm, name, password)
    found = explained(realm, page)

    assert page.html.find(role="alert").text.strip() == english(Refused(LOGIN_FAILED))
    assert (found["cause"], found["text"]) == (cause, CAUSES[cause])
    assert found["at"] == "2027-01-15T08:00:00Z"
    assert found["user_id"] == (find(realm, ADA).id if name == ADA else None)


def test_waits_are_told_apart(realm: Realm) -> None:
    """Those that the page tells, and those that it does not."""
    for _ in range(5):
        page = refused(realm, ADA, "wrong")
    assert explained(realm, page)["cause"] == "wrong_password"
    page = Browser(realm).log_in(ADA, PASSWORD, 429)
    assert explained(realm, page)["cause"] == "waits_place"
    for number in range(6):
        away = Browser(realm, {"REMOTE_ADDR": f"198.51.{number}.7"})
        page = away.log_in(ADA, PASSWORD if number == 5 else "wrong", 422)

    assert explained(realm, page)["cause"] == "waits_strangers"


def test_what_led_to_it_is_told(realm: Realm) -> None:
    """What happened to the account before."""
    refused(realm, ADA, "wrong")
    first, *events = said(realm, explain, code_in(refused(realm, ADA, "wrong")))

    assert f"About {ADA}, usr_" in first.text
    types = [event.values["type"] for event in events]
    assert types == ["user.login.failed"] * 2 + ["user.created"]


def test_a_form_without_a_cookie_is_explained(realm: Realm) -> None:
    """The page that says that it has expired."""
    browser = Browser(realm)
    page = browser.get("/login")
    browser.app.reset()
    assert explained(realm, page.form.submit(status=403))["cause"] == (
        "form_without_cookie"
    )
    browser.get("/login")

    assert explained(realm, page.form.submit(status=403))["cause"] == "form_of_another"


def test_a_program_gets_the_code_too(realm: Realm) -> None:
    """As ``id``; what everybody can see by themselves has none."""
    asked = {"email": ADA, "password": "wrong"}
    answer = Browser(realm).app.post_json("/login", asked, status=422)
    found = told(realm, explain, answer.json["id"])[0]
    missing = Browser(realm).app.get("/none", status=404)

    assert found["cause"] == "wrong_password"
    assert "rf_" not in missing


def test_the_log_has_it_as_well(realm: Realm, caplog: Any) -> None:
    """An operator who sees the log need not ask for it."""
    with caplog.at_level("INFO", "arware.local"):
        page = refused(realm, ADA, "wrong")

    assert f"refused id={code_in(page)} cause=wrong_password" in caplog.text


def test_what_is_no_code_is_told(realm: Realm) -> None:
    """Such as half of one."""
    with pytest.raises(NotDone, match="not from this realm, or not whole"):
        told(realm, explain, code_in(refused(realm, ADA, "wrong"))[:20])


def test_each_cause_has_its_words() -> None:
    """Those that flows note."""
    here = Path(__file__).parents[2]
    noted = {
        word
        for path in here.rglob("*.py")
        if "tests" not in path.relative_to(here).parts
        for word in re.findall(
            r'(?:because\(\s*|cause(?:: str)? ?= ?)"([\w-]+)"', path.read_text("utf-8")
        )
    }

    assert noted - CAUSES.keys() == set()
