"""Invitations: who may send them, what they are good for, and for whom."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from arware.kit.web import Refused

from ... import exporting, operators, people
from ...events import LockedDown
from ...features import FEATURES
from ...features.invitations import flow
from ...features.invitations.commands import invite as command
from ...features.invitations.models import Invitation
from ...models import EventRow, User
from ...realm import Realm
from ...scopes import scopes_of
from ..conftest import find
from ..mailbox import last_link, letters
from ..operators import Guarded, add_operator, enter, operator
from ..support import (
    ADA,
    OTHER_PASSWORD,
    PASSWORD,
    Browser,
    Clock,
    needs,
    settings,
    sqlite_url,
    submit,
)

BOB = "bob@example.com"


#: Where people do not all have an org of their own.
SHARED = {"orgs.mode": "multi_user"} if "orgs" in FEATURES else {}


@pytest.fixture
def realm(tmp_path: Path, clock: Clock) -> Iterator[Realm]:
    """Return a realm where strangers cannot sign up, with Ada."""
    url = sqlite_url(tmp_path)
    with Realm(settings(url, clock=clock, signup="closed", **SHARED)) as realm:
        org = "Walrus" if "orgs" in FEATURES else None
        realm.add_user(ADA, PASSWORD, email_verified=True, org=org)
        yield realm


def invite(realm: Realm, address: str = BOB) -> str:
    """Invite somebody by the command; return the path in the mail."""
    parser = argparse.ArgumentParser()
    run = command(parser)
    run(realm, parser.parse_args([address]))
    return path_for(realm, address)


def path_for(realm: Realm, address: str = BOB) -> str:
    """Return the path in the last mail to somebody."""
    return last_link(realm, address.lower())


def accept(browser: Browser, path: str, status: int = 303, **typed: str) -> Any:
    """Open the link, and make an account with it."""
    page = browser.get(path, 303).follow()
    typed = {"password": OTHER_PASSWORD} | typed
    return submit(page, 0, status, **typed)


def orgs_of(realm: Realm, name: str) -> list[str]:
    """Return the names of somebody's orgs."""
    user_id = find(realm, name).id
    with realm.reading() as db:
        return [one.name for one in scopes_of(realm, db, [user_id]).get(user_id, ())]


def types(realm: Realm, name: str) -> set[str]:
    """Return the types of what happened to somebody."""
    asked = select(EventRow.type).where(EventRow.user_id == find(realm, name).id)
    with realm.reading() as db:
        return set(db.scalars(asked))


def test_who_is_invited_makes_an_account_where_sign_up_is_closed(realm: Realm) -> None:
    """The address is proved by it, and they are logged in."""
    browser = Browser(realm)
    accept(browser, invite(realm, "BOB@example.com"), first_name="Bob")
    bob = find(realm, BOB)

    assert browser.is_logged_in
    assert (bob.email_verified, bob.first_name) == (True, "Bob")
    assert realm.verify(bob.password_hash, OTHER_PASSWORD)
    assert "invitation.referral.accepted" in types(realm, BOB)


def test_rq_k5_opening_the_link_uses_nothing_up(realm: Realm) -> None:
    """Scanners may; then the person may, in any browser."""
    path = invite(realm)
    for _ in range(3):
        Browser(realm).get(path, 303)

    assert accept(Browser(realm), path).status_int == 303


def test_rq_k8_the_token_leaves_the_address(realm: Realm) -> None:
    """It goes on in a cookie, and in no Referer."""
    answer = Browser(realm).get(invite(realm), 303)

    assert answer.location.endswith("/invitation")
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_rq_k4_it_is_good_once(realm: Realm) -> None:
    """Whoever comes later is told to ask for another."""
    path, late = invite(realm), Browser(realm)
    page = late.get(path, 303).follow()
    accept(Browser(realm), path)

    assert (
        "not valid any more" in submit(page, status=422, password=OTHER_PASSWORD).text
    )
    assert "not valid any more" in Browser(realm).get(path, 422).text


