"""A forgotten password: journeys through the pages, the mail and back."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select, update

from arware.kit.web.refusals import Refused

from ... import one_time, people
from ...caller import Caller
from ...events import PasswordUpdated
from ...features.reset import flow
from ...models import EventRow, User
from ...realm import Realm
from ...tries import LEAST_MINUTES
from ..conftest import Make, find, with_ada
from ..mailbox import last_link, letters
from ..statements import statements
from ..support import (
    ADA,
    OTHER_PASSWORD,
    PASSWORD,
    Browser,
    Clock,
    caller_at,
    needs,
    submit,
)

pytestmark = needs("password")

NEW = OTHER_PASSWORD
EVE = "eve@example.com"


def ask(browser: Browser, name: str = ADA, status: Any = 303) -> Any:
    """Ask for a link."""
    return submit(browser.get("/password/reset"), email=name, status=status)


def open_link(browser: Browser, link: str) -> Any:
    """Open the link of a mail, and return the page behind it."""
    return browser.get(link, status=303).follow()


def choose(page: Any, password: str = NEW, status: Any = 303) -> Any:
    """Choose a new password."""
    return submit(page, password=password, status=status)


def asked(realm: Realm, name: str = ADA) -> str:
    """Ask without a browser; return the token."""
    flow.ask(realm, caller_at(realm.now), name)
    return last_link(realm).partition("token=")[2].replace("%3A", ":")


def test_the_whole_way(realm: Realm, browser: Browser) -> None:
    """From the login page through the mail to the login with the new password."""
    asking = browser.get("/login").click("Forgotten")
    sent = submit(asking, email=ADA).follow()
    choice = open_link(Browser(realm), last_link(realm))
    back = choose(choice)

    assert "Look into your mailbox" in sent
    assert "Log in with it." in back.follow()
    assert not browser.is_logged_in
    assert "is wrong" in browser.log_in(password=PASSWORD, status=422)
    browser.log_in(password=NEW)
    assert browser.is_logged_in


def test_the_mail(realm: Realm, browser: Browser) -> None:
    """It goes to the stored address, and leads to the configured one (T42, T76)."""
    browser.app.extra_environ["HTTP_HOST"] = "127.0.0.1:8001"
    ask(browser, " ADA@Example.COM ")
    (mail,) = letters(realm)

    assert mail.to == ADA
    assert mail.subject == "Choose a new password for Local realm"
    assert "good for 30 minutes, and once" in mail.text
    assert "http://127.0.0.1:8001/password/change?token=tpw" in mail.text


def test_a_user_name_will_do(make: Make) -> None:
    """However it is spelt (AK-F13, AK-B17)."""
    realm = make()
    realm.add_user(ADA, PASSWORD, username="countess")
    ask(Browser(realm), "COUNTESS")

    assert [mail.to for mail in letters(realm)] == [ADA]


# --- Nobody learns who has an account ----------------------------------------------


def plain(answer: Any) -> tuple[Any, ...]:
    """Return all that an answer tells but for what is random."""
    body = re.sub(r'name="form_token" value="[^"]+"', "", answer.text)
    headers = sorted((k, v) for k, v in answer.headers.items() if k != "Set-Cookie")
    cookies = [c.partition("=")[0] for c in answer.headers.getall("Set-Cookie")]
    return answer.status, headers, body, cookies


@pytest.mark.parametrize(
    "name", ["nobody@example.com", "eve@example.com", "nobody", "="]
)
def test_the_answer_is_the_same(realm: Realm, name: str) -> None:
    """For somebody unknown, somebody disabled, and what is no name (AK-B03)."""
    realm.add_user("eve@example.com", PASSWORD)
    realm.set_user_state("eve@example.com", "inactive")
    answers = [ask(Browser(realm), one) for one in (ADA, name)]

    assert plain(answers[0]) == plain(answers[1])
    assert plain(answers[0].follow()) == plain(answers[1].follow())
    assert [mail.to for mail in letters(realm)] == [ADA]


def test_the_work_is_the_same(any_realm: Realm) -> None:
    """Counted: as many statements, and of the same kinds but for one (T71)."""
    any_realm.add_user("eve@example.com", PASSWORD)
    any_realm.set_user_state("eve@example.com", "inactive")
    counts = []
    for name in (ADA, "nobody@example.com", "eve@example.com"):
        with statements(any_realm) as found:
            flow.ask(any_realm, caller_at(any_realm.now), name)
        counts.append(len(found))

    assert len(set(counts)) == 1


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "tpw:",
        "tpw:a.b",
        "tpw:" + "A" * 16 + "." + "B" * 43,
        "tmf:" + "A" * 16 + "." + "B" * 43,
        "tpw:é.ü",
        "x" * 3000,
    ],
)
def test_a_bogus_link_is_one_page(browser: Browser, token: str) -> None:
    """Whatever it is, and costs no hash (AK-B04, AK-B06)."""
    page = browser.app.get("/password/change", {"token": token}, status=422)

    assert "not valid any more" in page
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert not page.forms
    assert browser.cookies.keys() <= {"arrealm_form"}


# --- The link ----------------------------------------------------------------------


def test_the_token_leaves_the_address(
    realm: Realm, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    """It is in no address that stays, no page and no log (RQ-K8, RQ-K10)."""
    with caplog.at_level(logging.DEBUG):
        ask(browser)
        link = last_link(realm)
        secret = link.rpartition(".")[2]
        moved = browser.get(link, status=303)
        page = moved.follow()
        choose(page)

    assert moved.headers["Referrer-Policy"] == "no-referrer"
    assert moved.headers["Cache-Control"] == "no-store"
    assert moved.location.endswith("/password/change")
    assert secret not in page.text
    assert "HttpOnly" in moved.headers["Set-Cookie"]
    assert secret not in caplog.text
    assert "password reset user=usr_" in caplog.text


def test_opening_uses_nothing_up(realm: Realm, browser: Browser) -> None:
    """Scanners open every link in a mail, several times (RQ-K5)."""
    ask(browser)
    link = last_link(realm)
    for _ in range(3):
        open_link(Browser(realm), link)
        Browser(realm).app.head(link, status=303)

    choose(open_link(browser, link))


def test_a_link_is_good_once(realm: Realm, browser: Browser) -> None:
    """Also on a page that was opened before it was used (RQ-K4)."""
    ask(browser)
    link = last_link(realm)
    pages = [open_link(Browser(realm), link) for _ in range(2)]
    choose(pages[0])

    assert "not valid any more" in choose(pages[1], "harbour violin pepper seven", 422)
    assert "not valid any more" in browser.get(link, status=422)


def test_a_link_opened_meanwhile_gets_nothing(realm: Realm, browser: Browser) -> None:
    """Another site can lead Ada's browser to Eve's link while she types (T77)."""
    realm.add_user(EVE, PASSWORD)
    ask(browser)
    page = open_link(browser, last_link(realm, ADA))
    ask(Browser(realm), EVE)
    open_link(browser, last_link(realm, EVE))

    assert "not valid any more" in choose(page, status=422)
    for email in (ADA, EVE):
        Browser(realm).log_in(email, NEW, status=422)
    choose(open_link(browser, last_link(realm, ADA)))
    assert Browser(realm).log_in(password=NEW)


def test_of_many_at_once_one_wins(any_realm: Realm) -> None:
    """The database decides (R16)."""
    token = asked(any_realm)

    def use(number: int) -> str:
        try:
            password = f"walrus {number} tangerine lighthouse"
            flow.choose(any_realm, caller_at(any_realm.now), token, password)
        except Refused as refused:
            return refused.reason.word
        return "done"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(use, range(40)))

    assert sorted(answers) == ["done"] + ["token_invalid"] * 39


def set_address(realm: Realm) -> None:
    """Change Ada's address."""
    with realm.writing() as db:
        db.execute(update(User).values(email="ada@elsewhere.example"))


