"""Confirming an address: who must, who can, and what the first proof ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from arware.kit.passwords import Passwords
from arware.kit.web.refusals import Refused

from ... import people
from ...events import AddressRepeated
from ...features.confirm import flow
from ...models import EventRow
from ...realm import Realm
from ..conftest import Make, find
from ..mailbox import last_link, letters
from ..statements import CountingPasswords, statements
from ..support import ADA, PASSWORD, Browser, Clock, caller_at, needs, plain, submit

pytestmark = needs("password", "signup", "account")

EVE = "eve@example.com"
OTHER = "harbour violin pepper seven"


@pytest.fixture(params=["soft", "required"])
def asking(request: pytest.FixtureRequest, make: Make) -> Realm:
    """Return a realm that asks new users to confirm, in each way."""
    return make(**{"confirm.mode": request.param})


@pytest.fixture
def soft(make: Make) -> Realm:
    """Return a realm that asks, and waits for nobody."""
    return make(**{"confirm.mode": "soft"})


@pytest.fixture
def strict(make: Make) -> Realm:
    """Return a realm in which nobody logs in before."""
    return make(**{"confirm.mode": "required"})


def sign_up(
    browser: Browser, email: str = ADA, password: str = PASSWORD, status: Any = 303
) -> Any:
    """Create an account."""
    page = browser.get("/signup?prompt=login")
    return submit(page, email=email, password=password, status=status)


def open_link(browser: Browser, link: str) -> Any:
    """Open the link of a mail, and return the page behind it."""
    return browser.get(link, status=303).follow()


def confirm(browser: Browser, realm: Realm, status: Any = 303, **fields: Any) -> Any:
    """Open the newest link and press the button."""
    return submit(open_link(browser, last_link(realm)), status=status, **fields)


def sent(realm: Realm) -> list[tuple[str, str]]:
    """Return to whom which mails were written, the newest first."""
    return [(mail.to, mail.subject.partition(" ")[0]) for mail in letters(realm)]


# --- The three modes ---------------------------------------------------------------


def test_off_sends_nothing(make: Make) -> None:
    """So a realm works without mail; who wants to confirm still can (AK-D06)."""
    realm = make()
    browser = Browser(realm)
    sign_up(browser)
    assert browser.is_logged_in
    assert sent(realm) == []
    page = browser.get("/profile")
    browser.app.post(
        "/email/confirm/send", {"form_token": token_of(page)}, status=[303, 403]
    )


def token_of(page: Any) -> str:
    """Return the token of the first form of a page."""
    return str(page.forms[0]["form_token"].value)


def test_soft_logs_in_at_once(soft: Realm) -> None:
    """And confirms later, in the same browser with a button alone."""
    browser = Browser(soft)
    sign_up(browser)
    assert browser.is_logged_in
    page = open_link(browser, last_link(soft))
    assert "password" not in page.forms[0].fields
    assert submit(page).location.endswith("/profile")

    assert find(soft, ADA).email_verified
    assert browser.get("/profile")
    assert Browser(soft).log_in()


def test_required_waits(strict: Realm) -> None:
    """From sign-up to confirmation, and then in at once."""
    browser = Browser(strict)
    page = sign_up(browser).follow()
    assert "Check your e-mail" in page
    assert not browser.is_logged_in
    again = submit(page)  # it is not confirmed yet
    assert again.location.endswith("/email/confirm/wait")
    confirm(browser, strict)

    assert browser.is_logged_in
    assert find(strict, ADA).email_verified


def test_another_browser_confirms(strict: Realm) -> None:
    """On a phone, with the password; the first browser goes on then."""
    browser, phone = Browser(strict), Browser(strict)
    page = sign_up(browser).follow()
    back = confirm(phone, strict, password=PASSWORD)
    assert "is confirmed" in back.follow()
    submit(page)

    assert browser.is_logged_in
    assert not phone.is_logged_in


def test_who_has_waited_too_long_is_told(strict: Realm, clock: Clock) -> None:
    """Else the button would lead back to its page for ever."""
    browser = Browser(strict)
    page = sign_up(browser).follow()
    clock.forward(minutes=16)
    confirm(Browser(strict), strict, password=PASSWORD)

    assert "log in instead" in submit(page).follow()


def test_another_link_is_for_who_waits(strict: Realm, clock: Clock) -> None:
    """Not for somebody else who is logged in in the same browser."""
    strict.add_user(EVE, PASSWORD, email_verified=True)
    browser = Browser(strict)
    browser.log_in(EVE)
    page = sign_up(browser).follow()
    clock.forward(minutes=2)
    again = submit(page, number=1)

    assert again.location.endswith("/email/confirm/wait")
    assert sent(strict) == [(ADA, "Confirm")] * 2


def test_who_has_not_confirmed_is_nobody_at_the_login(strict: Realm) -> None:
    """Else whoever signs up learns there whether the address was taken (RQ-E1)."""
    strict.add_user(ADA, PASSWORD)
    strict.add_user(EVE, PASSWORD, email_verified=True)
    browser = Browser(strict)
    said = [plain(browser.log_in(ADA, password, 422)) for password in (PASSWORD, OTHER)]

    assert said[0] == said[1]
    browser.log_in(EVE)
    assert browser.is_logged_in


def test_who_has_lost_the_link_gets_another_one(strict: Realm, clock: Clock) -> None:
    """The login leads there, in any browser; others get none, and look the same."""
    strict.add_user(EVE, PASSWORD, email_verified=True)
    sign_up(Browser(strict))
    clock.forward(minutes=60)
    said = []
    for email in (ADA, EVE, "nobody@example.com"):
        page = Browser(strict).get("/login").click("Need a new link")
        back = submit(page, email=email).follow()
        said.append(back.html.find(role="status").text.replace(email, ""))
    confirm(Browser(strict), strict, password=PASSWORD)

    assert len(set(said)) == 1
    assert sent(strict) == [(ADA, "Confirm")] * 2
    assert Browser(strict).log_in()


def test_where_nobody_has_to_confirm_the_login_does_not_lead_there(
    soft: Realm,
) -> None:
    """It would only confuse."""
    assert "/email/confirm/ask" not in Browser(soft).get("/login")


def test_the_pending_login_opens_nothing(strict: Realm) -> None:
    """But the page of its step."""
    browser = Browser(strict)
    sign_up(browser)

    assert "/login" in browser.get("/profile", status=303).location


# --- The link ----------------------------------------------------------------------


def test_a_scanner_confirms_nothing(asking: Realm) -> None:
    """It opens every link, follows where it leads, loads all pages (RQ-K5, AK-B10)."""
    sign_up(Browser(asking))
    link = last_link(asking)
    for _ in range(3):
        open_link(Browser(asking), link)
        moved = Browser(asking).app.head(link, status=303)

    assert moved.headers["Referrer-Policy"] == "no-referrer"
    assert not find(asking, ADA).email_verified


def test_a_link_opened_meanwhile_confirms_nothing(soft: Realm) -> None:
    """The button is for the address that stood above it."""
    browser = Browser(soft)
    sign_up(browser)
    page = open_link(browser, last_link(soft, ADA))
    sign_up(Browser(soft), EVE)
    open_link(browser, last_link(soft, EVE))

    assert "not valid any more" in submit(page, status=422)
    assert not find(soft, ADA).email_verified
    assert not find(soft, EVE).email_verified


def test_a_link_is_good_once_and_for_a_day(soft: Realm, clock: Clock) -> None:
    """A later one voids it, and its use (RQ-K4, RQ-K7)."""
    browser = Browser(soft)
    sign_up(browser)
    first = last_link(soft)
    clock.forward(minutes=2)
    flow.ask(soft, caller_at(clock.now), find(soft, ADA))
    second = last_link(soft)
    assert first != second
    assert "not valid any more" in browser.get(first, status=422)
    submit(open_link(browser, second))
    assert "not valid any more" in browser.get(second, status=422)


def test_a_link_that_is_too_old(soft: Realm, clock: Clock) -> None:
    """It is good for 24 hours (AK-T03, RQ-K6)."""
    sign_up(Browser(soft))
    clock.forward(minutes=24 * 60)

    assert "not valid any more" in Browser(soft).get(last_link(soft), status=422)


def test_resending_is_throttled(strict: Realm, clock: Clock) -> None:
    """Once a minute, then once in twenty; the page says the same (RQ-T7)."""
    browser = Browser(strict)
    page = sign_up(browser).follow()
    for _ in range(9):
        said = submit(page, number=1).follow()
        said = submit(page, number=1).follow()
        assert "will be in a minute" in said
        clock.forward(minutes=1)

    assert len(letters(strict)) == 1 + 3


def test_who_has_confirmed_gets_no_more_links(soft: Realm) -> None:
    """The answer is the same."""
    browser = Browser(soft)
    sign_up(browser)
    page = browser.get("/profile")
    (form,) = (f for f in page.forms.values() if "send" in f.action)
    confirm(browser, soft)
    form.submit(status=303)

    assert len(letters(soft)) == 1
    assert "send" not in str([f.action for f in browser.get("/profile").forms.values()])


# --- What the first proof ends -----------------------------------------------------


@needs("reset")
def test_a_strangers_password_ends(soft: Realm) -> None:
    """Eve signs up with Ada's address; Ada confirms it, and Eve is out."""
    eve, ada = Browser(soft), Browser(soft)
    sign_up(eve, password=OTHER)
    assert eve.is_logged_in
    back = confirm(ada, soft, password="")
    assert "/password/reset" in back.location
    assert f'value="{ADA}"' in back.follow()

    assert "/login" in eve.get("/profile", status=303).location
    eve.log_in(password=OTHER, status=422)
    assert find(soft, ADA).password_hash is None
    assert find(soft, ADA).email_verified