def test_rq_k6_it_is_good_for_seven_days(realm: Realm, clock: Clock) -> None:
    """And not for a minute longer."""
    path = invite(realm)
    clock.forward(minutes=7 * 24 * 60 - 1)
    Browser(realm).get(path, 303)
    clock.forward(minutes=1)

    Browser(realm).get(path, 422)


def test_ak_n17_a_lockdown_voids_it(realm: Realm) -> None:
    """Whoever broke in may have invited themselves, to come back afterwards."""
    path, ada = invite(realm), find(realm, ADA)
    with realm.writing() as db:
        realm.record(db, LockedDown(user_id=ada.id, password=True), realm.operator())

    Browser(realm).get(path, 422)


@pytest.mark.parametrize(("sender", "status"), [(ADA, 422), ("eve@x.example", 303)])
def test_rq_p9_who_is_thrown_out_alone_takes_their_own_along(
    realm: Realm, sender: str, status: int
) -> None:
    """What others have sent stays good."""
    path, ada = invite(realm), find(realm, ADA)
    user_id = ada.id if sender == ADA else realm.add_user(sender)
    with realm.writing() as db:
        db.execute(update(Invitation).values(user_id=user_id))
        event = LockedDown(user_id=ada.id, password=True, alone=True)
        realm.record(db, event, realm.operator())

    Browser(realm).get(path, status)


@pytest.mark.parametrize("how", ["demoted", "disabled", "deleted"])
def test_who_is_thrown_out_leaves_no_door_open(
    tmp_path: Path, clock: Clock, how: str
) -> None:
    """What an operator sent, to a second address say, goes with the permission."""
    with Guarded(settings(sqlite_url(tmp_path), clock=clock)) as realm:
        add_operator(realm)
        asks = operator(realm)
        flow.invite(realm, asks, BOB)
        path = path_for(realm)
        Browser(realm).get(path, 303)
        with realm.writing() as db:
            user = people.find_locked(db, asks.user.email or "")
            assert user is not None
            if how == "deleted":
                exporting.delete(realm, db, user, realm.operator())
            elif how == "demoted":
                operators.remove(realm, db, user, realm.operator())
            else:
                people.change_state(realm, db, user, realm.operator(), state="inactive")

        Browser(realm).get(path, 422)


def test_who_did_not_come_is_forgotten(realm: Realm, clock: Clock) -> None:
    """With the invitation: the address is one of somebody who has no account."""
    invite(realm)
    with realm.reading() as db:
        assert BOB not in str(db.scalars(select(EventRow.data)).all())
    clock.forward(minutes=7 * 24 * 60 - 1)
    kept = realm.purge()
    clock.forward(minutes=1)

    assert (kept["invitations"], realm.purge()["invitations"]) == (0, 1)


def test_it_belongs_to_who_has_proved_the_address(realm: Realm) -> None:
    """Who only signed up with it gets no copy, and takes nothing away by going."""
    path = invite(realm)
    for is_proved in (False, True):
        realm.add_user(BOB, PASSWORD, email_verified=is_proved)
        with realm.writing() as db:
            user = people.find_locked(db, BOB)
            assert user is not None
            copied = exporting.export(realm, db, user, realm.now)["invitations"]
            exporting.delete(realm, db, user, realm.operator())

        assert len(copied) == is_proved
        # By then it can be used, or is gone.
        assert Browser(realm).get(path, 422 if is_proved else 303)


def test_rq_k7_a_new_one_voids_the_old(realm: Realm, clock: Clock) -> None:
    """So there is one that can be taken back."""
    old = invite(realm)
    clock.forward(minutes=2)
    new = invite(realm)

    Browser(realm).get(old, 422)
    Browser(realm).get(new, 303)


def test_rq_t7_a_mailbox_is_not_filled(realm: Realm) -> None:
    """A second one within a minute is not sent, and the first stays good."""
    path = invite(realm)

    assert invite(realm) == path
    Browser(realm).get(path, 303)