def set_password(realm: Realm) -> None:
    """Change Ada's password."""
    with realm.writing() as db:
        people.set_password(db, find_in(db), "hash")


def find_in(db: Any) -> User:
    """Return Ada, in a transaction."""
    user = people.by_email(db, ADA)
    assert user is not None
    return user


@pytest.mark.parametrize(
    "change",
    [
        set_address,
        set_password,
        lambda realm: realm.set_user_state(ADA, "inactive"),
        lambda realm: realm.settings.clock.forward(minutes=30),
        lambda realm: (realm.settings.clock.forward(minutes=2), asked(realm)),
    ],
    ids=["address", "password", "state", "time", "another link"],
)
def test_what_voids_a_link(realm: Realm, change: Callable[[Realm], Any]) -> None:
    """It is for this address, these proofs, half an hour, and the last one (RQ-K3)."""
    with realm.writing() as db:
        db.execute(update(User).values(email_verified=True))
    token = asked(realm)
    change(realm)

    with pytest.raises(Refused, match="token_invalid"):
        flow.choose(realm, caller_at(realm.now), token, NEW)


def test_who_squats_keeps_no_owner_out(realm: Realm) -> None:
    """However often they change the password, the mailed link ends it all."""
    squatter = caller_at(realm.now)
    token = asked(realm)
    with realm.writing() as db:
        user = find_in(db)
        people.set_password(db, user, "hash")
        realm.record(db, PasswordUpdated(user_id=user.id), squatter)
    flow.choose(realm, caller_at(realm.now), token, NEW)

    assert Browser(realm).log_in(password=NEW)