def test_the_owners_password_stays(soft: Realm) -> None:
    """If they type it where they confirm; a wrong one is refused and counted."""
    sign_up(Browser(soft))
    phone = Browser(soft)
    page = confirm(phone, soft, 422, password="not the password at all")
    assert "not your current password" in page
    submit(page, password=PASSWORD)

    assert Browser(soft).log_in()
    with soft.reading() as db:
        types = list(db.scalars(select(EventRow.type)))
    assert "user.login.failed" in types


def test_a_password_that_was_changed_meanwhile_ends(soft: Realm) -> None:
    """What the holder has typed is not what whoever signed up has now."""
    eve = Browser(soft)
    sign_up(eve)

    class Slow(Passwords):
        """A hasher while whose work Eve changes the password."""

        def verify(self, stored: str | None, password: str, *_: Any) -> bool:
            with soft.writing() as db:
                user = people.by_email(db, ADA)
                assert user is not None
                people.set_password(db, user, soft.passwords.hash(OTHER))
            return super().verify(stored, password)

    soft.passwords = Slow(cheap=True)
    confirm(Browser(soft), soft, password=PASSWORD)

    assert find(soft, ADA).password_hash is None


def test_a_second_proof_ends_nothing(soft: Realm) -> None:
    """Whoever confirmed once is who has the account."""
    soft.add_user(ADA, PASSWORD, email_verified=True)
    browser = Browser(soft)
    browser.log_in()
    flow.ask(soft, caller_at(soft.now), find(soft, ADA))

    assert letters(soft) == []
    assert browser.get("/profile")