@pytest.mark.parametrize("typed", ["short", "", "bob password"])
def test_the_rules_of_passwords_hold(realm: Realm, typed: str) -> None:
    """The form is drawn again, and can be sent again."""
    browser = Browser(realm)
    page = browser.get(invite(realm), 303).follow()
    again = submit(page, status=422, password=typed)

    assert submit(again, password=OTHER_PASSWORD).status_int == 303


def test_who_has_an_account_is_sent_to_the_login(realm: Realm) -> None:
    """Only who gets the mail learns of the account; no second one is made."""
    browser = Browser(realm)
    page = browser.get(invite(realm, ADA), 303).follow()

    assert "There is an account for" in page.text
    assert not page.forms
    login = page.html.find("a", string="Log in")["href"]
    assert "then=%2Finvitation%2Fjoin" in login


@pytest.mark.parametrize("address", ["", "nobody", "a b@example.com"])
def test_the_command_says_what_is_wrong(realm: Realm, address: str) -> None:
    """In words."""
    with pytest.raises(Refused, match=r"^email_"):
        invite(realm, address)


# Orgs.


def org_page(realm: Realm, browser: Browser) -> Any:
    """Return the page of the org of somebody who is logged in."""
    with realm.reading() as db:
        ada = people.by_email(db, ADA)
        assert ada is not None
        (org,) = scopes_of(realm, db, [ada.id])[ada.id]
    return browser.get(f"/account/{org.org_id}", "*")


def invite_to_org(page: Any, address: str = BOB, status: int = 303) -> Any:
    """Fill in the form of an org's page."""
    form = next(f for f in page.forms.values() if f.action.endswith("/invitations"))
    form["email"] = address
    return form.submit(status=status)


@pytest.fixture
def ada(realm: Realm) -> Browser:
    """Return the browser of Ada, who owns an org."""
    return enter(realm, ADA, ("password",))


@needs("orgs")
def test_who_owns_an_org_invites_to_it(realm: Realm, ada: Browser) -> None:
    """Whoever accepts has an account, and is a member of that org alone."""
    page = invite_to_org(org_page(realm, ada)).follow()
    assert BOB in page.text
    accept(Browser(realm), path_for(realm))

    assert orgs_of(realm, BOB) == ["Walrus"]
    assert BOB not in org_page(realm, ada).html.find(id="invitations").parent.text
    assert {"invitation.org.accepted", "membership.created"} <= types(realm, BOB)


@needs("orgs")
def test_who_has_not_proved_an_address_invites_nobody(
    realm: Realm, ada: Browser
) -> None:
    """Its owner, once they come, would find strangers in the org."""
    page = org_page(realm, ada)
    with realm.writing() as db:
        db.get_one(User, find(realm, ADA).id).email_verified = False

    assert "Confirm your e-mail address" in invite_to_org(page, status=403).text
    assert letters(realm, BOB) == []


@needs("orgs")
def test_the_name_of_an_org_is_no_link_in_the_mail(realm: Realm, ada: Browser) -> None:
    """Who owns one chooses the name, and to whom the realm writes."""
    form = org_page(realm, ada).forms[0]
    form["name"] = "Prizes at https://evil.example/x"
    form.submit(status=303)
    invite_to_org(org_page(realm, ada))
    (letter,) = letters(realm, BOB)

    assert "Prizes at https ://evil. example/x" in letter.subject
    for text in (letter.subject, letter.text, letter.html):
        assert "evil.example" not in text
        assert "https://" not in text


@needs("orgs")
def test_a_closed_realm_is_not_opened_by_orgs_that_all_have(
    tmp_path: Path, clock: Clock
) -> None:
    """Each owns one there, so each could let anybody in: they see no form either."""
    made = settings(sqlite_url(tmp_path), clock=clock, signup="closed")
    with Realm(made) as realm:
        realm.add_user(ADA, PASSWORD, email_verified=True, org="Mine")
        browser = enter(realm, ADA, ("password",))
        page = org_page(realm, browser)
        path = f"{page.request.path}/invitations"
        headers = {"Origin": "http://127.0.0.1:8001"}
        browser.app.post_json(path, {"email": BOB}, headers=headers, status=403)

    assert "invitations" not in page.text


