"""Where somebody goes who has logged in."""

from __future__ import annotations

from typing import Any

import pytest

from ...app import configured, joined
from ...login import LoggedIn, finish
from ...models import LoginSession, User
from ...realm import Realm
from ...redirects import arrive
from ...request import HEADERS, REALM, RealmRequest
from ...sessions import Visitor
from ..support import URL, Clock, caller_at

WANTED = "redirect_uri=http%3A%2F%2F127.0.0.1%3A8000%2Fx"


def request_of(realm: Realm, query: str = "") -> RealmRequest:
    """Return a request of a page of the realm."""
    environ: dict[str, Any] = {REALM: realm, HEADERS: {}, "QUERY_STRING": query}
    request = RealmRequest.blank(f"/login?{query}", environ, base_url=URL)
    request.registry = configured().registry
    return request


def log_in(realm: Realm, ada: User, then: str) -> LoggedIn:
    """Log in; return what the flow does."""
    caller = caller_at(realm.now, destination=then)
    with realm.writing() as db:
        user = db.get_one(User, ada.id)
        done = finish(realm, db, caller, user, "password")
    assert isinstance(done, LoggedIn)
    return done


def test_a_login_that_waited_comes_back_to_what_it_was_for(
    realm: Realm, ada: User
) -> None:
    """The mail that led to its step knew nothing of that."""
    answer = arrive(request_of(realm), log_in(realm, ada, WANTED))

    assert answer.location == f"{URL}/login?{WANTED}"


def test_what_the_page_itself_carries_wins(realm: Realm, ada: User) -> None:
    """Somebody may have come from elsewhere meanwhile."""
    request = request_of(realm, "then=%2Fproof")
    answer = arrive(request, log_in(realm, ada, WANTED))

    assert answer.location == f"{URL}/proof"


@pytest.mark.parametrize(
    ("minutes", "is_fresh"), [(0, True), (14, True), (15, False), (600, False)]
)
def test_a_proof_is_fresh_for_a_quarter_of_an_hour(
    realm: Realm, clock: Clock, ada: User, minutes: int, is_fresh: bool
) -> None:
    """As the setting says; then what protects the account asks for another."""
    session = LoginSession(auth_at=realm.now, factors=["password"])
    visitor = Visitor(session, ada)
    clock.forward(minutes=minutes)

    assert joined().rules["fresh"].allows(request_of(realm), visitor) is is_fresh