def test_two_at_once(soft: Realm) -> None:
    """One uses the link up."""
    sign_up(Browser(soft))
    token = last_link(soft).partition("token=")[2].replace("%3A", ":")
    caller = caller_at(soft.now)
    assert flow.confirm(soft, caller, token, "", is_known=True)
    with pytest.raises(Refused, match="token_invalid"):
        flow.confirm(soft, caller, token, "", is_known=True)


# --- Nobody learns who has an account ----------------------------------------------


def test_a_taken_address_looks_like_a_new_one(strict: Realm) -> None:
    """On every page that follows; its owner is told by mail (RQ-E2, AK-B05)."""
    strict.add_user(EVE, PASSWORD, email_verified=True)
    journeys = []
    for email in (EVE, ADA):
        browser = Browser(strict)
        signed = sign_up(browser, email, OTHER)
        page = signed.follow()
        looked, resent = submit(page), submit(page, number=1)
        journeys.append([plain(one) for one in (signed, page, looked, resent)])

    assert journeys[0] == journeys[1]
    assert (EVE, "You") in sent(strict)
    assert (EVE, "Confirm") not in sent(strict)
    assert Browser(strict).log_in(EVE)


@needs("usernames")
def test_a_user_name_is_given_once_the_address_is_confirmed(make: Make) -> None:
    """To whom was first, if nobody has it by then; a sign-up alone holds none."""
    realm = make(**{"confirm.mode": "required", "usernames.mode": "optional"})
    for email in (EVE, ADA):
        Browser(realm).sign_up(email=email, username="queen")
    for email in (ADA, EVE):
        page = open_link(Browser(realm), last_link(realm, email))
        submit(page, password=PASSWORD)

    assert [find(realm, email).username for email in (ADA, EVE)] == ["queen", None]
    assert Browser(realm).log_in("queen")