@needs("orgs")
def test_who_has_an_account_joins_with_it(realm: Realm, ada: Browser) -> None:
    """Logged in with it, by one button; there is no second account."""
    realm.add_user(BOB, PASSWORD)
    invite_to_org(org_page(realm, ada))
    browser = enter(realm, BOB, ("password",))
    browser.get(path_for(realm), 303).follow()
    page = browser.get("/invitation/join")

    assert "Walrus" in page.text
    assert "You are a member now." in submit(page).follow().text
    assert orgs_of(realm, BOB) == ["Walrus"]
    assert find(realm, BOB).email_verified


@needs("orgs")
def test_it_is_bound_to_its_address(realm: Realm, ada: Browser) -> None:
    """Somebody else who got hold of the link gets nothing."""
    realm.add_user("eve@example.com", PASSWORD)
    realm.add_user(BOB, PASSWORD)
    invite_to_org(org_page(realm, ada))
    eve = enter(realm, "eve@example.com", ("password",))
    eve.get(path_for(realm), 303)
    page = eve.get("/invitation/join")
    token = path_for(realm).partition("token=")[2].replace("%3A", ":")
    data = {"token": token}
    headers = {"Origin": "http://127.0.0.1:8001"}
    told = eve.app.post_json("/invitation/join", data, headers=headers, status=403)

    assert "to another e-mail address" in page.text
    assert told.json["reasons"] == {"": ["invitation_of_another"]}
    assert orgs_of(realm, "eve@example.com") == []


@needs("orgs")
def test_only_owners_and_admins_invite(realm: Realm, ada: Browser) -> None:
    """Members see no form, and what they send is refused; strangers see no org."""
    page = invite_to_org(org_page(realm, ada)).follow()
    bob = Browser(realm)
    accept(bob, path_for(realm))
    theirs = org_page(realm, bob)
    place = page.request.path
    headers = {"Origin": "http://127.0.0.1:8001"}
    data = {"email": "eve@example.com"}

    assert "Invite" not in theirs.text
    for browser, status in ((bob, 403), (enter(realm, ADA, ("x",)), 204)):
        browser.app.post_json(
            f"{place}/invitations", data, headers=headers, status=status
        )
    realm.add_user("eve@example.com", PASSWORD)
    eve = enter(realm, "eve@example.com", ("password",))
    eve.app.post_json(f"{place}/invitations", data, headers=headers, status=404)


@needs("orgs")
def test_an_invitation_is_taken_back(realm: Realm, ada: Browser) -> None:
    """The link is void, and it stands in the list no more."""
    page = invite_to_org(org_page(realm, ada)).follow()
    form = next(f for f in page.forms.values() if f.action.endswith("/revoke"))
    after = form.submit(status=303).follow()

    Browser(realm).get(path_for(realm), 422)
    assert BOB not in after.text


@needs("orgs")
def test_what_is_no_address_is_said_where_it_was_typed(
    realm: Realm, ada: Browser
) -> None:
    """The page of the org is drawn again."""
    page = invite_to_org(org_page(realm, ada), "nobody", status=422)

    assert page.html.find(id="invite-email")["aria-invalid"] == "true"


def test_an_operator_invites_to_the_realm(tmp_path: Path, clock: Clock) -> None:
    """By a page that lists whom it is waited for, and takes one back."""
    url = sqlite_url(tmp_path)
    with Guarded(settings(url, clock=clock, signup="closed")) as realm:
        add_operator(realm)
        page = enter(realm).get("/operator/invitations")
        page = submit(page, email=BOB).follow()

        assert BOB in page.html.table.text
        path = path_for(realm)
        page = page.forms[1].submit(status=303).follow()
        assert page.html.table is None
        Browser(realm).get(path, 422)
