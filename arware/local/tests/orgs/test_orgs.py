"""Organizations: one of one's own, a choice, a name."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, select

from arware.kit.operator import NotDone
from arware.kit.web import Refused

from ...features.orgs import Orgs, commands, flow, selecting
from ...features.orgs.models import Membership
from ...models import EventRow
from ...realm import Realm
from ...scopes import scopes_of
from ..conftest import Make, find
from ..operating import remarks, told
from ..support import ADA, PASSWORD, Browser, member, overtaken

BOB = "bob@example.com"


def orgs(realm: Realm, email: str) -> list[str]:
    """Return the names of the user's orgs."""
    user = find(realm, email)
    with realm.reading() as db:
        return [org.name for org in scopes_of(realm, db, [user.id]).get(user.id, ())]


def selected(realm: Realm, browser: Browser) -> Any:
    """Return what the chooser marks as the present org."""
    mark = browser.get("/accounts?force").html.find(attrs={"aria-current": "true"})
    return mark and mark.find(class_="label").text


@pytest.fixture
def bob(realm: Realm) -> Browser:
    """Return a browser of Bob, who is in two orgs and has chosen none."""
    realm.add_user(BOB, PASSWORD, orgs={"Acme": ["x"], "Zeta": ["ar:admin"]})
    browser = Browser(realm)
    assert browser.log_in(BOB).location.endswith("/accounts")
    return browser


@pytest.mark.parametrize(
    ("mode", "names"), [("single_user", ["Ada L"]), ("multi_user", [])]
)
def test_the_mode_says_whether_one_is_made(
    make: Make, database_url: str, mode: Any, names: list[str]
) -> None:
    """At the first login of somebody who is in none, and not again."""
    realm = make(database_url, orgs=Orgs(mode=mode))
    realm.add_user(ADA, PASSWORD, first_name="Ada", last_name="L")
    for _ in range(2):
        Browser(realm).log_in()

    assert orgs(realm, ADA) == names


def test_who_signs_up_names_their_own(realm: Realm) -> None:
    """It is there with the account, selected, and called after them without a name."""
    named, plain = Browser(realm), Browser(realm)
    named.sign_up(org_name="Steps-Matic")
    plain.sign_up(email=BOB)

    assert selected(realm, named) == "Steps-Matic"
    assert orgs(realm, BOB) == [BOB]


def test_a_choice_lasts_and_can_be_changed(realm: Realm, bob: Browser) -> None:
    """The chooser marks what was chosen, and a link leads out of it."""
    for name in ("Zeta", "Acme"):
        page = bob.get("/accounts?force")
        names = [button.text for button in page.html("button")]
        index = next(i for i, text in enumerate(names) if name in text)
        page.form.submit("account", index=index, status=303)
        assert selected(realm, bob) == name

    assert bob.get("/accounts?force").html.find("a", string="Back to the application")


def test_an_org_is_renamed_by_its_admins(realm: Realm, bob: Browser) -> None:
    """Who may sees the form; the event says which org it was."""
    user = find(realm, BOB)
    with realm.reading() as db:
        acme, zeta = scopes_of(realm, db, [user.id])[user.id]
    page = bob.get(f"/account/{zeta.org_id}")
    form = next(one for one in page.forms.values() if "name" in one.fields)
    form["name"] = "Omega"
    form.submit(status=303)
    with realm.reading() as db:
        asked = select(EventRow.data).where(EventRow.type == "org.updated")
        events = list(db.scalars(asked))

    assert orgs(realm, BOB) == ["Acme", "Omega"]
    assert events == [{"org_id": zeta.org_id}]
    assert not bob.get(f"/accounts/{acme.org_id}").forms


def test_an_org_of_others_is_not_found(realm: Realm, bob: Browser) -> None:
    """Whoever is not in it does not learn that it exists."""
    bob.get("/accounts?force")
    realm.add_user(ADA.replace("ada", "eve"), PASSWORD, org="Eve's")
    user = find(realm, "eve@example.com")
    with realm.reading() as db:
        org = scopes_of(realm, db, [user.id])[user.id][0]

    assert bob.get(f"/account/{org.org_id}", 404)
    assert bob.get("/account/org_0000000000000000000000", 404)


def test_who_was_shut_out_meanwhile_changes_nothing(any_realm: Realm) -> None:
    """A request that was under way during a reset comes too late."""
    ada = overtaken(any_realm)
    org_id = any_realm.add_org("Acme")
    with pytest.raises(Refused, match="account_changed"):
        selecting.choose(any_realm, ada, org_id)
    with pytest.raises(Refused, match="account_changed"):
        flow.rename(any_realm, ada, org_id, "Omega")


def test_who_is_no_member_any_more_changes_nothing(realm: Realm) -> None:
    """What the page has read of the membership is over, too."""
    realm.add_user(BOB, PASSWORD, org="Acme")
    bob = member(realm, BOB)
    (acme,) = flow.of(realm, bob.visitor)
    with realm.writing() as db:
        db.execute(delete(Membership))

    with pytest.raises(Refused, match="account_unknown"):
        selecting.choose(realm, bob, acme.org_id)
    with pytest.raises(Refused, match="org_not_found"):
        flow.rename(realm, bob, acme.org_id, "Omega")


def test_an_operator_sees_orgs_and_who_is_in_them(any_realm: Realm) -> None:
    """By id, or by a name that no other org has."""
    any_realm.add_user("bob@example.com", PASSWORD, org="Acme", permissions=["x"])
    (acme,) = told(any_realm, commands.list_all)
    any_realm.add_org("Globex")

    assert (acme["name"], acme["members"], acme["state"]) == ("Acme", 1, "active")
    assert len(told(any_realm, commands.list_all)) == 2
    assert told(any_realm, commands.list_all, "--search", "ACM") == [acme]
    assert told(any_realm, commands.show, "Acme") == [acme]
    assert told(any_realm, commands.show, acme["id"]) == [acme]
    (bob,) = told(any_realm, commands.members, "Acme")
    assert (bob["email"], bob["permissions"]) == ("bob@example.com", ["x"])
    assert remarks(any_realm, commands.members, "Globex") == ["Nobody is in it."]
    assert remarks(any_realm, commands.list_all, "--search", "none")


def test_an_operator_is_told_which_org_is_not_clear(realm: Realm) -> None:
    """Names may be given twice."""
    realm.add_org("Acme")
    realm.add_org("Acme")

    with pytest.raises(NotDone, match="2 orgs are called Acme; give its id"):
        told(realm, commands.show, "Acme")
    with pytest.raises(NotDone, match="there is no org Globex"):
        told(realm, commands.show, "Globex")