@needs("usernames", "orgs")
def test_a_taken_address_costs_the_work_of_a_new_one(
    make: Make, database_url: str, clock: Clock
) -> None:
    """At the sign-up, on all pages that follow, and at the login: counted (T71)."""
    settings = {"confirm.mode": "required", "usernames.mode": "optional"}
    strict = make(database_url, **settings)
    strict.passwords = hasher = CountingPasswords(cheap=True)
    strict.add_user(EVE, PASSWORD, email_verified=True)
    strict.add_user("bob@example.com", PASSWORD)
    works = []
    for number, email in enumerate((ADA, EVE, "bob@example.com", ADA)):
        browser, work = Browser(strict), []
        names = {"username": f"name{number}", "org_name": "Acme"}
        answers: Any = iter(journey(browser, email, names))
        while True:
            hasher.count = 0
            with statements(strict) as found:
                answer = next(answers, None)
            if answer is None:
                break
            work.append((plain_of(answer, email), hasher.count, len(found)))
        works.append(work)
        clock.forward(minutes=30)

    assert len(works[0]) == 8
    assert [work for work in works if work != works[0]] == []


def journey(browser: Browser, email: str, names: dict[str, str]) -> Iterator[Any]:
    """Sign up, press all the buttons that follow, and log in; yield the answers."""
    signed = browser.sign_up(email=email, password=OTHER, **names)
    yield signed
    page = signed.follow()
    yield page
    yield submit(page)
    yield submit(page, number=1)
    yield submit(page, number=1)
    yield submit(browser.get("/email/confirm/ask"), email=email)
    yield browser.log_in(email, OTHER, 422)
    other = {"email": f"also-{email}", "password": OTHER}
    yield Browser(browser.realm).sign_up(**other, **names)


def plain_of(answer: Any, email: str) -> str:
    """Return what an answer tells, but for the address itself."""
    return str(plain(answer)).replace(email, "")


def test_the_owner_of_a_taken_address_is_told_seldom(
    strict: Realm, clock: Clock
) -> None:
    """Whoever signs up with it again and again, five in an hour; it looks the same."""
    strict.add_user(EVE, PASSWORD, email_verified=True)
    answers = set()
    for number in range(120):
        browser = Browser(strict, {"REMOTE_ADDR": f"2001:db8:{number:x}::1"})
        answers.add(str(plain(sign_up(browser, EVE, OTHER))))
        clock.forward(seconds=30)
    with strict.reading() as db:
        told = EventRow.type == AddressRepeated.type
        events = db.scalars(select(EventRow).where(told)).all()

    assert len(answers) == 1
    assert len(events) == sent(strict).count((EVE, "You")) == 5


def test_the_first_mail_counts_too(strict: Realm) -> None:
    """Who presses the button of the sign-up twice gets one mail."""
    for _ in range(2):
        sign_up(Browser(strict))

    assert len(letters(strict)) == 1


@needs("usernames")
def test_a_user_name_does_not_tell_of_an_address(make: Make, clock: Clock) -> None:
    """One that is taken is refused alike, whether the address is taken or not."""
    realm = make(**{"confirm.mode": "required", "usernames.mode": "optional"})
    realm.add_user(EVE, PASSWORD, username="eve", email_verified=True)
    taken, new = (
        plain(Browser(realm).sign_up(422, email=email, username="Eve"))
        for email in (EVE, ADA)
    )
    clock.forward(minutes=1)
    free = Browser(realm).sign_up(303, email=EVE, username="free")

    assert "This user name is taken." in taken[2]
    assert taken[2].replace(EVE, ADA) == new[2]
    assert free.location.endswith("/email/confirm/wait")
    assert sent(realm) == [(EVE, "You")]
    assert [user.username for user in realm.users()] == ["eve"]


def test_asking_for_another_link_is_the_same_work(any_realm: Realm) -> None:
    """For whom it is sent to, and for a login that is none: counted (T71)."""
    counts = []
    for user, target in ((find(any_realm, ADA), ""), (None, "cookie")):
        with statements(any_realm) as found:
            flow.ask(any_realm, caller_at(any_realm.now), user, target)
        counts.append(len(found))

    assert len(letters(any_realm)) == 1
    assert counts[0] == counts[1]


def test_where_nobody_waits_it_is_told(soft: Realm) -> None:
    """There a stranger sees it anyway: by being logged in, or not."""
    soft.add_user(EVE, PASSWORD)

    assert "already an account" in sign_up(Browser(soft), EVE, OTHER, 422)


@needs("totp", "recovery_codes")
@pytest.mark.parametrize("path", ["/login/totp", "/login/recovery"])
def test_pages_of_other_steps_do_not_tell_who_has_an_account(
    strict: Realm, path: str
) -> None:
    """A new address and a taken one lead to the login alike (RQ-E2)."""
    strict.add_user(ADA, OTHER)
    places = []
    for email in (EVE, ADA):
        browser = Browser(strict)
        sign_up(browser, email)
        places.append(browser.get(path, 303).location)

    assert places[0] == places[1]