def test_a_weak_password_leaves_the_link_good(realm: Realm, browser: Browser) -> None:
    """Each fault is told at its field, the person's own words too."""
    with realm.writing() as db:
        db.execute(update(User).values(username="countess"))
    ask(browser)
    page = open_link(browser, last_link(realm))
    for password, said in (
        ("", "Choose a password."),
        ("short", "at least 15"),
        ("password123456789", "easy to guess"),
        (f"{ADA}!", "your own name"),
        ("countess countess", "your own name"),
    ):
        page = choose(page, password, 422)
        assert said in page
    choose(page)


# --- What follows ------------------------------------------------------------------


@needs("account")
def test_all_sessions_end(realm: Realm, browser: Browser) -> None:
    """Also the one that asked (AK-B13)."""
    other = Browser(realm)
    for one in (browser, other):
        one.log_in()
    ask(browser)
    choose(open_link(browser, last_link(realm)))

    for one in (browser, other):
        assert "/login" in one.get("/profile", status=303).location


def test_it_is_no_login(realm: Realm) -> None:
    """So that no second factor and no other step of the login is passed by (RQ-K9)."""
    browser = Browser(realm)
    ask(browser)
    choose(open_link(browser, last_link(realm)))

    assert not browser.is_logged_in
    assert "arrealm_pending" not in browser.cookies


def test_the_address_is_confirmed(realm: Realm) -> None:
    """Mail to it has reached its owner; the password that was given now stays."""
    flow.choose(realm, caller_at(realm.now), asked(realm), NEW)

    assert find(realm, ADA).email_verified
    assert Browser(realm).log_in(password=NEW)


def test_who_has_no_password_gets_one(make: Make) -> None:
    """As somebody whom an operator has added."""
    realm = make()
    realm.add_user(ADA)
    flow.choose(realm, caller_at(realm.now), asked(realm), NEW)

    assert Browser(realm).log_in(password=NEW)


def test_a_password_that_is_off_is_on_again(realm: Realm, clock: Clock) -> None:
    """After a hundred failures only a link helps (RQ-T1, RQ-T5)."""
    for number in range(100):
        strange = Browser(realm, {"REMOTE_ADDR": f"198.51.100.{number}"})
        strange.log_in(password="wrong", status="*")
        clock.forward(minutes=61)
    assert "is wrong" in Browser(realm).log_in(status=422)
    flow.choose(realm, caller_at(realm.now), asked(realm), NEW)

    assert Browser(realm).log_in(password=NEW)


def test_what_is_recorded(realm: Realm) -> None:
    """That it was asked for and done, with AuthRocket's words and no secret."""
    token = asked(realm)
    flow.choose(realm, caller_at(realm.now), token, NEW)
    with realm.reading() as db:
        rows = db.scalars(select(EventRow).order_by(EventRow.id)).all()
        types = {row.type for row in rows}
        texts = [str((row.data, row.client)) for row in rows]

    assert {"user.password.resetting", "user.password.updated"} <= types
    assert not any(token.partition(".")[2] in text for text in texts)


# --- Too many ----------------------------------------------------------------------


