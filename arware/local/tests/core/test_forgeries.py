"""That no other site can do anything in the name of somebody who is logged in."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from arware.kit.web.walking import PostView, forgeries, open_views, post_views

from ...app import configured
from ...models import Base, EventRow, User
from ...realm import Realm
from ..support import Browser

VIEWS = post_views(configured())

#: Views that read no cookie, and so need no proof.
WITHOUT_COOKIES = {"api", "api_below"}


def counted(realm: Realm) -> dict[str, Any]:
    """Return how many rows each table has, and when people were changed."""
    with realm.reading() as db:
        rows = {
            table.name: db.scalar(select(func.count()).select_from(table))
            for table in Base.metadata.sorted_tables
        }
        events = db.scalars(select(EventRow.type)).all()
        people = db.execute(select(User.id, User.email, User.credential_version)).all()
    return {"rows": rows, "events": events, "people": people}


def test_the_walk_finds_the_pages_that_change_something() -> None:
    """There is at least the way out, and only programs' views need no proof."""
    assert "logout" in {view.route for view in VIEWS}
    assert open_views(configured()) <= WITHOUT_COOKIES


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.route)
def test_no_page_takes_a_forgery(
    realm: Realm, browser: Browser, view: PostView
) -> None:
    """It is refused before anything is looked at, and nothing has changed."""
    browser.log_in()
    before = counted(realm)

    statuses = {
        forgery.name: browser.app.post(
            view.path, forgery.body, headers=dict(forgery.headers), status="*"
        ).status_int
        for forgery in forgeries(view)
    }

    assert statuses == dict.fromkeys(statuses, 403) | {"JSON as text": 415}
    assert counted(realm) == before
