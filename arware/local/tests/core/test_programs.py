"""That the pages answer programs, too: JSON in, 204 or the reasons out (AK-H01-H03)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from arware.kit.web.joining import Phase, Step
from arware.kit.web.request import PROTECTED
from arware.kit.web.walking import PostView, post_views

from ... import sessions
from ...app import configured, joined
from ...realm import Realm
from ..conftest import find, with_ada
from ..support import (
    ADA,
    PASSWORD,
    URL,
    Browser,
    caller_at,
    cookie_of,
    settings,
    sqlite_url,
)

HERE = {"Origin": URL}

VIEWS = post_views(configured())
#: What is wrong, and with whom: see RFC 9110 15.5; 503 is for what is set up nowhere.
REFUSALS = {403, 404, 409, 422, 429, 503}


def post(browser: Browser, path: str, status: int, **fields: Any) -> Any:
    """Send *fields* as JSON, as a page of ours would."""
    return browser.app.post_json(path, fields, headers=HERE, status=status)


def test_a_program_logs_in_and_out(browser: Browser) -> None:
    """Each is done with an answer that is empty, but for the cookie."""
    entered = post(browser, "/login", 204, email=ADA, password=PASSWORD)
    inside = browser.is_logged_in
    gone = post(browser, "/logout", 204)

    assert inside
    assert entered.body == gone.body == b""
    assert "Location" not in entered.headers
    assert not browser.is_logged_in


def test_a_program_is_told_what_is_wrong(browser: Browser) -> None:
    """In a person's words, and in words that stay."""
    failed = post(browser, "/login", 422, email=ADA, password="wrong")
    empty = post(browser, "/login", 422)

    assert failed.json["status"] == "error"
    assert failed.json["reasons"] == {"": ["login_failed"]}
    assert failed.json["errors"][0].startswith("The login name or password")
    assert set(empty.json["reasons"]) <= {"", "email", "password"}


class Stepped(Realm):
    """A realm whose logins need a code."""

    joined = replace(
        joined(), steps=[Step("code", Phase.FACTOR, "code", lambda *_: True)]
    )


def test_a_program_is_told_which_step_is_missing(tmp_path: Path) -> None:
    """It is not logged in, and has the cookie to go on with."""
    with Stepped(settings(sqlite_url(tmp_path)), migrate=True) as realm:
        browser = Browser(with_ada(realm))
        answer = post(browser, "/login", 403, email=ADA, password=PASSWORD)

    assert answer.json["reasons"] == {"": ["step_required"]}
    assert answer.json["step"] == "code"
    assert list(browser.cookies) == ["arrealm_pending"]


@pytest.mark.parametrize("path", ["/profile", "/proof"])
def test_a_program_is_told_that_it_must_log_in(browser: Browser, path: str) -> None:
    """It is not sent to a page for people (AK-S07)."""
    accept = {"Accept": "application/json"}
    answer = browser.get(path, 403, **accept)

    assert answer.json["reasons"] == {"": ["login_required"]}


def test_a_program_without_cookies_needs_no_origin(browser: Browser) -> None:
    """With one it does: the browser could have been told to send it."""
    fields = {"email": ADA, "password": PASSWORD}

    browser.app.post_json("/login", fields, status=204)
    browser.app.post_json("/logout", {}, status=403)

    assert browser.is_logged_in


def as_member(realm: Realm) -> Browser:
    """Return a browser in which Ada has just logged in, whatever logs her in."""
    browser, caller = Browser(realm), caller_at(realm.now)
    with realm.writing() as db:
        opened = sessions.open_session(realm, db, find(realm, ADA), caller, ["test"])
    browser.app.cookiejar.set_cookie(cookie_of("arrealm", opened.cookie))
    return browser


def bodies(view: PostView) -> list[dict[str, str]]:
    """Return what a program may send: nothing, nonsense, and what is no field."""
    names = view.form.fields if view.form is not None else ()
    return [{}, dict.fromkeys(names, "x"), {"strange": "x"}]


def failure_of(answer: Any) -> str:
    """Return what is not as programs are promised, ``""`` if nothing is."""
    status = answer.status_int
    if "Location" in answer.headers:
        return f"{status} leads to a page"
    if status == 204:
        return "204 with a body" if answer.body else ""
    if answer.content_type != "application/json":
        return f"{status} {answer.content_type}"
    if status == 200:
        return ""
    told = answer.json
    if status not in REFUSALS or told["status"] != "error":
        return f"{status} {told}"
    words = [word for words in told["reasons"].values() for word in words]
    return "" if words and told["errors"] else f"{status} {told}"


@pytest.mark.parametrize("who", [Browser, as_member])
def test_ak_f39_each_action_answers_programs(realm: Realm, who: Any) -> None:
    """
    AK-H01 to H03: 204, or 200 with what it made, or why not, in words that stay.

    Whatever is sent, to all that can be sent to; a page for people is never the answer.
    """
    faults = {
        (view.route, number): fault
        for view in VIEWS
        for number, body in enumerate(bodies(view))
        if (fault := failure_of(
            who(realm).app.post_json(view.path, body, headers=HERE, status="*")
        ))
    }  # fmt: skip

    assert faults == {}


def test_ak_h03_who_is_not_logged_in_is_told_so(realm: Realm) -> None:
    """403 for all that needs a login, before anything else is looked at."""
    protected = configured().registry[PROTECTED]
    views = [view for view in VIEWS if view.route in protected]
    browser = Browser(realm)
    told = {
        view.route: browser.app.post_json(view.path, {}, headers=HERE, status=403).json
        for view in views
    }

    assert len(told) > 2
    for answer in told.values():
        assert answer["reasons"] == {"": ["login_required"]}