def test_one_mail_a_minute(realm: Realm, clock: Clock) -> None:
    """And after three one in twenty; the answer is the same as ever (RQ-T7)."""
    answers = []
    for _ in range(9):
        answers += [ask(Browser(realm)), ask(Browser(realm))]
        clock.forward(minutes=1)

    assert len(letters(realm)) == 3
    assert len({str(plain(answer)) for answer in answers}) == 1


def test_a_user_name_has_no_mails_of_its_own(make: Make) -> None:
    """Those that are asked for by name and by address count together (RQ-T7)."""
    realm = make()
    realm.add_user(ADA, PASSWORD, username="countess")
    for name in ("countess", ADA, "COUNTESS"):
        flow.ask(realm, caller_at(realm.now), name)

    assert len(letters(realm)) == 1


@pytest.mark.parametrize("minutes", [LEAST_MINUTES, 30])
def test_whoever_asks_too_often_has_a_link_that_is_good(
    make: Make, clock: Clock, minutes: int
) -> None:
    """Strangers who ask all day leave the owner without one at no minute."""
    realm = with_ada(make(**{"reset.minutes": minutes}))
    for minute in range(150):
        stranger = Caller(f"2001:db8:{minute:x}::1", "", int(clock.now))
        flow.ask(realm, stranger, ADA)
        token = last_link(realm).partition("token=")[2].replace("%3A", ":")

        assert one_time.holder(realm, flow.KIND, token, realm.now).email == ADA
        clock.forward(minutes=1)


def test_one_network_asks_twenty_times_an_hour(realm: Realm, clock: Clock) -> None:
    """For whomever, known or not; then it is told to wait."""
    for number in range(20):
        ask(Browser(realm), f"nobody{number}@example.com")
    refused = ask(Browser(realm), status=429)
    clock.forward(minutes=61)

    assert int(refused.headers["Retry-After"]) > 0
    assert letters(realm) == []
    ask(Browser(realm))


# --- Programs ----------------------------------------------------------------------


def post(realm: Realm, path: str, status: int, **fields: str) -> Any:
    """Send JSON, as a program without cookies."""
    return Browser(realm).app.post_json(path, fields, status=status)


def test_programs_do_the_same(realm: Realm) -> None:
    """204 when it is done, the stable words when it is not (AK-H01, AK-H02)."""
    done = post(realm, "/password/reset", 204, email=ADA)
    token = last_link(realm).partition("token=")[2].replace("%3A", ":")
    weak = post(realm, "/password/change", 422, token=token, password="short")
    post(realm, "/password/change", 204, token=token, password=NEW)
    used = post(realm, "/password/change", 422, token=token, password=NEW)

    assert done.headers.getall("Set-Cookie") == []
    assert weak.json["reasons"] == {"password": ["password_too_short"]}
    assert used.json["reasons"] == {"": ["token_invalid"]}


def test_without_the_form_nothing_happens(realm: Realm, browser: Browser) -> None:
    """A stranger's page cannot send either form (T77)."""
    for path in ("/password/reset", "/password/change"):
        browser.app.post(path, {"email": ADA, "password": NEW}, status=403)

    assert letters(realm) == []


def test_sessions_end_in_applications_too(realm: Realm) -> None:
    """They are told at once, as of a logout."""
    told: list[str] = []

    class Watcher:
        def ended(
            self, *, session_id: str | None = None, user_id: str | None = None
        ) -> None:
            told.append("user" if user_id else "session")

    watcher = Watcher()
    realm.watch(watcher)
    Browser(realm).log_in()
    flow.choose(realm, caller_at(realm.now), asked(realm), NEW)

    assert set(told) == {"user", "session"}


def test_a_realm_below_a_path(make: Make) -> None:
    """As one that is mounted in an application: every address has the path."""
    realm = with_ada(make(url="http://127.0.0.1:8001/auth"))
    browser = Browser(realm)
    sent = submit(browser.get("/auth/password/reset"), email=ADA)
    assert sent.location.endswith("/auth/password/reset/sent")
    (mail,) = letters(realm)
    assert "http://127.0.0.1:8001/auth/password/change?token=tpw" in mail.text
    page = browser.get(f"/auth{last_link(realm)}", status=303).follow()
    assert choose(page).location.endswith("/auth/login")
